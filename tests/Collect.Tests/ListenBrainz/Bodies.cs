using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nocturne.Collect.Tests.ListenBrainz;

/// <summary>Bodies of submissions.</summary>
internal static class Bodies
{
    /// <summary>An hour before the clock of <see cref="CollectHost"/>.</summary>
    public static readonly long At = CollectHost.Now.ToUnixTimeSeconds() - 3_600;

    public const string Mbid = "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae";

    public static string Single(string info = "{}", string artist = "Erik Satie", string title = "Gymnopédie No. 1") =>
        Submit("single", Listen(At, info, artist, title));

    public static string Submit(string type, params string[] listens) =>
        $$"""{"listen_type":"{{type}}","payload":[{{string.Join(',', listens)}}]}""";

    public static string Listen(
        long? at,
        string info = "{}",
        string artist = "Erik Satie",
        string title = "Gymnopédie No. 1"
    )
    {
        var listen = new JsonObject();
        if (at is { } seconds)
        {
            listen["listened_at"] = seconds;
        }
        listen["track_metadata"] = new JsonObject
        {
            ["artist_name"] = artist,
            ["track_name"] = title,
            ["release_name"] = "Piano Works",
            ["additional_info"] = JsonNode.Parse(info),
        };
        return listen.ToJsonString();
    }

    public static string Error(this JsonElement body) => body.GetProperty("error").GetString()!;
}
