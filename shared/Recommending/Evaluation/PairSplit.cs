namespace Nocturne.Recommending;

/// <summary>Pairs of a listener and an item, as dense numbers; a pair may occur more than once and counts once.</summary>
/// <param name="Listeners">The pairs' listeners.</param>
/// <param name="Items">The pairs' items, in the same order.</param>
public sealed record ListenerItemPairs(IReadOnlyList<int> Listeners, IReadOnlyList<int> Items);

/// <summary>The protocol of data without times: pairs of a training and a test file.</summary>
/// <remarks>
/// Items in no training pair stay relevant, as misses; a listener's training items are left out of the ranking. A
/// listener without a training pair is a case with an empty row.
/// </remarks>
public static class PairSplit
{
    /// <summary>The share of each listener's training items that hyper-parameters are chosen on.</summary>
    public const double ValidationShare = 0.2;

    /// <summary>The fold of two files.</summary>
    /// <param name="train">Training pairs.</param>
    /// <param name="test">Test pairs.</param>
    /// <param name="listeners">Listeners of both are 0 to this, exclusive.</param>
    /// <param name="itemKeys">A hash of every item's id, of both files: what ties are broken by.</param>
    /// <param name="seed">Of the order of items that are equally good, and of the validation slice.</param>
    public static EvaluationFold Fold(
        ListenerItemPairs train,
        ListenerItemPairs test,
        int listeners,
        ulong[] itemKeys,
        long seed
    )
    {
        var occurs = new bool[itemKeys.Length];
        foreach (var item in train.Items)
        {
            occurs[item] = true;
        }
        var (numbers, items) = ItemNumbering.Of(occurs, itemKeys, seed);
        var builder = new InteractionMatrixBuilder(items);
        var rows = Rows(train, listeners);
        for (var listener = 0; listener < listeners; listener++)
        {
            int[] row = [.. Distinct(train, rows.Of(listener)).Select(item => numbers[item])];
            var ones = new float[row.Length];
            Array.Fill(ones, 1);
            builder.AppendRow(row, ones);
        }
        var cases = new RankingCasesBuilder(excludesOwn: true);
        var relevant = Rows(test, listeners);
        for (var listener = 0; listener < listeners; listener++)
        {
            int[] wanted = [.. Distinct(test, relevant.Of(listener)).Select(item => numbers[item])];
            int[] known = [.. wanted.Where(item => item >= 0)];
            cases.Add(listener, listener, known, wanted.Length - known.Length);
        }
        var data = new TrainingData(builder.Build());
        return new EvaluationFold("test", data, cases.Build(), () => Slices(data, listeners, seed));
    }

    /// <summary>
    /// One slice where there are many listeners; of few, who say little, several, of which each is other items.
    /// </summary>
    private static EvaluationFold[] Slices(TrainingData data, int listeners, long seed)
    {
        const int EnoughCases = 5_000;
        const int MostSlices = 3;
        var count = Math.Clamp((EnoughCases / Math.Max(listeners, 1)) + 1, 1, MostSlices);
        return [.. Enumerable.Range(0, count).Select(slice => HoldOut(data, ValidationShare, seed + slice))];
    }

    /// <summary>Holds out a share of each listener's items, at least one of two or more, drawn by seed.</summary>
    /// <param name="data">What is divided; plays go with their items.</param>
    /// <param name="share">From 0 to 1, exclusive.</param>
    /// <param name="seed">Of the draw.</param>
    public static EvaluationFold HoldOut(TrainingData data, double share, long seed)
    {
        if (share is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "A share is between 0 and 1.");
        }
        var matrix = data.Matrix;
        var builder = new InteractionMatrixBuilder(matrix.Items);
        var cases = new RankingCasesBuilder(excludesOwn: true);
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var row = matrix.Row(listener);
            var held = Held(row, share, seed, listener);
            Append(builder, row, held, matrix.HasPlays);
            cases.Add(listener, listener, [.. row.Items.ToArray().Where((_, at) => held[at])]);
        }
        var kept = data with { Matrix = builder.Build() };
        if (matrix.Segments > 0)
        {
            var segments = Enumerable.Range(0, matrix.Listeners).Select(listener => matrix.Row(listener).Segment);
            kept = kept with { Matrix = kept.Matrix.WithSegments([.. segments]) };
        }
        return new EvaluationFold("held out", kept, cases.Build(), () => [HoldOut(kept, share, unchecked(seed + 1))]);
    }

    private static Groups Rows(ListenerItemPairs pairs, int listeners) =>
        Groups.Of(listeners, 0, pairs.Listeners.Count, pair => pairs.Listeners[pair]);

    private static int[] Distinct(ListenerItemPairs pairs, ReadOnlySpan<int> of)
    {
        var items = new HashSet<int>(of.Length);
        foreach (var pair in of)
        {
            items.Add(pairs.Items[pair]);
        }
        return [.. items];
    }

    private static bool[] Held(ListenerRow row, double share, long seed, int listener)
    {
        // What a listener does not want is no question to ask; it stays in training.
        var wanted = new List<(ulong Draw, int At)>();
        for (var at = 0; at < row.Items.Length; at++)
        {
            if (row.Weights[at] > 0)
            {
                wanted.Add((CounterDraws.Bits(seed, listener, row.Items[at]), at));
            }
        }
        wanted.Sort();
        var count = wanted.Count < 2 ? 0 : Math.Clamp((int)Math.Round(share * wanted.Count), 1, wanted.Count - 1);
        var held = new bool[row.Items.Length];
        foreach (var (_, at) in wanted.Take(count))
        {
            held[at] = true;
        }
        return held;
    }

    private static void Append(InteractionMatrixBuilder builder, ListenerRow row, bool[] held, bool hasPlays)
    {
        var items = new List<int>();
        var weights = new List<float>();
        for (var at = 0; at < held.Length; at++)
        {
            if (!held[at])
            {
                items.Add(row.Items[at]);
                weights.Add(row.Weights[at]);
            }
        }
        if (!hasPlays)
        {
            builder.AppendRow([.. items], [.. weights]);
            return;
        }
        var played = new List<int>();
        var ages = new List<float>();
        for (var play = 0; play < row.PlayEntries.Length; play++)
        {
            if (!held[row.PlayEntries[play]])
            {
                played.Add(row.Items[row.PlayEntries[play]]);
                ages.Add(row.PlayAges[play]);
            }
        }
        builder.AppendRow([.. items], [.. weights], [.. played], [.. ages]);
    }
}
