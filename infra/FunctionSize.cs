using Pulumi;

namespace Nocturne.Infra;

/// <summary>What one instance of a function has, and how many there may be.</summary>
/// <param name="Memory">As Cloud Run writes it.</param>
/// <param name="Cpu">Processors.</param>
/// <param name="Concurrency">Requests that one instance takes at a time.</param>
/// <param name="MaxInstances">The most instances.</param>
/// <param name="Timeout">A request that takes longer is cut; no longer than its delivery's deadline.</param>
internal sealed record FunctionSize(string Memory, string Cpu, int Concurrency, int MaxInstances, TimeSpan Timeout)
{
    /// <summary>A function's size.</summary>
    /// <exception cref="RunException">The function has none.</exception>
    public static FunctionSize Of(string function, StackSettings settings) =>
        function switch
        {
            // Many messages at once in one instance are what lets it write a listener's events together.
            "IngestEvents" => new("512Mi", "1", 80, settings.MaxInstances, TimeSpan.FromSeconds(60)),
            "Collect" => new("512Mi", "1", 80, settings.MaxInstances, TimeSpan.FromSeconds(30)),
            // A step is one processor's work: a second one beside it would only make both late.
            "RunNight" => new(
                settings.NightMemory,
                settings.NightCpu,
                1,
                settings.MaxInstances,
                TimeSpan.FromSeconds(600)
            ),
            "Serve" => new("512Mi", "1", 80, settings.MaxInstances, TimeSpan.FromSeconds(30)),
            _ => throw new RunException($"The function '{function}' has no size; give it one in FunctionSize.cs."),
        };
}
