using Nocturne.Domain;
using Nocturne.Importing.Reading;

namespace Nocturne.Importing.Formats;

/// <summary>The scrobbles of a Maloja export. Several artists of a track are its one artist, with commas between them.</summary>
internal sealed class MalojaHistory(PlayMaker plays)
{
    private const int SecondMs = 1_000;

    /// <summary>What is read of a scrobble, in the order of <see cref="Field"/>.</summary>
    public static readonly JsonShape Shape = new(
        "time",
        "track.title",
        "track.artists",
        "track.album.albumtitle",
        "track.album.name",
        "track.length",
        "duration"
    );

    private enum Field
    {
        Time,
        Title,
        Artists,
        Album,
        OldAlbum,
        Length,
        Played,
    }

    /// <summary>A scrobble.</summary>
    public Imported Make(long line, ReadOnlyMemory<byte> bytes, JsonFields fields)
    {
        foreach (var field in new[] { Field.Time, Field.Length, Field.Played })
        {
            if (!fields.TryNumber((int)field, out _))
            {
                return PlayMaker.Reject(line, bytes, RejectReason.InvalidField, field.ToString().ToLowerInvariant());
            }
        }
        fields.TryNumber((int)Field.Time, out var time);
        fields.TryNumber((int)Field.Length, out var length);
        fields.TryNumber((int)Field.Played, out var played);
        return plays.Make(
            line,
            bytes,
            new PlayDraft
            {
                Title = fields.Text((int)Field.Title),
                Artist = fields.Text((int)Field.Artists),
                Release = fields.Text((int)Field.Album) ?? fields.Text((int)Field.OldAlbum),
                StartedAt = time is { } seconds ? Times.OfNumber(seconds) : null,
                DurationMs = length is > 0 and < int.MaxValue ? length * SecondMs : null,
                MsPlayed = played is > 0 and < int.MaxValue ? played * SecondMs : null,
            }
        );
    }
}
