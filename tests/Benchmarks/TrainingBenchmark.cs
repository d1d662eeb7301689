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

    private static readonly int Workers = Environment.ProcessorCount;

    public static int Run(bool quick, bool large)
    {
        if (large)
        {
            Large();
            return 0;
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
        var clock = Stopwatch.StartNew();
        Rank(model, matrix);
        Console.WriteLine(Line($"top {TopK} of all listeners, ALS", clock.Elapsed.TotalSeconds));
        Neighbours(matrix);
        if (!quick)
        {
            var wide = TrainingMatrix.Generate(Listeners * 10, Items * 10, Entries * 10L);
            Console.WriteLine(TrainingMatrix.Describe(wide));
            var (tenfold, _) = Epoch(wide, blockSize: 0);
            Console.WriteLine(
                Line("ALS epoch, exact", tenfold)
                    + FormattableString.Invariant($"; {tenfold / exact / 10:f2} of ten times the smaller one")
            );
        }
        return 0;
    }

    /// <summary>A million listeners: what matters is that memory holds.</summary>
    private static void Large()
    {
        var matrix = TrainingMatrix.Generate(1_000_000, 200_000, 20_000_000);
        Console.WriteLine(TrainingMatrix.Describe(matrix));
        var (exact, _) = Epoch(matrix, blockSize: 0);
        Console.WriteLine(Line("ALS epoch, exact", exact));
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(
            FormattableString.Invariant($"peak memory {process.PeakWorkingSet64 / (double)(1 << 20):n0} MiB")
        );
    }

    /// <summary>The median of the epochs after the first, for which the code is compiled.</summary>
    private static (double Seconds, ImplicitAls Model) Epoch(InteractionMatrix matrix, int blockSize)
    {
        const int Epochs = 7;
        var seconds = new List<double>();
        var clock = Stopwatch.StartNew();
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
                seconds.Add(clock.Elapsed.TotalSeconds);
                clock.Restart();
                return true;
            }
        );
        return (seconds.Skip(2).Order().ElementAt((seconds.Count - 2) / 2), model);
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
            var clock = Stopwatch.StartNew();
            var model = family.Fit(data, HyperParameters.Defaults, 1, Workers, CancellationToken.None);
            Console.WriteLine(Line($"{family.Name}, fit", clock.Elapsed.TotalSeconds));
            clock.Restart();
            Rank(model, matrix);
            Console.WriteLine(Line($"top {TopK} of all listeners, {family.Name}", clock.Elapsed.TotalSeconds));
        }
    }

    private static void Rank(RecommendationModel model, InteractionMatrix matrix) =>
        Parallel.For(
            0,
            matrix.Listeners,
            new ParallelOptions { MaxDegreeOfParallelism = Workers },
            () => (Scratch: new RecommendationScratch(matrix.Items), Items: new int[TopK], Scores: new float[TopK]),
            (listener, _, worker) =>
            {
                var row = matrix.Row(listener);
                model.Top(row, row.Items, worker.Scratch, worker.Items, worker.Scores);
                return worker;
            },
            static _ => { }
        );

    private static void Say(string what, double seconds, double naive) =>
        Console.WriteLine(Line(what, seconds) + FormattableString.Invariant($"; naive / this {naive / seconds:f1}"));

    private static string Line(string what, double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{what, -45} {seconds, 8:f3} s");
}
