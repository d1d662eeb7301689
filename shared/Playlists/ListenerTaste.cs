using System.Collections.Frozen;
using Nocturne.Domain;

namespace Nocturne.Playlists;

/// <summary>One item of a listener's history, as composing sees it.</summary>
/// <param name="Item">The item.</param>
/// <param name="Artist">Its artist as events named it; the catalogue's comes first where it knows the item.</param>
/// <param name="Streams">Completed streams.</param>
/// <param name="Skips">Skips.</param>
/// <param name="ShortWeight">Decayed streams at the short horizon, in fixed point (one fresh stream is
/// <see cref="FixedPoint.One"/>).</param>
/// <param name="LongWeight">The same at the long horizon.</param>
public readonly record struct TasteItem(
    ItemId Item,
    ArtistId? Artist,
    long Streams,
    long Skips,
    long ShortWeight,
    long LongWeight
)
{
    /// <summary>What it is, as events say.</summary>
    public ItemKind Kind { get; init; }
}

/// <summary>An episode or chapter that the listener began and did not end.</summary>
/// <param name="Item">It.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Show">Its show, author or artist, as events say.</param>
/// <param name="Position">How far the listener came.</param>
/// <param name="Duration">How long it is, where known.</param>
/// <param name="LastPlayed">When it was played last.</param>
public readonly record struct UnfinishedItem(
    ItemId Item,
    ItemKind Kind,
    ArtistId? Show,
    TimeSpan Position,
    TimeSpan? Duration,
    Instant LastPlayed
);

/// <summary>What a night knows of one listener when it composes.</summary>
/// <remarks>The order of <see cref="Items"/> and of the sets does not matter to what is composed.</remarks>
public sealed record ListenerTaste(ListenerId Listener)
{
    /// <summary>History by item, each item once. All of it counts as heard.</summary>
    public IReadOnlyList<TasteItem> Items { get; init; } = [];

    /// <summary>Liked items.</summary>
    public IReadOnlySet<ItemId> Liked { get; init; } = FrozenSet<ItemId>.Empty;

    /// <summary>Hated items: in no playlist, under no id of the same recording.</summary>
    public IReadOnlySet<ItemId> Hated { get; init; } = FrozenSet<ItemId>.Empty;

    /// <summary>Items taken out of the listener's taste: in no playlist and no reason.</summary>
    public IReadOnlySet<ItemId> Excluded { get; init; } = FrozenSet<ItemId>.Empty;

    /// <summary>Hated artists: in no playlist.</summary>
    public IReadOnlySet<ArtistId> HatedArtists { get; init; } = FrozenSet<ArtistId>.Empty;

    /// <summary>Followed artists: known to the listener, so not discoveries.</summary>
    public IReadOnlySet<ArtistId> FollowedArtists { get; init; } = FrozenSet<ArtistId>.Empty;

    /// <summary>
    /// Whether an item beyond <see cref="Items"/> was ever heard; null if <see cref="Items"/> is all. A pure function
    /// of the item, asked for candidates only; a false "heard" costs a candidate, a false "new" breaks a promise.
    /// </summary>
    public Func<ItemId, bool>? Heard { get; init; }

    /// <summary>Where the listener is (ISO 3166 code); null if unknown, and then no market is checked.</summary>
    public string? Market { get; init; }

    /// <summary>The listener's IANA time zone; null if unknown, which is taken for UTC.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Streams by UTC hour of the week, 168 counts from Monday 00:00; empty if unknown.</summary>
    public IReadOnlyList<long> StreamsByHourOfWeek { get; init; } = [];

    /// <summary>The latest plays that count towards the taste, the latest first.</summary>
    public IReadOnlyList<RecentPlay> RecentPlays { get; init; } = [];

    /// <summary>Episodes and chapters begun and not ended, the latest played first.</summary>
    public IReadOnlyList<UnfinishedItem> Unfinished { get; init; } = [];

    /// <summary>What the last night remembered of the listener.</summary>
    public ListenerMemory Memory { get; init; } = ListenerMemory.Empty;

    /// <summary>The playlists published before; those of recipes that are not due are kept as they are.</summary>
    public IReadOnlyList<Playlist> Published { get; init; } = [];

    /// <summary>Home as it was published before; null if unknown.</summary>
    public HomePage? PublishedHome { get; init; }

    /// <summary>
    /// Set for a listener at rest: neither they nor the model have changed since <see cref="Published"/> were made,
    /// which the night of this date published last. Then every recipe keeps what it made, but for those that are due
    /// since (<see cref="PlaylistRecipe.IsDueAtRest"/>).
    /// </summary>
    public DateOnly? AtRestSince { get; init; }

    /// <summary>Whether explicit items may be played.</summary>
    public bool AllowsExplicit { get; init; } = true;

    // Composing and the models both ask, at times far apart: a look into the catalogue misses every cache.
    private (Catalogue Catalogue, IReadOnlyList<TasteItem> Items, int[] Indices)? _indices;

    /// <summary>
    /// The index of each of <see cref="Items"/> in a catalogue, or -1. Looked up once; for one thread at a time.
    /// </summary>
    public ReadOnlySpan<int> IndicesIn(Catalogue catalogue)
    {
        if (_indices is { } known && known.Catalogue == catalogue && known.Items == Items)
        {
            return known.Indices;
        }
        var indices = new int[Items.Count];
        for (var i = 0; i < indices.Length; i++)
        {
            indices[i] = catalogue.IndexOf(Items[i].Item);
        }
        _indices = (catalogue, Items, indices);
        return indices;
    }
}
