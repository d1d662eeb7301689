using Nocturne.Domain;

namespace Nocturne.Identity;

/// <summary>What a caller may do beyond their own data.</summary>
[Flags]
public enum CallerRoles
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Runs the system: may act for any listener.</summary>
    Operator = 1,
}

/// <summary>Who makes a request, once that is proved.</summary>
/// <param name="Listener">The listener they are; null for a caller who is none.</param>
/// <param name="Roles">What else they may do.</param>
public sealed record Caller(ListenerId? Listener, CallerRoles Roles = CallerRoles.None)
{
    /// <summary>Whose requests are counted together: the listener, or the subject of a token that is no listener's.</summary>
    public string RateKey { get; init; } = Listener?.Value ?? "";

    /// <summary>Whether the caller runs the system.</summary>
    public bool IsOperator => (Roles & CallerRoles.Operator) != CallerRoles.None;

    /// <summary>
    /// Anybody at all, on a developer's machine: <see cref="DevelopmentAccess"/> says where there may be such a caller.
    /// </summary>
    public static Caller Developer { get; } = new(Listener: null, CallerRoles.Operator);

    /// <summary>Whether the caller may read and change this listener's data.</summary>
    public bool MayActFor(ListenerId listener) => Listener == listener || IsOperator;
}
