using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Playlists;
using Nocturne.Ports;

namespace Nocturne.Nights;

/// <summary>A listener's playlists of one run.</summary>
/// <param name="Run">The run that made them.</param>
/// <param name="Playlists">Each kind once; with what its slots were drawn from, unless they were read to be shown.</param>
/// <param name="Memory">What the next night is to know; nothing where they were read to be shown.</param>
public sealed record ListenerPlaylists(string Run, IReadOnlyList<Playlist> Playlists, ListenerMemory Memory)
{
    /// <summary>Home and Made For You; null where none was stored.</summary>
    public HomePage? Home { get; init; }

    /// <summary>The listener's IANA time zone when they were made; null if unknown.</summary>
    public string? TimeZone { get; init; }

    /// <summary>The object that holds them; empty where they were not read from one.</summary>
    public string Object { get; init; } = "";

    /// <summary>The stored bytes: see <see cref="PlaylistPack"/>.</summary>
    public static byte[] Write(
        ListenerId listener,
        RunId run,
        IReadOnlyList<Playlist> playlists,
        ListenerMemory? memory = null,
        string? timeZone = null,
        HomePage? home = null
    ) =>
        PlaylistPack.Write(
            new PackedPlaylists(listener, run.ToString(), playlists, memory ?? ListenerMemory.Empty)
            {
                TimeZone = timeZone,
                Home = home,
            }
        );

    /// <summary>Reads stored bytes.</summary>
    /// <param name="data">They.</param>
    /// <param name="toServe">Whether they are read to be shown: see <see cref="PlaylistPack.Read"/>.</param>
    /// <exception cref="InvalidDataException">Damaged, or of another version.</exception>
    public static ListenerPlaylists Read(ReadOnlyMemory<byte> data, bool toServe = false)
    {
        var packed = PlaylistPack.Read(data, toServe);
        return new ListenerPlaylists(packed.Run, packed.Playlists, packed.Memory)
        {
            TimeZone = packed.TimeZone,
            Home = packed.Home,
        };
    }
}

/// <summary>
/// Reads the playlists that are published: pointer, manifest of the listener's shard, object. A reader sees one
/// run's or the next one's, whole.
/// </summary>
/// <remarks>
/// A run is published before its date begins anywhere, so a listener is served the run of the date on their own
/// calendar: the pointer names the runs before too. The zone is in the object, so the date is first taken for UTC's;
/// where the listener's is another, a second object is read.
/// </remarks>
/// <param name="objects">The store.</param>
/// <param name="time">For the age of the remembered pointer.</param>
public sealed class PublishedPlaylists(IObjectStore objects, TimeProvider time)
{
    private const int MaxPointerBytes = 64 << 10;
    private const int MaxManifestBytes = 64 << 20;
    private const int MaxPlaylistsBytes = 4 << 20;
    private const int MaxManifests = 64;
    private static readonly TimeSpan PointerAge = TimeSpan.FromSeconds(1);

    // Guards _manifests; the pointer is replaced whole.
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Run, int Shard), ShardManifest> _manifests = [];
    private volatile Remembered? _pointer;

    /// <summary>Which run is published; null before the first.</summary>
    public async ValueTask<PublishedPointer?> ReadPointerAsync(CancellationToken cancellationToken)
    {
        var remembered = _pointer;
        if (remembered is not null && time.GetElapsedTime(remembered.At) < PointerAge)
        {
            return remembered.Pointer;
        }
        var at = time.GetTimestamp();
        var read = await objects.ReadBytesAsync(NightObjects.Published, MaxPointerBytes, cancellationToken);
        var pointer = read is { } found
            ? JsonSerializer.Deserialize(found.Data, NightJson.Default.PublishedPointer)
            : null;
        _pointer = new Remembered(pointer, at);
        return pointer;
    }

    /// <summary>A listener's published playlists of their local date, to be shown; null where there are none.</summary>
    public async ValueTask<ListenerPlaylists?> ReadAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        if (await ReadPointerAsync(cancellationToken) is not { } pointer)
        {
            return null;
        }
        var now = Instant.From(time.GetUtcNow());
        var first = pointer.For(now.Date);
        var found =
            await ReadAsync(first, listener, toServe: true, cancellationToken)
            // New since: what there is comes before its date.
            ?? (
                first.Run == pointer.Run
                    ? null
                    : await ReadAsync(first = pointer, listener, toServe: true, cancellationToken)
            );
        if (found is null)
        {
            return null;
        }
        var own = pointer.For(ListenerDay.DateAt(now, found.TimeZone));
        return own.Run == first.Run ? found : await ReadAsync(own, listener, toServe: true, cancellationToken) ?? found;
    }

    /// <summary>A listener's playlists of a finished run, whether it is published or not; null where it has none.</summary>
    /// <exception cref="InvalidDataException">An object of the run is missing or damaged.</exception>
    public ValueTask<ListenerPlaylists?> ReadAsync(
        PublishedPointer pointer,
        ListenerId listener,
        CancellationToken cancellationToken
    ) => ReadAsync(pointer, listener, toServe: false, cancellationToken);

    private async ValueTask<ListenerPlaylists?> ReadAsync(
        PublishedPointer pointer,
        ListenerId listener,
        bool toServe,
        CancellationToken cancellationToken
    )
    {
        var shard = StorageName.ShardOf(listener.Value, pointer.Shards);
        var manifest = await ReadManifestAsync(pointer.Run, shard, cancellationToken);
        if (!manifest.Objects.TryGetValue(listener.Value, out var name))
        {
            return null;
        }
        var key = new ObjectKey(NightObjects.Published.Bucket, name);
        var data = await objects.ReadBytesAsync(key, MaxPlaylistsBytes, cancellationToken);
        if (data is not { } found)
        {
            // A listener whose data was deleted is in no manifest any more, only in a remembered one.
            Forget(pointer.Run, shard);
            manifest = await ReadManifestAsync(pointer.Run, shard, cancellationToken);
            return manifest.Objects.ContainsKey(listener.Value)
                ? throw new InvalidDataException($"The manifest of {pointer.Run} names {key}, which does not exist.")
                : null;
        }
        return ListenerPlaylists.Read(found.Data, toServe) with { Object = name };
    }

    private void Forget(string run, int shard)
    {
        lock (_lock)
        {
            _manifests.Remove((run, shard));
        }
    }

    private async ValueTask<ShardManifest> ReadManifestAsync(string run, int shard, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_manifests.TryGetValue((run, shard), out var known))
            {
                return known;
            }
        }
        var key = NightObjects.Manifest(RunId.Parse(run), shard);
        var read = await objects.ReadBytesAsync(key, MaxManifestBytes, cancellationToken);
        if (read is not { } found)
        {
            throw new InvalidDataException($"Run {run} is published, but {key} does not exist.");
        }
        var manifest = JsonSerializer.Deserialize(found.Data, NightJson.Default.ShardManifest)!;
        lock (_lock)
        {
            if (_manifests.Count >= MaxManifests)
            {
                _manifests.Clear(); // forgetting costs a read
            }
            _manifests[(run, shard)] = manifest;
        }
        return manifest;
    }

    private sealed record Remembered(PublishedPointer? Pointer, long At);
}
