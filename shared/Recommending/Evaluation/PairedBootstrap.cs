namespace Nocturne.Recommending;

/// <summary>A mean and the interval that it lies in with a confidence of 95 %.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Low">The 2.5 % percentile of its resampled values.</param>
/// <param name="High">The 97.5 % percentile.</param>
public readonly record struct ConfidenceInterval(double Mean, double Low, double High);

/// <summary>How sure differences between models are that were asked the same cases.</summary>
/// <remarks>
/// The percentile bootstrap (Efron, 1979) of paired differences. What is drawn, with replacement, are listeners with
/// all their cases, since cases of one listener depend on each other. Draws are by counter, so that the same seed
/// gives the same interval with any number of workers.
/// </remarks>
public static class PairedBootstrap
{
    /// <summary>Resamples, unless told otherwise: the bounds then move by about a thirtieth of the interval.</summary>
    public const int DefaultResamples = 1_000;

    /// <summary>The mean difference of a measure, candidate less reference.</summary>
    /// <param name="candidate">A result.</param>
    /// <param name="reference">Another's, of the same cases.</param>
    /// <param name="measure">What is compared; cases where it does not apply to both are left out.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="resamples">How often to draw as many listeners as there are.</param>
    /// <exception cref="ArgumentException">The results are not of the same cases.</exception>
    public static ConfidenceInterval Difference(
        RankingResult candidate,
        RankingResult reference,
        CaseMeasure measure,
        long seed,
        int workers,
        int resamples = DefaultResamples
    )
    {
        if (!candidate.Listeners.SequenceEqual(reference.Listeners))
        {
            throw new ArgumentException("The two results are not of the same cases.", nameof(reference));
        }
        var left = candidate.Series(measure);
        var right = reference.Series(measure);
        var differences = new double[left.Length];
        for (var i = 0; i < differences.Length; i++)
        {
            differences[i] = (double)left[i] - right[i];
        }
        return Mean(differences, candidate.Listeners, seed, workers, resamples);
    }

    /// <summary>The mean of values, of which NaN are left out.</summary>
    /// <param name="values">A value for each case.</param>
    /// <param name="listeners">Whose case each is.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="resamples">How often to draw as many listeners as there are.</param>
    public static ConfidenceInterval Mean(
        IReadOnlyList<double> values,
        IReadOnlyList<int> listeners,
        long seed,
        int workers,
        int resamples = DefaultResamples
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(resamples);
        var (sums, counts) = ByListener(values, listeners);
        if (sums.Length == 0)
        {
            return default;
        }
        var means = new double[resamples];
        Parallel.For(
            0,
            resamples,
            new ParallelOptions { MaxDegreeOfParallelism = workers },
            resample =>
            {
                var (sum, count) = (0d, 0L);
                for (var draw = 0; draw < sums.Length; draw++)
                {
                    var bits = CounterDraws.Bits(seed, resample, draw) >> 32;
                    var drawn = (int)((bits * (ulong)sums.Length) >> 32);
                    sum += sums[drawn];
                    count += counts[drawn];
                }
                means[resample] = sum / count;
            }
        );
        Array.Sort(means);
        var tail = resamples / 40;
        return new ConfidenceInterval(
            sums.Sum() / counts.Sum(count => (long)count),
            means[tail],
            means[resamples - 1 - tail]
        );
    }

    private static (double[] Sums, int[] Counts) ByListener(IReadOnlyList<double> values, IReadOnlyList<int> listeners)
    {
        var places = new Dictionary<int, int>();
        var sums = new List<double>();
        var counts = new List<int>();
        for (var i = 0; i < values.Count; i++)
        {
            if (double.IsNaN(values[i]))
            {
                continue;
            }
            if (!places.TryGetValue(listeners[i], out var place))
            {
                place = places.Count;
                places.Add(listeners[i], place);
                sums.Add(0);
                counts.Add(0);
            }
            sums[place] += values[i];
            counts[place]++;
        }
        return ([.. sums], [.. counts]);
    }
}
