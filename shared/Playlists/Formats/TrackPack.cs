using Nocturne.Domain;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>The part of <see cref="PlaylistPack"/> that holds a track and why it is there.</summary>
/// <remarks>
/// Item, title, artist, artist's name, album, 1 + milliseconds or 0, propensity in billionths; the reason: kind, seeds
/// (item, none for the track itself; term), others, base.
/// </remarks>
internal static class TrackPack
{
    /// <summary>Asks for the texts of a track that is written next.</summary>
    public static void Expect(PlaylistTrack track)
    {
        Prefetch.Of(track.Item.Value);
        Prefetch.Of(track.Title);
        Prefetch.Of(track.Artist?.Value);
        Prefetch.Of(track.ArtistName);
        Prefetch.Of(track.Album);
    }

    public static void Write(PackWriter writer, PlaylistTrack track)
    {
        writer.Text(track.Item.Value);
        writer.Text(track.Title);
        writer.Text(track.Artist?.Value);
        writer.Text(track.ArtistName);
        writer.Text(track.Album);
        writer.Number(track.Duration is { } duration ? (duration.Ticks / TimeSpan.TicksPerMillisecond) + 1 : 0);
        WritePropensity(writer, track.Propensity);
        WriteReason(writer, track.Reason, track.Item);
    }

    public static PlaylistTrack Read(PackReader reader)
    {
        var item = new ItemId(reader.Text());
        var title = reader.TextOrNull();
        var artist = reader.TextOrNull();
        var artistName = reader.TextOrNull();
        var album = reader.TextOrNull();
        var milliseconds = reader.Number();
        var propensity = ReadPropensity(reader);
        return new PlaylistTrack(item, ReadReason(reader, item))
        {
            Title = title,
            Artist = artist is null ? null : new ArtistId(artist),
            ArtistName = artistName,
            Album = album,
            Duration = milliseconds == 0 ? null : new TimeSpan((milliseconds - 1) * TimeSpan.TicksPerMillisecond),
            Propensity = propensity,
        };
    }

    public static void WriteReason(PackWriter writer, Reason reason, ItemId item)
    {
        writer.Byte((byte)reason.Kind);
        writer.Number(reason.Seeds.Count);
        for (var i = 0; i < reason.Seeds.Count; i++)
        {
            var seed = reason.Seeds[i];
            // A favourite is its own seed.
            writer.Text(seed.Item == item ? null : seed.Item.Value);
            writer.Signed(seed.Term);
        }
        writer.Signed(reason.Others);
        writer.Signed(reason.Base);
    }

    public static Reason ReadReason(PackReader reader, ItemId item)
    {
        var kind = (ReasonKind)reader.Byte();
        var seeds = new ReasonSeed[reader.Count()];
        for (var i = 0; i < seeds.Length; i++)
        {
            seeds[i] = new ReasonSeed(reader.TextOrNull() is { } text ? new ItemId(text) : item, reader.Signed());
        }
        return new Reason(kind, seeds, reader.Signed(), reader.Signed());
    }

    public static void WritePropensity(PackWriter writer, decimal propensity) =>
        writer.Number(SlotPolicy.UnitsOf(propensity));

    public static decimal ReadPropensity(PackReader reader) => SlotPolicy.PropensityOf(reader.Small(SlotPolicy.Unit));
}
