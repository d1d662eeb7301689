using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Nocturne.Playlists;

/// <summary>
/// JSPF (XSPF in JSON, https://www.xspf.org/jspf) with the MusicBrainz extension
/// (https://musicbrainz.org/doc/jspf), as ListenBrainz serves the playlists it creates for its users.
/// </summary>
public static class Jspf
{
    private const string PlaylistExtension = "https://musicbrainz.org/doc/jspf#playlist";
    private const string TrackExtension = "https://musicbrainz.org/doc/jspf#track";

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The playlist as a document, <c>{"playlist": …}</c>.</summary>
    public static byte[] Write(Playlist playlist, PlaylistLinks links)
    {
        var buffer = new ArrayBufferWriter<byte>(1024 + (playlist.Tracks.Count * 512));
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            Write(writer, playlist, links);
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes <c>{"playlist": …}</c> as one value of a larger document, such as a list of playlists.</summary>
    public static void Write(Utf8JsonWriter writer, Playlist playlist, PlaylistLinks links)
    {
        var day = playlist.Date.ToString("yyyy-MM-dd'T00:00:00+00:00'", CultureInfo.InvariantCulture);
        writer.WriteStartObject();
        writer.WriteStartObject("playlist"u8);
        writer.WriteString("title"u8, playlist.Title);
        writer.WriteString("creator"u8, links.Creator);
        writer.WriteString("annotation"u8, playlist.Description);
        writer.WriteString("date"u8, day);
        writer.WriteString("identifier"u8, links.To(playlist));
        WriteExtension(writer, playlist, links, day);
        writer.WriteStartArray("track"u8);
        foreach (var track in playlist.Tracks)
        {
            WriteTrack(writer, track, links, day);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteExtension(Utf8JsonWriter writer, Playlist playlist, PlaylistLinks links, string day)
    {
        writer.WriteStartObject("extension"u8);
        writer.WriteStartObject(PlaylistExtension);
        writer.WriteBoolean("public"u8, value: false);
        writer.WriteString("creator"u8, links.Creator);
        writer.WriteString("created_for"u8, playlist.Listener.Value);
        writer.WriteStartArray("collaborators"u8);
        writer.WriteEndArray();
        writer.WriteString("last_modified_at"u8, day);
        writer.WriteStartObject("additional_metadata"u8);
        writer.WriteStartObject("algorithm_metadata"u8);
        writer.WriteString("source_patch"u8, links.AlgorithmOf(playlist.Kind));
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteTrack(Utf8JsonWriter writer, PlaylistTrack track, PlaylistLinks links, string day)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("identifier"u8);
        writer.WriteStringValue(links.To(track.Item));
        writer.WriteEndArray();
        writer.WriteString("title"u8, track.Title ?? track.Item.Value);
        if (track.ArtistName is not null)
        {
            writer.WriteString("creator"u8, track.ArtistName);
        }
        if (track.Album is not null)
        {
            writer.WriteString("album"u8, track.Album);
        }
        if (track.Duration is { } duration)
        {
            writer.WriteNumber("duration"u8, (long)duration.TotalMilliseconds);
        }
        writer.WriteStartObject("extension"u8);
        writer.WriteStartObject(TrackExtension);
        writer.WriteString("added_by"u8, links.Creator);
        writer.WriteString("added_at"u8, day);
        if (track.Artist is { } artist)
        {
            writer.WriteStartArray("artist_identifiers"u8);
            writer.WriteStringValue(links.To(artist));
            writer.WriteEndArray();
        }
        writer.WriteStartObject("additional_metadata"u8);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
