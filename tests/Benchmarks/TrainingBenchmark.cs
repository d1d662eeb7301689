using System.Diagnostics;
using System.Globalization;
using Nocturne.Recommending;

namespace Nocturne.Benchmarks;

/// <summary>How fast models train and rank, on generated matrices.</summary>
internal static class TrainingBenchmark
{
    private const int Listeners = 29_858;
    private const int Items = 40_981;
    private const int Entries = 810_000;
    private const int Dimensions = 64;
    private const int TopK = 100;
    private const int NaiveEveryNth = 40;
    private const int MostMiB = 1_536;

    private static readonly int Workers = Environment.ProcessorCount;

    public static int Run(bool quick, bool large)
    {
        if (large)
        {
            return Large() ? 0 : 1;
        }
        var scale = quick ? 10 : 1;
        var matrix = TrainingMatrix.Generate(Listeners / scale, Items / scale, Entries / scale);
        Console.WriteLine(TrainingMatrix.Describe(matrix) + FormattableString.Invariant($"; {Workers} threads"));
        var (exact, model) = Epoch(matrix, blockSize: 0);
        var (blocks, _) = Epoch(matrix, blockSize: 32);
        var naive = Naive(matrix);
        Say("ALS epoch, exact", exact, naive);
        Say("ALS epoch, blocks of 32", blocks, naive);
        Say("ALS epoch, naive (one thread, extrapolated)", naive, naive);
        _ = Timed($"top {TopK} of all listeners, ALS", () => Rank(model, matrix));
        Neighbours(matrix);
        if (!quick)
        {
            Linearity(matrix);
        }
        return 0;
    }

    /// <summary>
    /// Ten times the listeners, items and entries: beside the small one in turns, so that whatever else the machine
    /// does falls on both; and by processor time, which does not count what others take.
    /// </summary>
    private static void Linearity(InteractionMatrix matrix)
    {
        const int Times = 10;
        const int Rounds = 3;
        var wide = TrainingMatrix.Generate(Listeners * Times, Items * Times, Entries * (long)Times);
        Console.WriteLine(TrainingMatrix.Describe(wide));
        var (small, large) = (new List<EpochTime>(), new List<EpochTime>());
        for (var round = 0; round < Rounds; round++)
        {
            small.AddRange(Epochs(matrix, blockSize: 0).Times);
            large.AddRange(Epochs(wide, blockSize: 0).Times);
        }
        Say("elapsed", time => time.Seconds);
        Say("processor time", time => time.Processor);

        void Say(string what, Func<EpochTime, double> of)
        {
            var (one, ten) = (Median(small.Select(of)), Median(large.Select(of)));
            Console.WriteLine(
                Line($"ALS epoch, exact, {what}, in turns", ten)
                    + FormattableString.Invariant(
                        $"; the small one {one:f3} s; {ten / one / Times:f2} of {Times} times it"
                    )
            );
        }
    }

    /// <summary>A million listeners: what matters is that memory holds.</summary>
    private static bool Large()
    {
        var matrix = TrainingMatrix.Generate(1_000_000, 200_000, 20_000_000);
        Console.WriteLine(TrainingMatrix.Describe(matrix));
        var (exact, _) = Epoch(matrix, blockSize: 0);
        Console.WriteLine(Line("ALS epoch, exact", exact));
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(
            FormattableString.Invariant(
                $"peak memory, with the building of the matrix, {process.PeakWorkingSet64 / (double)(1 << 20):n0} MiB; the bound is {MostMiB:n0}"
            )
        );
        return process.PeakWorkingSet64 <= MostMiB * (1L << 20);
    }

    private static (double Seconds, ImplicitAls Model) Epoch(InteractionMatrix matrix, int blockSize)
    {
        var (times, model) = Epochs(matrix, blockSize);
        return (Median(times.Select(time => time.Seconds)), model);
    }

