namespace Nocturne.Playlists.Blends;

/// <summary>How much a track is worth to a group, given what its members have so far.</summary>
/// <remarks>
/// <para>
/// Members stand in the order of what they have, the worst off first; place r weighs 4^-r, and members who have the same
/// share their places' weights alike. The worth is Σ weight × score: who is worst off counts more than all others
/// together, and among tracks that are worth the same to them the others decide (the ordered weighted average of Yager,
/// 1988, between "the least satisfied counts alone" and "all count alike"). With equal weights within ties no order of
/// members plays a part, and no number of members who like the same outweighs one who does not.
/// </para>
/// <para>Fixed point throughout: weights in 2^-24, the worth in the unit of scores.</para>
/// </remarks>
internal sealed class Welfare(int members)
{
    private const int WeightBits = 24;
    private const int StepBits = 2;

    private readonly long[] _sums = new long[members];
    private readonly int[] _order = [.. Enumerable.Range(0, members)];
    private readonly long[] _weights = Even(members);

    /// <summary>The sum of scores that each member has.</summary>
    public ReadOnlySpan<long> Sums => _sums;

    /// <summary>What a track is worth.</summary>
    public long WorthOf(ReadOnlySpan<long> scores)
    {
        var worth = 0L;
        for (var member = 0; member < scores.Length; member++)
        {
            worth += _weights[member] * scores[member];
        }
        return worth >> WeightBits;
    }

    /// <summary>Takes a track.</summary>
    public void Add(ReadOnlySpan<long> scores)
    {
        for (var member = 0; member < scores.Length; member++)
        {
            _sums[member] += scores[member];
        }
        Array.Sort(_order, (a, b) => _sums[a] != _sums[b] ? _sums[a].CompareTo(_sums[b]) : a.CompareTo(b));
        for (var first = 0; first < _order.Length; )
        {
            var end = first;
            var weights = 0L;
            while (end < _order.Length && _sums[_order[end]] == _sums[_order[first]])
            {
                weights += WeightOf(end++);
            }
            for (var place = first; place < end; place++)
            {
                _weights[_order[place]] = weights / (end - first);
            }
            first = end;
        }
    }

    /// <summary>Whether the least sum is at least a share of the mean, with one more track.</summary>
    /// <param name="scores">The track's scores; empty for none.</param>
    /// <param name="least">The share, in thousandths.</param>
    public bool IsFairWith(ReadOnlySpan<long> scores, int least)
    {
        var (lowest, all) = (long.MaxValue, 0L);
        for (var member = 0; member < _sums.Length; member++)
        {
            var sum = _sums[member] + (scores.IsEmpty ? 0 : scores[member]);
            lowest = Math.Min(lowest, sum);
            all += sum;
        }
        return lowest * _sums.Length * 1000 >= all * least;
    }

    /// <summary>Whether a track is worth anything to a member who is worst off.</summary>
    public bool HelpsWorstOff(ReadOnlySpan<long> scores)
    {
        var lowest = _sums[_order[0]];
        for (var member = 0; member < scores.Length; member++)
        {
            if (_sums[member] == lowest && scores[member] > 0)
            {
                return true;
            }
        }
        return false;
    }

    private static long WeightOf(int place) => 1L << (WeightBits - (StepBits * place));

    private static long[] Even(int members)
    {
        var all = Enumerable.Range(0, members).Sum(WeightOf);
        return [.. Enumerable.Repeat(all / members, members)];
    }
}
