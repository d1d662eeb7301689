using Nocturne.Domain;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>What a night remembers of a listener for the next one; stored beside the playlists, not in them.</summary>
public sealed record ListenerMemory
{
    /// <summary>Days for which published discoveries are remembered: eight weeks.</summary>
    public const int DaysOfDiscoveries = 56;

    /// <summary>Nothing: a listener's first night.</summary>
    public static ListenerMemory Empty { get; } = new();

    /// <summary>The parts of the taste, those with a mix by its number, then those that make none.</summary>
    public IReadOnlyList<MixMemory> Mixes { get; init; } = [];

    /// <summary>Merges that were asked for and have not taken effect.</summary>
    public IReadOnlyList<PendingMerge> Merges { get; init; } = [];

    /// <summary>What Discover Weekly published, by date; each date once, none older than <see cref="DaysOfDiscoveries"/>.</summary>
    public IReadOnlyList<PastDiscoveries> Discoveries { get; init; } = [];

    /// <summary>
    /// A hash of all that the listener's playlists were last made anew from, but for what every night changes; 0 if
    /// unknown.
    /// </summary>
    public ulong MadeFrom { get; init; }

    /// <summary>The model's epoch (<see cref="DateOnly.DayNumber"/>) that they were then made in; 0 if unknown.</summary>
    public int Epoch { get; init; }

    /// <summary>What an item is called in a memory: 64 bits of a hash of its id.</summary>
    public static ulong KeyOf(ItemId item) => Fingerprint.Of(item.Value);
}

/// <summary>One part of a listener's taste as the last night knew it.</summary>
/// <param name="Number">The number of its Daily Mix; 0 if it made none.</param>
/// <param name="Members">The items of the taste in it, by <see cref="ListenerMemory.KeyOf"/>, ascending.</param>
public sealed record MixMemory(int Number, IReadOnlyList<ulong> Members)
{
    /// <summary>Nights in a row that asked for <see cref="Leaving"/> to become a mix of their own.</summary>
    public int SplitNights { get; init; }

    /// <summary>The members that would leave, ascending; none where no split is asked for.</summary>
    public IReadOnlyList<ulong> Leaving { get; init; } = [];

    /// <summary>A hash of the candidates that the mix was drawn from.</summary>
    public ulong DrawnFrom { get; init; }

    /// <summary>The key that it was drawn by: the same candidates are drawn by the same key again.</summary>
    public ulong DrawnBy { get; init; }
}

/// <summary>Two mixes that were asked to become one.</summary>
/// <param name="First">The one's position in <see cref="ListenerMemory.Mixes"/>.</param>
/// <param name="Second">The other's, greater.</param>
/// <param name="Nights">Nights in a row that asked for it.</param>
public readonly record struct PendingMerge(int First, int Second, int Nights);

/// <summary>The tracks of a Discover Weekly of the past.</summary>
/// <param name="Date">Its date.</param>
/// <param name="Items">Its items, by <see cref="ListenerMemory.KeyOf"/>, in their order.</param>
public sealed record PastDiscoveries(DateOnly Date, IReadOnlyList<ulong> Items);
