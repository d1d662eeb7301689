using Nocturne.Domain;
using Nocturne.Ports;

namespace Nocturne.Profiles;

/// <summary>All tombstones, as of one reading: for what goes through many listeners' events. Not for several threads.</summary>
public sealed class TombstoneSet
{
    // Ids in the order of an archive repeat; about 20 MB. Forgetting costs a hash.
    private const int MaxKnown = 100_000;

    private readonly Dictionary<string, Instant> _epochs;
    private readonly Dictionary<string, Instant?> _known = new(StringComparer.Ordinal);

    private TombstoneSet(Dictionary<string, Instant> epochs) => _epochs = epochs;

    /// <summary>How many there are.</summary>
    public int Count => _epochs.Count;

    /// <summary>Reads them.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer; try again later.</exception>
    public static async ValueTask<TombstoneSet> ReadAsync(IDocumentStore documents, CancellationToken cancellationToken)
    {
        var epochs = new Dictionary<string, Instant>(StringComparer.Ordinal);
        await foreach (var document in documents.ListAsync(Tombstone.Collection, null, null, cancellationToken))
        {
            epochs.Add(document.Key.Id, Tombstone.Read(document.Data).Epoch);
        }
        return new TombstoneSet(epochs);
    }

    /// <summary>A set of given ones.</summary>
    /// <param name="epochs">By <see cref="Tombstone.HashOf"/>.</param>
    public static TombstoneSet Of(IEnumerable<KeyValuePair<string, Instant>> epochs) =>
        new(new Dictionary<string, Instant>(epochs, StringComparer.Ordinal));

    /// <summary>When a listener's data was deleted last; null if it never was.</summary>
    public Instant? EpochOf(string listener)
    {
        if (_epochs.Count == 0)
        {
            return null;
        }
        if (_known.TryGetValue(listener, out var epoch))
        {
            return epoch;
        }
        if (_known.Count == MaxKnown)
        {
            _known.Clear();
        }
        epoch = _epochs.TryGetValue(Tombstone.HashOf(new ListenerId(listener)), out var found) ? found : null;
        _known.Add(listener, epoch);
        return epoch;
    }

    /// <summary>Whether an event is among those that were deleted.</summary>
    public bool Covers(ListenEvent listenEvent) =>
        EpochOf(listenEvent.Listener.Value) is { } epoch && listenEvent.ReceivedAt <= epoch;
}
