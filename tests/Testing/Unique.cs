namespace Nocturne.Testing;

/// <summary>Names that no other test and no earlier run has, for stores that outlive a run.</summary>
public static class Unique
{
    private static readonly long Run = TimeProvider.System.GetUtcNow().UtcTicks;
    private static int _count;

    /// <summary>A name of letters, digits and hyphens.</summary>
    public static string Name(string prefix) => $"{prefix}-{Run:x}-{Interlocked.Increment(ref _count)}";
}
