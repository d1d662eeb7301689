namespace Nocturne.Recommending;

/// <summary>Ranks all items for every case of a fold.</summary>
public static class RankingEvaluation
{
    // Cases per unit of parallel work.
    private const int PartitionCases = 256;

    /// <summary>Measures models side by side, in one pass over the cases.</summary>
    /// <param name="models">Models of the fold's items.</param>
    /// <param name="fold">Training rows to rank from, and what is relevant.</param>
    /// <param name="k">The cut-off.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="progress">Told now and then how many cases are done, by any thread.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    /// <returns>A result for each model, in their order.</returns>
    public static IReadOnlyList<RankingResult> Run(
        IReadOnlyList<RecommendationModel> models,
        EvaluationFold fold,
        int k,
        int workers,
        Action<long>? progress = null,
        CancellationToken cancellation = default
    )
    {
        var cases = fold.Cases;
        var measures = fold.Measures;
        var stride = Math.Max(1, (cases.Count + ListMeasures.MaxDiversityCases - 1) / ListMeasures.MaxDiversityCases);
        var exposure = models.Select(_ => new int[fold.Data.Matrix.Items]).ToArray();
        var series = Rank(
            models,
            fold,
            k,
            workers,
            () => (measures.NewScratch(), models.Select(_ => new int[fold.Data.Matrix.Items]).ToArray()),
            (model, index, list, all, memory) =>
            {
                foreach (var item in list)
                {
                    memory.Item2[model][item]++;
                }
                measures.Measure(
                    list,
                    fold.Data.Matrix.Row(cases.Row(index)),
                    cases.Relevant(index),
                    cases.Beyond(index),
                    index % stride == 0,
                    memory.Item1,
                    index,
                    all
                );
            },
            memory => Add(memory.Item2, exposure),
            progress,
            cancellation
        );
        var listeners = Enumerable.Range(0, cases.Count).Select(cases.Listener).ToArray();
        var candidates = measures.Candidates;
        return
        [
            .. models.Select(
                (_, m) =>
                {
                    var (coverage, gini) = RankingResult.Exposure(exposure[m], candidates);
                    return new RankingResult(k, series[m], listeners, coverage, gini);
                }
            ),
        ];
    }

