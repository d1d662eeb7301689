using System.Text.Encodings.Web;
using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Privacy;

/// <summary>A profile as its listener gets it.</summary>
internal static class ProfileJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Totals, habits, what is played most and lately, and all that the listener said outright.</summary>
    public static byte[] Write(ListenerProfile profile, Statements statements) =>
        Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("listener"u8, profile.Listener.Value);
            WriteTotals(json, profile.Totals);
            json.WriteStartArray("streams_by_hour_of_week_utc"u8);
            foreach (var streams in profile.StreamsByHourOfWeek)
            {
                json.WriteNumberValue(streams);
            }
            json.WriteEndArray();
            json.WriteStartArray("recent_plays"u8);
            foreach (var play in profile.RecentPlays)
            {
                json.WriteStartObject();
                json.WriteString("started_at"u8, play.StartedAt.ToString());
                json.WriteString("item"u8, play.Item.Value);
                json.WriteBoolean("stream"u8, play.IsStream);
                json.WriteBoolean("skip"u8, play.IsSkip);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            WriteAffinities(json, "items", profile.Items);
            WriteAffinities(json, "artists", profile.Artists);
            WriteStatements(json, profile.Listener, statements);
            json.WriteEndObject();
        });

    /// <summary>What the listener did with one item in a month.</summary>
    public static byte[] Write(string month, ItemTally item) =>
        Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("month"u8, month);
            json.WriteString("item"u8, item.Item.Value);
            if (item.Artist is { } artist)
            {
                json.WriteString("artist"u8, artist.Value);
            }
            json.WriteNumber("plays"u8, item.Plays);
            json.WriteNumber("streams"u8, item.Streams);
            json.WriteNumber("skips"u8, item.Skips);
            json.WriteEndObject();
        });

    private static void WriteTotals(Utf8JsonWriter json, Totals totals)
    {
        json.WriteStartObject("totals"u8);
        json.WriteNumber("plays"u8, totals.Plays);
        json.WriteNumber("streams"u8, totals.Streams);
        json.WriteNumber("skips"u8, totals.Skips);
        json.WriteNumber("ms_played"u8, totals.MsPlayed);
        json.WriteNumber("excluded_plays"u8, totals.ExcludedPlays);
        json.WriteNumber("statements"u8, totals.Statements);
        json.WriteNumber("impressions"u8, totals.Impressions);
        json.WriteEndObject();
    }

    private static void WriteAffinities(Utf8JsonWriter json, string name, IReadOnlyList<Affinity> affinities)
    {
        json.WriteStartArray(name);
        foreach (var affinity in affinities)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, affinity.Id);
            json.WriteNumber("short"u8, affinity.Short / (double)Horizons.One);
            json.WriteNumber("long"u8, affinity.Long / (double)Horizons.One);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteStatements(Utf8JsonWriter json, ListenerId listener, Statements statements)
    {
        json.WriteStartArray("opinions"u8);
        foreach (var (item, score) in statements.ItemOpinions)
        {
            json.WriteStartObject();
            json.WriteString("item"u8, item.Value);
            json.WriteNumber("score"u8, score);
            json.WriteEndObject();
        }
        foreach (var (artist, score) in statements.ArtistOpinions)
        {
            json.WriteStartObject();
            json.WriteString("artist"u8, artist.Value);
            json.WriteNumber("score"u8, score);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("follows"u8);
        foreach (var artist in statements.Follows)
        {
            json.WriteStringValue(artist.Value);
        }
        json.WriteEndArray();
        json.WriteStartArray("excludes"u8);
        foreach (var (target, value) in statements.Excludes)
        {
            json.WriteStartObject();
            json.WriteString("target"u8, $"{target}");
            json.WriteString("value"u8, value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (statements.Settings(listener) is { } settings)
        {
            json.WritePropertyName("settings"u8);
            EventWriter.Write(json, settings);
        }
    }

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            write(json);
        }
        return stream.ToArray();
    }
}
