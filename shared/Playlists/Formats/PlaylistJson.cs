using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Playlists;

/// <summary>A playlist as Nocturne stores and serves it: canonical JSON, one playlist one sequence of bytes.</summary>
/// <remarks>
/// <code>
/// {"schema":1,"id":UUID,"kind":"daily-mix-1","listener":ID,"date":"2026-11-21","title":…,"description":…,
///  "propensity":0.25,"tracks":[{"item":ID,"title":…,"artist_id":ID,"artist":…,"album":…,"duration_ms":240000,
///             "reason":{"kind":"neighbour","score":N,"seeds":[{"item":ID,"term":N}],"others":N,"base":N},
///             "propensity":1}]}
/// </code>
/// In this order, without white space; optional members that are unknown, and "others" and "base" of 0, are left out.
/// N are integers in millionths; score = base + Σ terms + others. The list's propensity is the product of its tracks',
/// in their order, as a double. The id is the playlist's version: what changes has another date, and so another id; an
/// impression names it as its playlist and the track's place in "tracks", from 0, as its slot. Readers ignore members they do not know.
/// </remarks>
public static class PlaylistJson
{
    /// <summary>The version of the form that is written.</summary>
    public const int Schema = 1;

    // Names stay readable; the bytes are JSON whatever they are embedded in, and are never pasted into HTML.
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The canonical bytes.</summary>
    public static byte[] Write(Playlist playlist)
    {
        var buffer = new ArrayBufferWriter<byte>(1024 + (playlist.Tracks.Count * 320));
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            Write(writer, playlist);
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes the canonical form as one value of a larger document.</summary>
    public static void Write(Utf8JsonWriter writer, Playlist playlist)
    {
        writer.WriteStartObject();
        writer.WriteNumber("schema"u8, Schema);
        writer.WriteString("id"u8, playlist.Id);
        writer.WriteString("kind"u8, playlist.Kind.Value);
        writer.WriteString("listener"u8, playlist.Listener.Value);
        writer.WriteString("date"u8, playlist.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        writer.WriteString("title"u8, playlist.Title);
        writer.WriteString("description"u8, playlist.Description);
        writer.WriteNumber("propensity"u8, playlist.Propensity);
        writer.WriteStartArray("tracks"u8);
        foreach (var track in playlist.Tracks)
        {
            WriteTrack(writer, track);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write(Playlist)"/> wrote.</summary>
    /// <exception cref="FormatException">Not JSON, not a playlist, or of a newer schema; the message says which.</exception>
    public static Playlist Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return ReadPlaylist(document.RootElement);
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException($"This is not a playlist: {exception.Message}", exception);
        }
    }

    private static void WriteTrack(Utf8JsonWriter writer, PlaylistTrack track)
    {
        writer.WriteStartObject();
        writer.WriteString("item"u8, track.Item.Value);
        WriteIfKnown(writer, "title"u8, track.Title);
        WriteIfKnown(writer, "artist_id"u8, track.Artist?.Value);
        WriteIfKnown(writer, "artist"u8, track.ArtistName);
        WriteIfKnown(writer, "album"u8, track.Album);
        if (track.Duration is { } duration)
        {
            writer.WriteNumber("duration_ms"u8, (long)duration.TotalMilliseconds);
        }
        WriteReason(writer, track.Reason);
        writer.WriteNumber("propensity"u8, track.Propensity);
        writer.WriteEndObject();
    }

    internal static void WriteReason(Utf8JsonWriter writer, Reason reason)
    {
        writer.WriteStartObject("reason"u8);
        writer.WriteString("kind"u8, NameOf(reason.Kind));
        writer.WriteNumber("score"u8, reason.Score);
        writer.WriteStartArray("seeds"u8);
        foreach (var seed in reason.Seeds)
        {
            writer.WriteStartObject();
            writer.WriteString("item"u8, seed.Item.Value);
            writer.WriteNumber("term"u8, seed.Term);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        WriteIfNotZero(writer, "others"u8, reason.Others);
        WriteIfNotZero(writer, "base"u8, reason.Base);
        writer.WriteEndObject();
    }

    private static Playlist ReadPlaylist(JsonElement json)
    {
        var schema = json.GetProperty("schema").GetInt32();
        if (schema != Schema)
        {
            throw new FormatException($"The playlist has schema {schema} and this code reads {Schema}.");
        }
        var playlist = new Playlist(
            PlaylistKind.Parse(Text(json, "kind")),
            ListenerId.Parse(Text(json, "listener")),
            DateOnly.ParseExact(Text(json, "date"), "yyyy-MM-dd", CultureInfo.InvariantCulture),
            Text(json, "title"),
            Text(json, "description"),
            [.. json.GetProperty("tracks").EnumerateArray().Select(ReadTrack)]
        );
        if (json.TryGetProperty("propensity", out var propensity) && propensity.GetDouble() != playlist.Propensity)
        {
            throw new FormatException("The playlist's propensity is not the product of its tracks'.");
        }
        return json.GetProperty("id").GetGuid() == playlist.Id
            ? playlist
            : throw new FormatException($"The id does not belong to {playlist.Kind} of this listener and date.");
    }

    private static PlaylistTrack ReadTrack(JsonElement json)
    {
        var reason = json.GetProperty("reason");
        var track = new PlaylistTrack(
            ItemId.Parse(Text(json, "item")),
            new Reason(
                KindOf(Text(reason, "kind")),
                [
                    .. reason
                        .GetProperty("seeds")
                        .EnumerateArray()
                        .Select(s => new ReasonSeed(ItemId.Parse(Text(s, "item")), s.GetProperty("term").GetInt64())),
                ],
                NumberOrZero(reason, "others"),
                NumberOrZero(reason, "base")
            )
        )
        {
            Title = TextOrNull(json, "title"),
            Artist = TextOrNull(json, "artist_id") is { } artist ? ArtistId.Parse(artist) : null,
            ArtistName = TextOrNull(json, "artist"),
            Album = TextOrNull(json, "album"),
            Duration = json.TryGetProperty("duration_ms", out var duration)
                ? TimeSpan.FromMilliseconds(duration.GetInt64())
                : null,
            Propensity = json.GetProperty("propensity").GetDecimal(),
        };
        return reason.GetProperty("score").GetInt64() == track.Reason.Score
            ? track
            : throw new FormatException($"The reason of '{track.Item}' does not add up to its score.");
    }

    private static string NameOf(ReasonKind kind) =>
        kind switch
        {
            ReasonKind.Favourite => "favourite",
            ReasonKind.Neighbour => "neighbour",
            ReasonKind.Popular => "popular",
            ReasonKind.Release => "release",
            ReasonKind.Fresh => "fresh",
            ReasonKind.Unfinished => "unfinished",
            ReasonKind.NextInSeries => "next_in_series",
            ReasonKind.MadeForYou => "made_for_you",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A reason of this kind has no name."),
        };

    private static ReasonKind KindOf(string name) =>
        name switch
        {
            "favourite" => ReasonKind.Favourite,
            "neighbour" => ReasonKind.Neighbour,
            "popular" => ReasonKind.Popular,
            "release" => ReasonKind.Release,
            "fresh" => ReasonKind.Fresh,
            "unfinished" => ReasonKind.Unfinished,
            "next_in_series" => ReasonKind.NextInSeries,
            "made_for_you" => ReasonKind.MadeForYou,
            _ => throw new FormatException($"'{name}' is not a kind of reason."),
        };

    internal static void WriteIfKnown(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    private static void WriteIfNotZero(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long value)
    {
        if (value != 0)
        {
            writer.WriteNumber(name, value);
        }
    }

    private static string Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value)
            ? value.GetString() ?? throw new FormatException($"'{name}' is null.")
            : throw new FormatException($"'{name}' is missing.");

    private static string? TextOrNull(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static long NumberOrZero(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetInt64() : 0;
}
