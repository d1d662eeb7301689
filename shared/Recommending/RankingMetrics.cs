namespace Nocturne.Recommending;

/// <summary>How good one ranked list is, given what was relevant.</summary>
/// <remarks>
/// Relevance is binary. Definitions: Recall@k = hits / |relevant|; NDCG@k = DCG / IDCG, a hit at rank r (from 1)
/// adding 1 / log2(r + 1), and IDCG that of min(k, |relevant|) hits at the top. (Some published code divides by the
/// DCG of the list's own hits instead, which is larger; the two must not be compared.)
/// </remarks>
public static class RankingMetrics
{
    /// <summary>The share of relevant items that are among the first <paramref name="k"/>.</summary>
    /// <param name="ranked">Items, best first, without duplicates; may be shorter than <paramref name="k"/>.</param>
    /// <param name="relevant">Relevant items, ascending, at least one.</param>
    /// <param name="k">The cut-off.</param>
    public static double Recall(ReadOnlySpan<int> ranked, ReadOnlySpan<int> relevant, int k)
    {
        CheckRelevant(relevant);
        var hits = 0;
        foreach (var item in ranked[..Math.Min(k, ranked.Length)])
        {
            if (relevant.BinarySearch(item) >= 0)
            {
                hits++;
            }
        }
        return (double)hits / relevant.Length;
    }

    /// <summary>Normalised discounted cumulative gain of the first <paramref name="k"/>, in [0, 1].</summary>
    /// <inheritdoc cref="Recall" path="/param"/>
    public static double Ndcg(ReadOnlySpan<int> ranked, ReadOnlySpan<int> relevant, int k)
    {
        CheckRelevant(relevant);
        var gain = 0d;
        for (var i = 0; i < Math.Min(k, ranked.Length); i++)
        {
            if (relevant.BinarySearch(ranked[i]) >= 0)
            {
                gain += Discount(i);
            }
        }
        var ideal = 0d;
        for (var i = 0; i < Math.Min(k, relevant.Length); i++)
        {
            ideal += Discount(i);
        }
        return gain / ideal;
    }

    internal static double Discount(int index) => 1 / Math.Log2(index + 2);

    private static void CheckRelevant(ReadOnlySpan<int> relevant)
    {
        if (relevant.IsEmpty)
        {
            throw new ArgumentException("Without a relevant item there is nothing to measure.", nameof(relevant));
        }
    }
}

/// <summary>What <see cref="RankingEvaluation.Run"/> measured, one value per evaluated listener.</summary>
/// <param name="K">The cut-off.</param>
/// <param name="Listeners">The listeners with something relevant, ascending.</param>
/// <param name="Recall">Their Recall@K, in the same order.</param>
/// <param name="Ndcg">Their NDCG@K, in the same order.</param>
public sealed record RankingReport(
    int K,
    IReadOnlyList<int> Listeners,
    IReadOnlyList<double> Recall,
    IReadOnlyList<double> Ndcg
)
{
    /// <summary>The mean over listeners, 0 without any.</summary>
    public double MeanRecall => Mean(Recall);

    /// <summary>The mean over listeners, 0 without any.</summary>
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

/// <summary>Ranks all items for every listener of a test matrix, the training items left out.</summary>
public static class RankingEvaluation
{
    // Listeners per unit of parallel work.
    private const int PartitionListeners = 256;

    /// <summary>Measures a model.</summary>
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
        var listeners = Enumerable.Range(0, test.Listeners).Where(l => !test.RowItems(l).IsEmpty).ToArray();
        var recall = new double[listeners.Length];
        var ndcg = new double[listeners.Length];
        Parallel.For(
            0,
            (listeners.Length + PartitionListeners - 1) / PartitionListeners,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            () => (Scratch: new RecommendationScratch(model.Items), Items: new int[k], Scores: new float[k]),
            (partition, _, worker) =>
            {
                var end = Math.Min(listeners.Length, (partition + 1) * PartitionListeners);
                for (var i = partition * PartitionListeners; i < end; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var row = train.Row(listeners[i]);
                    var found = model.Top(row, row.Items, worker.Scratch, worker.Items, worker.Scores);
                    var relevant = test.RowItems(listeners[i]);
                    recall[i] = RankingMetrics.Recall(worker.Items.AsSpan(0, found), relevant, k);
                    ndcg[i] = RankingMetrics.Ndcg(worker.Items.AsSpan(0, found), relevant, k);
                }
                return worker;
            },
            static _ => { }
        );
        return new RankingReport(k, listeners, recall, ndcg);
    }
}
