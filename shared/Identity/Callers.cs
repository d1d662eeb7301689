using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Identity;

/// <summary>What of an ID token says who its owner is here.</summary>
public sealed record CallerOptions
{
    /// <summary>The claim that is the listener's id; one that users cannot set themselves.</summary>
    public string ListenerClaim { get; init; } = "sub";

    /// <summary>The claim that is true of operators: a custom one, which only an administrator sets.</summary>
    public string OperatorClaim { get; init; } = "nocturne_operator";

    /// <summary>Operators without that claim, by <c>sub</c>.</summary>
    public IReadOnlyList<string> Operators { get; init; } = [];
}

/// <summary>Whose a credential is.</summary>
/// <param name="Caller">Whose; null where it is nobody's.</param>
/// <param name="Refusal">Why not, for whoever sent it.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CallerVerdict(Caller? Caller, string Refusal);

/// <summary>
/// Finds out who a caller is: by a listener's token, which is a UUID, or by an ID token, which is not.
/// </summary>
/// <remarks>An ID token that was good is remembered for <see cref="Remembered"/>, by its hash, and never past its end.</remarks>
/// <param name="tokens">Listeners' tokens.</param>
/// <param name="idTokens">ID tokens.</param>
/// <param name="options">What they say.</param>
/// <param name="time">The clock.</param>
public sealed class Callers(ListenerTokens tokens, IIdTokens idTokens, CallerOptions options, TimeProvider time)
{
    /// <summary>For how long a good ID token is not looked at again; it saves a signature's check for each request.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);

    // At about 300 bytes each, 3 MB; forgetting costs a signature's check.
    private const int MaxRemembered = 10_000;

    // Guards _known.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (Caller Caller, long Until)> _known = new(StringComparer.Ordinal);

    /// <summary>Whose a credential is.</summary>
    /// <param name="scheme">The word before it: players write <c>Token</c>, apps <c>Bearer</c>.</param>
    /// <param name="credential">Anything that a client may send.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="Ports.StoreUnavailableException">It cannot be told now; try again later.</exception>
    public async ValueTask<CallerVerdict> FindAsync(
        string scheme,
        string credential,
        CancellationToken cancellationToken
    )
    {
        if (Guid.TryParseExact(credential, "D", out _))
        {
            return await tokens.FindAsync(credential, cancellationToken) is { } owner
                ? new CallerVerdict(owner, "")
                : new CallerVerdict(null, "The token is not known, or not any more.");
        }
        if (!scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
        {
            return new CallerVerdict(null, "The token is not known; an ID token is sent as 'Authorization: Bearer'.");
        }
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(credential)));
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        lock (_lock)
        {
            if (_known.TryGetValue(hash, out var known) && now < known.Until)
            {
                return new CallerVerdict(known.Caller, "");
            }
        }
        var verdict = await idTokens.VerifyAsync(credential, cancellationToken);
        if (verdict.Claims is not { } claims)
        {
            return new CallerVerdict(null, verdict.Refusal);
        }
        var caller = CallerOf(claims);
        lock (_lock)
        {
            if (_known.Count >= MaxRemembered && !_known.ContainsKey(hash))
            {
                _known.Clear();
            }
            _known[hash] = (caller, Math.Min(now + (long)Remembered.TotalSeconds, claims.ExpiresAt));
        }
        return new CallerVerdict(caller, "");
    }

    private Caller CallerOf(IdClaims claims)
    {
        var id = UnverifiedToken.Text(claims.All, options.ListenerClaim);
        var isOperator =
            options.Operators.Contains(claims.Subject, StringComparer.Ordinal)
            || (
                claims.All.TryGetProperty(options.OperatorClaim, out var claim) && claim.ValueKind == JsonValueKind.True
            );
        // A listener and a mere subject of the same name are counted apart: a newline is in no id.
        return new Caller(
            Id.IsValid(id) ? new ListenerId(id) : null,
            isOperator ? CallerRoles.Operator : CallerRoles.None
        )
        {
            RateKey = Id.IsValid(id) ? id : $"\n{claims.Subject}",
        };
    }
}
