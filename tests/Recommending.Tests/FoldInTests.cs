namespace Nocturne.Recommending.Tests;

/// <summary>How good recommendations are for listeners who were not trained on and of whom little is known.</summary>
/// <remarks>
/// lastfm-b, in five parts of listeners. Models and the blend's weights are learned from four parts; of every listener
/// of the fifth with at least 20 training items and a test item, 1, 3, 5, 10 and 20 training items, drawn by a seed,
/// are all that is shown. Every item but those shown is ranked, so training items that were not shown take places in
/// the list and are not relevant; relevant are the test items. Weights are learned alike, from listeners of one of the
/// four parts with a fifth of their training items as test items, and models of the other three.
/// </remarks>
public sealed class FoldInTests
{
    private const int Parts = 5;

    // Two of the five are enough for floors; docs/evaluation.md has what all of them reach.
    private const int MeasuredParts = 2;
    private const int K = 20;
    private const int LeastItems = 20;
    private static readonly int[] Shown = [1, 3, 5, 10, 20];
    private static readonly double[] Floors = [0.14, 0.19, 0.215, 0.25, 0.295];

    private static readonly IReadOnlyList<ModelFamily> Families =
    [
        .. ModelFamilies
            .BlendOf([])
            .Components.Where(f =>
                f.Name is not ("own-plays" or "artist-affinity" or "listening-mixture" or "back-off")
            ),
    ];

    [RealDataFact]
    public void FoldIn_WithMoreAndMoreItems_IsBetterAndBetterAndNeverBelowPopularity()
    {
        var (train, test) = PublishedSplitTests.Read("lastfm-b");
        var (blended, popular, cases) = (new double[Shown.Length], new double[Shown.Length], new int[Shown.Length]);
        for (var part = 0; part < MeasuredParts; part++)
        {
            var weights = LearnWeights(train, part);
            var (models, matrix) = Fit(train, listener => listener % Parts != part);
            var popularity = models.OfType<Popularity>().Single();
            var blend = new Blend(models, weights, matrix);
            for (var i = 0; i < Shown.Length; i++)
            {
                var fold = Fold(train, test, part, Shown[i], draws: 1);
                blended[i] += Recall(blend, fold);
                popular[i] += Recall(popularity, fold);
                cases[i] += fold.Cases.Count;
            }
        }
        for (var i = 0; i < Shown.Length; i++)
        {
            blended[i] /= cases[i];
            popular[i] /= cases[i];
        }

        var found =
            string.Join(", ", blended.Select(recall => $"{recall:F4}"))
            + "; popularity "
            + string.Join(", ", popular.Select(recall => $"{recall:F4}"));
        Assert.True(blended.Zip(Floors).All(pair => pair.First >= pair.Second), found);
        Assert.True(blended.Zip(popular).All(pair => pair.First > pair.Second), found);
        Assert.True(blended.Order().SequenceEqual(blended), found);
    }

    private static BlendWeights LearnWeights(InteractionMatrix train, int part)
    {
        var own = (part + 1) % Parts;
        var (rest, held) = Split(train);
        var (models, _) = Fit(train, listener => listener % Parts != part && listener % Parts != own);
        var rows = new InteractionMatrixBuilder(train.Items);
        var cases = new RankingCasesBuilder(excludesOwn: true);
        foreach (var shown in Shown)
        {
            // Of one item more is learned from other draws of it than from more listeners.
            Append(rows, cases, rest, held, own, shown, draws: shown == 1 ? 3 : 1, LeastItems * 4 / 5);
        }
        var fold = new EvaluationFold("weights", new TrainingData(rows.Build()), cases.Build(), () => []);
        return BlendLearner.Learn(BlendCases.Collect(models, fold, 2), 2);
    }

    private static (List<RecommendationModel> Models, InteractionMatrix Matrix) Fit(
        InteractionMatrix train,
        Func<int, bool> isTrainedOn
    )
    {
        var builder = new InteractionMatrixBuilder(train.Items);
        for (var listener = 0; listener < train.Listeners; listener++)
        {
            if (isTrainedOn(listener))
            {
                builder.AppendRow(train.RowItems(listener), train.RowWeights(listener));
            }
        }
        var data = new TrainingData(builder.Build());
        return (
            [.. Families.Select(f => f.Fit(data, HyperParameters.Defaults, 1, 2, CancellationToken.None))],
            data.Matrix
        );
    }

    private static EvaluationFold Fold(InteractionMatrix known, InteractionMatrix test, int part, int shown, int draws)
    {
        var rows = new InteractionMatrixBuilder(known.Items);
        var cases = new RankingCasesBuilder(excludesOwn: true);
        Append(rows, cases, known, test, part, shown, draws, LeastItems);
        return new EvaluationFold("fold-in", new TrainingData(rows.Build()), cases.Build(), () => []);
    }

    private static void Append(
        InteractionMatrixBuilder rows,
        RankingCasesBuilder cases,
        InteractionMatrix known,
        InteractionMatrix relevant,
        int part,
        int shown,
        int draws,
        int least
    )
    {
        for (var listener = part; listener < known.Listeners; listener += Parts)
        {
            var items = known.RowItems(listener).ToArray();
            if (items.Length < least || relevant.RowItems(listener).IsEmpty)
            {
                continue;
            }
            for (var draw = 0; draw < draws; draw++)
            {
                var drawn = Drawn(items, listener, draw)[..Math.Min(shown, items.Length)];
                var row = rows.AppendRow(drawn, [.. drawn.Select(_ => 1f)]);
                cases.Add(row, listener, relevant.RowItems(listener));
            }
        }
    }

    /// <summary>A fifth of every row, and the rest.</summary>
    private static (InteractionMatrix Kept, InteractionMatrix Held) Split(InteractionMatrix matrix)
    {
        var (rest, held) = (new InteractionMatrixBuilder(matrix.Items), new InteractionMatrixBuilder(matrix.Items));
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var drawn = Drawn(matrix.RowItems(listener).ToArray(), listener, -1);
            var taken = drawn.Length / 5;
            held.AppendRow(drawn.AsSpan(0, taken), [.. drawn.Take(taken).Select(_ => 1f)]);
            rest.AppendRow(drawn.AsSpan(taken), [.. drawn.Skip(taken).Select(_ => 1f)]);
        }
        return (rest.Build(), held.Build());
    }

    private static int[] Drawn(int[] items, int listener, int draw) =>
        [.. items.OrderBy(item => CounterDraws.Bits(draw, listener, item))];

    private static double Recall(RecommendationModel model, EvaluationFold fold) =>
        RankingEvaluation.Accuracy(model, fold, K, 2, CancellationToken.None).MeanRecall * fold.Cases.Count;
}
