using System.Net.Http.Headers;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using Nocturne.Ports;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>Adds to a request who makes it.</summary>
internal abstract class RequestSigner
{
    /// <summary>Who makes the requests, for messages.</summary>
    public abstract string Account { get; }

    /// <summary>Adds the headers.</summary>
    /// <exception cref="StoreUnavailableException">There are no credentials, or they are not good any more.</exception>
    /// <exception cref="HttpRequestException">The service of tokens did not answer.</exception>
    public abstract ValueTask SignAsync(HttpRequestMessage request, CancellationToken cancellationToken);
}

/// <summary>For emulators, which ask nobody; Firestore's lets the owner past its rules.</summary>
internal sealed class EmulatorSigner(bool asOwner) : RequestSigner
{
    private static readonly AuthenticationHeaderValue Owner = new("Bearer", "owner");

    public override string Account => "nobody (an emulator is in use)";

    public override ValueTask SignAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (asOwner)
        {
            request.Headers.Authorization = Owner;
        }
        return ValueTask.CompletedTask;
    }
}

/// <summary>
/// Application default credentials with one scope: the service account that a function runs as, the key file that
/// <c>GOOGLE_APPLICATION_CREDENTIALS</c> names, or the user of <c>gcloud auth application-default login</c>.
/// </summary>
/// <remarks>The library behind it keeps tokens and renews them minutes before they expire.</remarks>
internal sealed class ApplicationDefaultSigner(string scope) : RequestSigner
{
    private ITokenAccessWithHeaders? _credential;
    private string? _account;

    public override string Account => _account ?? "the application default credentials";

    public override async ValueTask SignAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Two first callers may both find the credential: they find the same one.
        var credential = _credential ??= await FindAsync(cancellationToken);
        try
        {
            var token = await credential.GetAccessTokenWithHeadersForRequestAsync(
                request.RequestUri!.GetLeftPart(UriPartial.Authority) + "/",
                cancellationToken
            );
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.AccessToken);
            token.AddHeaders(request); // whose quota it is, where the credentials say so
        }
        catch (TokenResponseException e)
        {
            throw new StoreUnavailableException(
                $"The credentials of {Account} are refused: {e.Error?.ErrorDescription ?? e.Message}. Renew them with "
                    + "`gcloud auth application-default login`, or check the service account and its key.",
                e
            );
        }
    }

    private async Task<ITokenAccessWithHeaders> FindAsync(CancellationToken cancellationToken)
    {
        GoogleCredential credential;
        try
        {
            credential = await GoogleCredential.GetApplicationDefaultAsync(cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            throw new StoreUnavailableException(
                "There are no application default credentials: run `gcloud auth application-default login`, set "
                    + "GOOGLE_APPLICATION_CREDENTIALS, or run as a service account. For emulators set "
                    + "FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST and STORAGE_EMULATOR_HOST instead.",
                e
            );
        }
        _account = (credential.UnderlyingCredential as ServiceAccountCredential)?.Id;
        return credential.IsCreateScopedRequired ? credential.CreateScoped(scope) : credential;
    }
}
