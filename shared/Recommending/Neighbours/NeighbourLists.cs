using System.Runtime.InteropServices;

namespace Nocturne.Recommending;

/// <summary>Makes lists of the K strongest neighbours, item after item; working memory of one worker.</summary>
internal sealed class NeighbourLists(int items, int keep)
{
    private readonly GreatestKeys _top = new(Math.Min(items, keep));
    private readonly List<ulong> _found = [];
    private readonly List<int> _lengths = [];

    /// <summary>Offers a neighbour to the list being made; its strength is the size of the value, which is finite.</summary>
    public void Offer(int item, float value) => _top.Offer(Key(item, value));

    /// <summary>Ends the list.</summary>
    public void End()
    {
        var sorted = _top.Sorted();
        CollectionsMarshal.SetCount(_found, _found.Count + sorted.Length);
        sorted.CopyTo(CollectionsMarshal.AsSpan(_found)[^sorted.Length..]);
        _lengths.Add(sorted.Length);
        _top.Clear();
    }

    /// <summary>The lists since the last time.</summary>
    public Part Take()
    {
        var part = new Part([.. _lengths], [.. _found]);
        _lengths.Clear();
        _found.Clear();
        return part;
    }

    /// <summary>Parts of successive items as one.</summary>
    public static Neighbourhoods Join(int items, Part[] parts)
    {
        var starts = new int[items + 1];
        var count = parts.Sum(p => p.Found.Length);
        var (neighbours, values) = (new int[count], new float[count]);
        var (item, at) = (0, 0);
        foreach (var part in parts)
        {
            for (var i = 0; i < part.Found.Length; i++)
            {
                (neighbours[at + i], values[at + i]) = (ItemOf(part.Found[i]), ValueOf(part.Found[i]));
            }
            foreach (var length in part.Lengths)
            {
                at += length;
                starts[++item] = at;
            }
        }
        return new Neighbourhoods(starts, neighbours, values);
    }

    // Floats over zero sort like their bits, so that one integer has the whole order: the stronger, then the lower
    // item; the sign comes last.
    private static ulong Key(int item, float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return ((ulong)(bits & 0x7FFFFFFF) << 33) | ((ulong)~(uint)item << 1) | (bits >> 31);
    }

    private static int ItemOf(ulong key) => (int)~(uint)(key >> 1);

    private static float ValueOf(ulong key) =>
        BitConverter.UInt32BitsToSingle((uint)(key >> 33) | ((uint)(key & 1) << 31));

    internal readonly record struct Part(int[] Lengths, ulong[] Found);
}