    /// <summary>The epochs after the first two, for which the code is compiled.</summary>
    private static (IReadOnlyList<EpochTime> Times, ImplicitAls Model) Epochs(InteractionMatrix matrix, int blockSize)
    {
        const int Epochs = 7;
        const int WarmingUp = 2;
        using var process = Process.GetCurrentProcess();
        var times = new List<EpochTime>();
        var clock = Stopwatch.StartNew();
        var processor = process.TotalProcessorTime;
        var model = ImplicitAls.Fit(
            matrix,
            new AlsOptions
            {
                Dimensions = Dimensions,
                Epochs = Epochs,
                BlockSize = blockSize,
            },
            Workers,
            goOn: (_, _) =>
            {
                process.Refresh();
                times.Add(
                    new EpochTime(clock.Elapsed.TotalSeconds, (process.TotalProcessorTime - processor).TotalSeconds)
                );
                processor = process.TotalProcessorTime;
                clock.Restart();
                return true;
            }
        );
        return (times[WarmingUp..], model);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static double Naive(InteractionMatrix matrix)
    {
        var random = new Random(2);
        var columns = Enumerable
            .Range(0, matrix.Items)
            .Select(_ => Enumerable.Range(0, Dimensions).Select(_ => random.NextDouble() - 0.5).ToArray())
            .ToArray();
        var clock = Stopwatch.StartNew();
        NaiveAls.Solve(matrix, columns, Dimensions, NaiveEveryNth);
        // Half an epoch of a fortieth of the listeners; the items' half is taken to cost as much a row.
        var rows = 1 + (matrix.Items / (double)matrix.Listeners);
        return clock.Elapsed.TotalSeconds * NaiveEveryNth * rows;
    }

    private static void Neighbours(InteractionMatrix matrix)
    {
        foreach (var family in ModelFamilies.All.Where(family => family.Name is "item-knn" or "rp3beta"))
        {
            var data = new TrainingData(matrix);
            var model = Timed(
                $"{family.Name}, fit",
                () => family.Fit(data, HyperParameters.Defaults, 1, Workers, CancellationToken.None)
            );
            _ = Timed($"top {TopK} of all listeners, {family.Name}", () => Rank(model, matrix));
        }
    }

    private static int Rank(RecommendationModel model, InteractionMatrix matrix)
    {
        var found = 0;
        Parallel.For(
            0,
            matrix.Listeners,
            new ParallelOptions { MaxDegreeOfParallelism = Workers },
            () =>
                (
                    Scratch: new RecommendationScratch(matrix.Items),
                    Items: new int[TopK],
                    Scores: new float[TopK],
                    Found: 0
                ),
            (listener, _, worker) =>
            {
                var row = matrix.Row(listener);
                worker.Found += model.Top(row, row.Items, worker.Scratch, worker.Items, worker.Scores);
                return worker;
            },
            worker => Interlocked.Add(ref found, worker.Found)
        );
        return found;
    }

    /// <summary>By the clock, and by the processors' time: what others take counts in the first alone.</summary>
    private static T Timed<T>(string what, Func<T> action)
    {
        using var process = Process.GetCurrentProcess();
        var processor = process.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        var result = action();
        var seconds = clock.Elapsed.TotalSeconds;
        process.Refresh();
        Console.WriteLine(
            Line(what, seconds)
                + FormattableString.Invariant(
                    $"; processor time {(process.TotalProcessorTime - processor).TotalSeconds:f3} s"
                )
        );
        return result;
    }

    private static void Say(string what, double seconds, double naive) =>
        Console.WriteLine(Line(what, seconds) + FormattableString.Invariant($"; naive / this {naive / seconds:f1}"));

    private static string Line(string what, double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{what, -45} {seconds, 8:f3} s");

    /// <summary>How long an epoch took, and how much of the processors' time.</summary>
    private readonly record struct EpochTime(double Seconds, double Processor);
}
