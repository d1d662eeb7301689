using Nocturne.Domain;
using Nocturne.Playlists.Blends;
using Xunit.Abstractions;

namespace Nocturne.Playlists.Tests.Blends;

/// <summary>That nobody of a group has much less of a blend than the others, where their tastes allow it.</summary>
public sealed class BlendFairnessTests(ITestOutputHelper output)
{
    private const int Groups = 1_000;
    private const int Genres = 12;
    private const int TracksEach = 80;

    private static readonly World World = World.OfGenres(Genres, TracksEach, listenersEach: 20);

    [Fact]
    public void Blend_OfAnyGroupWithHistories_IsFairToAll()
    {
        var random = new Random(1);
        var worst = 1000;
        for (var round = 0; round < Groups; round++)
        {
            var members = Group(random, round);

            var blend = Compose(members);

            Assert.True(blend.IsFair(), $"Round {round}, {members.Length} members: {blend.Fairness}.");
            Assert.Equal(50, blend.Playlist.Tracks.Count);
            Assert.DoesNotContain("alike:", blend.Playlist.Description, StringComparison.Ordinal);
            worst = Math.Min(worst, blend.Fairness!.Value);
        }
        output.WriteLine($"The least fair of {Groups} groups: {worst / 1000.0:f3}");
    }

    [Fact]
    public void Blend_NineOfOneTasteAndOneOfAnother_GivesTheOneAsMuch()
    {
        ListenerTaste[] members = [.. Enumerable.Range(0, 9).Select(member => Fan($"m{member}", 0)), Fan("other", 5)];

        var blend = Compose(members);

        Assert.True(blend.IsFair());
        var others = blend.Marks.Count(marks => marks[0].Member.Value == "other");
        Assert.InRange(others, 20, 30);
    }

    [Fact]
    public void Blend_OfTracksThatAllLike_TakesThemFirst()
    {
        var both = Enumerable.Range(0, 10).Select(item => World.Played(item, 9)).ToArray();
        var one = new ListenerTaste(new ListenerId("one"))
        {
            Items = [.. both, .. Enumerable.Range(160, 20).Select(item => World.Played(item, 8))],
        };
        var two = new ListenerTaste(new ListenerId("two"))
        {
            Items = [.. both, .. Enumerable.Range(320, 20).Select(item => World.Played(item, 8))],
        };

        var blend = Compose([one, two], new RecipeParameters { Blend = new BlendParameters { Epsilon = 0 } });

        Assert.All(
            blend.Marks.Take(8),
            marks => Assert.All(marks, mark => Assert.True(marks.Count == 2 && mark.Share is > 450 and < 550))
        );
    }

    [Fact]
    public void Blend_WithAMemberOfWhomNothingIsKnown_SaysSo()
    {
        var blend = Compose([Fan("a", 0), Fan("b", 1), new ListenerTaste(new ListenerId("new"))]);

        Assert.Equal(50, blend.Playlist.Tracks.Count);
        Assert.Equal(0, blend.Fairness);
        Assert.False(blend.IsFair());
        Assert.False(blend.Members.Single(member => member.Listener.Value == "new").HasTaste);
        Assert.Contains("nothing is known of 1 of them", blend.Playlist.Description, StringComparison.Ordinal);
        Assert.Null(blend.Match);
    }

    [Fact]
    public void Blend_OfNobodyKnown_IsGeneralAndSaysSo()
    {
        var blend = Compose([new ListenerTaste(new ListenerId("a")), new ListenerTaste(new ListenerId("b"))]);

        Assert.Equal(50, blend.Playlist.Tracks.Count);
        Assert.Null(blend.Fairness);
        Assert.All(blend.Playlist.Tracks, track => Assert.Equal(ReasonKind.Popular, track.Reason.Kind));
        Assert.Contains("General", blend.Playlist.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Blend_OfAMemberWithFewCandidates_EndsWhileItIsFair()
    {
        // One artist, of whom four tracks may be played at most, so that only the neighbours of those are left.
        var small = new ListenerTaste(new ListenerId("small"))
        {
            Items = [.. Enumerable.Range(0, 12).Select(item => World.Played(item, 5))],
        };
        var parameters = new RecipeParameters
        {
            Blend = new BlendParameters { FavouriteShare = 1000, Depth = 12 },
        };

        var blend = Compose([small, Fan("fan", 3)], parameters);

        Assert.True(blend.IsFair(), blend.Playlist.Description);
        Assert.InRange(blend.Playlist.Tracks.Count, 20, 49);
    }

    [Fact]
    public void Members_OneElevenOrTwice_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => Compose([Fan("a", 0)]));
        Assert.Throws<ArgumentException>(() => Compose([Fan("a", 0), Fan("a", 1)]));
        Assert.Throws<ArgumentException>(() =>
            Compose([.. Enumerable.Range(0, 11).Select(member => Fan($"m{member}", 0))])
        );
    }

    private static BlendPlaylist Compose(IReadOnlyList<ListenerTaste> members, RecipeParameters? parameters = null) =>
        RandomGroup.ComposerOf(World, parameters).Compose(new BlendId("b"), 1, members, World.Date, MatchScale.Unknown);

    /// <summary>2 to 10 listeners of one to three genres each, alike or not, of 20 to 60 tracks.</summary>
    private static ListenerTaste[] Group(Random random, int round) =>
        [
            .. Enumerable
                .Range(0, 2 + (round % 9))
                .Select(member => new ListenerTaste(new ListenerId($"m{random.Next(1000)}-{member}"))
                {
                    Items =
                    [
                        .. Enumerable
                            .Range(0, random.Next(20, 61))
                            .Select(_ => (random.Next(1 + (round % 3)) + member) % Genres)
                            .Select(genre => (genre * TracksEach) + random.Next(TracksEach))
                            .Distinct()
                            .Select(item => World.Played(item, random.Next(1, 30))),
                    ],
                    Hated = Enumerable.Range(0, random.Next(5)).Select(_ => World.Item(random.Next(960))).ToHashSet(),
                }),
        ];

    private static ListenerTaste Fan(string name, int genre) =>
        new(new ListenerId(name))
        {
            Items = [.. Enumerable.Range(0, 60).Select(item => World.Played((genre * TracksEach) + item, 60 - item))],
        };
}
