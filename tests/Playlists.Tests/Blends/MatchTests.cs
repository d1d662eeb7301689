using Nocturne.Domain;
using Nocturne.Playlists.Blends;

namespace Nocturne.Playlists.Tests.Blends;

/// <summary>What a match in percent means.</summary>
public sealed class MatchTests
{
    private const int Genres = 20;
    private const int TracksEach = 60;
    private const int Sample = 400;

    private static readonly World World = World.OfGenres(Genres, TracksEach, listenersEach: 40);
    private static readonly BlendComposer Composer = RandomGroup.ComposerOf(World);
    private static readonly TasteVector[] Population = [.. Seeds(1).Take(Sample).Select(Listener)];
    private static readonly MatchScale Scale = MatchScale.Of(Population);

    [Fact]
    public void Match_IsSymmetric()
    {
        for (var one = 0; one < Sample; one++)
        {
            var (a, b) = (Population[one], Population[(one * 7) % Sample]);

            Assert.Equal(a.SimilarityTo(b), b.SimilarityTo(a));
            Assert.Equal(Scale.PercentOf([a, b]), Scale.PercentOf([b, a]));
        }
    }

    [Fact]
    public void Match_OfATasteWithItself_IsAHundred()
    {
        Assert.All(
            Population,
            taste =>
            {
                Assert.InRange(taste.SimilarityTo(taste), FixedPoint.One - 1, FixedPoint.One);
                Assert.InRange(Scale.PercentOf([taste, taste])!.Value, 99, 100);
            }
        );
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(10)]
    public void Match_OfStrangers_IsFiftyInTheMean(int members)
    {
        var matches = Seeds(members)
            .Take(1_000 * members)
            .Chunk(members)
            .Select(strangers => Scale.PercentOf([.. strangers.Select(Listener)]))
            .ToList();

        Assert.InRange(matches.Average()!.Value, 46, 54);
    }

    [Fact]
    public void Match_OfDisjointHistoriesOfOneGenre_IsHigherThanOfTwo()
    {
        var even = Vector([.. Enumerable.Range(0, 20).Select(i => 2 * i)]);
        var odd = Vector([.. Enumerable.Range(0, 20).Select(i => (2 * i) + 1)]);
        var elsewhere = Vector([.. Enumerable.Range(0, 20).Select(i => (2 * i) + TracksEach)]);

        var near = Scale.PercentOf([even, odd])!.Value;
        var far = Scale.PercentOf([even, elsewhere])!.Value;

        Assert.True(near > 90, $"{near}");
        Assert.True(far < 60, $"{far}");
    }

    [Fact]
    public void Similarity_OfWhatEveryonePlays_CountsLessThanOfWhatFewPlay()
    {
        // Tracks 0 to 4 are played by everybody, 5 to 24 by few: five of one's ten are the other's.
        var rows = Enumerable.Range(0, 200).Select(i => new[] { 0, 1, 2, 3, 4, 5 + (i % 20) });
        var world = new World([.. Enumerable.Range(0, 25).Select(i => World.Track(i, i))], rows, neighbours: 1);
        var composer = RandomGroup.ComposerOf(
            world,
            new RecipeParameters { Blend = new BlendParameters { MatchNeighbours = 0 } }
        );
        TasteVector Of(params int[] items) =>
            composer.VectorOf(World.Taste([.. items.Select(i => World.Played(i))]), World.Date)!;

        var popular = Of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9).SimilarityTo(Of(0, 1, 2, 3, 4, 10, 11, 12, 13, 14));
        var rare = Of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9).SimilarityTo(Of(5, 6, 7, 8, 9, 15, 16, 17, 18, 19));

        Assert.True(rare > 2 * popular, $"{rare} {popular}");
    }

    [Fact]
    public void Scale_ReadBack_IsTheSameAndRefusesOtherThings()
    {
        var bytes = Scale.ToBytes();

        Assert.Equal(bytes, MatchScale.Read(bytes).ToBytes());
        Assert.Equal(Sample * 4, Scale.Pairs);
        Assert.Equal(45, MatchScale.Of(Population[..10]).Pairs);
        Assert.Equal(0, MatchScale.Of(Population[..1]).Pairs);
        Assert.Throws<InvalidDataException>(() => MatchScale.Read("[1]"u8.ToArray()));
        Assert.Null(MatchScale.Unknown.PercentOf([Population[0], Population[1]]));
        Assert.Null(Scale.PercentOf([Population[0], null]));
    }

    /// <summary>Seeds far from each other: what is drawn by near ones is alike.</summary>
    private static IEnumerable<int> Seeds(int seed)
    {
        var random = new Random(seed * 7919);
        while (true)
        {
            yield return random.Next();
        }
    }

    private static TasteVector Listener(int seed)
    {
        var random = new Random(seed);
        // Three of twenty genres each, so that pairs are alike by more and less.
        var genres = Enumerable.Range(0, 3).Select(_ => random.Next(Genres)).ToArray();
        return Vector([
            .. Enumerable
                .Range(0, 30)
                .Select(_ => (genres[random.Next(3)] * TracksEach) + random.Next(TracksEach))
                .Distinct(),
        ]);
    }

    private static TasteVector Vector(int[] items) =>
        Composer.VectorOf(World.Taste([.. items.Select(item => World.Played(item, 1 + (item % 5)))]), World.Date)!;
}
