using System.Buffers;
using System.Runtime.InteropServices;
using Nocturne.Domain;

namespace Nocturne.Playlists.Composing;

/// <summary>An item that acts as favourite and as seed.</summary>
/// <param name="Index">Its number (<see cref="ItemNumbers"/>); from the catalogue's count on, an item that only this
/// listener's history names.</param>
/// <param name="Item">Its id.</param>
/// <param name="Artist">Its artist's number, -1 if unknown.</param>
/// <param name="Recording">Its recording's number.</param>
/// <param name="Affinity">How much the listener likes it now, in fixed point, over 0.</param>
internal readonly record struct TasteEntry(int Index, ItemId Item, int Artist, int Recording, long Affinity)
{
    /// <summary>Where it stands in the taste's items; past their end if it was liked and never played.</summary>
    public int Position { get; init; } = int.MaxValue;

    /// <summary>Sorts by affinity, the strongest first, ties by id.</summary>
    public static void SortStrongestFirst(List<TasteEntry> entries)
    {
        var sorted = CollectionsMarshal.AsSpan(entries);
        var keys = ArrayPool<long>.Shared.Rent(sorted.Length);
        for (var i = 0; i < sorted.Length; i++)
        {
            keys[i] = -sorted[i].Affinity;
        }
        // By plain numbers, and texts are compared where these are equal: a comparison of entries takes several times as long.
        keys.AsSpan(0, sorted.Length).Sort(sorted);
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            for (end = start + 1; end < sorted.Length && keys[end] == keys[start]; end++) { }
            if (end - start > 1)
            {
                sorted[start..end].Sort(static (a, b) => string.CompareOrdinal(a.Item.Value, b.Item.Value));
            }
        }
        ArrayPool<long>.Shared.Return(keys);
    }
}
