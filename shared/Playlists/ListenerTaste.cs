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

    /// <summary>Whether explicit items may be played.</summary>
    public bool AllowsExplicit { get; init; } = true;
}
