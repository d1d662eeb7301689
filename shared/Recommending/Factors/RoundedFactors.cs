using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nocturne.Recommending;

/// <summary>
/// Vectors rounded to a byte a dimension, which tell most items that are not among the best from the others: the best
/// are found exactly, reading a quarter of the memory that the vectors take.
/// </summary>
/// <remarks>
/// With q = s·c + e, where c are whole numbers up to 127 and |e| ≤ s/2 in every dimension, and x rounded to 16 bits alike,
/// x·q is known to within s·B, where B depends on x alone. The K-th best of what scores are at least is a level that
/// whatever can be at most less than it cannot reach; the others (a few times K) are scored by the vectors themselves.
/// Teflioudi, Gemulla and Mykytiuk, "LEMP: Fast retrieval of large entries in a matrix product" (SIGMOD 2015) is the idea;
/// sums are of integers, so nothing depends on the machine.
/// </remarks>
internal sealed class RoundedFactors
{
    private const int Width = 16;
    private const float MostCode = 127;
    private const float MostQuery = short.MaxValue;

    // What float arithmetic of exact scores and bounds may be off by, a hundred times over.
    private const float Slack = 1.01f;

    private readonly FactorMatrix _vectors;
    private readonly float[] _gains;
    private readonly int _stride;
    private readonly sbyte[] _codes;

    // s times the item's gain; 0 for a vector that is zero.
    private readonly float[] _steps;

    /// <summary>Rounds.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="gains">What scores are multiplied by, positive; empty: by nothing.</param>
    public RoundedFactors(FactorMatrix vectors, float[] gains)
    {
        _vectors = vectors;
        _gains = gains;
        _stride = (vectors.Dimensions + Width - 1) / Width * Width;
        _codes = new sbyte[(long)vectors.Rows * _stride];
        _steps = new float[vectors.Rows];
        for (var row = 0; row < vectors.Rows; row++)
        {
            var vector = vectors[row];
            var most = Most(vector);
            if (!(most > 0))
            {
                continue;
            }
            _steps[row] = most / MostCode * (gains.Length > 0 ? gains[row] : 1);
            var codes = _codes.AsSpan(row * _stride, _stride);
            for (var i = 0; i < vector.Length; i++)
            {
                codes[i] = (sbyte)MathF.Round(vector[i] / most * MostCode);
            }
        }
    }

    /// <summary>The best items for a vector that are not marked, as scoring all of them would find them.</summary>
    /// <param name="x">The vector, padded.</param>
    /// <param name="most">Room for a number for every item.</param>
    /// <param name="marks">Marks of items.</param>
    /// <param name="marked">The mark of items to leave out.</param>
    /// <param name="items">Receives items.</param>
    /// <param name="scores">Receives their scores.</param>
    /// <returns>How many there are; -1 where rounding cannot tell, and all have to be scored.</returns>
    public int Top(
        ReadOnlySpan<float> x,
        Span<float> most,
        int[] marks,
        int marked,
        Span<int> items,
        Span<float> scores
    )
    {
        Span<short> query = stackalloc short[_stride];
        if (items.IsEmpty || Round(x, query) is not (> 0 and var step))
        {
            return -1;
        }
        var sum = 0f;
        foreach (var value in x)
        {
            sum += MathF.Abs(value);
        }
        var bound = Slack * 0.5f * (sum + (step * MostCode * _vectors.Dimensions));
        var least = new TopItems(items, scores);
        for (var item = 0; item < _steps.Length; item++)
        {
            var near = step * Dot(query, item);
            most[item] = _steps[item] * (near + bound);
            var low = _steps[item] * (near - bound);
            if ((least.Count < items.Length || low > scores[0]) && _steps[item] > 0 && marks[item] != marked)
            {
                least.Offer(item, low);
            }
        }
        // What scores nothing is not listed, so a level that such items could have set says nothing.
        if (least.Count < items.Length || !(scores[0] > 0))
        {
            return -1;
        }
        var level = scores[0];
        var top = new TopItems(items, scores);
        for (var item = 0; item < _steps.Length; item++)
        {
            if (most[item] >= level && marks[item] != marked)
            {
                var score = DenseKernels.Dot(x, _vectors.Row(item));
                top.Offer(item, _gains.Length > 0 ? score * _gains[item] : score);
            }
        }
        return top.Sort();
    }

    /// <summary>Rounds a vector to 16 bits; returns the step, 0 for a vector of zeros or none that can be told.</summary>
    private static float Round(ReadOnlySpan<float> x, Span<short> query)
    {
        var most = Most(x);
        if (!(most > 1e-20f && float.IsFinite(most)))
        {
            return 0;
        }
        for (var i = 0; i < query.Length; i++)
        {
            query[i] = i < x.Length ? (short)MathF.Round(x[i] / most * MostQuery) : (short)0;
        }
        return most / MostQuery;
    }

    private static float Most(ReadOnlySpan<float> vector)
    {
        var most = 0f;
        foreach (var value in vector)
        {
            most = MathF.Max(most, MathF.Abs(value));
        }
        return most;
    }

    /// <summary>Σ query·code: at most 2^15 · 2^7 · 512 dimensions, which an int holds.</summary>
    private int Dot(ReadOnlySpan<short> query, int item)
    {
        ref var codes = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_codes), (nint)item * _stride);
        ref var values = ref MemoryMarshal.GetReference(query);
        if (Avx2.IsSupported)
        {
            var sums = Vector256<int>.Zero;
            for (var at = 0; at < query.Length; at += Width)
            {
                var widened = Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref codes, (nuint)at));
                sums += Avx2.MultiplyAddAdjacent(widened, Vector256.LoadUnsafe(ref values, (nuint)at));
            }
            return Vector256.Sum(sums);
        }
        var sum = 0;
        for (var at = 0; at < query.Length; at++)
        {
            sum += Unsafe.Add(ref codes, at) * Unsafe.Add(ref values, at);
        }
        return sum;
    }
}
