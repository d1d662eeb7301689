using System.Text.Json;
using System.Text.Json.Serialization;
using Nocturne.Domain;
using Nocturne.Ports;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>What a client calls a recording, and the item that it is here.</summary>
/// <param name="Msid">The id by its texts.</param>
/// <param name="Mbid">MusicBrainz's, in lower case; null where the client gave none.</param>
/// <param name="Item">The item.</param>
internal sealed record KnownRecording(Guid Msid, string? Mbid, string Item);

/// <summary>
/// Which recordings clients mean by their ids. Items are named by their texts, so that all services agree on them;
/// players speak of recordings by MusicBrainz's ids, or by those of their texts.
/// </summary>
/// <remarks>
/// <c>recordings/{listener}</c> is a listener's own knowledge, the latest <see cref="MaxPerListener"/>: by it their
/// likes and deletions find what they mean, so that nobody else can turn them to another item.
/// <c>item-recordings/{item}</c> is the first MusicBrainz id that anybody gave for an item, for the links of playlists;
/// nothing else depends on it.
/// </remarks>
internal sealed class Recordings(IDocumentStore documents, TimeProvider time)
{
    /// <summary>The collection of listeners' knowledge.</summary>
    public const string Owned = "recordings";

    /// <summary>The collection of items' MusicBrainz ids.</summary>
    public const string ByItem = "item-recordings";

    /// <summary>Recordings of one listener: about 150 KB, written when they play something new.</summary>
    public const int MaxPerListener = 1_000;

    // An id of 36 letters and an item each: about 20 MB. Forgetting costs a read.
    private const int MaxSeen = 100_000;

    private const int MaxKeysPerRead = 100;

    // Guards _seen: items whose link is known to be written.
    private readonly Lock _lock = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>Remembers what a listener's client called its recordings, the latest last.</summary>
    public async ValueTask NoteAsync(
        ListenerId listener,
        IReadOnlyList<KnownRecording> recordings,
        CancellationToken cancellationToken
    )
    {
        await documents.UpdateAsync(
            OwnedKey(listener),
            read =>
            {
                var known = Read(read);
                var kept = new OrderedDictionary<Guid, KnownRecording>();
                // Latest first; of two that are one the later, but an id that is known is not forgotten.
                foreach (var recording in recordings.Reverse().Concat(known))
                {
                    if (kept.Count >= MaxPerListener)
                    {
                        break;
                    }
                    kept[recording.Msid] = kept.TryGetValue(recording.Msid, out var later)
                        ? later with
                        {
                            Mbid = later.Mbid ?? recording.Mbid,
                        }
                        : recording;
                }
                var isKnown = recordings.All(r =>
                    known.Any(k => k.Msid == r.Msid && k.Item == r.Item && (r.Mbid is null || k.Mbid == r.Mbid))
                );
                return isKnown
                    ? default(ReadOnlyMemory<byte>?)
                    : JsonSerializer.SerializeToUtf8Bytes([.. kept.Values], RecordingsJson.Default.KnownRecordingArray);
            },
            time,
            cancellationToken
        );
        await LinkAsync(recordings, cancellationToken);
    }

    /// <summary>The item that a listener means by a MusicBrainz id: one they played under it, or else the id itself.</summary>
    public async ValueTask<ItemId> ItemOfMbidAsync(
        ListenerId listener,
        string mbid,
        CancellationToken cancellationToken
    )
    {
        var own = await ReadAsync(listener, cancellationToken);
        return own.FirstOrDefault(recording => recording.Mbid == mbid) is { } known
            ? new ItemId(known.Item)
            : new ItemId(mbid);
    }

    /// <summary>A listener's recordings, the latest first.</summary>
    public async ValueTask<KnownRecording[]> ReadAsync(ListenerId listener, CancellationToken cancellationToken) =>
        Read(await documents.GetAsync(OwnedKey(listener), cancellationToken));

    /// <summary>The MusicBrainz ids of items, of those that are known.</summary>
    public async ValueTask<Dictionary<ItemId, string>> MbidsOfAsync(
        IEnumerable<ItemId> items,
        CancellationToken cancellationToken
    )
    {
        var mbids = new Dictionary<ItemId, string>();
        var asked = new List<ItemId>();
        foreach (var item in items.Distinct())
        {
            if (Guid.TryParseExact(item.Value, "D", out var uuid))
            {
                mbids[item] = uuid.ToString("D");
            }
            else
            {
                asked.Add(item);
            }
        }
        foreach (var chunk in asked.Chunk(MaxKeysPerRead))
        {
            var found = await documents.GetManyAsync([.. chunk.Select(ItemKey)], cancellationToken);
            for (var i = 0; i < chunk.Length; i++)
            {
                if (found[i] is { } document)
                {
                    mbids[chunk[i]] = System.Text.Encoding.ASCII.GetString(document.Data.Span);
                }
            }
        }
        return mbids;
    }

    private async ValueTask LinkAsync(IReadOnlyList<KnownRecording> recordings, CancellationToken cancellationToken)
    {
        List<KnownRecording> fresh;
        lock (_lock)
        {
            fresh =
            [
                .. recordings
                    .Where(recording => recording.Mbid is not null && !_seen.Contains(recording.Item))
                    .DistinctBy(recording => recording.Item, StringComparer.Ordinal),
            ];
        }
        foreach (var chunk in fresh.Chunk(MaxKeysPerRead))
        {
            var keys = chunk.Select(recording => ItemKey(new ItemId(recording.Item))).ToArray();
            var found = await documents.GetManyAsync(keys, cancellationToken);
            // Without a condition: of two at one moment either may be the first.
            DocumentWrite[] writes =
            [
                .. Enumerable
                    .Range(0, chunk.Length)
                    .Where(i => found[i] is null)
                    .Select(i => DocumentWrite.Put(keys[i], System.Text.Encoding.ASCII.GetBytes(chunk[i].Mbid!))),
            ];
            if (writes.Length > 0)
            {
                await documents.CommitAsync(writes, cancellationToken);
            }
            lock (_lock)
            {
                if (_seen.Count + chunk.Length > MaxSeen)
                {
                    _seen.Clear();
                }
                _seen.UnionWith(chunk.Select(recording => recording.Item));
            }
        }
    }

    private static KnownRecording[] Read(Document? document) =>
        document is null
            ? []
            : JsonSerializer.Deserialize(document.Data.Span, RecordingsJson.Default.KnownRecordingArray) ?? [];

    private static DocumentKey OwnedKey(ListenerId listener) => DocumentKey.Of(Owned, StorageName.Of(listener.Value));

    private static DocumentKey ItemKey(ItemId item) => DocumentKey.Of(ByItem, StorageName.Of(item.Value));
}

/// <summary>Source-generated JSON of listeners' recordings.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(KnownRecording[]))]
internal sealed partial class RecordingsJson : JsonSerializerContext;
