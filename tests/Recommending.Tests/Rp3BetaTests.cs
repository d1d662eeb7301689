using Nocturne.Recommending;

namespace Nocturne.Recommending.Tests;

public sealed class Rp3BetaContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        Rp3Beta.Fit(matrix, new Rp3BetaOptions { Neighbours = 8 }, workers);
}

public sealed class Rp3BetaTests
{
    [Fact]
    public void Fit_SmallMatrix_GivesTheProbabilitiesOfTheWalk()
    {
        var matrix = Matrices.Of(4, [(0, 1), (1, 1), (2, 2)], [(0, 1), (1, 3)], [(2, 1)]);

        var model = Rp3Beta.Fit(matrix, new Rp3BetaOptions { Alpha = 1, Beta = 0 }, 1);

        // From 0 to either listener by a half; there 1 of 4 goes on to 1 and 2 of 4 to 2, or 3 of 4 to 1.
        Assert.Equal([1, 2], model.NeighboursOf(0).ToArray());
        Assert.Equal(0.5f, model.SimilaritiesOf(0)[0], 1e-6f);
        Assert.Equal(0.25f, model.SimilaritiesOf(0)[1], 1e-6f);
        Assert.True(model.NeighboursOf(3).IsEmpty);
    }

    [Theory]
    [InlineData(1f, 0f)]
    [InlineData(0.75f, 0.25f)]
    [InlineData(0.5f, 1.25f)]
    public void Fit_AnyMatrix_EqualsTheNaiveReference(float alpha, float beta)
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var matrix = Matrices.Random(seed, 25, 18, 10);
            var options = new Rp3BetaOptions
            {
                Neighbours = 1 + (seed % 7),
                Alpha = alpha,
                Beta = beta,
            };

            var model = Rp3Beta.Fit(matrix, options, 2);

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
    }

    [Fact]
    public void Fit_AllWeightsScaled_IsTheSame()
    {
        var matrix = Matrices.Random(1, 60, 40, 12);
        var doubled = matrix.Reweighted(
            (_, weights, result) => weights.ToArray().Select(w => 2 * w).ToArray().CopyTo(result)
        );

        var one = Rp3Beta.Fit(matrix, new Rp3BetaOptions { Alpha = 1 }, 1);
        var two = Rp3Beta.Fit(doubled, new Rp3BetaOptions { Alpha = 1 }, 1);

        for (var item = 0; item < matrix.Items; item++)
        {
            Assert.Equal(one.NeighboursOf(item).ToArray(), two.NeighboursOf(item).ToArray());
        }
    }

    [Fact]
    public void Fit_UnusableOptions_AreRefused()
    {
        var matrix = Matrices.Of(2, [(0, 1)]);

        Assert.Throws<ArgumentException>(() => Rp3Beta.Fit(matrix, new() { Neighbours = 0 }, 1));
        Assert.Throws<ArgumentException>(() => Rp3Beta.Fit(matrix, new() { Alpha = float.NaN }, 1));
        Assert.Throws<ArgumentException>(() => Rp3Beta.Fit(matrix, new() { Beta = -1 }, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(500)]
    public void GreatestKeys_OfAnyStream_AreTheSortedHead(int keep)
    {
        var random = new Random(keep);
        for (var length = 0; length < 600; length += 37)
        {
            ulong[][] streams =
            [
                [.. Enumerable.Range(0, length).Select(_ => (ulong)random.NextInt64())],
                [.. Enumerable.Range(1, length).Select(i => (ulong)i)],
                [.. Enumerable.Range(1, length).Select(i => (ulong)(1_000 - i))],
            ];
            var greatest = new GreatestKeys(keep);
            foreach (var stream in streams)
            {
                greatest.Clear();
                foreach (var key in stream)
                {
                    greatest.Offer(key);
                }

                Assert.Equal(stream.OrderDescending().Take(keep), greatest.Sorted().ToArray());
            }
        }
    }

    /// <summary>The walk's probabilities by the formula, over dense rows.</summary>
    private static double[] Naive(InteractionMatrix matrix, Rp3BetaOptions options, int item)
    {
        var dense = new double[matrix.Listeners, matrix.Items];
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            for (var i = 0; i < matrix.RowItems(listener).Length; i++)
            {
                dense[listener, matrix.RowItems(listener)[i]] = matrix.RowWeights(listener)[i];
            }
        }
        var listeners = Enumerable.Range(0, matrix.Listeners).ToArray();
        double Row(int u) => Enumerable.Range(0, matrix.Items).Sum(i => dense[u, i]);
        double Column(int i) => listeners.Sum(u => dense[u, i]);
        double Walk(int to) =>
            listeners
                .Where(u => dense[u, item] > 0 && dense[u, to] > 0)
                .Sum(u =>
                    Math.Pow(dense[u, item] / Column(item), options.Alpha)
                    * Math.Pow(dense[u, to] / Row(u), options.Alpha)
                ) / Math.Pow(listeners.Count(u => dense[u, to] > 0), options.Beta);
        return
        [
            .. Enumerable
                .Range(0, matrix.Items)
                .Where(to => to != item)
                .Select(Walk)
                .Where(w => w > 0)
                .OrderDescending()
                .Take(options.Neighbours),
        ];
    }
}
