using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Nocturne.Recommending;

/// <summary>
/// Vectors rounded to a byte a dimension, which tell most items that are not among the best from the others: the best
/// are found exactly, reading a quarter of the memory that the vectors take.
/// </summary>
/// <remarks>
/// With q = s·c + e, where c are whole numbers up to 127, and x = t·k + f, where k are whole numbers up to 127 (63 where
/// AVX2 adds them), x·q is s·t·(k·c) to within |f|·s·|c| + |x|·|e| (Cauchy and Schwarz). The K-th best of what scores are at least is a level
/// that whatever can be at most less than it cannot reach; the others (a few times K) are scored by the vectors
/// themselves. Teflioudi, Gemulla and Mykytiuk, "LEMP: Fast retrieval of large entries in a matrix product" (SIGMOD
/// 2015) is the idea; whatever the bounds let through, the answer is that of the exact scores.
/// </remarks>
internal sealed class RoundedFactors
{
    private const int Lanes = RoundedCodes.Lanes;

    // Codes of so many items and of 64 dimensions take half of a first-level cache.
    private const int TileItems = 256;

    // Of so many blocks one is in the sample by which a search guesses its level.
    private const int SampleStep = 32;

    // Vectors lie anywhere in memory.
    private const int PrefetchAhead = 4;

    private const float MostCode = RoundedCodes.Most;

    // What float arithmetic of bounds may be off by, and that of scores in parts of |x|·|q|, both many times over.
    private const float Slack = 1.01f;
    private const float Rounding = 1e-5f;

    private readonly FactorMatrix _vectors;
    private readonly float[] _gains;
    private readonly RoundedCodes _codes;

    // The items in the order in which they lie here: the longest vectors first, so that the level is high early.
    private readonly int[] _order;

    // In that order, times the item's gain: s; s·|c|; |e|. All 0 for a vector that is zero and for the last block's rest.
    private readonly float[] _steps;
    private readonly float[] _lengths;
    private readonly float[] _errors;

    /// <summary>Rounds.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="gains">What scores are multiplied by, positive; empty: by nothing.</param>
    public RoundedFactors(FactorMatrix vectors, float[] gains)
    {
        _vectors = vectors;
        _gains = gains;
        _codes = new RoundedCodes(vectors.Rows, vectors.Dimensions);
        _steps = new float[(vectors.Rows + Lanes - 1) / Lanes * Lanes];
        _lengths = new float[_steps.Length];
        _errors = new float[_steps.Length];
        _order = LongestFirst();
        for (var place = 0; place < _order.Length; place++)
        {
            Round(place);
        }
    }

    /// <summary>Begins a search for the best items for a vector.</summary>
    /// <param name="search">Its memory.</param>
    /// <param name="x">The vector, padded.</param>
    /// <param name="excluded">Items to leave out.</param>
    /// <param name="keep">How many are looked for, at least one.</param>
    /// <returns>False where rounding cannot tell, and all have to be scored.</returns>
    public bool TryBegin(RoundedSearch search, ReadOnlySpan<float> x, ReadOnlySpan<int> excluded, int keep)
    {
        search.Begin(x, excluded, keep, _codes.Groups, _vectors.Rows);
        return TryRound(x, search.Query, out search.Rounded);
    }

    /// <summary>Goes through all items for searches that were begun: for several at a time they are read once.</summary>
    public void Run(ReadOnlySpan<RoundedSearch> searches)
    {
        Guess(searches);
        for (var first = 0; first < _steps.Length; first += TileItems)
        {
            var end = Math.Min(_steps.Length, first + TileItems);
            for (var i = 0; i < searches.Length; i++)
            {
                // What is read next comes while this is looked at, a part with each search.
                var next = end + (TileItems * i / searches.Length);
                Prefetch(next, end + (TileItems * (i + 1) / searches.Length));
                Run(searches[i], first, end, Lanes);
            }
        }
        foreach (var search in searches)
        {
            if (!search.TryProve())
            {
                // The guess was too high: what begins without one raises its level as it goes.
                search.BeginAt(float.NegativeInfinity, search.Keep);
                Run(search, 0, _steps.Length, Lanes);
                search.TryProve();
            }
        }
    }

    /// <summary>The best items that a search has found, as scoring all of them would find them.</summary>
    /// <param name="search">It.</param>
    /// <param name="items">Receives items; as long as the search was to keep.</param>
    /// <param name="scores">Receives their scores.</param>
    /// <returns>How many there are; -1 where rounding cannot tell, and all have to be scored.</returns>
    public int Finish(RoundedSearch search, Span<int> items, Span<float> scores)
    {
        // What scores nothing is not listed, so a level that such items could have set says nothing.
        if (search.Count < search.Keep || !(search.Level > 0))
        {
            return -1;
        }
        var best = search.Best();
        var reached = search.ThatReachTheLevel();
        for (var i = 0; i < reached.Length; i++)
        {
            if (i + PrefetchAhead < reached.Length)
            {
                DenseKernels.Prefetch(_vectors.Row(reached[i + PrefetchAhead]));
            }
            var score = DenseKernels.Dot(search.Vector, _vectors.Row(reached[i]));
            best.Offer(GreatestKeys.KeyOf(_gains.Length > 0 ? score * _gains[reached[i]] : score, reached[i]));
        }
        return best.Sorted(items, scores);
    }

