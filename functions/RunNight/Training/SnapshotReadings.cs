using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Recommending;
using Nocturne.RunNight.Snapshots;

namespace Nocturne.RunNight.Training;

/// <summary>Listeners of a snapshot as a matrix, and who they are.</summary>
/// <param name="Matrix">Rows of <see cref="TasteRow"/>.</param>
/// <param name="Listeners">Whose they are, in order; empty where nobody needs to know.</param>
/// <param name="Seen">Listeners in the snapshot, those that were not taken included.</param>
/// <param name="Version">Of the data: a hash of the shards' sizes and checksums.</param>
internal sealed record SnapshotMatrix(
    InteractionMatrix Matrix,
    IReadOnlyList<ListenerId> Listeners,
    int Seen,
    string Version
);

/// <summary>Reads a run's snapshot.</summary>
internal sealed class SnapshotReadings(NightContext context)
{
    /// <summary>Every listener, shard after shard.</summary>
    public async IAsyncEnumerable<SnapshotListener> ReadAsync(
        RunId run,
        int shards,
        StringBuilder? version,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        for (var shard = 0; shard < shards; shard++)
        {
            var key = NightObjects.Snapshot(run, shard);
            await using var content =
                await context.Objects.OpenReadAsync(key, cancellationToken)
                ?? throw new InvalidDataException($"{key} is missing, though it was complete.");
            version?.Append(CultureInfo.InvariantCulture, $"{content.Info.Size}/{content.Info.Crc32C:x8};");
            foreach (var listener in SnapshotReader.Read(content.Stream, key.ToString()))
            {
                yield return listener;
            }
        }
    }

    /// <summary>The listeners' rows; a fixed sample of them by hash where they are more than wanted.</summary>
    /// <param name="run">The run whose snapshot it is.</param>
    /// <param name="shards">Its shards.</param>
    /// <param name="catalogue">Numbers the items.</param>
    /// <param name="most">About how many listeners are wanted at most.</param>
    /// <param name="names">Whether to keep who they are.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async ValueTask<SnapshotMatrix> MatrixAsync(
        RunId run,
        int shards,
        Catalogue catalogue,
        int most,
        bool names,
        CancellationToken cancellationToken
    )
    {
        var version = new StringBuilder();
        var builder = new InteractionMatrixBuilder(catalogue.Count);
        var listeners = new List<ListenerId>();
        var seen = 0;
        var row = new TasteRow();
        var about = (double)shards * context.Options.ListenersPerShard;
        await foreach (var listener in ReadAsync(run, shards, version, cancellationToken))
        {
            seen++;
            if (about > most && Place(listener.Listener) >= most / about)
            {
                continue;
            }
            row.Read(listener.ToTaste(withPast: false), catalogue);
            builder.AppendRow(row.Items, row.Weights, row.PlayItems, row.PlayAges);
            if (names)
            {
                listeners.Add(listener.Listener);
            }
        }
        var bytes = Encoding.ASCII.GetBytes(version.ToString());
        return new SnapshotMatrix(
            builder.Build(),
            listeners,
            seen,
            Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16))
        );
    }

    /// <summary>Where a listener falls in [0, 1): the same every night, so that nights can be compared.</summary>
    internal static double Place(ListenerId listener) =>
        BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(listener.Value))) / (double)(1L << 32);
}
