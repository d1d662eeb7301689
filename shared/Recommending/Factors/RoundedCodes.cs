using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nocturne.Recommending;

/// <summary>The codes of <see cref="RoundedFactors"/>: a byte for every dimension of every item.</summary>
/// <remarks>
/// They lie in blocks of eight items, four dimensions of each side by side, so that one instruction adds four products for
/// each of eight items and no sum is ever folded.
/// </remarks>
internal sealed class RoundedCodes
{
    /// <summary>Items of a block.</summary>
    public const int Lanes = 8;

    /// <summary>What is added to a code to store it: bytes over 0 are what is multiplied with signed bytes.</summary>
    public const int Zero = 128;

    /// <summary>The largest code.</summary>
    public const int Most = 127;

    private const int Group = 4;
    private const int GroupBytes = Lanes * Group;

    // Groups whose places are known beforehand, so that adding them up takes no arithmetic of places.
    private const int Unrolled = 4;

    private readonly byte[] _codes;

    /// <summary>Allocates for so many items, all codes 0.</summary>
    public RoundedCodes(int items, int dimensions)
    {
        Groups = (dimensions + Group - 1) / Group;
        _codes = new byte[(long)((items + Lanes - 1) / Lanes) * Groups * GroupBytes];
        Array.Fill(_codes, (byte)Zero);
    }

    /// <summary>
    /// The largest number of a query: two products may add up to 2 · 255 · 63 in the 16 bits that AVX2 adds them in; the
    /// others add in 32.
    /// </summary>
    public static float MostOfQuery { get; } = Avx2.IsSupported && !AvxVnni.IsSupported ? 63 : 127;

    /// <summary>Dimensions by fours; a query has a number for each, which holds four bytes.</summary>
    public int Groups { get; }

    public void Set(int place, int dimension, int code)
    {
        var at = (long)((place / Lanes * Groups) + (dimension / Group)) * GroupBytes;
        _codes[at + (place % Lanes * Group) + (dimension % Group)] = (byte)(Zero + code);
    }

    /// <summary>Asks for the codes of items, from a block's first to another's, to be in the cache soon.</summary>
    public void Prefetch(int first, int end)
    {
        var bytes = _codes.AsSpan(first * Groups * Group, (end - first) * Groups * Group);
        DenseKernels.Prefetch(MemoryMarshal.Cast<byte, float>(bytes));
    }

    /// <summary>Σ query·(code + 128) of eight items, and of eight others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (Vector256<int> Sums, Vector256<int> Others) Dots(ReadOnlySpan<int> query, int first, int second)
    {
        ref var codes = ref BlockOf(first);
        ref var others = ref BlockOf(second);
        ref var values = ref MemoryMarshal.GetReference(query);
        // Two sums of each, so that one instruction need not wait for the one before.
        var (even, odd) = (Vector256<int>.Zero, Vector256<int>.Zero);
        var (otherEven, otherOdd) = (Vector256<int>.Zero, Vector256<int>.Zero);
        var left = query.Length;
        for (; left >= Unrolled; left -= Unrolled)
        {
            var value = ValueOf(ref values, 0);
            even = Add(even, ref codes, 0, value);
            otherEven = Add(otherEven, ref others, 0, value);
            value = ValueOf(ref values, 1);
            odd = Add(odd, ref codes, 1, value);
            otherOdd = Add(otherOdd, ref others, 1, value);
            value = ValueOf(ref values, 2);
            even = Add(even, ref codes, 2, value);
            otherEven = Add(otherEven, ref others, 2, value);
            value = ValueOf(ref values, 3);
            odd = Add(odd, ref codes, 3, value);
            otherOdd = Add(otherOdd, ref others, 3, value);
            values = ref Unsafe.Add(ref values, Unrolled);
            codes = ref Unsafe.Add(ref codes, Unrolled * GroupBytes);
            others = ref Unsafe.Add(ref others, Unrolled * GroupBytes);
        }
        for (var group = 0; group < left; group++)
        {
            var value = ValueOf(ref values, group);
            even = Add(even, ref codes, group, value);
            otherEven = Add(otherEven, ref others, group, value);
        }
        return (even + odd, otherEven + otherOdd);
    }

    private ref byte BlockOf(int first) =>
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_codes), (nint)(first / Lanes) * Groups * GroupBytes);

    private static Vector256<sbyte> ValueOf(ref int query, int group) =>
        Vector256.Create(Unsafe.Add(ref query, group)).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Add(Vector256<int> sums, ref byte codes, int group, Vector256<sbyte> values)
    {
        var bytes = Vector256.LoadUnsafe(ref codes, (nuint)group * GroupBytes);
        if (AvxVnni.IsSupported)
        {
            return AvxVnni.MultiplyWideningAndAdd(sums, bytes, values);
        }
        if (Avx2.IsSupported)
        {
            var pairs = Avx2.MultiplyAddAdjacent(bytes, values);
            return sums + Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One);
        }
        return sums + Portable(bytes, values);
    }

    private static Vector256<int> Portable(Vector256<byte> bytes, Vector256<sbyte> values)
    {
        Span<int> sums = stackalloc int[Lanes];
        for (var i = 0; i < GroupBytes; i++)
        {
            sums[i / Group] += bytes[i] * values[i];
        }
        return Vector256.Create<int>(sums);
    }
}
