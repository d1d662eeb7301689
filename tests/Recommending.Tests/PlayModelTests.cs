using Nocturne.Recommending;

namespace Nocturne.Recommending.Tests;

public sealed class OwnPlaysContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        new OwnPlays(matrix.Items, PlayDecay.PowerLaw(1, 1));
}

public sealed class ArtistAffinityContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        ArtistAffinity.Fit(
            matrix,
            [.. Enumerable.Range(0, matrix.Items).Select(i => (i % 7) - 1)],
            new ArtistAffinityOptions()
        );
}

public sealed class RecentPopularityContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        Popularity.Fit(matrix, PopularityMeasure.Listeners, PlayDecay.Exponential(7));
}

public sealed class PlayDecayTests
{
    [Theory]
    [InlineData(0.02f)]
    [InlineData(1f)]
    [InlineData(33.3f)]
    public void Exponential_OfAnyAge_IsThePowerOfTwo(float halfLife)
    {
        var decay = PlayDecay.Exponential(halfLife);

        foreach (var age in Ages())
        {
            var expected = Math.Pow(2, -(double)age / halfLife);
            Assert.Equal(expected, decay.Of(age), Math.Max(expected * 1e-6, 1e-38));
        }
    }

    [Theory]
    [InlineData(0.02f, 0.5f)]
    [InlineData(1f, 1f)]
    [InlineData(7f, 2.75f)]
    public void PowerLaw_OfAnyAge_IsThePower(float days, float exponent)
    {
        var decay = PlayDecay.PowerLaw(days, exponent);

        foreach (var age in Ages())
        {
            var expected = Math.Pow(1 + ((double)age / days), -exponent);
            Assert.Equal(expected, decay.Of(age), Math.Max(expected * 2e-6, 1e-38));
        }
    }

    [Fact]
    public void Decay_OfExtremeAges_StaysBetweenZeroAndOne()
    {
        foreach (var decay in new[] { PlayDecay.None, PlayDecay.Exponential(1e-30f), PlayDecay.PowerLaw(1e-30f, 8) })
        {
            Assert.Equal(1, decay.Of(0));
            Assert.InRange(decay.Of(float.MaxValue), 0, 1);
            Assert.InRange(decay.Of(float.Epsilon), 0, 1);
        }
    }

    [Fact]
    public void Decay_Unusable_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => PlayDecay.Exponential(0));
        Assert.Throws<ArgumentException>(() => PlayDecay.Exponential(float.NaN));
        Assert.Throws<ArgumentException>(() => PlayDecay.PowerLaw(1, 9));
    }

    private static IEnumerable<float> Ages() => Enumerable.Range(0, 400).Select(i => i * i * 0.01f);
}

public sealed class PlayModelTests
{
    private static readonly int[] Artists = [0, 0, 1, 1, -1, 0];

    [Fact]
    public void OwnPlays_RecentAndRepeated_ComeFirst()
    {
        var matrix = Played(6, [(0, 0f), (1, 1f), (1, 2f), (2, 10f)]);
        var scores = new float[6];
        var items = new int[6];

        new OwnPlays(6, PlayDecay.Exponential(1)).Score(matrix.Row(0), scores);
        var found = new OwnPlays(6, PlayDecay.None).Top(matrix.Row(0), [0], new(6), items, new float[6]);

        Assert.Equal([1, 0.75f, 1f / 1_024, 0, 0, 0], scores);
        Assert.Equal([1, 2], items[..found]);
    }

    [Fact]
    public void OwnPlays_WithoutPlays_AreTheWeights()
    {
        var scores = new float[3];

        new OwnPlays(3, PlayDecay.Exponential(1)).Score(new([0, 2], [3, -1]), scores);

        Assert.Equal([3, 0, 0], scores);
    }

    [Fact]
    public void OwnPlays_WhatIsNotWanted_ScoresNothing()
    {
        var scores = new float[3];

        new OwnPlays(3, PlayDecay.None).Score(new([0, 2], [1, -1], [0, 1, 1], [0, 0, 1]), scores);

        Assert.Equal([1, 0, 0], scores);
    }

    [Fact]
    public void ArtistAffinity_OfAnyRow_IsTheFormula()
    {
        var matrix = Played(6, [(0, 1f), (2, 0f), (4, 0f)], [(1, 0f), (0, 2f)], [(1, 1f), (3, 4f)], []);
        var options = new ArtistAffinityOptions
        {
            Affinity = PlayDecay.Exponential(2),
            Recency = PlayDecay.Exponential(4),
            Damping = 0.5f,
            Sharing = 1,
        };
        var scores = new float[6];

        var model = ArtistAffinity.Fit(matrix, Artists, options);
        model.Score(matrix.Row(0), scores);

        double[] listeners = [Math.Pow(2, -0.25) + Math.Pow(2, -0.5), 1 + Math.Pow(2, -0.25), 1, 0.5];
        var (first, second) = (Math.Pow(2, -0.5), 1d);
        Assert.Equal(first * Math.Sqrt(listeners[0]) / (listeners[0] + listeners[1]), scores[0], 1e-5);
        Assert.Equal(first * Math.Sqrt(listeners[1]) / (listeners[0] + listeners[1]), scores[1], 1e-5);
        Assert.Equal(second * Math.Sqrt(listeners[2]) / (listeners[2] + listeners[3]), scores[2], 1e-5);
        Assert.Equal(second * Math.Sqrt(listeners[3]) / (listeners[2] + listeners[3]), scores[3], 1e-5);
        Assert.Equal(0, scores[4]);
        Assert.Equal(0, scores[5]);
    }

