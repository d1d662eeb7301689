using System.ComponentModel.DataAnnotations;
using Nocturne.Recommending;

namespace Nocturne.RunNight;

/// <summary>The bounds of a night.</summary>
public sealed class NightOptions
{
    /// <summary>Listeners of one shard, about; a shard's step must end well within Pub/Sub's 600 s.</summary>
    [Range(1, 100_000)]
    public int ListenersPerShard { get; set; } = 2_000;

    /// <summary>The most shards of a run.</summary>
    [Range(1, 10_000)]
    public int MaxShards { get; set; } = 4_096;

    /// <summary>Listeners trained on; of more, a fixed sample by hash. Everyone's playlists are made either way.</summary>
    [Range(1, 4_000_000)]
    public int MaxTrainingListeners { get; set; } = 200_000;

    /// <summary>Listeners that configurations are chosen and compared on; of more, a fixed sample by hash.</summary>
    [Range(1, 1_000_000)]
    public int MaxTuningListeners { get; set; } = 20_000;

    /// <summary>Configurations of one component that a night tries. The first night has none: it takes the defaults.</summary>
    [Range(0, 1_000)]
    public int Trials { get; set; } = 4;

    /// <summary>
    /// The models that are blended, by the names that <c>nocturne evaluate</c> uses, as far as they suit the data; empty:
    /// every one there is. The default leaves out those that take milliseconds for a listener where there are tens of
    /// thousands of items (<c>listening-mixture</c>, <c>gf-cf</c>, the second factor model): a smaller catalogue can
    /// afford them.
    /// </summary>
    public IReadOnlyList<string> Models { get; set; } = ["artist-affinity", "rp3beta", "ease", "als"];

    /// <summary>The most dimensions of factor models: composing scores every item for every listener, in time with them.</summary>
    [Range(8, 512)]
    public int MaxDimensions { get; set; } = 64;

    /// <summary>The most neighbours in an item's list: composing walks the lists of everything a listener played.</summary>
    [Range(10, 1_000)]
    public int MaxNeighbours { get; set; } = 100;

    /// <summary>Both bounds.</summary>
    public ModelBounds Bounds => new(MaxDimensions, MaxNeighbours);

    /// <summary>
    /// The share of all playlists' tracks that emerging artists get at least, in thousandths: training solves for the
    /// price that their candidates need for it. 0 asks for nothing, and costs nothing.
    /// </summary>
    [Range(0, 500)]
    public int EmergingExposure { get; set; }

    /// <summary>Listeners for whom playlists are composed to solve for that price, about a dozen times.</summary>
    [Range(1, 10_000)]
    public int EmergingSample { get; set; } = 400;

    /// <summary>Listeners trained on without whom an artist is not emerging yet: below, chance decides.</summary>
    [Range(1, 100_000)]
    public int EmergingLeastListeners { get; set; } = 5;

    /// <summary>The share of the listeners trained on from which an artist is no longer emerging, in thousandths.</summary>
    [Range(1, 1000)]
    public int EmergingMostShare { get; set; } = 20;

    /// <summary>By how much an emerging artist's audience is above its mean of four weeks, in thousandths.</summary>
    [Range(0, 10_000)]
    public int EmergingGrowth { get; set; } = 100;

    /// <summary>
    /// How much of what it recommended a model must still recommend, in thousandths, for unchanged listeners to keep
    /// their playlists: below, everything is made anew. 1001 makes everything anew every night.
    /// </summary>
    [Range(0, 1001)]
    public int EpochOverlap { get; set; } = 800;

    /// <summary>Listeners for whom that is measured.</summary>
    [Range(1, 10_000)]
    public int EpochSample { get; set; } = 200;

    /// <summary>Threads of one instance. The outputs do not depend on it.</summary>
    [Range(1, 64)]
    public int Workers { get; set; } = Environment.ProcessorCount;

    /// <summary>Listeners of one shard whose documents are read at one time.</summary>
    [Range(1, 256)]
    public int ConcurrentReads { get; set; } = 16;

    /// <summary>Object writes of one shard under way at one time; listeners are composed, and then written, by eights.</summary>
    [Range(1, 256)]
    public int ConcurrentWrites { get; set; } = 64;

    /// <summary>How long a run may take before it is failed, in minutes.</summary>
    [Range(1, 1_440)]
    public int DeadlineMinutes { get; set; } = 240;

    /// <summary>
    /// How long the claim on a single-worker step outlives a worker that died, in seconds; a worker at work renews it.
    /// </summary>
    [Range(1, 600)]
    public int LeaseSeconds { get; set; } = 30;
}