    /// <summary>Recall and NDCG alone, of one model: what hyper-parameters are chosen by.</summary>
    /// <param name="model">The model.</param>
    /// <param name="fold">Training rows to rank from, and what is relevant.</param>
    /// <param name="k">The cut-off.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public static RankingReport Accuracy(
        RecommendationModel model,
        EvaluationFold fold,
        int k,
        int workers,
        CancellationToken cancellation = default
    )
    {
        var series = Rank<object?>(
            [model],
            fold,
            k,
            workers,
            static () => null,
            static (_, _, _, _, _) => { },
            static _ => { },
            null,
            cancellation
        )[0];
        return new RankingReport(
            k,
            [.. Enumerable.Range(0, fold.Cases.Count).Select(fold.Cases.Listener)],
            [.. series[(int)CaseMeasure.Recall].Select(v => (double)v)],
            [.. series[(int)CaseMeasure.Ndcg].Select(v => (double)v)]
        );
    }

    /// <summary>Measures a model on a test matrix, the listeners' training items left out.</summary>
    /// <param name="model">Scores each listener's training row.</param>
    /// <param name="train">Rows to score from.</param>
    /// <param name="test">Relevant items, of the same listeners and items; empty rows are left out.</param>
    /// <param name="k">The cut-off.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public static RankingReport Run(
        RecommendationModel model,
        InteractionMatrix train,
        InteractionMatrix test,
        int k,
        int workers,
        CancellationToken cancellation = default
    )
    {
        if (train.Listeners != test.Listeners || train.Items != test.Items || model.Items != train.Items)
        {
            throw new ArgumentException(
                $"Training is {train.Listeners} × {train.Items}, test {test.Listeners} × {test.Items} and the model has {model.Items} items: they must agree.",
                nameof(test)
            );
        }
        var cases = new RankingCasesBuilder(excludesOwn: true);
        for (var listener = 0; listener < test.Listeners; listener++)
        {
            cases.Add(listener, listener, test.RowItems(listener));
        }
        var fold = new EvaluationFold("test", new TrainingData(train), cases.Build(), static () => []);
        return Accuracy(model, fold, k, workers, cancellation);
    }

    /// <summary>What is done with a list besides measuring its hits.</summary>
    private delegate void Listed<TMemory>(
        int model,
        int index,
        ReadOnlySpan<int> list,
        float[][] series,
        TMemory memory
    );

    private static float[][][] Rank<TMemory>(
        IReadOnlyList<RecommendationModel> models,
        EvaluationFold fold,
        int k,
        int workers,
        Func<TMemory> newMemory,
        Listed<TMemory> listed,
        Action<TMemory> merge,
        Action<long>? progress,
        CancellationToken cancellation
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        var matrix = fold.Data.Matrix;
        var cases = fold.Cases;
        foreach (var model in models)
        {
            if (model.Items != matrix.Items)
            {
                throw new ArgumentException(
                    $"A model has {model.Items} items and the training data {matrix.Items}: they must agree.",
                    nameof(models)
                );
            }
        }
        var series = models.Select(_ => NewSeries(cases.Count)).ToArray();
        var done = 0L;
        var merging = new Lock();
        Parallel.For(
            0,
            (cases.Count + PartitionCases - 1) / PartitionCases,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            () =>
                (
                    Scratch: new RecommendationScratch(matrix.Items),
                    Items: new int[k],
                    Scores: new float[k],
                    Memory: newMemory()
                ),
            (partition, _, worker) =>
            {
                var end = Math.Min(cases.Count, (partition + 1) * PartitionCases);
                for (var i = partition * PartitionCases; i < end; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var row = matrix.Row(cases.Row(i));
                    var excluded = cases.ExcludesOwn ? row.Items : [];
                    for (var m = 0; m < models.Count; m++)
                    {
                        var found = models[m].Top(row, excluded, worker.Scratch, worker.Items, worker.Scores);
                        var list = worker.Items.AsSpan(0, found);
                        MeasureHits(list, cases.Relevant(i), cases.Beyond(i), k, i, series[m]);
                        listed(m, i, list, series[m], worker.Memory);
                    }
                }
                progress?.Invoke(Interlocked.Add(ref done, end - (partition * PartitionCases)));
                return worker;
            },
            worker =>
            {
                lock (merging)
                {
                    merge(worker.Memory);
                }
            }
        );
        return series;
    }

    internal static float[][] NewSeries(int cases) =>
        [.. Enumerable.Range(0, ListMeasures.Count).Select(_ => new float[cases])];

    internal static void MeasureHits(
        ReadOnlySpan<int> list,
        ReadOnlySpan<int> relevant,
        int beyond,
        int k,
        int at,
        float[][] series
    )
    {
        series[(int)CaseMeasure.Recall][at] = (float)RankingMetrics.Recall(list, relevant, k, beyond);
        series[(int)CaseMeasure.Ndcg][at] = (float)RankingMetrics.Ndcg(list, relevant, k, beyond);
        series[(int)CaseMeasure.Precision][at] = (float)RankingMetrics.Precision(list, relevant, k);
        series[(int)CaseMeasure.ReciprocalRank][at] = (float)RankingMetrics.ReciprocalRank(list, relevant, k);
    }

    internal static void Add(int[][] counts, int[][] sums)
    {
        for (var m = 0; m < counts.Length; m++)
        {
            for (var item = 0; item < counts[m].Length; item++)
            {
                sums[m][item] += counts[m][item];
            }
        }
    }
}

/// <summary>What <see cref="RankingEvaluation.Accuracy"/> measured, one value per case.</summary>
/// <param name="K">The cut-off.</param>
/// <param name="Listeners">Whose cases they are.</param>
/// <param name="Recall">Their Recall@K, in the same order.</param>
/// <param name="Ndcg">Their NDCG@K, in the same order.</param>
public sealed record RankingReport(
    int K,
    IReadOnlyList<int> Listeners,
    IReadOnlyList<double> Recall,
    IReadOnlyList<double> Ndcg
)
{
    /// <summary>The mean over cases, 0 without any.</summary>
    public double MeanRecall => Mean(Recall);

    /// <summary>The mean over cases, 0 without any.</summary>
    public double MeanNdcg => Mean(Ndcg);

    private static double Mean(IReadOnlyList<double> values)
    {
        var sum = 0d;
        foreach (var value in values)
        {
            sum += value;
        }
        return values.Count == 0 ? 0 : sum / values.Count;
    }
}
