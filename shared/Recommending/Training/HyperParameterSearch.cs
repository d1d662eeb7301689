namespace Nocturne.Recommending;

/// <summary>What a search may cost.</summary>
/// <param name="Trials">Configurations that are tried; the first has the defaults.</param>
/// <param name="Time">
/// No trial goes on beyond this time, the first excepted; null without a limit. For a person who waits: a search that
/// depends on the clock does not replay.
/// </param>
public sealed record SearchBudget(int Trials, TimeSpan? Time = null);

/// <summary>A configuration that was tried.</summary>
/// <param name="Values">It.</param>
/// <param name="Score">How good it was; higher is better.</param>
public sealed record Trial(HyperParameters Values, double Score);

/// <summary>What a search found.</summary>
/// <param name="Best">The best trial, of equally good ones the first.</param>
/// <param name="Trials">All trials, in their order.</param>
public sealed record SearchOutcome(Trial Best, IReadOnlyList<Trial> Trials);

/// <summary>Looks for good hyper-parameters within a budget.</summary>
/// <remarks>
/// The defaults come first. Then a Halton sequence, shifted by the seed, spreads trials evenly (Bergstra and Bengio,
/// JMLR 2012, on why not a grid); after as many of them as there are parameters, at least <see cref="FirstSpread"/>,
/// every other trial is a step from the best so far, and steps become shorter. The same seed tries the same.
/// </remarks>
public static class HyperParameterSearch
{
    private const int FirstSpread = 4;
    private const double LongestStep = 0.2;
    private const double ShortestStep = 0.03;
    private static readonly int[] Primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53];

    /// <summary>Searches.</summary>
    /// <param name="parameters">What is searched; at most 16.</param>
    /// <param name="budget">What it may cost.</param>
    /// <param name="seed">Of the configurations.</param>
    /// <param name="score">Tries a configuration.</param>
    /// <param name="time">The clock of the budget.</param>
    /// <param name="report">Told after every trial.</param>
    /// <param name="start">What is tried first instead of the defaults; every other trial then is a step from the best.</param>
    /// <param name="cancellation">Ends the search.</param>
    public static SearchOutcome Run(
        IReadOnlyList<HyperParameter> parameters,
        SearchBudget budget,
        long seed,
        Func<HyperParameters, CancellationToken, double> score,
        TimeProvider time,
        Action<Trial>? report = null,
        HyperParameters? start = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parameters.Count, Primes.Length, nameof(parameters));
        var first = start ?? HyperParameters.Defaults;
        var began = time.GetTimestamp();
        var trials = new List<Trial>();
        var points = new List<double[]>();
        var best = -1;
        // Nothing to search: the defaults are all there is, and nobody has to try them.
        var count = parameters.Count == 0 ? 0 : Math.Max(0, budget.Trials);
        for (var number = 0; number < count; number++)
        {
            var left = budget.Time - time.GetElapsedTime(began);
            if (number > 0 && left <= TimeSpan.Zero)
            {
                break;
            }
            var spread = start is null ? Math.Max(FirstSpread, parameters.Count) : 0;
            var point =
                number == 0
                    ? UnitsOf(parameters, first)
                    : Point(number, parameters.Count, count, seed, spread, best < 0 ? [] : points[best]);
            var values = number == 0 ? first : Values(parameters, point);
            if (!TryScore(number > 0 ? left : null, values, out var result))
            {
                break;
            }
            var trial = new Trial(values, result);
            trials.Add(trial);
            points.Add(point);
            best = best < 0 || result > trials[best].Score ? number : best;
            report?.Invoke(trial);
        }
        return best < 0 ? new SearchOutcome(new Trial(first, 0), trials) : new SearchOutcome(trials[best], trials);

        bool TryScore(TimeSpan? left, HyperParameters values, out double result)
        {
            using var limit = left is { } some ? new CancellationTokenSource(some, time) : new();
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
            try
            {
                result = score(values, both.Token);
                return true;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                result = 0;
                return false; // the time is up; what was half done is forgotten
            }
            catch (ArithmeticException)
            {
                result = double.NegativeInfinity; // numbers overflowed: no configuration to choose
                return true;
            }
        }
    }

    /// <summary>The values at a point of the unit cube.</summary>
    internal static HyperParameters Values(IReadOnlyList<HyperParameter> parameters, double[] point)
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var p = 0; p < point.Length; p++)
        {
            var parameter = parameters[p];
            var value = parameter.IsLogarithmic
                ? parameter.Least * Powers.Of(parameter.Most / parameter.Least, (float)point[p])
                : parameter.Least + ((parameter.Most - parameter.Least) * point[p]);
            value = parameter.IsInteger ? Math.Round(value) : value;
            values[parameter.Name] = Math.Clamp(value, parameter.Least, parameter.Most);
        }
        return new HyperParameters(values);
    }

    private static double[] UnitsOf(IReadOnlyList<HyperParameter> parameters, HyperParameters values) =>
        [.. parameters.Select(parameter => UnitOf(parameter, values[parameter]))];

    private static double UnitOf(HyperParameter parameter, double value)
    {
        var unit = parameter.IsLogarithmic
            ? Logarithm.Base2(value / parameter.Least) / Logarithm.Base2(parameter.Most / parameter.Least)
            : (value - parameter.Least) / (parameter.Most - parameter.Least);
        return Math.Clamp(unit, 0, 1);
    }

    private static double[] Point(int number, int dimensions, int count, long seed, int spread, double[] best)
    {
        var isStep = best.Length > 0 && number > spread && (number - spread) % 2 == 1;
        var point = new double[dimensions];
        for (var d = 0; d < dimensions; d++)
        {
            if (isStep)
            {
                var length = LongestStep + ((ShortestStep - LongestStep) * number / count);
                point[d] = Math.Clamp(best[d] + (length * CounterDraws.Normal(seed, number, d)), 0, 1);
                continue;
            }
            var shifted = Halton(number, Primes[d]) + CounterDraws.Uniform(seed, -1, d);
            point[d] = shifted >= 1 ? shifted - 1 : shifted;
        }
        return point;
    }

    /// <summary>The digits of a number, mirrored at the point (Halton, 1960).</summary>
    private static double Halton(int number, int radix)
    {
        var (result, place) = (0d, 1d);
        for (; number > 0; number /= radix)
        {
            place /= radix;
            result += place * (number % radix);
        }
        return result;
    }
}
