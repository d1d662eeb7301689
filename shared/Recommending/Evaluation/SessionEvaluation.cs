namespace Nocturne.Recommending;

/// <summary>
/// Next-item prediction: for every session of a test log and each of its items but the first, the list that a model
/// makes of the items before it.
/// </summary>
/// <remarks>
/// P@k is the share of prefixes whose next item is in the list, and MRR@k the mean of 1 / its rank there, as in the
/// literature on sessions (Ludewig and Jannach 2018). A next item that is not in the training data is a miss.
/// </remarks>
public static class SessionEvaluation
{
    // Sessions per unit of parallel work.
    private const int PartitionSessions = 64;

    /// <summary>Measures models side by side.</summary>
    /// <param name="models">Models of the logs' items.</param>
    /// <param name="train">What they were fitted to; popularity and likeness of items are taken from it.</param>
    /// <param name="test">Sessions to predict, -1 for items that are not in <paramref name="train"/>.</param>
    /// <param name="k">The cut-off.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="progress">Told now and then how many sessions are done, by any thread.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    /// <returns>A result for each model, in their order; its cases are prefixes, its listeners sessions.</returns>
    public static IReadOnlyList<RankingResult> Run(
        IReadOnlyList<SessionModel> models,
        SessionLog train,
        SessionLog test,
        int k,
        int workers,
        Action<long>? progress = null,
        CancellationToken cancellation = default
    )
    {
        var measures = new ListMeasures(train.ToMatrix(), artists: null, features: null);
        var starts = PrefixStarts(test);
        var cases = starts[^1];
        var stride = Math.Max(1, (cases + ListMeasures.MaxDiversityCases - 1) / ListMeasures.MaxDiversityCases);
        var series = models.Select(_ => RankingEvaluation.NewSeries(cases)).ToArray();
        var exposure = models.Select(_ => new int[train.ItemCount]).ToArray();
        var ones = new float[SessionModel.LongestPrefix];
        Array.Fill(ones, 1);
        ForEachPrefix(
            models,
            test,
            k,
            workers,
            () => (Scratch: measures.NewScratch(), Exposure: models.Select(_ => new int[train.ItemCount]).ToArray()),
            (model, session, length, list, memory) =>
            {
                var at = starts[session] + length - 1;
                var clicks = test[session];
                Measure(list, clicks[length], k, at, series[model]);
                foreach (var item in list)
                {
                    memory.Exposure[model][item]++;
                }
                Span<int> history = stackalloc int[SessionModel.LongestPrefix];
                var known = Known(clicks[..length], history);
                measures.Measure(
                    list,
                    new ListenerRow(history[..known], ones.AsSpan(0, known)),
                    clicks[length] < 0 ? [] : clicks.Slice(length, 1),
                    clicks[length] < 0 ? 1 : 0,
                    at % stride == 0,
                    memory.Scratch,
                    at,
                    series[model]
                );
            },
            memory => RankingEvaluation.Add(memory.Exposure, exposure),
            progress,
            cancellation
        );
        var sessions = new int[cases];
        for (var session = 0; session < test.Count; session++)
        {
            sessions.AsSpan(starts[session]..starts[session + 1]).Fill(session);
        }
        var candidates = measures.Candidates;
        return
        [
            .. models.Select(
                (_, m) =>
                {
                    var (coverage, gini) = RankingResult.Exposure(exposure[m], candidates);
                    return new RankingResult(k, series[m], sessions, coverage, gini);
                }
            ),
        ];
    }

    /// <summary>P@k and MRR@k alone, of one model: what hyper-parameters are chosen by.</summary>
    /// <inheritdoc cref="Run" path="/exception"/>
    /// <param name="model">The model.</param>
    /// <param name="test">Sessions to predict.</param>
    /// <param name="k">The cut-off.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public static (double Precision, double ReciprocalRank) Accuracy(
        SessionModel model,
        SessionLog test,
        int k,
        int workers,
        CancellationToken cancellation = default
    )
    {
        var starts = PrefixStarts(test);
        var ranks = new int[starts[^1]];
        ForEachPrefix<object?>(
            [model],
            test,
            k,
            workers,
            static () => null,
            (_, session, length, list, _) =>
                ranks[starts[session] + length - 1] = list.IndexOf(test[session][length]) + 1,
            static _ => { },
            null,
            cancellation
        );
        var (hits, reciprocal) = (0, 0d);
        foreach (var rank in ranks)
        {
            hits += rank > 0 ? 1 : 0;
            reciprocal += rank > 0 ? 1d / rank : 0;
        }
        return ranks.Length == 0 ? default : ((double)hits / ranks.Length, reciprocal / ranks.Length);
    }

    private delegate void Listed<TMemory>(int model, int session, int length, ReadOnlySpan<int> list, TMemory memory);

    private static void ForEachPrefix<TMemory>(
        IReadOnlyList<SessionModel> models,
        SessionLog test,
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
        if (models.Any(model => model.Items != test.ItemCount))
        {
            throw new ArgumentException($"A model is not of the log's {test.ItemCount} items.", nameof(models));
        }
        var merging = new Lock();
        var done = 0L;
        Parallel.For(
            0,
            (test.Count + PartitionSessions - 1) / PartitionSessions,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            () =>
                (
                    Scratch: models.Select(_ => new SessionScratch()).ToArray(),
                    Items: new int[k],
                    Scores: new float[k],
                    Memory: newMemory()
                ),
            (partition, _, worker) =>
            {
                var end = Math.Min(test.Count, (partition + 1) * PartitionSessions);
                for (var session = partition * PartitionSessions; session < end; session++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var clicks = test[session];
                    for (var length = 1; length < clicks.Length; length++)
                    {
                        for (var m = 0; m < models.Count; m++)
                        {
                            var found = models[m]
                                .Top(clicks[..length], [], worker.Scratch[m], worker.Items, worker.Scores);
                            listed(m, session, length, worker.Items.AsSpan(0, found), worker.Memory);
                        }
                    }
                }
                progress?.Invoke(Interlocked.Add(ref done, end - (partition * PartitionSessions)));
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
    }

    private static void Measure(ReadOnlySpan<int> list, int next, int k, int at, float[][] series)
    {
        ReadOnlySpan<int> relevant = next < 0 ? [] : [next];
        var beyond = next < 0 ? 1 : 0;
        RankingEvaluation.MeasureHits(list, relevant, beyond, k, at, series);
        series[(int)CaseMeasure.Precision][at] = series[(int)CaseMeasure.Recall][at];
    }

    /// <summary>The latest distinct items that are known.</summary>
    private static int Known(ReadOnlySpan<int> prefix, Span<int> history)
    {
        var known = 0;
        for (var at = prefix.Length - 1; at >= 0 && known < history.Length; at--)
        {
            if (prefix[at] >= 0 && !history[..known].Contains(prefix[at]))
            {
                history[known++] = prefix[at];
            }
        }
        return known;
    }

    private static int[] PrefixStarts(SessionLog test)
    {
        var starts = new int[test.Count + 1];
        for (var session = 0; session < test.Count; session++)
        {
            starts[session + 1] = starts[session] + Math.Max(0, test[session].Length - 1);
        }
        return starts;
    }
}
