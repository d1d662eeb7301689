using Pulumi;

namespace Nocturne.Infra;

/// <summary>How a component declares what is inside it.</summary>
internal static class Declaring
{
    /// <summary>Options of a resource inside a component.</summary>
    /// <param name="component">The component.</param>
    /// <param name="after">What must exist first although no input says so.</param>
    public static CustomResourceOptions Inside(this ComponentResource component, params Resource[] after) =>
        new() { Parent = component, DependsOn = after };

    /// <summary>The same, for a resource that holds data.</summary>
    /// <param name="component">The component.</param>
    /// <param name="settings">They say whether data is protected.</param>
    /// <param name="after">What must exist first although no input says so.</param>
    public static CustomResourceOptions Holding(
        this ComponentResource component,
        StackSettings settings,
        params Resource[] after
    ) =>
        new()
        {
            Parent = component,
            DependsOn = after,
            Protect = settings.ProtectData,
        };

    /// <summary>A duration as the APIs write it.</summary>
    public static string Seconds(this TimeSpan duration) => FormattableString.Invariant($"{duration.TotalSeconds:0}s");
}
