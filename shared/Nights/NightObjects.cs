using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Nights;

/// <summary>Where a night's outputs lie. All but the published pointer are written once and never changed.</summary>
public static class NightObjects
{
    /// <summary>The pointer to the run whose playlists are served; the only object that is overwritten.</summary>
    public static ObjectKey Published { get; } = new(NocturneTopology.BucketNames.Playlists, "published.json");

    /// <summary>The collection of run records.</summary>
    public const string Runs = "runs";

    /// <summary>Where operators upload catalogue files to.</summary>
    public const string CatalogueUploads = "uploads/";

    /// <summary>The key of a run's record.</summary>
    public static DocumentKey Record(RunId run) => DocumentKey.Of(Runs, run.ToString());

    /// <summary>The key of the lease of a run's single-worker step.</summary>
    public static DocumentKey Lease(RunId run, NightStep step) =>
        DocumentKey.Of($"{Runs}/{run}/leases", NightMessage.NameOf(step));

    /// <summary>One shard of the listeners' interactions; its existence is the shard's completion.</summary>
    public static ObjectKey Snapshot(RunId run, int shard) => InNight(run, $"snapshot/{shard:d4}.bin");

    /// <summary>What one shard of the archive says of items.</summary>
    public static ObjectKey Names(RunId run, int shard) => InNight(run, $"names/{shard:d4}.ndjson");

    /// <summary>What arrived, as one shard of the archive has it.</summary>
    public static ObjectKey Arrivals(RunId run, int shard) => InNight(run, $"names/{shard:d4}.counts.json");

    /// <summary>Arrivals of all shards, and of the days that the runs before counted.</summary>
    public static ObjectKey AllArrivals(RunId run) => InNight(run, "arrivals.json");

    /// <summary>What one shard's playlists show.</summary>
    public static ObjectKey Shown(RunId run, int shard) => InNight(run, $"shown/{shard:d4}.json");

    /// <summary>The run's report for people, in Markdown.</summary>
    public static ObjectKey ReadableReport(RunId run) => InNight(run, "report.md");

    /// <summary>The catalogue of a run: line i is the model's item i.</summary>
    public static ObjectKey Catalogue(RunId run) => InNight(run, "catalogue.ndjson");

    /// <summary>A model of a run.</summary>
    public static ObjectKey Model(RunId run, string model) => InNight(run, $"model/{model}.bin");

    /// <summary>Artists' audiences, which of them are emerging, and the price of their exposure.</summary>
    public static ObjectKey Emerging(RunId run) => InNight(run, "model/emerging.json");

    /// <summary>The training's marker, written after all models.</summary>
    public static ObjectKey Trained(RunId run) => InNight(run, "model/trained.json");

    /// <summary>The run's report.</summary>
    public static ObjectKey Report(RunId run) => InNight(run, "report.json");

    /// <summary>What a shard of a step used of the stores; written before the step's own marker.</summary>
    public static ObjectKey Usage(RunId run, NightStep step, int shard) =>
        InNight(run, $"usage/{NightMessage.NameOf(step)}-{shard:d4}.json");

    /// <summary>The prefix of what steps used.</summary>
    public static string UsagePrefix(RunId run) => $"runs/{run}/usage/";

    /// <summary>The prefix of the snapshot shards.</summary>
    public static string SnapshotPrefix(RunId run) => $"runs/{run}/snapshot/";

    /// <summary>Which objects hold a shard's playlists; its existence is the shard's completion.</summary>
    public static ObjectKey Manifest(RunId run, int shard) =>
        new(NocturneTopology.BucketNames.Playlists, $"{ManifestPrefix(run)}{shard:d4}.json");

    /// <summary>The prefix of the manifests.</summary>
    public static string ManifestPrefix(RunId run) => $"manifests/{run}/";

    /// <summary>A listener's playlists of a run.</summary>
    public static ObjectKey Playlists(RunId run, int shard, ListenerId listener) =>
        new(NocturneTopology.BucketNames.Playlists, $"playlists/{shard:d4}/{StorageName.Of(listener.Value)}/{run}.npl");

    private static ObjectKey InNight(RunId run, FormattableString name) =>
        new(NocturneTopology.BucketNames.Nights, $"runs/{run}/{FormattableString.Invariant(name)}");

    private static ObjectKey InNight(RunId run, string name) =>
        new(NocturneTopology.BucketNames.Nights, $"runs/{run}/{name}");
}
