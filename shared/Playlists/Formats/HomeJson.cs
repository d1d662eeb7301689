using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Playlists;

/// <summary>Home and Made For You as apps read them.</summary>
/// <remarks>
/// <code>
/// {"schema":1,"id":UUID,"listener":ID,"date":"2026-11-21","listening":{"music":N,"podcasts":N,"audiobooks":N},
///  "shelves":[{"name":"mixes","title":…,"reason":{…},"cards":[
///     {"slot":0,"playlist":"daily-mix-1","playlist_id":UUID,"title":…,"description":…,"tracks":30,"reason":{…},"propensity":1},
///     {"slot":1,"playlist":"continue-listening","item":ID,"title":…,"artist":…,"reason":{…},"propensity":1}]}]}
/// </code>
/// A card's propensity is π(shelf | shelves before) · π(card | shelf and cards before). Slots count the cards of all
/// shelves from 0: an impression of a card names the id of Home as its playlist, the card's slot and its propensity, and
/// as its item the item, or the kind of the playlist. Reasons are as in <see cref="PlaylistJson"/>. The Daylist's card
/// is that of the part of day in which it is asked for.
/// </remarks>
public static class HomeJson
{
    /// <summary>The version of the form that is written.</summary>
    public const int Schema = 1;

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Home at a moment.</summary>
    /// <param name="home">It.</param>
    /// <param name="playlists">The same night's playlists.</param>
    /// <param name="now">The moment.</param>
    public static byte[] Write(HomePage home, IReadOnlyList<Playlist> playlists, Instant now)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            Begin(writer, home);
            writer.WriteStartObject("listening"u8);
            writer.WriteNumber("music"u8, home.Listening.Music);
            writer.WriteNumber("podcasts"u8, home.Listening.Podcasts);
            writer.WriteNumber("audiobooks"u8, home.Listening.Audiobooks);
            writer.WriteEndObject();
            writer.WriteStartArray("shelves"u8);
            var slot = 0;
            foreach (var shelf in home.Shelves)
            {
                writer.WriteStartObject();
                writer.WriteString("name"u8, shelf.Name);
                writer.WriteString("title"u8, shelf.Title);
                PlaylistJson.WriteReason(writer, shelf.Reason);
                writer.WriteStartArray("cards"u8);
                foreach (var card in shelf.Cards)
                {
                    var kind =
                        card.Playlist == PlaylistKind.DaylistNow ? home.DaylistAt(now, playlists) : card.Playlist;
                    writer.WriteStartObject();
                    writer.WriteNumber("slot"u8, slot++);
                    WriteCard(writer, card, playlists.FirstOrDefault(playlist => playlist.Kind == kind));
                    PlaylistJson.WriteReason(writer, card.Reason);
                    writer.WriteNumber("propensity"u8, shelf.Propensity * card.Propensity);
                    writer.WriteEndObject();
                }
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The hub: the same head, and "playlists" in order, as a playlist's card.</summary>
    /// <param name="home">Whose hub.</param>
    /// <param name="playlists">The same night's playlists.</param>
    public static byte[] WriteMadeForYou(HomePage home, IReadOnlyList<Playlist> playlists)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            Begin(writer, home);
            writer.WriteStartArray("playlists"u8);
            foreach (var entry in home.MadeForYou)
            {
                writer.WriteStartObject();
                WriteList(writer, playlists.FirstOrDefault(playlist => playlist.Kind == entry.Playlist));
                PlaylistJson.WriteReason(writer, entry.Reason);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void Begin(Utf8JsonWriter writer, HomePage home)
    {
        writer.WriteStartObject();
        writer.WriteNumber("schema"u8, Schema);
        writer.WriteString("id"u8, home.Id);
        writer.WriteString("listener"u8, home.Listener.Value);
        writer.WriteString("date"u8, home.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
    }

    private static void WriteCard(Utf8JsonWriter writer, HomeCard card, Playlist? playlist)
    {
        if (card.Track is not { } track)
        {
            WriteList(writer, playlist);
            return;
        }
        writer.WriteString("playlist"u8, card.Playlist.Value);
        writer.WriteString("item"u8, track.Item.Value);
        PlaylistJson.WriteIfKnown(writer, "title"u8, track.Title);
        PlaylistJson.WriteIfKnown(writer, "artist_id"u8, track.Artist?.Value);
        PlaylistJson.WriteIfKnown(writer, "artist"u8, track.ArtistName);
        PlaylistJson.WriteIfKnown(writer, "album"u8, track.Album);
    }

    private static void WriteList(Utf8JsonWriter writer, Playlist? playlist)
    {
        if (playlist is not null)
        {
            writer.WriteString("playlist"u8, playlist.Kind.Value);
            writer.WriteString("playlist_id"u8, playlist.Id);
            writer.WriteString("title"u8, playlist.Title);
            writer.WriteString("description"u8, playlist.Description);
            writer.WriteNumber("tracks"u8, playlist.Tracks.Count);
        }
    }
}
