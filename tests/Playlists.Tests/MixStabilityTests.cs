using FsCheck;
using FsCheck.Fluent;
using Nocturne.Domain;
using Nocturne.Testing;

namespace Nocturne.Playlists.Tests;

/// <summary>Mixes stay what they were unless the listener changes.</summary>
public sealed class MixStabilityTests
{
    private const int Genres = 4;
    private const int TracksEach = 60;

    private static readonly World Genre = World.OfGenres(Genres, TracksEach, listenersEach: 300);

    [Fact]
    public void Mixes_OfAnyUnchangedListener_AreIdenticalOnTheNextNights() =>
        ForAny(test =>
        {
            var composer = test.World.Composer(test.Parameters);
            var taste = test.Taste;
            var first = composer.Compose(taste, World.Date);
            var last = first;
            for (var night = 1; night <= 4; night++)
            {
                last = composer.Compose(taste with { Memory = last.Memory }, World.Date.AddDays(night));

                Assert.Equal(MixesOf(first).Select(Content), MixesOf(last).Select(Content));
            }
        });

    [Fact]
    public void Mixes_OfAnyListenerWithFivePercentNewPlays_KeepNineTenthsOfTheirTaste() =>
        ForAny(test =>
        {
            var composer = test.World.Composer(test.Parameters);
            var before = composer.Compose(test.Taste, World.Date);

            var remembered = before.Memory.Mixes.SelectMany(m => m.Members).ToHashSet();
            var plays = test
                .Taste.Items.Where(i => remembered.Contains(ListenerMemory.KeyOf(i.Item)))
                .Sum(i => i.Streams);
            var after = composer.Compose(
                test.WithMorePlays((int)(plays * 0.05)) with
                {
                    Memory = before.Memory,
                },
                World.Date.AddDays(1)
            );

            AssertAlike(test.Taste, before.Memory, after.Memory);
        });

    [Fact]
    public void Mixes_OfAnyListenerUnderARetrainedModel_KeepNineTenthsOfTheirTaste() =>
        ForAny(test =>
        {
            var before = test.World.Composer(test.Parameters).Compose(test.Taste, World.Date);

            var after = test.Retrained()
                .Composer(test.Parameters)
                .Compose(test.Taste with { Memory = before.Memory }, World.Date.AddDays(1));

            AssertAlike(test.Taste, before.Memory, after.Memory);
        });

    [Fact]
    public void Mixes_TasteThatFallsApart_SplitOnTheThirdNight()
    {
        // Remembered as one mix, though they are two genres: as if they had only now grown apart.
        var taste = TasteOf((0, 12, 5), (1, 12, 5));
        var memory = Remembered([Members(taste)]);

        var mixes = Nights(taste, memory, 4, new RecipeParameters { ItemsPerMix = 12 });

        Assert.Equal([1, 1, 2, 2], mixes.Select(m => m.Memory.Mixes.Count));
        Assert.Equal(MixesOf(mixes[2]).Select(Content), MixesOf(mixes[3]).Select(Content));
        Assert.Contains(Members(TasteOf((0, 12, 5))), mixes[2].Memory.Mixes.Select(m => m.Members));
    }

    [Fact]
    public void Mixes_SplitThatIsNotAskedForEveryNight_BeginsAnew()
    {
        var taste = TasteOf((0, 12, 5), (1, 12, 5));
        var memory = Remembered([Members(taste)]);
        var once = TasteOf((0, 12, 5));

        var twice = Nights(taste, memory, 2)[^1].Memory;
        var interrupted = Nights(once, twice, 1)[^1].Memory;
        var again = Nights(taste, interrupted with { Mixes = [new MixMemory(1, Members(taste))] }, 2);

        Assert.Equal(2, twice.Mixes[0].SplitNights);
        Assert.Equal(0, interrupted.Mixes[0].SplitNights);
        Assert.Equal([1, 1], again.Select(m => m.Memory.Mixes.Count));
    }

    [Fact]
    public void Mixes_TastesThatGrowTogether_MergeOnTheThirdNightUnderTheHeavierOnesNumber()
    {
        var taste = TasteOf((0, 14, 5), (1, 14, 4));
        var (left, right) = (Members(TasteOf((0, 5, 5))), Members(TasteOf((0, 14, 5))));
        var memory = Remembered([
            [.. Members(TasteOf((1, 14, 4)))],
            [.. right.Except(left).Order()],
            left,
        ]);

        var mixes = Nights(taste, memory, 4, new RecipeParameters { ItemsPerMix = 14 });

        Assert.Equal([3, 3, 2, 2], mixes.Select(m => m.Memory.Mixes.Count));
        Assert.Equal([1, 2], mixes[2].Memory.Mixes.Select(m => m.Number));
        Assert.Equal(right, mixes[2].Memory.Mixes[1].Members);
        Assert.Equal(2, mixes[1].Memory.Merges.Single().Nights);
        Assert.Empty(mixes[2].Memory.Merges);
    }

    [Fact]
    public void Mixes_TasteThatIsNew_IsAMixAtOnceAndAmongTheFirst()
    {
        var old = TasteOf((0, 25, 8), (1, 25, 4));
        var before = Nights(old, ListenerMemory.Empty, 1)[0];
        var taste = TasteOf((0, 25, 8), (1, 25, 4), (2, 15, 2)) with { Memory = before.Memory };

        var after = Genre.Composer().Compose(taste, World.Date.AddDays(1));

        var born = after.Memory.Mixes.Single(m => m.Members.SequenceEqual(Members(TasteOf((2, 15, 2)))));
        Assert.Equal(2, born.Number);
        Assert.All(
            before.Memory.Mixes,
            b => Assert.Contains(after.Memory.Mixes, m => !b.Members.Except(m.Members).Any())
        );
        Assert.Distinct(after.Memory.Mixes.Select(m => m.Number).Where(n => n > 0));
    }

