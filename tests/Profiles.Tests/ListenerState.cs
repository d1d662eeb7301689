using Nocturne.Domain;
using Nocturne.Ports;

namespace Nocturne.Profiles.Tests;

/// <summary>All documents of one listener, to be compared byte for byte.</summary>
public static class ListenerState
{
    public static async Task<SortedDictionary<string, byte[]>> ReadAsync(
        IDocumentStore store,
        string heads = ListenerDocuments.Heads
    )
    {
        var state = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        await foreach (var head in store.ListAsync(heads, null, null, CancellationToken.None))
        {
            state.Add($"{head.Key.Id}", head.Data.ToArray());
            foreach (var part in Enum.GetValues<ListenerPart>().Where(part => part != ListenerPart.Head))
            {
                var collection = ListenerDocuments.CollectionOf(heads, head.Key.Id, part);
                await foreach (var document in store.ListAsync(collection, null, null, CancellationToken.None))
                {
                    state.Add($"{head.Key.Id}/{part}/{document.Key.Id}", document.Data.ToArray());
                }
            }
        }
        return state;
    }

    /// <summary>Asserts that two states have the same documents with the same bytes.</summary>
    public static void AssertSame(SortedDictionary<string, byte[]> expected, SortedDictionary<string, byte[]> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        foreach (var (name, bytes) in expected)
        {
            Assert.True(bytes.AsSpan().SequenceEqual(actual[name]), $"{name} differs.");
        }
    }

    /// <summary>Asserts the bounds of invariant 3 on every document.</summary>
    public static void AssertBounded(SortedDictionary<string, byte[]> state)
    {
        foreach (var (name, bytes) in state)
        {
            var isHead = !name.Contains('/', StringComparison.Ordinal);
            var isHistory =
                name.Contains("/Day/", StringComparison.Ordinal)
                || name.Contains("/ImpressionDay/", StringComparison.Ordinal);
            var bound =
                isHead ? 64 << 10
                : isHistory ? 256 << 10
                : DocumentLimits.MaxDocumentBytes;
            Assert.True(bytes.Length < bound, $"{name} has {bytes.Length} bytes; the bound is {bound}.");
        }
    }
}
