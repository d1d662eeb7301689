using System.Collections.Frozen;
using FsCheck;
using FsCheck.Fluent;
using Nocturne.Domain;
using Nocturne.Testing;

namespace Nocturne.Playlists.Tests;

/// <summary>A listener at rest keeps what was made, but for what the calendar asks for.</summary>
public sealed class RestTests
{
    private static readonly DateOnly Tuesday = new(2026, 11, 24);

    private static readonly World Large = World.OfGenres(1, 600, listenersEach: 1_500);

    [Fact]
    public void AtRest_AnyListenerOverAWeek_KeepsAllButWhatIsDue() =>
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(
                ArbMap.Default.ArbFor<DoNotSize<int>>(),
                seed =>
                {
                    var test = new RandomCase(seed.Item);
                    var composer = test.World.Composer(test.Parameters);
                    var before = composer.Compose(test.Taste with { Published = [] }, Tuesday);
                    for (var day = 1; day < 6; day++)
                    {
                        var date = Tuesday.AddDays(day);
                        var taste = test.Taste with
                        {
                            Published = before.Playlists,
                            Memory = before.Memory,
                            AtRestSince = date.AddDays(-1),
                        };

                        var night = composer.Compose(taste, date);

                        Assert.NotEmpty(night);
                        Assert.Distinct(night.Select(playlist => playlist.Kind));
                        foreach (var playlist in night)
                        {
                            var recipe = PlaylistRecipe
                                .Personal.Append(PlaylistRecipe.General)
                                .Single(r => r.Makes(playlist.Kind));
                            Assert.True(
                                before.Playlists.Any(kept => ReferenceEquals(kept, playlist))
                                    || (
                                        playlist.Date == date
                                        && (
                                            recipe.IsDueAtRest(date)
                                            || (night.Count == 1 && playlist.Kind == PlaylistKind.General)
                                        )
                                    ),
                                $"{playlist.Kind} of {date} was made anew"
                            );
                        }
                        before = night;
                    }
                }
            )
        );

    [Fact]
    public void AtRest_SomethingMayNoLongerBePlayed_MakesTheListsThatNameItAnew()
    {
        var taste = World.Taste([.. Enumerable.Range(0, 40).Select(i => World.Played(i * 15, 3))]);
        var composer = Large.Composer();
        var before = composer.Compose(taste, Tuesday);
        var discover = before.Single(p => p.Kind == PlaylistKind.DiscoverWeekly);
        var elsewhere = before.Where(p => p != discover).SelectMany(p => p.Tracks).Select(t => t.Item).ToHashSet();
        var gone = discover.Tracks.Select(track => track.Item).First(item => !elsewhere.Contains(item));

        var night = composer.Compose(
            taste with
            {
                Hated = new[] { gone }.ToFrozenSet(),
                Published = before.Playlists,
                Memory = before.Memory,
                AtRestSince = Tuesday,
            },
            // A Thursday: nothing is due.
            Tuesday.AddDays(2)
        );

        Assert.DoesNotContain(night.SelectMany(playlist => playlist.Tracks), track => track.Item == gone);
        Assert.All(
            night,
            playlist =>
                Assert.Equal(playlist.Kind == PlaylistKind.DiscoverWeekly ? Tuesday.AddDays(2) : Tuesday, playlist.Date)
        );
    }

    [Fact]
    public void AtRest_AWeeklyDayWasMissed_IsMadeUpFor()
    {
        var taste = World.Taste([.. Enumerable.Range(0, 40).Select(i => World.Played(i * 15, 3))]);
        var composer = Large.Composer();
        var before = composer.Compose(taste, Tuesday);

        // No night on Monday: the run of the Sunday before is the predecessor.
        var night = composer.Compose(
            taste with
            {
                Published = before.Playlists,
                Memory = before.Memory,
                AtRestSince = Tuesday.AddDays(5),
            },
            Tuesday.AddDays(7)
        );

        Assert.Equal(Tuesday.AddDays(7), night.Single(p => p.Kind == PlaylistKind.DiscoverWeekly).Date);
        Assert.Equal(Tuesday, night.First(p => p.Kind == PlaylistKind.DailyMix(1)).Date);
    }

    [Fact]
    public void Daylist_OfWhoHasNotPlayedForFourWeeks_IsNotMade()
    {
        var taste = World.Taste([.. Enumerable.Range(0, 40).Select(i => World.Played(i * 15, 3))]) with
        {
            StreamsByHourOfWeek = [.. Enumerable.Repeat(5L, 168)],
            RecentPlays =
            [
                new RecentPlay(Instant.FromDate(Tuesday), new ItemId("x"), ItemKind.Track, null, true, false),
            ],
        };
        var composer = Large.Composer();

        var still = composer.Compose(taste, Tuesday.AddDays(28), [PlaylistRecipe.Daylist]);
        var silent = composer.Compose(taste, Tuesday.AddDays(29), [PlaylistRecipe.Daylist]);

        Assert.Equal(4, still.Count);
        Assert.Equal([PlaylistKind.General], silent.Select(playlist => playlist.Kind));
    }
}
