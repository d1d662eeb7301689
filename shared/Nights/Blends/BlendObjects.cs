using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Nights.Blends;

/// <summary>Where blends lie: their members in documents, their playlists in objects.</summary>
public static class BlendObjects
{
    /// <summary>The collection of blends.</summary>
    public const string Blends = "blends";

    /// <summary>The collection of listeners who are in blends.</summary>
    public const string Members = "blend-members";

    /// <summary>The key of a blend.</summary>
    public static DocumentKey Document(BlendId blend) => DocumentKey.Of(Blends, StorageName.Of(blend.Value));

    /// <summary>The key of a listener's blends.</summary>
    public static DocumentKey Index(ListenerId listener) => DocumentKey.Of(Members, StorageName.Of(listener.Value));

    /// <summary>The members of a shard's blends as a run takes them; pinned by its snapshot.</summary>
    public static ObjectKey Pinned(RunId run, int shard) =>
        new(NocturneTopology.BucketNames.Nights, FormattableString.Invariant($"runs/{run}/blends/{shard:d4}.json"));

    /// <summary>The snapshot of one listener who is in blends: a blend's members are in any shards.</summary>
    public static ObjectKey Taste(RunId run, ListenerId listener) =>
        new(NocturneTopology.BucketNames.Nights, $"runs/{run}/blends/members/{StorageName.Of(listener.Value)}.bin");

    /// <summary>What similarities of tastes mean in a run.</summary>
    public static ObjectKey Scale(RunId run) =>
        new(NocturneTopology.BucketNames.Nights, $"runs/{run}/model/match.json");

    /// <summary>A blend's playlist by a run's model for a version of its members; written once.</summary>
    public static ObjectKey Playlist(BlendId blend, RunId run, int version) =>
        InPlaylists(FormattableString.Invariant($"{StorageName.Of(blend.Value)}/{run}-{version:d6}.nbl"));

    /// <summary>The pointer to what was made when somebody came or left; moved by generation.</summary>
    public static ObjectKey Current(BlendId blend) => InPlaylists($"{StorageName.Of(blend.Value)}/current.json");

    /// <summary>Which objects hold the playlists that a run made of a shard's blends.</summary>
    public static ObjectKey Manifest(RunId run, int shard) =>
        InPlaylists(FormattableString.Invariant($"manifests/{run}/{shard:d4}.json"));

    private static ObjectKey InPlaylists(string name) => new(NocturneTopology.BucketNames.Playlists, $"blends/{name}");
}

/// <summary>Blends as a run takes them.</summary>
/// <param name="Blends">Those with a playlist, by id.</param>
public sealed record PinnedBlends(IReadOnlyList<Blend> Blends);

/// <summary>Where a blend's playlist lies.</summary>
/// <param name="Version">Of the members it is for.</param>
/// <param name="Run">The run whose model made it.</param>
/// <param name="Object">The object's name; null where there are too few members for one.</param>
public sealed record BlendPointer(int Version, string Run, string? Object)
{
    /// <summary>Whether it is later than another: of later members, or by a later run for the same.</summary>
    public bool IsAfter(BlendPointer other) =>
        Version != other.Version ? Version > other.Version : string.CompareOrdinal(Run, other.Run) > 0;
}

/// <summary>The playlists that a run made of a shard's blends.</summary>
public sealed record BlendManifest
{
    /// <summary>The run.</summary>
    public required string Run { get; init; }

    /// <summary>The shard.</summary>
    public required int Shard { get; init; }

    /// <summary>How many of them are as fair as Blend promises.</summary>
    public required int Fair { get; init; }

    /// <summary>Tracks in them.</summary>
    public required int Tracks { get; init; }

    /// <summary>Where each lies, by the blend's id.</summary>
    public required SortedDictionary<string, BlendPointer> Blends { get; init; }
}
