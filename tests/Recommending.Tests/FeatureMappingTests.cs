namespace Nocturne.Recommending.Tests;

public sealed class FeatureMappingTests
{
    private const int Items = 400;
    private const int Features = 12;
    private const int Dimensions = 6;

    [Fact]
    public void Fit_OfARelationThatIsLinear_FindsItForItemsThatNobodyHas()
    {
        var (features, vectors) = Linear();
        var missing = Enumerable.Range(0, Items).Where(item => item % 7 == 0).ToArray();
        var known = new FactorMatrix(Items, Dimensions, [.. vectors.Values]);
        missing.ToList().ForEach(item => known.Row(item).Clear());

        var mapping = FeatureMapping.Fit(features, known, ridge: 0.001f, workers: 2);
        var (complete, described) = mapping.Complete(features, known);

        Assert.Equal(missing, described);
        for (var item = 0; item < Items; item++)
        {
            for (var i = 0; i < Dimensions; i++)
            {
                Assert.Equal(vectors[item][i], complete[item][i], 0.02f);
            }
        }
    }

    [Fact]
    public void Fit_WithAnyNumberOfWorkers_PredictsTheSame()
    {
        var (features, vectors) = Linear();

        var (one, _) = FeatureMapping.Fit(features, Without(vectors, 5)).Complete(features, Without(vectors, 5));
        var (seven, _) = FeatureMapping
            .Fit(features, Without(vectors, 5), workers: 7)
            .Complete(features, Without(vectors, 5));

        Assert.Equal(one.Values, seven.Values);
    }

    [Fact]
    public void Complete_AnItemWithoutFeatures_LeavesItUnknown()
    {
        var features = Matrices.Of(Features, [(0, 1)], [], [(1, 1)]);
        var vectors = new FactorMatrix(3, 2);
        vectors.Row(0)[0] = 1;

        var (complete, described) = FeatureMapping.Fit(features, vectors).Complete(features, vectors);

        Assert.Equal([2], described);
        Assert.Equal([0f, 0f], complete[1].ToArray());
    }

    [Fact]
    public void DescribedItems_AreRankedAndSurviveSavingAndDoNotChangeOtherScores()
    {
        var matrix = Matrices.Of(
            5,
            [(0, 1), (1, 1)],
            [(0, 1), (1, 1)],
            [(2, 1), (3, 1)],
            [(2, 1), (3, 1)],
            [(0, 1), (1, 1), (2, 1)]
        );
        // Item 4 is new, and of the genre of 0 and 1.
        var features = Matrices.Of(2, [(0, 1)], [(0, 1)], [(1, 1)], [(1, 1)], [(0, 1)]);
        var plain = ImplicitAls.Fit(matrix, new AlsOptions { Dimensions = 4, Epochs = 10 }, 1);

        var described = plain.WithDescribedItems(features, FeatureMapping.Fit(features, plain.Vectors, 0.1f));

        using var stream = new MemoryStream(described.Bytes());
        var loaded = RecommendationModel.Load(stream);
        var (before, after, again) = (new float[5], new float[5], new float[5]);
        plain.Score(matrix.Row(0), before);
        described.Score(matrix.Row(0), after);
        loaded.Score(matrix.Row(0), again);
        Assert.Equal(0, before[4]);
        Assert.Equal(before[..4], after[..4]);
        Assert.True(after[4] > after[2] && after[4] > after[3]);
        Assert.Equal(after, again);
    }

    private static (InteractionMatrix Features, FactorMatrix Vectors) Linear()
    {
        var random = new Random(3);
        var directions = Enumerable
            .Range(0, Features)
            .Select(_ => Enumerable.Range(0, Dimensions).Select(_ => random.NextSingle() - 0.5f).ToArray())
            .ToArray();
        var builder = new InteractionMatrixBuilder(Features);
        var vectors = new FactorMatrix(Items, Dimensions);
        for (var item = 0; item < Items; item++)
        {
            var having = Enumerable.Range(0, Features).OrderBy(_ => random.Next()).Take(3).Order().ToArray();
            builder.AppendRow(having, [1, 1, 1]);
            foreach (var feature in having)
            {
                for (var i = 0; i < Dimensions; i++)
                {
                    vectors.Row(item)[i] += directions[feature][i];
                }
            }
        }
        return (builder.Build(), vectors);
    }

    private static FactorMatrix Without(FactorMatrix vectors, int item)
    {
        var without = new FactorMatrix(vectors.Rows, vectors.Dimensions, [.. vectors.Values]);
        without.Row(item).Clear();
        return without;
    }
}
