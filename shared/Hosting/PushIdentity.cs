using Google.Apis.Auth;
using Microsoft.AspNetCore.Http;

namespace Nocturne.Hosting;

/// <summary>Where the keys come from that sign tokens, and how far clocks may be apart.</summary>
public sealed record PushIdentityOptions
{
    /// <summary>A JWK set; null for Google's own.</summary>
    public string? CertificatesUrl { get; init; }

    /// <summary>How long keys may take to come. They are remembered for an hour, so few deliveries wait for them.</summary>
    public TimeSpan CertificatesTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How far this clock may be behind or ahead of that of the tokens' maker.</summary>
    public TimeSpan ClockTolerance { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>What became of a caller's proof of identity.</summary>
/// <param name="Status">200 where the caller is admitted, else what to answer: 401, 403 or 503.</param>
/// <param name="Reason">Why not, for the log; never anything of the token's signature.</param>
public sealed record PushVerdict(int Status, string Reason)
{
    /// <summary>Whether the caller may push.</summary>
    public bool IsAdmitted => Status == StatusCodes.Status200OK;

    internal static PushVerdict Admitted { get; } = new(StatusCodes.Status200OK, "");
}

/// <summary>
/// Checks that a push comes from the subscription that may push here, by the OIDC token that Pub/Sub sends along: its
/// signature by Google, its issuer, its time, then its audience and its account.
/// </summary>
/// <remarks>
/// 401 where there is no token or not a good one, 403 where a good one is somebody else's or for something else, 503
/// where Google's keys cannot be had: Pub/Sub delivers again after each of them.
/// </remarks>
public sealed class PushIdentity
{
    private const string Scheme = "Bearer ";
    private static readonly string[] Issuers = ["https://accounts.google.com", "accounts.google.com"];

    private readonly PushCaller? _caller;
    private readonly PushIdentityOptions _options;

    private PushIdentity(PushCaller? caller, PushIdentityOptions? options)
    {
        _caller = caller;
        _options = options ?? new PushIdentityOptions();
    }

    /// <summary>Admits everybody: for emulators, which send no token, on a machine of one's own.</summary>
    public static PushIdentity Waived { get; } = new(null, null);

    /// <summary>Admits one service account, for one audience.</summary>
    public static PushIdentity Of(PushCaller caller, PushIdentityOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return new(caller, options);
    }

    /// <summary>Looks at the value of a request's <c>Authorization</c> header.</summary>
    /// <param name="authorization">The header; null or empty if there is none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public ValueTask<PushVerdict> VerifyAsync(string? authorization, CancellationToken cancellationToken) =>
        _caller is { } caller
            ? VerifyAsync(caller, authorization, cancellationToken)
            : ValueTask.FromResult(PushVerdict.Admitted);

    private async ValueTask<PushVerdict> VerifyAsync(
        PushCaller caller,
        string? authorization,
        CancellationToken cancellationToken
    )
    {
        if (string.IsNullOrEmpty(authorization))
        {
            return Unauthorized("there is no Authorization header");
        }
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return Unauthorized("the Authorization header holds no bearer token");
        }
        GoogleJsonWebSignature.Payload payload;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.CertificatesTimeout);
        try
        {
            payload = await JsonWebSignature.VerifySignedTokenAsync<GoogleJsonWebSignature.Payload>(
                authorization[Scheme.Length..].Trim(),
                Verification(),
                limit.Token
            );
        }
        catch (InvalidJwtException e)
        {
            return Unauthorized(e.Message);
        }
        catch (Exception e)
            when (e is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new PushVerdict(
                StatusCodes.Status503ServiceUnavailable,
                $"the keys that sign tokens could not be had: {e.Message}"
            );
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The library throws whatever its JSON and base64 decoders throw at a token that was made up.
            return Unauthorized($"the token cannot be read ({e.GetType().Name})");
        }
        return Judge(payload, caller);
    }

    private static PushVerdict Judge(GoogleJsonWebSignature.Payload payload, PushCaller caller)
    {
        var audiences = payload.AudienceAsList?.ToList() ?? [];
        if (audiences is not [var audience] || audience != caller.Audience)
        {
            return Forbidden($"the token is for '{string.Join(", ", audiences)}', not for '{caller.Audience}'");
        }
        if (!payload.EmailVerified)
        {
            return Forbidden("the token's e-mail address is not verified");
        }
        return payload.Email == caller.Account
            ? PushVerdict.Admitted
            : Forbidden($"the token is of '{payload.Email}', not of '{caller.Account}'");
    }

    private SignedTokenVerificationOptions Verification()
    {
        // Audiences are compared above: a good token for something else is answered otherwise than a bad one.
        var verification = new SignedTokenVerificationOptions
        {
            CertificatesUrl = _options.CertificatesUrl,
            IssuedAtClockTolerance = _options.ClockTolerance,
            ExpiryClockTolerance = _options.ClockTolerance,
        };
        foreach (var issuer in Issuers)
        {
            verification.TrustedIssuers.Add(issuer);
        }
        return verification;
    }

    private static PushVerdict Unauthorized(string reason) => new(StatusCodes.Status401Unauthorized, reason);

    private static PushVerdict Forbidden(string reason) => new(StatusCodes.Status403Forbidden, reason);
}