    /// <summary>
    /// Begins at a level that, by a sample, somewhat more items score than are looked for: without one, most of what the
    /// first thousands of items reach is reached in vain.
    /// </summary>
    private void Guess(ReadOnlySpan<RoundedSearch> searches)
    {
        foreach (var search in searches)
        {
            var expected = search.Keep / (double)SampleStep;
            search.BeginAt(float.NegativeInfinity, 1 + (int)Math.Ceiling(expected + (2 * Math.Sqrt(expected))));
        }
        // The sample's items lie apart, and are waited for once.
        const int Step = SampleStep * Lanes;
        for (var first = 0; first < _steps.Length; first += 2 * Step)
        {
            foreach (var search in searches)
            {
                Run(search, first, Math.Min(_steps.Length, first + (2 * Step)), Step);
            }
        }
        foreach (var search in searches)
        {
            search.BeginAt(search.TryProve() ? search.Level : float.NegativeInfinity, search.Keep);
        }
    }

    // Two blocks at a time, for which each number of the query is read once.
    private void Run(RoundedSearch search, int first, int end, int step)
    {
        for (; first < end; first += 2 * step)
        {
            var second = first + step < end ? first + step : first;
            var (sums, others) = _codes.Dots(search.Query, first, second);
            // Most blocks have nobody that reaches the level, and how those that have are taken is kept out of here.
            if ((Reaching(search, first, sums) | Reaching(search, second, others)) != 0)
            {
                Reach(search, first, sums);
                if (second != first)
                {
                    Reach(search, second, others);
                }
            }
        }
    }

    /// <summary>Which of a block can reach the level, a bit each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Reaching(RoundedSearch search, int first, Vector256<int> sums)
    {
        var (near, error) = Bounds(in search.Rounded, first, sums);
        return Vector256.GreaterThanOrEqual(near + error, Vector256.Create(search.Level)).ExtractMostSignificantBits();
    }

    /// <summary>What each of a block scores, and by how much that may be wrong.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (Vector256<float> Near, Vector256<float> Error) Bounds(
        ref readonly RoundedQuery rounded,
        int first,
        Vector256<int> sums
    )
    {
        var near = rounded.Step * Vector256.ConvertToSingle(sums - Vector256.Create(rounded.Offset));
        return (
            near * Load(_steps, first),
            (rounded.Error * Load(_lengths, first)) + (rounded.Length * Load(_errors, first))
        );
    }

    /// <summary>Takes those of a block that can reach the level.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Reach(RoundedSearch search, int first, Vector256<int> sums)
    {
        var (near, error) = Bounds(in search.Rounded, first, sums);
        var (low, high) = (near - error, near + error);
        var reaching = Vector256.GreaterThanOrEqual(high, Vector256.Create(search.Level)).ExtractMostSignificantBits();
        for (; reaching != 0; reaching &= reaching - 1)
        {
            var lane = BitOperations.TrailingZeroCount(reaching);
            if (_steps[first + lane] != 0)
            {
                search.Reach(_order[first + lane], low[lane], high[lane]);
            }
        }
    }

    private void Prefetch(int first, int end)
    {
        first = first / Lanes * Lanes;
        end = Math.Min(end / Lanes * Lanes, _steps.Length);
        if (first < end)
        {
            _codes.Prefetch(first, end);
            DenseKernels.Prefetch(_steps.AsSpan(first, end - first));
            DenseKernels.Prefetch(_lengths.AsSpan(first, end - first));
            DenseKernels.Prefetch(_errors.AsSpan(first, end - first));
        }
    }

    private static Vector256<float> Load(float[] values, int at) =>
        Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(values), (nuint)at);

    private int[] LongestFirst()
    {
        var lengths = new float[_vectors.Rows];
        var order = new int[_vectors.Rows];
        for (var row = 0; row < order.Length; row++)
        {
            var length = MathF.Sqrt(DenseKernels.Dot(_vectors.Row(row), _vectors.Row(row)));
            lengths[row] = -length * (_gains.Length > 0 ? _gains[row] : 1);
            order[row] = row;
        }
        Array.Sort(lengths, order);
        return order;
    }

    private void Round(int place)
    {
        var vector = _vectors[_order[place]];
        var most = Most(vector);
        if (!(most > 0))
        {
            return;
        }
        var step = most / MostCode;
        var (length, error, size) = (0d, 0d, 0d);
        for (var i = 0; i < vector.Length; i++)
        {
            var code = MathF.Round(vector[i] / most * MostCode);
            _codes.Set(place, i, (int)code);
            length += (double)code * code;
            var lost = vector[i] - ((double)step * code);
            error += lost * lost;
            size += (double)vector[i] * vector[i];
        }
        var gain = _gains.Length > 0 ? _gains[_order[place]] : 1;
        _steps[place] = step * gain;
        _lengths[place] = (float)(step * Math.Sqrt(length) * gain);
        _errors[place] = (float)((Math.Sqrt(error) + (Rounding * Math.Sqrt(size))) * gain);
    }

    /// <summary>Rounds a vector to seven or eight bits, four of them in a number; false for zeros and what is no number.</summary>
    private static bool TryRound(ReadOnlySpan<float> x, Span<int> query, out RoundedQuery rounded)
    {
        var most = Most(x);
        if (!(most > 1e-20f && most < 1e20f))
        {
            rounded = default;
            return false;
        }
        var codes = MemoryMarshal.AsBytes(query);
        var (error, size, sum) = (0d, 0d, 0);
        var step = most / RoundedCodes.MostOfQuery;
        for (var i = 0; i < codes.Length; i++)
        {
            var value = i < x.Length ? x[i] : 0;
            var code = (sbyte)MathF.Round(value / most * RoundedCodes.MostOfQuery);
            codes[i] = (byte)code;
            sum += code;
            var lost = value - ((double)step * code);
            error += lost * lost;
            size += (double)value * value;
        }
        rounded = new RoundedQuery(
            step,
            sum * RoundedCodes.Zero,
            (float)Math.Sqrt(error) * Slack,
            (float)Math.Sqrt(size) * Slack
        );
        return true;
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
}
