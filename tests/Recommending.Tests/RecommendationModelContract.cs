using Nocturne.Recommending;

namespace Nocturne.Recommending.Tests;

/// <summary>What every model keeps, on random matrices and on the edges.</summary>
public abstract class RecommendationModelContract
{
    private const int ItemCount = 60;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Top_WithExclusions_IsTheSortedScoresWithoutThem(int seed)
    {
        var matrix = Matrices.Random(seed, 80, ItemCount, 15);
        var model = Fit(matrix, 1);
        var scratch = new RecommendationScratch(ItemCount);
        var dense = new float[ItemCount];
        var items = new int[10];
        var scores = new float[10];

        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var row = matrix.Row(listener);
            var excluded = row.Items.ToArray();
            model.Score(row, excluded, dense);
            var expected = Enumerable
                .Range(0, ItemCount)
                .Where(i => dense[i] != 0 && !excluded.Contains(i))
                .OrderByDescending(i => dense[i])
                .ThenBy(i => i)
                .Take(10)
                .ToArray();

            var found = model.Top(row, excluded, scratch, items, scores);

            Assert.Equal(expected, items[..found]);
            Assert.Equal(expected.Select(i => dense[i]), scores[..found]);
        }
    }

    [Fact]
    public void Explain_AnyItem_SumsToItsScoreStrongestFirst()
    {
        var matrix = Matrices.Random(4, 80, ItemCount, 15);
        var model = Fit(matrix, 1);
        var dense = new float[ItemCount];

        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var row = matrix.Row(listener);
            var contributors = new int[row.Items.Length];
            var terms = new float[row.Items.Length];
            model.Score(row, dense);
            for (var item = 0; item < ItemCount; item++)
            {
                var count = model.Explain(row, item, contributors, terms, out var bias);

                Assert.Equal(dense[item], bias + terms[..count].Sum(), 1e-4f);
                Assert.Equal(terms[..count].OrderByDescending(t => t), terms[..count]);
                Assert.Subset(row.Items.ToArray().ToHashSet(), contributors[..count].ToHashSet());
            }
        }
    }

    [Fact]
    public void Ranker_RowAfterRow_AnswersAsTheModelDoes()
    {
        var matrix = Matrices.Random(11, 40, ItemCount, 15);
        var model = Fit(matrix, 1);
        var ranker = model.NewRanker(new RecommendationScratch(ItemCount));
        var (items, scores) = (new int[10], new float[10]);
        var (rankedItems, rankedScores) = (new int[10], new float[10]);
        var scratch = new RecommendationScratch(ItemCount);

        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var row = matrix.Row(listener);
            var (contributors, terms) = (new int[row.Items.Length], new float[row.Items.Length]);
            var (rankedContributors, rankedTerms) = (new int[row.Items.Length], new float[row.Items.Length]);
            var count = model.Top(row, row.Items, scratch, items, scores);
            ranker.Begin(row, row.Items);
            Assert.Equal(count, ranker.Top(rankedItems, rankedScores));
            Assert.Equal(items[..count], rankedItems[..count]);
            Assert.Equal(scores[..count], rankedScores[..count]);
            for (var item = 0; item < ItemCount; item++)
            {
                var of = model.Explain(row, row.Items, item, contributors, terms, out var bias);
                Assert.Equal(of, ranker.Explain(item, rankedContributors, rankedTerms, out var rankedBias));
                Assert.Equal(bias, rankedBias);
                Assert.Equal(contributors[..of], rankedContributors[..of]);
                Assert.Equal(terms[..of], rankedTerms[..of]);
            }
        }
    }

    [Fact]
    public void Fit_WithAnyNumberOfWorkers_HasTheSameBytes()
    {
        var matrix = Matrices.Random(5, 900, 1_500, 40);

        var one = Fit(matrix, 1).Bytes();

        Assert.Equal(one, Fit(matrix, 2).Bytes());
        Assert.Equal(one, Fit(matrix, 7).Bytes());
    }

    [Fact]
    public void Save_ThenLoad_GivesTheSameModelAndKeepsTheNotes()
    {
        var matrix = Matrices.Random(6, 80, ItemCount, 15);
        var model = Fit(matrix, 1);
        using var stream = new MemoryStream();
        model.Save(stream, new Dictionary<string, string>(StringComparer.Ordinal) { ["snapshot"] = "2026-11-21" });

        stream.Position = 0;
        var loaded = RecommendationModel.Load(stream);
        stream.Position = 0;
        var notes = ModelArtefact.Read(stream).Notes;

        Assert.Equal(model.GetType(), loaded.GetType());
        Assert.Equal(model.Bytes(), loaded.Bytes());
        Assert.Equal("2026-11-21", notes["snapshot"]);
    }

    [Fact]
    public void Load_TruncatedAnywhere_SaysSo()
    {
        var bytes = Fit(Matrices.Random(7, 10, 12, 5), 1).Bytes();

        for (var length = 0; length < bytes.Length; length++)
        {
            using var stream = new MemoryStream(bytes, 0, length);
            var exception = Assert.Throws<ModelArtefactException>(() => RecommendationModel.Load(stream));
            Assert.Contains("truncated", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Load_AnyBitFlipped_IsNoticedAndNamed()
    {
        var bytes = Fit(Matrices.Random(8, 10, 12, 5), 1).Bytes();

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            using var stream = new MemoryStream(bytes);
            var exception = Assert.Throws<ModelArtefactException>(() => RecommendationModel.Load(stream));
            Assert.Matches("damaged|does not begin", exception.Message);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Model_OfEmptyRowsSingleItemsAndExtremeWeights_NeverGivesNaN()
    {
        InteractionMatrix[] matrices =
        [
            Matrices.Of(0),
            Matrices.Of(3),
            Matrices.Of(3, [], [(1, 1)], []),
            Matrices.Of(3, [(0, float.MaxValue), (1, float.MaxValue)], [(0, float.Epsilon), (2, 0)]),
        ];

        foreach (var matrix in matrices)
        {
            var model = Fit(matrix, 2);
            var dense = new float[matrix.Items];
            for (var listener = 0; listener < matrix.Listeners; listener++)
            {
                model.Score(matrix.Row(listener), dense);
                Assert.DoesNotContain(dense, float.IsNaN);
            }
        }
    }

    [Fact]
    public void Top_ReusedScratch_AllocatesNothing()
    {
        var matrix = Matrices.Random(9, 80, ItemCount, 15);
        var model = Fit(matrix, 1);
        var scratch = new RecommendationScratch(ItemCount);
        var items = new int[10];
        var scores = new float[10];
        TopOfAll();

        // The runtime itself allocates now and then, when it compiles what has become hot.
        var allocated = Enumerable.Range(0, 10).Select(_ => TopOfAll()).ToList();

        Assert.Contains(0, allocated);

        long TopOfAll()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var listener = 0; listener < matrix.Listeners; listener++)
            {
                var row = matrix.Row(listener);
                model.Top(row, row.Items, scratch, items, scores);
            }
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private protected abstract RecommendationModel Fit(InteractionMatrix matrix, int workers);
}

public sealed class PopularityByListenersContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        Popularity.Fit(matrix, PopularityMeasure.Listeners);
}

public sealed class PopularityByPlaysContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        Popularity.Fit(matrix, PopularityMeasure.Plays);
}

public sealed class ItemNeighboursContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        ItemNeighbours.Fit(matrix, new ItemNeighboursOptions { Neighbours = 8, Shrinkage = 2 }, workers);
}

