using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Nocturne.Adapters.Local;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Topology;

namespace Nocturne.EndToEnd.Tests;

/// <summary>What a stack holds, in a form that compares.</summary>
internal sealed record FolderContents(
    ImmutableSortedDictionary<string, string> Profiles,
    ImmutableSortedDictionary<string, string> Playlists,
    ImmutableSortedSet<string> ArchiveLines
)
{
    /// <summary>Reads a folder that no process has open.</summary>
    public static async Task<FolderContents> ReadAsync(string folder)
    {
        await using var stack = await LocalStack.OpenAsync(folder);
        return await ReadAsync(stack.Documents, stack.Objects);
    }

    /// <summary>Reads stores, whichever they are.</summary>
    public static async Task<FolderContents> ReadAsync(IDocumentStore documents, IObjectStore objects)
    {
        var profiles = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        await foreach (var head in documents.ListAsync(ListenerDocuments.Heads, null, null, default))
        {
            Add(profiles, head);
            foreach (var part in new[] { "days", "impressions", "months", "statements" })
            {
                await foreach (var document in documents.ListAsync($"{head.Key}/{part}", null, null, default))
                {
                    Add(profiles, document);
                }
            }
        }
        var playlists = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        await foreach (var info in objects.ListAsync(NocturneTopology.BucketNames.Playlists, "", null, default))
        {
            var read = await objects.ReadBytesAsync(info.Key, int.MaxValue, default);
            playlists.Add(info.Key.Name, Convert.ToHexString(SHA256.HashData(read!.Value.Data)));
        }
        var lines = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        await foreach (var info in objects.ListAsync(NocturneTopology.BucketNames.Events, "dt=", null, default))
        {
            var read = await objects.ReadBytesAsync(info.Key, int.MaxValue, default);
            lines.UnionWith(
                Encoding.UTF8.GetString(read!.Value.Data).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            );
        }
        return new FolderContents(profiles.ToImmutable(), playlists.ToImmutable(), lines.ToImmutable());
    }

    private static void Add(ImmutableSortedDictionary<string, string>.Builder profiles, Document document) =>
        profiles.Add(document.Key.ToString(), Convert.ToHexString(SHA256.HashData(document.Data.Span)));
}
