namespace Nocturne.Recommending.Tests;

public sealed class BlendLearnerTests
{
    [Fact]
    public void Learn_WithOneUsefulAndOneMisleadingComponent_TrustsTheUsefulOne()
    {
        var (known, heldOut, useful, misleading) = World();

        var weights = BlendLearner.Learn(Collect([misleading, useful], known, heldOut, 2), 2);

        Span<float> at = stackalloc float[2];
        foreach (var length in new[] { 1, 8, 1_000 })
        {
            weights.At(length, at);
            Assert.True(at[1] > 3 * at[0], $"At {length}: {at[0]} and {at[1]}.");
        }
    }

    [Fact]
    public void Learn_WithAnyNumberOfWorkers_GivesTheSameWeights()
    {
        var (known, heldOut, useful, misleading) = World();
        RecommendationModel[] components = [useful, misleading];

        var one = BlendLearner.Learn(Collect(components, known, heldOut, 1), 1);

        Assert.Equal(one.Values, BlendLearner.Learn(Collect(components, known, heldOut, 7), 7).Values);
    }

    [Fact]
    public void Learn_WithoutCases_CountsAllAlike()
    {
        var (known, heldOut, useful, misleading) = World();
        var none = BlendCases.Collect([useful, misleading], Fold(known, heldOut, 0), 1);

        Assert.All(BlendLearner.Learn(none, 1).Values, weight => Assert.Equal(0.5f, weight));
    }

    [Fact]
    public void Learn_WhereOneModelAloneIsBest_UsesItAlone()
    {
        var (known, heldOut, useful, misleading) = World();

        var weights = BlendLearner.Learn([Collect([useful, misleading], known, heldOut, 2)], 2);

        Assert.All(weights.Values.Chunk(2), knot => Assert.True(knot[0] > 3 * knot[1]));
    }

    [Fact]
    public void Weights_BetweenKnots_ChangeSteadily()
    {
        var weights = new BlendWeights(1, [1, 2, 3, 4, 5]);
        var at = new float[1];
        var values = new List<float>();

        for (var length = 0; length < 400; length++)
        {
            weights.At(length, at);
            values.Add(at[0]);
        }

        Assert.Equal(1, values[0]);
        Assert.Equal(2, values[4]);
        Assert.Equal(2.5f, values[10]);
        Assert.Equal(5, values[^1]);
        Assert.Equal(values.Order(), values);
    }

    /// <summary>Items come in pairs that go together; the other model knows only what is popular, and that is not it.</summary>
    private static (
        InteractionMatrix Known,
        InteractionMatrix HeldOut,
        RecommendationModel Useful,
        RecommendationModel Misleading
    ) World()
    {
        const int Pairs = 40;
        var random = new Random(2);
        var (known, heldOut, whole) = (Builder(), Builder(), Builder());
        for (var listener = 0; listener < 600; listener++)
        {
            var pairs = Enumerable.Range(0, Pairs).OrderBy(_ => random.Next()).Take(1 + (listener % 9)).ToArray();
            known.AppendRow([.. pairs.Select(p => 2 * p)], [.. pairs.Select(_ => 1f)]);
            heldOut.AppendRow([.. pairs.Select(p => (2 * p) + 1)], [.. pairs.Select(_ => 1f)]);
            whole.AppendRow(
                [.. pairs.SelectMany(p => new[] { 2 * p, (2 * p) + 1 })],
                [.. pairs.SelectMany(_ => new[] { 1f, 1f })]
            );
        }
        var useful = ItemNeighbours.Fit(whole.Build(), new ItemNeighboursOptions(), 1);
        var knownMatrix = known.Build();
        return (knownMatrix, heldOut.Build(), useful, Popularity.Fit(knownMatrix, PopularityMeasure.Listeners));

        static InteractionMatrixBuilder Builder() => new(2 * Pairs);
    }

    private static BlendCases Collect(
        RecommendationModel[] components,
        InteractionMatrix known,
        InteractionMatrix heldOut,
        int workers
    ) => BlendCases.Collect(components, Fold(known, heldOut, known.Listeners), workers);

    private static EvaluationFold Fold(InteractionMatrix known, InteractionMatrix heldOut, int listeners)
    {
        var cases = new RankingCasesBuilder(excludesOwn: true);
        for (var listener = 0; listener < listeners; listener++)
        {
            cases.Add(listener, listener, heldOut.RowItems(listener));
        }
        return new EvaluationFold("world", new TrainingData(known), cases.Build(), () => []);
    }
}