    [Fact]
    public void ArtistAffinity_WithPlays_RanksItsScoresAndExplainsThem()
    {
        var matrix = Played(6, [(0, 1f), (0, 3f), (2, 0f), (1, 4f)], [(1, 0f), (0, 2f)], [(1, 1f), (3, 4f), (5, 1f)]);
        var model = ArtistAffinity.Fit(matrix, Artists, new ArtistAffinityOptions());
        var (scores, items, top) = (new float[6], new int[6], new float[6]);
        var (contributors, terms) = (new int[3], new float[3]);
        model.Score(matrix.Row(0), scores);

        var found = model.Top(matrix.Row(0), [], new(6), items, top);

        Assert.Equal(5, found);
        Assert.Equal(top[..found].OrderDescending(), top[..found]);
        for (var i = 0; i < found; i++)
        {
            var count = model.Explain(matrix.Row(0), items[i], contributors, terms, out var bias);
            Assert.Equal(scores[items[i]], top[i]);
            Assert.Equal(top[i], bias + terms[..count].Sum(), 1e-5f);
        }
    }

    [Fact]
    public void ArtistAffinity_ArtistsThatDoNotFit_AreRefused()
    {
        var matrix = Matrices.Of(2, [(0, 1)]);

        Assert.Throws<ArgumentException>(() => ArtistAffinity.Fit(matrix, [0], new()));
        Assert.Throws<ArgumentException>(() => ArtistAffinity.Fit(matrix, [0, -2], new()));
        Assert.Throws<ArgumentException>(() => ArtistAffinity.Fit(matrix, [0, 0], new() { Damping = 3 }));
    }

    [Fact]
    public void Popularity_Recent_CountsListenersByTheirNewestPlay()
    {
        var matrix = Played(4, [(0, 0f), (0, 9f), (1, 2f)], [(0, 1f)], [(2, 3f), (2, 3f)], []);

        var listeners = Popularity.Fit(matrix, PopularityMeasure.Listeners, PlayDecay.Exponential(1));
        var plays = Popularity.Fit(matrix, PopularityMeasure.Plays, PlayDecay.Exponential(1));

        Assert.Equal([1.5f, 0.25f, 0.125f, 0], listeners.Counts.ToArray());
        Assert.Equal([1.5f + (1f / 512), 0.25f, 0.25f, 0], plays.Counts.ToArray());
    }

    [Fact]
    public void Families_OfAllModels_FitWithTheirDefaultsAndNameWhatTheyLack()
    {
        var plain = new TrainingData(Matrices.Random(2, 60, 30, 8));
        var timed = new TrainingData(Played(6, [(0, 0f), (1, 2f)], [(2, 1f), (5, 0f)])) { Artists = Artists };
        ModelFamily[] families =
        [
            new ItemNeighboursFamily(),
            new Rp3BetaFamily(),
            new EaseFamily(),
            new GfCfFamily(),
            new PopularityFamily(),
            new OwnPlaysFamily(),
            new ArtistAffinityFamily(),
        ];

        Assert.Equal(
            ["own-plays", "artist-affinity"],
            families.Where(f => f.Unsuited(plain) is not null).Select(f => f.Name)
        );
        foreach (var family in families)
        {
            Assert.Null(family.Unsuited(timed));
            var model = family.Fit(timed, HyperParameters.Defaults, 1, 2, CancellationToken.None);
            Assert.Equal(6, model.Items);
            foreach (var parameter in family.Parameters)
            {
                Assert.InRange(parameter.Default, parameter.Least, parameter.Most);
                foreach (var end in new[] { parameter.Least, parameter.Most })
                {
                    var values = new HyperParameters(new Dictionary<string, double> { [parameter.Name] = end });
                    _ = family.Fit(timed, values, 1, 1, CancellationToken.None);
                }
            }
        }
    }

    private static InteractionMatrix Played(int items, params (int Item, float Age)[][] rows)
    {
        var builder = new InteractionMatrixBuilder(items);
        foreach (var row in rows)
        {
            var played = row.Select(p => p.Item).ToArray();
            builder.AppendRow(played, [.. played.Select(_ => 1f)], played, [.. row.Select(p => p.Age)]);
        }
        return builder.Build();
    }
}