public sealed class ImplicitAlsContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        ImplicitAls.Fit(
            matrix,
            new AlsOptions
            {
                Dimensions = 12,
                Epochs = 3,
                PopularityPenalty = 0.1f,
            },
            workers
        );
}

public sealed class BlockwiseAlsContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        ImplicitAls.Fit(
            matrix,
            new AlsOptions
            {
                Dimensions = 20,
                Epochs = 3,
                BlockSize = 8,
            },
            workers
        );
}

public sealed class HalfPrecisionAlsContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        ImplicitAls.Fit(
            matrix,
            new AlsOptions
            {
                Dimensions = 12,
                Epochs = 3,
                HalfPrecision = true,
            },
            workers
        );
}

public sealed class BlendContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        new Blend(
            [
                ImplicitAls.Fit(matrix, new AlsOptions { Dimensions = 12, Epochs = 3 }, workers),
                ItemNeighbours.Fit(matrix, new ItemNeighboursOptions { Neighbours = 8, Shrinkage = 2 }, workers),
                Popularity.Fit(matrix, PopularityMeasure.Listeners),
            ],
            new BlendWeights(3, [.. Enumerable.Range(1, 3 * BlendWeights.Knots).Select(i => i % 4 / 3f)])
            {
                PopularityPenalty = 0.1f,
            },
            matrix
        );
}
