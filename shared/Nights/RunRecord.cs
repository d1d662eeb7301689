using System.Text.Json;
using System.Text.Json.Serialization;
using Nocturne.Ports;
using Nocturne.Recommending;

namespace Nocturne.Nights;

/// <summary>Where a run is.</summary>
public enum RunState
{
    /// <summary>Steps are under way.</summary>
    Running,

    /// <summary>Its playlists are complete (and published, unless a later date's are).</summary>
    Finished,

    /// <summary>A check failed or the deadline passed; what was published before stays.</summary>
    Failed,

    /// <summary>An operator ended it; what was published before stays.</summary>
    Cancelled,
}

/// <summary>What happened in a run; a document of its own, for operators. Nothing else depends on it but its pins.</summary>
public sealed record RunRecord
{
    /// <summary>The run's date.</summary>
    public required string Run { get; init; }

    /// <summary>Where it is.</summary>
    public required RunState State { get; init; }

    /// <summary>How many shards the listeners are cut into; pinned at the start.</summary>
    public required int Shards { get; init; }

    /// <summary>The run published when this one started, whose catalogue is carried on; pinned. Null for the first.</summary>
    public string? Previous { get; init; }

    /// <summary>
    /// The last day (UTC) whose events count, of a run for a date that was over when it started; null: whatever is
    /// there when the snapshot is taken. Pinned.
    /// </summary>
    public DateOnly? InputsUntil { get; init; }

    /// <summary>The day of arrival from which the archive is read for names; null: from the beginning. Pinned.</summary>
    public DateOnly? ArchiveFrom { get; init; }

    /// <summary>When it started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it is failed if not finished.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Failure { get; init; }

    /// <summary>Listeners in the snapshot.</summary>
    public int Listeners { get; init; }

    /// <summary>Items in the catalogue.</summary>
    public int Items { get; init; }

    /// <summary>Listener-item pairs trained on.</summary>
    public long Interactions { get; init; }

    /// <summary>How its model was chosen; null until it is trained, and in runs of earlier versions.</summary>
    public ModelRecord? Model { get; init; }

    /// <summary>What was checked before anything was published; empty while it runs.</summary>
    public IReadOnlyList<CheckResult> Checks { get; init; } = [];

    /// <summary>What its playlists show.</summary>
    public ShownSummary? Shown { get; init; }

    /// <summary>What exposure emerging artists get, and what it costs; null until it is trained.</summary>
    public EmergingExposure? Emerging { get; init; }

    /// <summary>The epoch of its model; null until it is trained, and in runs of earlier versions.</summary>
    public ModelEpoch? Epoch { get; init; }

    /// <summary>For how many listeners it had work to do.</summary>
    public IncrementalCounts? Incremental { get; init; }

    /// <summary>What its steps used of the stores, in the attempts that completed them; null in runs of earlier versions.</summary>
    public OperationCounts? Usage { get; init; }

    /// <summary>Processor time that they took, of all instances together; null in runs of earlier versions.</summary>
    public TimeSpan? ProcessorTime { get; init; }

    /// <summary>When training began: the snapshot was complete.</summary>
    public DateTimeOffset? TrainingAt { get; init; }

    /// <summary>When composing began: the models were complete.</summary>
    public DateTimeOffset? ComposingAt { get; init; }

    /// <summary>When closing began: the playlists were complete.</summary>
    public DateTimeOffset? ClosingAt { get; init; }

    /// <summary>Playlists made.</summary>
    public int Playlists { get; init; }

    /// <summary>Tracks in them.</summary>
    public int Tracks { get; init; }

    /// <summary>Playlists by kind.</summary>
    public IReadOnlyDictionary<string, int> PlaylistsByKind { get; init; } = new Dictionary<string, int>();

    /// <summary>Joint playlists of blends made.</summary>
    public int Blends { get; init; }

    /// <summary>Of these, those that are fair to all.</summary>
    public int FairBlends { get; init; }

    /// <summary>Reads a record.</summary>
    public static RunRecord Read(ReadOnlyMemory<byte> data) =>
        JsonSerializer.Deserialize(data.Span, NightJson.Default.RunRecord)
        ?? throw new InvalidDataException("A run record is null.");

    /// <summary>The record's bytes.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, NightJson.Default.RunRecord);
}

/// <summary>Which run's playlists are served.</summary>
/// <param name="Run">The run.</param>
/// <param name="Shards">Its number of shards.</param>
public sealed record PublishedPointer(string Run, int Shards)
{
    /// <summary>
    /// Runs that <see cref="Earlier"/> names: a run is published up to 22 hours before its date begins at UTC+14, and
    /// that is two dates ahead of the calendar at UTC-12.
    /// </summary>
    public const int MostEarlier = 2;

    /// <summary>The runs that were published before, latest first: for listeners whose date has not begun. Null: none.</summary>
    public IReadOnlyList<PublishedPointer>? Earlier { get; init; }

