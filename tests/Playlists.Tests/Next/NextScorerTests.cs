using Nocturne.Domain;

namespace Nocturne.Playlists.Tests.Next;

public sealed class NextScorerTests
{
    private const int TracksEach = 60;

    private static readonly World Genre = World.OfGenres(3, TracksEach, listenersEach: 300);
    private static readonly Instant Now = Instant.FromDate(World.Date) + TimeSpan.FromHours(20);

    [Fact]
    public void Rank_ThreePlaysOfAnotherTaste_AreHalfOfWhatIsNext()
    {
        var old = World.Taste([.. Enumerable.Range(0, 20).Select(i => World.Played(i * 2, 20))]);
        var taste = old with { RecentPlays = [.. Plays(60, 62, 64), .. Plays(0, 2, 4, 6, 8).Select(Before(12))] };

        var next = Scorer().Rank(taste, Now, 20);

        Assert.Equal(20, next.Count);
        Assert.True(next.Count(n => GenreOf(n) == 1) >= 10);
        Assert.Equal(next.OrderByDescending(n => n.Score).Select(n => n.Score), next.Select(n => n.Score));
    }

    [Fact]
    public void Rank_SessionThatEndedBefore_IsTheTasteAgain()
    {
        var old = World.Taste([.. Enumerable.Range(0, 20).Select(i => World.Played(i * 2, 20))]);
        var taste = old with { RecentPlays = Plays(60, 62, 64, 66) };

        var next = Scorer().Rank(taste, Now + TimeSpan.FromHours(10), 20);

        Assert.All(next, n => Assert.Equal(0, GenreOf(n)));
    }

    [Fact]
    public void Rank_SkippedPlays_AreNoSeedsAndNotNext()
    {
        var taste = World.Taste(World.Played(0, 3)) with
        {
            RecentPlays =
            [
                .. Plays(60, 62, 64).Select(play => play with { IsSkip = true, IsStream = false }),
                .. Plays(2).Select(Before(12)),
            ],
        };

        var next = Scorer().Rank(taste, Now, 20);

        Assert.NotEmpty(next);
        Assert.All(next, n => Assert.Equal(0, GenreOf(n)));
    }

    [Fact]
    public void Rank_WhatIsHatedOrWasJustPlayed_IsNotNext()
    {
        var hated = World.Item(6);
        var taste = World.Taste() with
        {
            RecentPlays = Plays(0, 2, 4),
            Hated = new HashSet<ItemId> { hated },
        };

        var next = Scorer().Rank(taste, Now, TracksEach).Select(n => n.Item).ToArray();

        Assert.NotEmpty(next);
        Assert.Distinct(next);
        Assert.DoesNotContain(hated, next);
        Assert.Empty(next.Intersect([World.Item(0), World.Item(2), World.Item(4)]));
    }

    [Fact]
    public void Rank_NobodyKnown_IsEmpty() => Assert.Empty(Scorer().Rank(World.Taste(), Now, 20));

    [Fact]
    public void Rank_OfAnyListener_IsTheSameByAnyWorkerAndKeepsBans()
    {
        for (var seed = 0; seed < 1_000; seed++)
        {
            var test = new RandomCase(seed);
            var scorer = new NextScorer(test.World.Catalogue, test.World.Model(), test.Parameters);

            var next = scorer.Rank(test.Taste, Now, 20);
            var again = scorer.Rank(test.Taste, Now, 20);

            Assert.Equal(next, again);
            Assert.Distinct(next.Select(n => test.RecordingOf(n.Item)));
            Assert.DoesNotContain(next, n => test.Taste.Hated.Contains(n.Item) || test.Taste.Excluded.Contains(n.Item));
            Assert.DoesNotContain(next, n => n.Artist is { } artist && test.Taste.HatedArtists.Contains(artist));
            Assert.All(next, n => Assert.True(n.Score > 0));
        }
    }

    [Fact]
    public void Parameters_ThatMakeNoSense_AreRefusedByName()
    {
        NextParameters[] wrong =
        [
            new() { HalfLifePlays = 0 },
            new() { SessionGapMinutes = 0 },
            new() { TasteShare = 1001 },
            new() { TasteSeeds = 0 },
            new() { Candidates = 0 },
        ];

        Assert.All(wrong, parameters => Assert.Throws<ArgumentException>(() => parameters.Validated()));
    }

    private static NextScorer Scorer() => new(Genre.Catalogue, Genre.Model());

    private static int GenreOf(NextItem next) => Genre.Catalogue.IndexOf(next.Item) / TracksEach;

    /// <summary>Plays four minutes apart, the latest first.</summary>
    private static RecentPlay[] Plays(params int[] items) =>
        [
            .. items.Select(
                (item, i) =>
                    new RecentPlay(
                        Now + TimeSpan.FromMinutes(-4 * (i + 1)),
                        World.Item(item),
                        ItemKind.Track,
                        null,
                        true,
                        false
                    )
            ),
        ];

    private static Func<RecentPlay, RecentPlay> Before(int minutes) =>
        play => play with { StartedAt = play.StartedAt + TimeSpan.FromMinutes(-minutes) };
}
