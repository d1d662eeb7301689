using Nocturne.Ports;

namespace Nocturne.Nights;

/// <summary>What a shard of a step used.</summary>
/// <param name="Operations">Of the stores.</param>
/// <param name="ProcessorMilliseconds">Of the processors of the instance that did it.</param>
public readonly record struct StepUsage(OperationCounts Operations, long ProcessorMilliseconds)
{
    /// <summary>Both together.</summary>
    public static StepUsage operator +(StepUsage one, StepUsage other) =>
        new(one.Operations + other.Operations, one.ProcessorMilliseconds + other.ProcessorMilliseconds);
}
