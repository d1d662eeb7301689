using Nocturne.Domain;
using Nocturne.Testing;

namespace Nocturne.Profiles.Tests;

/// <summary>Invariant 3: every document stays within its bound, however much a listener does and however long the ids.</summary>
public sealed class BoundTests
{
    [Fact]
    public async Task Documents_AfterAHundredThousandPlays_StayWithinTheirBounds()
    {
        var random = new Random(100_000);
        var alphabet = EventAlphabet.Small with
        {
            Days = [.. Enumerable.Range(0, 3 * 365).Select(back => EventAlphabet.Today.AddDays(-back))],
            Items = [.. Enumerable.Range(0, 20_000).Select(i => $"spotify:track:{i:x22}")],
            Artists = [.. Enumerable.Range(0, 2_000).Select(i => $"spotify:artist:{i:x22}")],
        };
        var plays = Plays(random, 100_000, alphabet).OrderBy(play => play.StartedAt).ToArray();
        var store = new InMemoryDocumentStore();
        var listeners = new ListenerStore(store, TimeProvider.System);

        foreach (var batch in plays.Chunk(1_000))
        {
            await listeners.ApplyAsync(EventDraw.Listener, [.. batch.Select(HistoryRow.Of)], CancellationToken.None);
        }

        var state = await ListenerState.ReadAsync(store);
        ListenerState.AssertBounded(state);
        var profile = await listeners.ReadProfileAsync(EventDraw.Listener, CancellationToken.None);
        Assert.Equal(100_000, profile!.Totals.Plays);
        Assert.Equal(plays.Count(play => play.IsStream), profile.Totals.Streams);
        Assert.Equal(32, profile.RecentPlays.Count());
        Assert.False(await listeners.DeriveAsync(EventDraw.Listener, CancellationToken.None));
    }

    [Fact]
    public async Task Documents_WithAHundredThousandPlaysOfTheLongestIdsInTwoDays_KeepTheLatest()
    {
        var random = new Random(200_000);
        var plays = Plays(random, 100_000, EventAlphabet.Long).ToArray();
        var store = new InMemoryDocumentStore();
        var listeners = new ListenerStore(store, TimeProvider.System);

        foreach (var batch in plays.Chunk(1_000))
        {
            await listeners.ApplyAsync(EventDraw.Listener, [.. batch.Select(HistoryRow.Of)], CancellationToken.None);
        }

        var state = await ListenerState.ReadAsync(store);
        ListenerState.AssertBounded(state);
        await foreach (var day in listeners.ReadHistoryAsync(EventDraw.Listener, null, null, CancellationToken.None))
        {
            Assert.True(day.IsSaturated);
            Assert.Equal(
                plays
                    .Where(play => play.StartedAt.Date == day.Rows[0].StartedAt.Date)
                    .Select(play => (play.StartedAt, play.Id))
                    .Order(Comparer<(Instant, EventId)>.Create(Compare))
                    .TakeLast(day.Rows.Count),
                day.Rows.Select(row => (row.StartedAt, row.Id))
            );
        }
        Assert.False(await listeners.DeriveAsync(EventDraw.Listener, CancellationToken.None));
    }

    [Fact]
    public async Task Head_WithEverySectionFullOfTheLongestIds_StaysUnder64KiB()
    {
        var random = new Random(64);
        var alphabet = EventAlphabet.Long with
        {
            Days =
            [
                .. Enumerable
                    .Range(0, Horizons.Months)
                    .SelectMany(back =>
                        new[] { 3, 9, 17, 25 }.Select(day => new DateOnly(2026, 11, day).AddMonths(-back))
                    ),
            ],
            Weights = [60, 20, 20, 0, 1, 20, 0],
        };
        var events = Enumerable.Range(0, 20_000).Select(_ => EventDraw.Event(random, alphabet)).ToList();
        // Excludes of what no play names: all 32 are in the head, and the taste stays full.
        events.AddRange(
            Enumerable
                .Range(0, 2 * Statements.MaxExcludes)
                .Select(i => new ExcludeEvent
                {
                    Listener = EventDraw.Listener,
                    Id = new EventId($"x{i}"),
                    StartedAt = Instant.FromDate(EventAlphabet.Today),
                    ReceivedAt = Instant.FromDate(EventAlphabet.Today),
                    Target = ExcludeTarget.Session,
                    Value = $"elsewhere {i} {new string('.', 100)}",
                    On = true,
                })
        );
        var store = new InMemoryDocumentStore();
        var listeners = new ListenerStore(store, TimeProvider.System);

        foreach (var batch in events.Chunk(2_000))
        {
            await listeners.ApplyAsync(EventDraw.Listener, [.. batch.Select(HistoryRow.Of)], CancellationToken.None);
        }

        var state = await ListenerState.ReadAsync(store);
        ListenerState.AssertBounded(state);
        var head = state[StorageName.Of(EventDraw.Listener.Value)];
        Assert.True(head.Length > 40 << 10, $"The head has only {head.Length} bytes: not the worst case.");
        var profile = ListenerProfile.Read(EventDraw.Listener, head);
        Assert.Equal(Statements.MaxExcludes, profile.Excludes.Count);
        Assert.Equal(32, profile.RecentPlays.Count());
        Assert.Equal(16, profile.RecentImpressions.Count());
    }

    /// <summary>Plays with identities of their own.</summary>
    private static IEnumerable<PlayEvent> Plays(Random random, int count, EventAlphabet alphabet)
    {
        var plays = alphabet with { Weights = [1, 0, 0, 0, 0, 0, 0] };
        for (var i = 0; i < count; i++)
        {
            var play = (PlayEvent)EventDraw.Event(random, plays);
            var id = $"{i:d8}{play.Id}";
            yield return play with
            {
                Id = new EventId(id[..Math.Min(id.Length, Id.MaxBytes / 2)]),
                StartedAt = play.StartedAt + TimeSpan.FromMilliseconds(random.Next(10_000_000)),
            };
        }
    }

    private static int Compare((Instant StartedAt, EventId Id) left, (Instant StartedAt, EventId Id) right) =>
        left.StartedAt != right.StartedAt
            ? left.StartedAt.CompareTo(right.StartedAt)
            : string.CompareOrdinal(left.Id.Value, right.Id.Value);
}
