namespace Nocturne.Recommending;

/// <summary>What was measured of one model: a value for each case and <see cref="CaseMeasure"/>, and its exposure.</summary>
public sealed class RankingResult
{
    private readonly float[][] _series;
    private readonly int[] _listeners;

    internal RankingResult(int k, float[][] series, int[] listeners, double coverage, double gini)
    {
        K = k;
        _series = series;
        _listeners = listeners;
        Coverage = coverage;
        Gini = gini;
    }

    /// <summary>The cut-off.</summary>
    public int K { get; }

    /// <summary>How many cases there are.</summary>
    public int Cases => _listeners.Length;

    /// <summary>The share of items with a training interaction that are in any list.</summary>
    public double Coverage { get; }

    /// <summary>The Gini coefficient of how often those items are in lists: 0 all equally, towards 1 one alone.</summary>
    public double Gini { get; }

    /// <summary>
    /// How much more popular the lists are than the histories: the ratio of the two means over listeners, less 1
    /// (Abdollahpouri et al., RMSE 2019).
    /// </summary>
    public double PopularityLift
    {
        get
        {
            var history = Mean(CaseMeasure.HistoryPopularity);
            return history > 0 ? (Mean(CaseMeasure.ListPopularity) / history) - 1 : 0;
        }
    }

    /// <summary>Whose case each is.</summary>
    public IReadOnlyList<int> Listeners => _listeners;

    /// <summary>The values of a measure, case by case; NaN where it does not apply.</summary>
    public ReadOnlySpan<float> Series(CaseMeasure measure) => _series[(int)measure];

    /// <summary>The mean of a measure over the cases that it applies to, 0 without any.</summary>
    public double Mean(CaseMeasure measure)
    {
        var (sum, count) = (0d, 0);
        foreach (var value in Series(measure))
        {
            if (!float.IsNaN(value))
            {
                sum += value;
                count++;
            }
        }
        return count == 0 ? 0 : sum / count;
    }

    /// <summary>
    /// The standard error of a mean, cases of one listener taken together: √(Σ over listeners (Σ (x - mean))²) / n.
    /// </summary>
    public double StandardError(CaseMeasure measure)
    {
        var mean = Mean(measure);
        var sums = new Dictionary<int, double>();
        var count = 0;
        for (var i = 0; i < Cases; i++)
        {
            var value = _series[(int)measure][i];
            if (!float.IsNaN(value))
            {
                System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(sums, _listeners[i], out _) +=
                    value - mean;
                count++;
            }
        }
        return sums.Count < 2 ? 0 : Math.Sqrt(sums.Values.Sum(s => s * s) * sums.Count / (sums.Count - 1)) / count;
    }

    /// <summary>The results of several folds as one: all their cases; of their exposure the means.</summary>
    public static RankingResult Join(IReadOnlyList<RankingResult> folds) =>
        new(
            folds[0].K,
            [.. Enumerable.Range(0, ListMeasures.Count).Select(m => folds.SelectMany(f => f._series[m]).ToArray())],
            [.. folds.SelectMany(f => f._listeners)],
            folds.Average(f => f.Coverage),
            folds.Average(f => f.Gini)
        );

    /// <summary>The mean over seeds, case by case.</summary>
    /// <exception cref="ArgumentException">The results are not of the same cases.</exception>
    public static RankingResult Mean(IReadOnlyList<RankingResult> seeds)
    {
        var first = seeds[0];
        if (seeds.Count == 1)
        {
            return first;
        }
        if (seeds.Any(s => s.K != first.K || !s._listeners.AsSpan().SequenceEqual(first._listeners)))
        {
            throw new ArgumentException("Results of different cases have no mean.", nameof(seeds));
        }
        var series = new float[ListMeasures.Count][];
        for (var m = 0; m < series.Length; m++)
        {
            series[m] = new float[first.Cases];
            for (var i = 0; i < first.Cases; i++)
            {
                var sum = 0d;
                foreach (var seed in seeds)
                {
                    sum += seed._series[m][i];
                }
                series[m][i] = (float)(sum / seeds.Count);
            }
        }
        return new RankingResult(
            first.K,
            series,
            first._listeners,
            seeds.Average(s => s.Coverage),
            seeds.Average(s => s.Gini)
        );
    }

    internal static (double Coverage, double Gini) Exposure(int[] lists, int candidates)
    {
        var exposed = lists.Where(count => count > 0).Order().ToArray();
        if (exposed.Length == 0 || candidates == 0)
        {
            return (0, 0);
        }
        // Candidates in no list come first in the order of exposure, and add nothing.
        candidates = Math.Max(candidates, exposed.Length);
        var (weighted, total) = (0d, 0d);
        for (var i = 0; i < exposed.Length; i++)
        {
            var rank = candidates - exposed.Length + i + 1;
            weighted += ((2d * rank) - candidates - 1) * exposed[i];
            total += exposed[i];
        }
        return ((double)exposed.Length / candidates, weighted / (candidates * total));
    }
}
