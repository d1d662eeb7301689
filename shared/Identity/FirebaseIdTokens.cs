using Google.Apis.Auth;
using Nocturne.Ports;

namespace Nocturne.Identity;

/// <summary>Whose ID tokens are taken, and where the keys come from that sign them.</summary>
/// <param name="Project">The Google Cloud project whose Identity Platform (or Firebase Authentication) signs people in.</param>
public sealed record FirebaseOptions(string Project)
{
    /// <summary>A JWK set.</summary>
    public string CertificatesUrl { get; init; } =
        "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";

    /// <summary>How long keys may take to come. They are remembered for an hour, so few requests wait for them.</summary>
    public TimeSpan CertificatesTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Who signs tokens of this project.</summary>
    public string Issuer => $"https://securetoken.google.com/{Project}";
}

/// <summary>
/// ID tokens of Identity Platform and Firebase Authentication: issuer, audience and times first, which cost nothing,
/// then the signature by Google's keys.
/// </summary>
/// <remarks>
/// The keys are one set at one address, which Google's library remembers for an hour; a key that it does not hold is
/// not looked for before, so made-up tokens cause no requests.
/// </remarks>
/// <param name="options">Whose.</param>
/// <param name="time">The clock.</param>
public sealed class FirebaseIdTokens(FirebaseOptions options, TimeProvider time) : IIdTokens
{
    /// <inheritdoc/>
    public async ValueTask<IdTokenVerdict> VerifyAsync(string token, CancellationToken cancellationToken)
    {
        if (UnverifiedToken.Read(token) is not var (header, claims) || UnverifiedToken.Text(header, "alg") != "RS256")
        {
            return IdTokenVerdict.Bad("The credential is no ID token.");
        }
        var verdict = UnverifiedToken.Judge(claims, options.Issuer, options.Project, time.GetUtcNow());
        if (verdict.Claims is null)
        {
            return verdict;
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.CertificatesTimeout);
        try
        {
            await JsonWebSignature.VerifySignedTokenAsync<JsonWebSignature.Payload>(token, Verification(), limit.Token);
            return verdict;
        }
        catch (InvalidJwtException)
        {
            return IdTokenVerdict.Bad("The ID token's signature is not the issuer's.");
        }
        catch (Exception e)
            when (e is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new StoreUnavailableException("The keys that sign ID tokens could not be had.", e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The library throws whatever its JSON and base64 decoders throw at a token that was made up.
            return IdTokenVerdict.Bad("The credential is no ID token.");
        }
    }

    private SignedTokenVerificationOptions Verification()
    {
        var verification = new SignedTokenVerificationOptions
        {
            CertificatesUrl = options.CertificatesUrl,
            IssuedAtClockTolerance = UnverifiedToken.Skew,
            ExpiryClockTolerance = UnverifiedToken.Skew,
        };
        verification.TrustedIssuers.Add(options.Issuer);
        verification.TrustedAudiences.Add(options.Project);
        return verification;
    }
}
