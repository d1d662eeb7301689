using System.Text;
using Nocturne.Domain;
using Nocturne.Testing;

namespace Nocturne.Profiles.Tests;

/// <summary>What a profile says, held against counts made the simple way over the whole set of events.</summary>
public sealed class ProfileTests
{
    [Fact]
    public void Profile_OfAnyEvents_SaysWhatASimpleCountSays() =>
        Histories.ForAll(
            120,
            async history =>
            {
                var store = new InMemoryDocumentStore();
                var listeners = new ListenerStore(store, TimeProvider.System);
                foreach (var batch in EventDraw.Deliver(history.Rows, new Random(history.Order)))
                {
                    await listeners.ApplyAsync(EventDraw.Listener, batch, CancellationToken.None);
                }

                var reading = await listeners.ReadAllAsync(EventDraw.Listener, CancellationToken.None);

                AssertAgrees(new SimpleCount(history.Events), reading!);
            }
        );

    [Fact]
    public async Task Profile_OfListenerWithoutEvents_IsNull()
    {
        var listeners = new ListenerStore(new InMemoryDocumentStore(), TimeProvider.System);

        Assert.False(await listeners.ApplyAsync(EventDraw.Listener, [], CancellationToken.None));
        Assert.Null(await listeners.ReadProfileAsync(EventDraw.Listener, CancellationToken.None));
        Assert.Null(await listeners.ReadAllAsync(EventDraw.Listener, CancellationToken.None));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Retraction_BeforeOrAfterItsPlay_LeavesNothingOfIt(bool isRetractedFirst)
    {
        var start = Instant.FromDate(EventAlphabet.Today);
        var play = new PlayEvent
        {
            Listener = EventDraw.Listener,
            Id = new EventId("e"),
            StartedAt = start,
            ReceivedAt = start,
            Item = new ItemId("i"),
        };
        var retraction = new RetractEvent
        {
            Listener = EventDraw.Listener,
            Id = new EventId("e"),
            StartedAt = start,
            ReceivedAt = start,
        };
        var listeners = new ListenerStore(new InMemoryDocumentStore(), TimeProvider.System);
        ListenEvent[] events = isRetractedFirst ? [retraction, play] : [play, retraction];

        foreach (var listenEvent in events)
        {
            await listeners.ApplyAsync(EventDraw.Listener, [HistoryRow.Of(listenEvent)], CancellationToken.None);
        }

        var reading = await listeners.ReadAllAsync(EventDraw.Listener, CancellationToken.None);
        Assert.Equal(default, reading!.Profile.Totals);
        Assert.Empty(reading.Profile.RecentPlays);
        Assert.Empty(reading.Profile.Items);
        Assert.Null(reading.Profile.LatestMonth);
        Assert.Empty(reading.Tallies);
    }

    [Fact]
    public async Task Exclude_OnAndOffAgain_TakesPlaysOutAndBackIn()
    {
        var start = Instant.FromDate(EventAlphabet.Today);
        var listeners = new ListenerStore(new InMemoryDocumentStore(), TimeProvider.System);
        var play = new PlayEvent
        {
            Listener = EventDraw.Listener,
            Id = new EventId("e"),
            StartedAt = start,
            ReceivedAt = start,
            Item = new ItemId("i"),
            Session = "party",
        };
        var exclude = new ExcludeEvent
        {
            Listener = EventDraw.Listener,
            Id = new EventId("x"),
            StartedAt = start + TimeSpan.FromDays(2),
            ReceivedAt = start + TimeSpan.FromDays(2),
            Target = ExcludeTarget.Session,
            Value = "party",
            On = true,
        };

        await ApplyAsync(play);
        var before = (await listeners.ReadProfileAsync(EventDraw.Listener, CancellationToken.None))!;
        await ApplyAsync(exclude);
        var during = (await listeners.ReadProfileAsync(EventDraw.Listener, CancellationToken.None))!;
        await ApplyAsync(exclude with { Id = new EventId("y"), On = false });
        var after = (await listeners.ReadProfileAsync(EventDraw.Listener, CancellationToken.None))!;

        Assert.Equal((1, 0), (before.Totals.Plays, before.Totals.ExcludedPlays));
        Assert.Equal((0, 1), (during.Totals.Plays, during.Totals.ExcludedPlays));
        Assert.Equal([(ExcludeTarget.Session, "party")], during.Excludes);
        Assert.Empty(during.Items);
        Assert.Equal((1, 0), (after.Totals.Plays, after.Totals.ExcludedPlays));
        Assert.Empty(after.Excludes);
        Assert.Equal(before.Items, after.Items);

        async Task ApplyAsync(ListenEvent listenEvent) =>
            await listeners.ApplyAsync(EventDraw.Listener, [HistoryRow.Of(listenEvent)], CancellationToken.None);
    }

    private static void AssertAgrees(SimpleCount expected, ListenerReading actual)
    {
        var profile = actual.Profile;
        Assert.Equal(expected.Totals, profile.Totals);
        Assert.Equal(expected.StreamsByHourOfWeek, profile.StreamsByHourOfWeek);
        Assert.Equal(
            expected.Excludes.Select(e => (e.Target, e.Value)).Order(),
            profile.Excludes.Select(e => (e.Target, e.Value)).Order()
        );
        Assert.Equal(
            expected.Recent.Select(play => (play.StartedAt, play.Item)),
            profile.RecentPlays.Select(play => (play.StartedAt, play.Item))
        );
        Assert.Equal(
            expected.RecentImpressions,
            profile.RecentImpressions.Select(shown => (shown.StartedAt, shown.Item, shown.Slot))
        );
        Assert.Equal(expected.LatestMonth, profile.LatestMonth);
        Assert.Equal(
            expected.Tallies,
            actual
                .Tallies.SelectMany(month =>
                    month.Tally.Items.Select(item =>
                        (
                            month.Month.Number,
                            item.Item.Value,
                            item.ItemKind,
                            item.Artist?.Value,
                            item.Plays,
                            item.Streams,
                            item.Skips
                        )
                    )
                )
                .Order()
        );
        Assert.Equal(expected.LikedItems, profile.Statements.LikedItems.Select(item => item.Value));
        Assert.Equal(expected.Follows, profile.Statements.Follows.Select(artist => artist.Value));
        Assert.Equal(
            expected.LikedItems,
            actual.Statements.ItemOpinions.Where(o => o.Score > 0).Select(o => o.Item.Value)
        );
        Assert.Equal(expected.Market, profile.Statements.Market);
    }

    /// <summary>The profile as the contract defines it, without any of its representation; for sets that no bound cuts.</summary>
    private sealed class SimpleCount
    {
        private readonly List<ListenEvent> _winners;
        private readonly List<PlayEvent> _plays;

        public SimpleCount(IEnumerable<ListenEvent> events)
        {
            _winners =
            [
                .. events
                    .GroupBy(e => (e.Kind == EventKind.Impression, e.StartedAt, e.Id))
                    .Select(same =>
                        same.OrderByDescending(e => e.Kind == EventKind.Retract)
                            .ThenByDescending(e => HistoryRow.Of(e).Bytes.Length)
                            .ThenBy(e => Convert.ToHexString(HistoryRow.Of(e).Bytes.Span), StringComparer.Ordinal)
                            .First()
                    )
                    .OrderByDescending(e => e.StartedAt)
                    .ThenByDescending(
                        e => Convert.ToHexString(Encoding.UTF8.GetBytes(e.Id.Value)),
                        StringComparer.Ordinal
                    ),
            ];
            Excludes = [.. _winners.OfType<ExcludeEvent>().DistinctBy(e => (e.Target, e.Value)).Where(e => e.On)];
            _plays = [.. _winners.OfType<PlayEvent>().Where(play => !IsExcluded(play))];
        }

        public List<ExcludeEvent> Excludes { get; }

        public Totals Totals =>
            new(
                _plays.Count,
                _plays.Count(play => play.IsStream),
                _plays.Count(play => play.IsSkip),
                _plays.Sum(play => (long)(play.MsPlayed ?? 0)),
                _winners.OfType<PlayEvent>().Count() - _plays.Count,
                _winners.Count(e => e is FeedbackEvent or FollowEvent or SettingsEvent or ExcludeEvent),
                _winners.Count(e => e is ImpressionEvent)
            );

        public IEnumerable<long> StreamsByHourOfWeek =>
            Enumerable
                .Range(0, 168)
                .Select(hour =>
                    _plays.LongCount(play =>
                        play.IsStream
                        && play.StartedAt.ToDateTimeOffset() is var start
                        && ((((int)start.DayOfWeek + 6) % 7) * 24) + start.Hour == hour
                    )
                );

        public IEnumerable<PlayEvent> Recent => _plays.Take(32);

        public IEnumerable<(Instant, ItemId, int)> RecentImpressions =>
            _winners.OfType<ImpressionEvent>().Take(16).Select(shown => (shown.StartedAt, shown.Item, shown.Slot));

        public Month? LatestMonth => _plays.Count == 0 ? null : _plays[0].StartedAt.Month;

        public IEnumerable<(int, string, ItemKind, string?, long, long, long)> Tallies =>
            _plays
                .Where(play => LatestMonth!.Value.Number - play.StartedAt.Month.Number < 48)
                .GroupBy(play => (play.StartedAt.Month.Number, play.Item.Value, play.ItemKind, play.Artist?.Value))
                .Select(same =>
                    (
                        same.Key.Number,
                        same.Key.Item2,
                        same.Key.ItemKind,
                        same.Key.Item4,
                        same.LongCount(),
                        same.LongCount(play => play.IsStream),
                        same.LongCount(play => play.IsSkip)
                    )
                )
                .Order();

        public IEnumerable<string> LikedItems =>
            _winners
                .OfType<FeedbackEvent>()
                .Where(e => e.Item is not null)
                .DistinctBy(e => e.Item)
                .Where(e => e.Score == 1)
                .Select(e => e.Item!.Value.Value);

        public IEnumerable<string> Follows =>
            _winners.OfType<FollowEvent>().DistinctBy(e => e.Artist).Where(e => e.On).Select(e => e.Artist.Value);

        public string? Market => _winners.OfType<SettingsEvent>().FirstOrDefault()?.Market;

        private bool IsExcluded(PlayEvent play) =>
            Excludes.Exists(exclude =>
                exclude.Value
                == exclude.Target switch
                {
                    ExcludeTarget.Session => play.Session,
                    ExcludeTarget.Device => play.Device,
                    _ => play.Context,
                }
            );
    }
}
