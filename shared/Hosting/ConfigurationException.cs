namespace Nocturne.Hosting;

/// <summary>What a process was told by its environment does not suffice to start it.</summary>
/// <param name="problems">Every problem, each naming its variable and the remedy; at least one.</param>
public sealed class ConfigurationException(IReadOnlyList<string> problems)
    : Exception(
        problems.Count == 1
            ? $"The configuration is wrong: {problems[0]}"
            : $"The configuration is wrong in {problems.Count} places:\n - {string.Join("\n - ", problems)}"
    )
{
    /// <summary>Every problem, each naming its variable and the remedy.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;

    /// <summary>The message alone: it ends the process, and where in the code that was helps nobody to mend it.</summary>
    public override string ToString() => Message;
}