    [Fact]
    public void Mixes_DetourOfEightPlays_IsNoMixAndLeavesTheOthers()
    {
        var before = Nights(TasteOf((0, 25, 8), (1, 25, 4)), ListenerMemory.Empty, 1)[0];
        var taste = TasteOf((0, 25, 8), (1, 25, 4), (2, 8, 1)) with { Memory = before.Memory };

        var after = Genre.Composer().Compose(taste, World.Date.AddDays(1));

        Assert.Equal(before.Memory.Mixes.Count, after.Memory.Mixes.Count);
        foreach (var mix in MixesOf(after))
        {
            var others = mix.Tracks.Count(t => Genre.Catalogue.IndexOf(t.Item) / TracksEach == 2);
            Assert.InRange(others, 0, mix.Tracks.Count / 5);
        }
    }

    [Fact]
    public void Mixes_SixAndANewHeavyTaste_TheLightestGivesWay()
    {
        var world = World.OfGenres(7, 40);
        var taste = World.Taste([
            .. Enumerable
                .Range(0, 6)
                .SelectMany(g => Enumerable.Range(0, 10).Select(i => World.Played((g * 40) + (i * 4), 7 - g))),
        ]);
        var before = world.Composer().Compose(taste, World.Date);
        var changed = taste with
        {
            Items = [.. taste.Items, .. Enumerable.Range(0, 10).Select(i => World.Played(240 + (i * 4), 5))],
            Memory = before.Memory,
        };

        var after = world.Composer().Compose(changed, World.Date.AddDays(1));

        Assert.Equal([1, 2, 3, 4, 5, 6], before.Memory.Mixes.Select(m => m.Number));
        Assert.Equal([1, 2, 3, 4, 5, 6], after.Memory.Mixes.Select(m => m.Number));
        var born = Enumerable.Range(0, 10).Select(i => ListenerMemory.KeyOf(World.Item(240 + (i * 4)))).Order();
        Assert.Contains(after.Memory.Mixes, m => m.Members.SequenceEqual(born));
        Assert.Equal(
            4,
            before.Memory.Mixes.Count(b => after.Memory.Mixes.Any(m => m.Members.SequenceEqual(b.Members)))
        );
        Assert.All(
            before.Memory.Mixes,
            b => Assert.Contains(after.Memory.Mixes, m => !b.Members.Except(m.Members).Any())
        );
    }

    private static List<ComposedPlaylists> Nights(
        ListenerTaste taste,
        ListenerMemory memory,
        int nights,
        RecipeParameters? parameters = null
    )
    {
        var composer = Genre.Composer(parameters);
        var composed = new List<ComposedPlaylists>();
        for (var night = 0; night < nights; night++)
        {
            composed.Add(composer.Compose(taste with { Memory = memory }, World.Date.AddDays(night)));
            memory = composed[^1].Memory;
        }
        return composed;
    }

    /// <summary>Tracks of genres, from each so many of so many streams.</summary>
    private static ListenerTaste TasteOf(params (int Genre, int Tracks, int Streams)[] parts) =>
        World.Taste([
            .. parts.SelectMany(p =>
                Enumerable.Range(0, p.Tracks).Select(i => World.Played((p.Genre * TracksEach) + (i * 2), p.Streams))
            ),
        ]);

    private static ulong[] Members(ListenerTaste taste) =>
        [.. taste.Items.Select(i => ListenerMemory.KeyOf(i.Item)).Order()];

    private static ListenerMemory Remembered(ulong[][] mixes) =>
        new() { Mixes = [.. mixes.Select((members, i) => new MixMemory(i + 1, members))] };

    private static Playlist[] MixesOf(IEnumerable<Playlist> playlists) =>
        [
            .. playlists
                .Where(p => PlaylistRecipe.DailyMix.Makes(p.Kind))
                .OrderBy(p => p.Kind.Value, StringComparer.Ordinal),
        ];

    private static string Content(Playlist mix) =>
        $"{mix.Kind} {mix.Description} {string.Join(' ', mix.Tracks.Select(t => $"{t.Item}/{t.Reason.Score}/{t.Propensity}"))}";

    /// <summary>Mixes matched to those they share most plays with; what is shared, of all plays in both.</summary>
    private static void AssertAlike(ListenerTaste taste, ListenerMemory before, ListenerMemory after)
    {
        var plays = taste.Items.ToDictionary(i => ListenerMemory.KeyOf(i.Item), i => Math.Max(1, i.Streams));
        long Weigh(IEnumerable<ulong> members) => members.Sum(m => plays.GetValueOrDefault(m, 1));
        var (both, either) = (0L, 0L);
        var left = after.Mixes.ToList();
        foreach (var mix in before.Mixes)
        {
            var best = left.MaxBy(m => Weigh(m.Members.Intersect(mix.Members)));
            both += Weigh(mix.Members.Intersect(best?.Members ?? []));
            either += Weigh(mix.Members.Union(best?.Members ?? []));
            left.Remove(best!);
        }
        either += left.Sum(m => Weigh(m.Members));
        Assert.True(both >= 0.9 * either, $"{both} of {either} plays are where they were.");
    }

    private static void ForAny(Action<RandomCase> assert) =>
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(ArbMap.Default.ArbFor<DoNotSize<int>>(), seed => assert(new RandomCase(seed.Item)))
        );
}
