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

    /// <summary>Every request that it sends with curl, in order.</summary>
    public required IReadOnlyList<(HttpMethod Method, string Path, string? Body)> Requests { get; init; }

    /// <summary>Reads the repository's README.</summary>
    public static Readme Read()
    {
        var text = File.ReadAllText(Path());
        return new Readme(GetCommand().Match(text).Groups["path"].Value, PostCommand().Match(text).Groups["body"].Value)
        {
            Requests =
            [
                .. AnyCommand()
                    .Matches(text)
                    .Select(match =>
                        (
                            match.Groups["method"] is { Success: true } method
                                ? HttpMethod.Parse(method.Value)
                                : HttpMethod.Get,
                            match.Groups["path"].Value,
                            match.Groups["body"] is { Success: true } body ? body.Value : null
                        )
                    ),
            ],
        };
    }

    /// <summary>Where it is.</summary>
    public static string Path([CallerFilePath] string thisFile = "") =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(thisFile)!, "..", "..", "README.md");

    [GeneratedRegex(
        @"^curl (-X (?<method>[A-Z]+) )?'?http://127\.0\.0\.1:8080(?<path>[^\s']+)'?( -d '(?<body>[^']+)')?$",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1_000
    )]
    private static partial Regex AnyCommand();

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