    /// <summary>The pointer after another run is published: what it points to is among the earlier ones.</summary>
    /// <param name="run">The run; later than this one.</param>
    /// <param name="shards">Its shards.</param>
    public PublishedPointer Then(RunId run, int shards) =>
        new(run.ToString(), shards) { Earlier = [.. Runs.Take(MostEarlier)] };

    /// <summary>What is served to a listener whose date it is: the latest run that is not ahead of it, else the earliest.</summary>
    public PublishedPointer For(DateOnly date)
    {
        PublishedPointer chosen = this;
        foreach (var run in Runs)
        {
            chosen = run;
            if (RunId.Parse(run.Run).Date <= date)
            {
                break;
            }
        }
        return chosen;
    }

    private IEnumerable<PublishedPointer> Runs => [new PublishedPointer(Run, Shards), .. Earlier ?? []];
}

/// <summary>The objects that hold a shard's playlists.</summary>
public sealed record ShardManifest
{
    /// <summary>The run that wrote the manifest.</summary>
    public required string Run { get; init; }

    /// <summary>The shard.</summary>
    public required int Shard { get; init; }

    /// <summary>Playlists made by kind.</summary>
    public required SortedDictionary<string, int> PlaylistsByKind { get; init; }

    /// <summary>Tracks in them.</summary>
    public required int Tracks { get; init; }

    /// <summary>Of the tracks, those by emerging artists.</summary>
    public int EmergingTracks { get; init; }

    /// <summary>For how many of its listeners there was work to do.</summary>
    public IncrementalCounts Incremental { get; init; }

    /// <summary>Object names by listener id, in ordinal order of the id; an older run's where nothing changed.</summary>
    public required SortedDictionary<string, string> Objects { get; init; }
}

/// <summary>The training's outcome, and the marker that it is complete.</summary>
/// <param name="Listeners">Listeners in all snapshot shards.</param>
/// <param name="TrainedOn">Of these, listeners trained on.</param>
/// <param name="Items">Items in the catalogue.</param>
/// <param name="Interactions">Listener-item pairs trained on.</param>
/// <param name="Model">How the model of taste was chosen and fitted.</param>
public sealed record TrainingSummary(int Listeners, int TrainedOn, int Items, long Interactions, ModelRecord? Model)
{
    /// <summary>What exposure emerging artists are to get; null in runs of earlier versions.</summary>
    public EmergingExposure? Emerging { get; init; }

    /// <summary>Whether what was made before still stands; null in runs of earlier versions.</summary>
    public ModelEpoch? Epoch { get; init; }
}

/// <summary>How a night's model of taste came to be: enough to fit it again from the snapshot.</summary>
public sealed record ModelRecord
{
    /// <summary>The families that may be blended.</summary>
    public required IReadOnlyList<string> Families { get; init; }

    /// <summary>Hyper-parameters and weights of the blend, by name; see docs/recommending.md.</summary>
    public required SortedDictionary<string, double> Values { get; init; }

    /// <summary>Of everything drawn.</summary>
    public required int Seed { get; init; }

    /// <summary>A hash of the snapshot's checksums.</summary>
    public required string DataVersion { get; init; }

    /// <summary>The version of the program that trained.</summary>
    public required string CodeVersion { get; init; }

    /// <summary>The run whose vectors training went on from; null: it began anew.</summary>
    public string? WarmStart { get; init; }

    /// <summary>What values were chosen on: <c>rolling</c> (the days before) or <c>slice</c> (a share of items).</summary>
    public required string Validation { get; init; }

    /// <summary>The candidate's quality there: the mean of Recall@20 and NDCG@20.</summary>
    public double ValidationQuality { get; init; }

    /// <summary>The component whose hyper-parameters were searched; null: none.</summary>
    public string? Searched { get; init; }

    /// <summary>Configurations tried.</summary>
    public int Trials { get; init; }

    /// <summary>Whether the candidate took over, and why.</summary>
    public required PromotionDecision Decision { get; init; }

    /// <summary>Qualities on their newest day of this and the nights before, latest first, 28 at most.</summary>
    public required IReadOnlyList<double> Qualities { get; init; }

    /// <summary>SHA-256 of each stored model, by name.</summary>
    public SortedDictionary<string, string> Checksums { get; init; } = new(StringComparer.Ordinal);
}

/// <summary>Source-generated JSON of a night's small records: snake_case, enums as words.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(PublishedPointer))]
[JsonSerializable(typeof(ShardManifest))]
[JsonSerializable(typeof(ArchiveCounts))]
[JsonSerializable(typeof(ShownItems))]
[JsonSerializable(typeof(TrainingSummary))]
[JsonSerializable(typeof(StepUsage))]
[JsonSerializable(typeof(SortedDictionary<string, double>))]
[JsonSerializable(typeof(Blends.Blend))]
[JsonSerializable(typeof(Blends.ListenerBlends))]
[JsonSerializable(typeof(Blends.PinnedBlends))]
[JsonSerializable(typeof(Blends.BlendPointer))]
[JsonSerializable(typeof(Blends.BlendManifest))]
public sealed partial class NightJson : JsonSerializerContext;
