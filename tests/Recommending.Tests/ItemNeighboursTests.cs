using FsCheck;
using FsCheck.Fluent;
using Nocturne.Recommending;
using Nocturne.Testing;

namespace Nocturne.Recommending.Tests;

public sealed class ItemNeighboursTests
{
    [Fact]
    public void Fit_SmallMatrix_GivesTheKnownCosines()
    {
        // Items 0 and 1 share both listeners, 2 shares one of its two with each.
        var matrix = Matrices.Of(4, [(0, 1), (1, 1), (2, 1)], [(0, 1), (1, 1)], [(2, 1)]);

        var model = ItemNeighbours.Fit(matrix, new ItemNeighboursOptions { Shrinkage = 0 }, 1);

        Assert.Equal([1, 2], model.NeighboursOf(0).ToArray());
        Assert.Equal(1f, model.SimilaritiesOf(0)[0], 1e-6f);
        Assert.Equal(0.5f, model.SimilaritiesOf(0)[1], 1e-6f);
        Assert.Equal([0, 1], model.NeighboursOf(2).ToArray());
        Assert.True(model.NeighboursOf(3).IsEmpty);
    }

    [Fact]
    public void Fit_AnyMatrix_EqualsTheNaiveReference() =>
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(
                ArbMap.Default.ArbFor<int>(),
                seed =>
                {
                    var matrix = Matrices.Random(seed, 25, 18, 10);
                    var options = new ItemNeighboursOptions
                    {
                        Neighbours = 1 + (int)((uint)seed % 7),
                        Shrinkage = (uint)seed % 3,
                        RowCap = 6,
                    };
                    var model = ItemNeighbours.Fit(matrix, options, 1);
                    for (var item = 0; item < matrix.Items; item++)
                    {
                        var naive = Naive(matrix, options, item);
                        Assert.Equal(naive.Length, model.NeighboursOf(item).Length);
                        for (var n = 0; n < naive.Length; n++)
                        {
                            Assert.Equal(naive[n], model.SimilaritiesOf(item)[n], 1e-5);
                        }
                    }
                }
            )
        );

    [Fact]
    public void Fit_OneEnormousRow_CostsItsCapAndNotItsSquare()
    {
        var builder = new InteractionMatrixBuilder(200_000);
        var items = Enumerable.Range(0, 200_000).ToArray();
        builder.AppendRow(items, [.. items.Select(i => 1f + (i % 100))]);
        var matrix = builder.Build();

        var model = ItemNeighbours.Fit(matrix, new ItemNeighboursOptions { Neighbours = 100, RowCap = 500 }, 1);

        // Weight 100 is every hundredth item: the cap takes the first five hundred of them.
        Assert.Equal(100, model.NeighboursOf(99).Length);
        Assert.Equal(100, model.NeighboursOf(49_999).Length);
        Assert.True(model.NeighboursOf(50_099).IsEmpty);
        Assert.True(model.NeighboursOf(98).IsEmpty);
    }

    [Fact]
    public async Task Fit_Cancelled_StopsWithoutAModel()
    {
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        Assert.ThrowsAny<OperationCanceledException>(() =>
            ItemNeighbours.Fit(Matrices.Random(1, 50, 50, 10), new(), 2, cancellation.Token)
        );
    }

    [Fact]
    public void Fit_UnusableOptions_AreRefused()
    {
        var matrix = Matrices.Of(2, [(0, 1)]);

        Assert.Throws<ArgumentException>(() => ItemNeighbours.Fit(matrix, new() { Neighbours = 0 }, 1));
        Assert.Throws<ArgumentException>(() => ItemNeighbours.Fit(matrix, new() { Shrinkage = float.NaN }, 1));
        Assert.Throws<ArgumentException>(() => ItemNeighbours.Fit(matrix, new() { RowCap = 0 }, 1));
    }

    [Fact]
    public void Top_SimilarityToWhatIsPlayed_WeighsByHowMuch()
    {
        var matrix = Matrices.Of(5, [(0, 1), (2, 1)], [(1, 1), (3, 1)], [(0, 1), (1, 1)]);
        var model = ItemNeighbours.Fit(matrix, new() { Shrinkage = 0 }, 1);
        var items = new int[5];
        var scores = new float[5];

        var found = model.Top(new([0, 1], [1, 3]), [0, 1], new(5), items, scores);

        Assert.Equal([3, 2], items[..found]);
        Assert.Equal(3 * scores[1], scores[0], 1e-5f);
    }

    [Fact]
    public void Top_ScratchOfAnotherModel_IsRefused()
    {
        var model = ItemNeighbours.Fit(Matrices.Of(2, [(0, 1), (1, 1)]), new(), 1);

        Assert.Throws<ArgumentException>(() => model.Top(new([0], [1]), [], new(3), new int[1], new float[1]));
    }

    /// <summary>The similarities of an item by the formula, in double, over dense capped rows.</summary>
    private static double[] Naive(InteractionMatrix matrix, ItemNeighboursOptions options, int item)
    {
        var dense = new double[matrix.Listeners, matrix.Items];
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var items = matrix.RowItems(listener).ToArray();
            var weights = matrix.RowWeights(listener).ToArray();
            foreach (
                var (kept, weight) in items
                    .Zip(weights)
                    .OrderByDescending(e => e.Second)
                    .ThenBy(e => e.First)
                    .Take(options.RowCap)
            )
            {
                dense[listener, kept] = weight;
            }
        }
        double Dot(int a, int b) => Enumerable.Range(0, matrix.Listeners).Sum(l => dense[l, a] * dense[l, b]);
        return
        [
            .. Enumerable
                .Range(0, matrix.Items)
                .Where(other => other != item && Dot(item, other) > 0)
                .Select(other =>
                    Dot(item, other) / (Math.Sqrt(Dot(item, item)) * Math.Sqrt(Dot(other, other)) + options.Shrinkage)
                )
                .OrderDescending()
                .Take(options.Neighbours),
        ];
    }
}
