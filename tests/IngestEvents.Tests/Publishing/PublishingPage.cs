using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Nocturne.IngestEvents.Tests.Publishing;

/// <summary>docs/publishing.md, so that what it tells people to send is what is tested.</summary>
internal static partial class PublishingPage
{
    private static readonly string Text = Source("docs/publishing.md");

    /// <summary>Files that stand in for client libraries which this build does not have.</summary>
    public static string StandIns { get; } = Path.GetFullPath(Path.Combine(Folder(), "StandIns"));

    /// <summary>A file of the repository.</summary>
    public static string Source(string path) => File.ReadAllText(Path.Combine(Folder(), "..", "..", "..", path));

    /// <summary>The first code block in a language under a heading.</summary>
    public static string Block(string heading, string language)
    {
        var section = Text.Split($"\n## {heading}\n")[1].Split("\n## ")[0];
        return section.Split($"\n```{language}\n")[1].Split("\n```")[0] + "\n";
    }

    /// <summary>The events that stand in a piece of text, whatever the language around them.</summary>
    public static IReadOnlyList<string> Events(string text) => [.. Event().Matches(text).Select(match => match.Value)];

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;

    [GeneratedRegex("""\{"event_id".*\}""", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Event();
}
