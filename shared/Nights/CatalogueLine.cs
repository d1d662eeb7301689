using System.Text.Json;
using System.Text.Json.Serialization;
using Nocturne.Domain;
using Nocturne.Playlists;

namespace Nocturne.Nights;

/// <summary>A line of a catalogue file; docs/contracts.md is the specification. Only the id is required.</summary>
public sealed record CatalogueLine
{
    /// <summary>The item's id.</summary>
    public string? Item { get; init; }

    /// <summary><c>track</c> (the default), <c>episode</c> or <c>chapter</c>.</summary>
    public ItemKind Kind { get; init; }

    /// <summary>The title.</summary>
    public string? Title { get; init; }

    /// <summary>The main artist's, show's or author's id.</summary>
    public string? Artist { get; init; }

    /// <summary>The artist's name.</summary>
    public string? ArtistName { get; init; }

    /// <summary>The album, show or book.</summary>
    public string? Release { get; init; }

    /// <summary>Genres, most fitting first.</summary>
    public IReadOnlyList<string>? Genres { get; init; }

    /// <summary>The day of release, <c>yyyy-MM-dd</c>.</summary>
    public DateOnly? Released { get; init; }

    /// <summary>The year of release.</summary>
    public int? Year { get; init; }

    /// <summary>Length in milliseconds.</summary>
    public long? DurationMs { get; init; }

    /// <summary>The International Standard Recording Code.</summary>
    public string? Isrc { get; init; }

    /// <summary>ISO 3166 codes of where it may be played; absent is everywhere.</summary>
    public IReadOnlyList<string>? Markets { get; init; }

    /// <summary>Whether it is marked explicit.</summary>
    public bool? Explicit { get; init; }

    /// <summary>Beats a minute.</summary>
    public double? Tempo { get; init; }

    /// <summary>Loudness in decibels.</summary>
    public double? Loudness { get; init; }

    /// <summary>Energy, from 0 to 1.</summary>
    public double? Energy { get; init; }

    /// <summary>Of an episode or chapter, its number within its show or book.</summary>
    public int? Number { get; init; }

    /// <summary>
    /// In a night's own files: when the event that named the item was received (the latest of the fullest names
    /// holds); absent where an operator's catalogue named it, which comes before all events.
    /// </summary>
    public DateTimeOffset? NamedAt { get; init; }

    /// <summary>Reads a line.</summary>
    /// <exception cref="FormatException">Not such a line; the message says why.</exception>
    public static CatalogueLine Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            var parsed =
                JsonSerializer.Deserialize(line, CatalogueJson.Default.CatalogueLine)
                ?? throw new FormatException("A catalogue line is null.");
            ItemId.Parse(parsed.Item ?? throw new FormatException("A catalogue line has no 'item'."));
            if (parsed.Artist is { } artist)
            {
                ArtistId.Parse(artist);
            }
            return parsed;
        }
        catch (JsonException e)
        {
            throw new FormatException($"Not a catalogue line: {e.Message}", e);
        }
    }

    /// <summary>The line's bytes, without a newline.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, CatalogueJson.Default.CatalogueLine);

    /// <summary>The track that playlists are made of.</summary>
    public CatalogueTrack ToTrack() =>
        new(new ItemId(Item!))
        {
            Title = Title,
            Artist = Artist is null ? null : new ArtistId(Artist),
            ArtistName = ArtistName,
            Album = Release,
            Genres = Genres ?? [],
            Released = Released,
            Year = Year,
            Duration = DurationMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null,
            Isrc = Isrc,
            Markets = Markets?.ToHashSet(StringComparer.Ordinal),
            Explicit = Explicit ?? false,
            Kind = Kind,
            Tempo = Tempo,
            Loudness = Loudness,
            Energy = Energy,
            Number = Number,
        };

    /// <summary>
    /// Which of two lines on one item holds: an operator's before an event's, then the one that names more, then the
    /// later, then the greater bytes. The same whatever the order, so it can be merged in any.
    /// </summary>
    public static CatalogueLine Better(CatalogueLine left, CatalogueLine right)
    {
        var byRank = (left.NamedAt is null).CompareTo(right.NamedAt is null);
        byRank = byRank != 0 ? byRank : left.Named.CompareTo(right.Named);
        byRank = byRank != 0 ? byRank : Nullable.Compare(left.NamedAt, right.NamedAt);
        byRank = byRank != 0 ? byRank : left.ToBytes().AsSpan().SequenceCompareTo(right.ToBytes());
        return byRank >= 0 ? left : right;
    }

    private int Named =>
        (Title is null ? 0 : 1)
        + (Artist is null ? 0 : 1)
        + (ArtistName is null ? 0 : 1)
        + (Release is null ? 0 : 1)
        + (DurationMs is null ? 0 : 1);
}

/// <summary>Source-generated JSON of catalogue lines.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault
)]
[JsonSerializable(typeof(CatalogueLine))]
public sealed partial class CatalogueJson : JsonSerializerContext;
