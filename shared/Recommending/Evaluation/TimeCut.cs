using System.Globalization;

namespace Nocturne.Recommending;

/// <summary>How <see cref="TimeCut"/> divides events.</summary>
public sealed record TimeCutOptions
{
    /// <summary>What is held out: the last hours of every window. Default: 36 hours.</summary>
    public TimeSpan Horizon { get; init; } = TimeSpan.FromHours(36);

    /// <summary>Whether only items that are new to the listener are asked for, and may be recommended.</summary>
    public bool NewOnly { get; init; }

    /// <summary>A longer time without any event ends a window. Default: 7 days.</summary>
    public TimeSpan Gap { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Earlier cuts that hyper-parameters are chosen on, and ends of earlier windows besides. Default: 3.</summary>
    public int ValidationCuts { get; init; } = 3;

    /// <summary>What an item's plays weigh.</summary>
    public EvidenceWeights Weights { get; init; } = new();

    /// <summary>Of the order of items that are equally good.</summary>
    public long Seed { get; init; } = 1;
}

/// <summary>The protocol of timestamped events: what was played before a cut has to foretell what is played after.</summary>
/// <remarks>
/// <para>
/// Events fall into windows, the longest runs without a gap (a data set may hold a few days of several months). Every
/// window is a fold: training is everything before its last hours, earlier windows included; a listener's case is the
/// items that they play in those hours.
/// </para>
/// <para>
/// Candidates are the items that anyone played before the cut. Items first played after it stay relevant, as misses.
/// Listeners without an earlier event are no case, and are counted. Rows hold plays with their ages at the cut.
/// </para>
/// </remarks>
public static class TimeCut
{
    private const double SecondsPerDay = 86_400;

    /// <summary>The windows of a log: the times of their first and last events.</summary>
    public static IReadOnlyList<(long First, long Last)> Windows(EventLog log, TimeSpan gap) =>
        Windows(log, log.Count, gap);

    private static List<(long First, long Last)> Windows(EventLog log, int until, TimeSpan gap)
    {
        var windows = new List<(long First, long Last)>();
        foreach (var time in log.Times.AsSpan(0, until))
        {
            if (windows.Count == 0 || time - windows[^1].Last > gap.TotalSeconds)
            {
                windows.Add((time, time));
            }
            windows[^1] = (windows[^1].First, time);
        }
        return windows;
    }

    /// <summary>A fold for every window that has cases.</summary>
    /// <exception cref="ArgumentException">The horizon is not positive.</exception>
    public static IReadOnlyList<EvaluationFold> Folds(EventLog log, TimeCutOptions options)
    {
        var horizon = (long)options.Horizon.TotalSeconds;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(horizon, nameof(options));
        return
        [
            .. Windows(log, options.Gap)
                .Select(window => Fold(log, window.Last - horizon, window.Last + 1, options))
                .Where(fold => fold.Cases.Count > 0),
        ];
    }

    /// <summary>
    /// Folds before a cut, newest first: each holds out the time up to the one before it, with the horizon asked for, or
    /// what makes them fit in the last window; then the end of each of as many earlier windows.
    /// </summary>
    public static IReadOnlyList<EvaluationFold> RollingFolds(EventLog log, long cut, TimeCutOptions options)
    {
        var windows = Windows(log, log.At(cut), options.Gap);
        if (windows.Count == 0)
        {
            return [];
        }
        var asked = (long)options.Horizon.TotalSeconds;
        var fitting = (cut - windows[^1].First) / (options.ValidationCuts + 1);
        var horizon = Math.Max(1, Math.Min(asked, fitting));
        var folds = Enumerable
            .Range(1, options.ValidationCuts)
            .Select(back => Fold(log, cut - (back * horizon), cut - ((back - 1) * horizon), options));
        var ends = windows
            .SkipLast(1)
            .Reverse()
            .Take(options.ValidationCuts)
            .Select(window => Fold(log, window.Last - asked, window.Last + 1, options));
        return [.. folds.Concat(ends).Where(fold => fold.Cases.Count > 0)];
    }

