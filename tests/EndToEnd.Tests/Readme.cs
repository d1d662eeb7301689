using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nocturne.EndToEnd.Tests;

/// <summary>What README tells people to send, so that it is what is tested.</summary>
/// <param name="PlaylistsPath">The path of its first curl.</param>
/// <param name="EventBody">The body of its second.</param>
internal sealed partial record Readme(string PlaylistsPath, string EventBody)
{
    /// <summary>The listener that the body names.</summary>
    public string Listener => JsonDocument.Parse(EventBody).RootElement.GetProperty("listener").GetString()!;

    /// <summary>Reads the repository's README.</summary>
    public static Readme Read([CallerFilePath] string thisFile = "")
    {
        var text = File.ReadAllText(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "README.md"));
        return new Readme(
            GetCommand().Match(text).Groups["path"].Value,
            PostCommand().Match(text).Groups["body"].Value
        );
    }

    [GeneratedRegex(
        @"^curl http://127\.0\.0\.1:8080(?<path>\S+)$",
        RegexOptions.Multiline,
        matchTimeoutMilliseconds: 1_000
    )]
    private static partial Regex GetCommand();

    [GeneratedRegex(
        @"^curl -X POST http://127\.0\.0\.1:8080/v1/events -d '(?<body>[^']+)'$",
        RegexOptions.Multiline,
        matchTimeoutMilliseconds: 1_000
    )]
    private static partial Regex PostCommand();
}
