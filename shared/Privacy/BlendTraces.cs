using Nocturne.Domain;
using Nocturne.Playlists.Blends;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Privacy;

/// <summary>Playlists of blends that somebody was in: they say whose taste each track is.</summary>
internal sealed class BlendTraces(IObjectStore objects)
{
    private const string Prefix = "blends/";
    private const string Extension = ".nbl";
    private const int MaxPlaylistBytes = 4 << 20;

    /// <summary>
    /// Deletes every playlist of a blend that names one of the listeners, of any run and version. What readers get is
    /// made anew without them when they leave the blend.
    /// </summary>
    public async ValueTask RemoveAsync(
        IReadOnlyCollection<ListenerId> listeners,
        Action<string> removed,
        CancellationToken cancellationToken
    )
    {
        await foreach (
            var info in objects.ListAsync(NocturneTopology.BucketNames.Playlists, Prefix, null, cancellationToken)
        )
        {
            var gone = await MembersAsync(info.Key, listeners, cancellationToken);
            if (gone.Count > 0 && await objects.DeleteAsync(info.Key, IfGeneration.Any, cancellationToken))
            {
                gone.ForEach(removed);
            }
        }
    }

    /// <summary>How many playlists of blends name a listener.</summary>
    public async ValueTask<long> CountAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        var count = 0L;
        await foreach (
            var info in objects.ListAsync(NocturneTopology.BucketNames.Playlists, Prefix, null, cancellationToken)
        )
        {
            count += (await MembersAsync(info.Key, [listener], cancellationToken)).Count;
        }
        return count;
    }

    private async ValueTask<List<string>> MembersAsync(
        ObjectKey key,
        IReadOnlyCollection<ListenerId> listeners,
        CancellationToken cancellationToken
    )
    {
        if (
            !key.Name.EndsWith(Extension, StringComparison.Ordinal)
            || await objects.ReadBytesAsync(key, MaxPlaylistBytes, cancellationToken) is not { } read
        )
        {
            return [];
        }
        var members = BlendPack.Read(read.Data).Blend.Members.Select(member => member.Listener).ToHashSet();
        return [.. listeners.Where(members.Contains).Select(listener => listener.Value)];
    }
}