    /// <summary>One fold.</summary>
    /// <param name="log">Events.</param>
    /// <param name="cut">Training is everything before this time.</param>
    /// <param name="until">Held out is what is at or after the cut and before this time.</param>
    /// <param name="options">What is asked; seed and weights.</param>
    public static EvaluationFold Fold(EventLog log, long cut, long until, TimeCutOptions options)
    {
        var from = log.At(cut);
        var to = log.At(until);
        var rows = new int[log.ListenerCount];
        Array.Fill(rows, -1);
        var occurs = new bool[log.ItemCount];
        for (var e = 0; e < from; e++)
        {
            rows[log.Listeners[e]] = 0;
            occurs[log.Items[e]] = true;
        }
        var count = 0;
        for (var listener = 0; listener < rows.Length; listener++)
        {
            rows[listener] = rows[listener] < 0 ? -1 : count++;
        }
        var (numbers, items) = ItemNumbering.Of(occurs, log.ItemKeys, options.Seed);
        var data = new TrainingData(Train(log, from, cut, rows, count, numbers, items, options.Weights))
        {
            Artists = Artists(log, numbers, items),
        };
        var time = DateTimeOffset.FromUnixTimeSeconds(cut).ToString("u", CultureInfo.InvariantCulture);
        return new EvaluationFold(
            $"cut at {time}",
            data,
            Cases(log, from, to, rows, numbers, data.Matrix, options.NewOnly),
            () => RollingFolds(log, cut, options)
        );
    }

    private static InteractionMatrix Train(
        EventLog log,
        int until,
        long cut,
        int[] rows,
        int rowCount,
        int[] numbers,
        int items,
        EvidenceWeights weights
    )
    {
        var events = Groups.Of(rowCount, 0, until, e => rows[log.Listeners[e]]);
        var builder = new InteractionMatrixBuilder(items);
        var played = new List<int>();
        var ages = new List<float>();
        var plays = new SortedDictionary<int, int>();
        for (var row = 0; row < rowCount; row++)
        {
            played.Clear();
            ages.Clear();
            plays.Clear();
            foreach (var e in events.Of(row))
            {
                var item = numbers[log.Items[e]];
                played.Add(item);
                ages.Add((float)((cut - log.Times[e]) / SecondsPerDay));
                plays[item] = plays.GetValueOrDefault(item) + 1;
            }
            builder.AppendRow(
                [.. plays.Keys],
                [.. plays.Values.Select(streams => weights.Of(new Evidence(streams, 0)))],
                [.. played],
                [.. ages]
            );
        }
        return builder.Build();
    }

    private static RankingCases Cases(
        EventLog log,
        int from,
        int to,
        int[] rows,
        int[] numbers,
        InteractionMatrix train,
        bool newOnly
    )
    {
        var cases = new RankingCasesBuilder(newOnly);
        var events = Groups.Of(log.ListenerCount, from, to, e => log.Listeners[e]);
        var relevant = new HashSet<int>();
        var beyond = new HashSet<int>();
        for (var listener = 0; listener < log.ListenerCount; listener++)
        {
            var own = events.Of(listener);
            if (own.IsEmpty)
            {
                continue;
            }
            if (rows[listener] < 0)
            {
                cases.Dropped++;
                continue;
            }
            relevant.Clear();
            beyond.Clear();
            var known = train.RowItems(rows[listener]);
            foreach (var e in own)
            {
                var item = numbers[log.Items[e]];
                if (item < 0)
                {
                    beyond.Add(log.Items[e]);
                }
                else if (!newOnly || known.BinarySearch(item) < 0)
                {
                    relevant.Add(item);
                }
            }
            cases.Add(rows[listener], listener, [.. relevant], beyond.Count);
        }
        return cases.Build();
    }

    private static int[]? Artists(EventLog log, int[] numbers, int items)
    {
        if (log.Artists is null)
        {
            return null;
        }
        var artists = new int[items];
        for (var item = 0; item < numbers.Length; item++)
        {
            if (numbers[item] >= 0)
            {
                artists[numbers[item]] = log.Artists[item];
            }
        }
        return artists;
    }
}
