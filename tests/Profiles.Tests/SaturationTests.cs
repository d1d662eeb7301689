using Nocturne.Domain;
using Nocturne.Testing;

namespace Nocturne.Profiles.Tests;

/// <summary>Invariants 1 to 3 where the bounds bite: days, months and statements that hold only a part of the events.</summary>
public sealed class SaturationTests
{
    // Rows of up to 1.6 KB: about 200 of them fill a day, and 600 of their items a month.
    private static readonly HistoryRow[] LongRows = Pool(EventAlphabet.Long with { Starts = 20 }, 4_000);

    // Rows of 0.3 KB with items of 128 bytes, over four days: they pass a month's tally, but not the days.
    private static readonly HistoryRow[] ManyItems = Pool(
        EventAlphabet.Long with
        {
            Days = [.. Enumerable.Range(1, 4).Select(day => new DateOnly(2026, 11, day)), new DateOnly(2026, 10, 31)],
            EventIds = [.. Enumerable.Range(0, 400).Select(i => $"e{i}")],
            Items = [.. Enumerable.Range(0, 1_400).Select(i => $"i{i}{new string('.', 120)}")],
            Places = [.. Enumerable.Range(0, 60).Select(i => $"p{i}")],
            Names = [""],
            Weights = [94, 1, 1, 3, 0, 0, 1],
        },
        3_000
    );

    private static readonly HistoryRow[] ManySubjects = Pool(
        EventAlphabet.Small with
        {
            EventIds = [.. Enumerable.Range(0, 300).Select(i => $"e{i}")],
            Items = [.. Enumerable.Range(0, 1_800).Select(i => $"i{i}")],
            Artists = [.. Enumerable.Range(0, 900).Select(i => $"r{i}")],
            Places = [.. Enumerable.Range(0, 60).Select(i => $"p{i}")],
            Weights = [10, 55, 25, 2, 1, 0, 7],
        },
        8_000
    );

    [Fact]
    public void Apply_DaysPastTheirBound_GivesTheSameDocuments() =>
        AssertSameInAnyOrder(
            LongRows,
            cases: 120,
            550,
            1_100,
            batches: 60,
            state =>
                state.Any(document =>
                    document.Key.Contains("/Day/", StringComparison.Ordinal)
                    && HistoryDay.Read(document.Value).IsSaturated
                )
        );

    [Fact]
    public void Apply_MonthsPastTheirBound_GivesTheSameDocuments() =>
        AssertSameInAnyOrder(
            ManyItems,
            cases: 100,
            1_000,
            1_800,
            batches: 6,
            state =>
                state.Any(document =>
                    document.Key.Contains("/Tally/", StringComparison.Ordinal)
                    && MonthTally.Read(document.Value).IsTruncated
                )
        );

    [Fact]
    public void Apply_MoreSubjectsThanStatementsKeep_GivesTheSameDocuments() =>
        AssertSameInAnyOrder(
            ManySubjects,
            cases: 60,
            2_500,
            5_000,
            batches: 6,
            state =>
                state.Any(document =>
                    document.Key.Contains("/Statements/", StringComparison.Ordinal)
                    && Statements.Read(document.Value) is var statements
                    && statements.ItemOpinions.Count() + statements.ArtistOpinions.Count() > 600
                    && statements.Follows.Count() > 200
                )
        );

    /// <summary>A case is a part of a pool in at most <paramref name="batches"/> batches; <paramref name="bites"/> is asserted to hold for most, so that it tests the bound.</summary>
    private static void AssertSameInAnyOrder(
        HistoryRow[] pool,
        int cases,
        int fewest,
        int most,
        int batches,
        Func<SortedDictionary<string, byte[]>, bool> bites
    )
    {
        var bitten = 0;
        Histories.ForAllSeeds(
            cases,
            async random =>
            {
                var rows = random.GetItems(pool, random.Next(fewest, most + 1));
                Arrange(rows, random);
                var (whole, streamed) = (new InMemoryDocumentStore(), new InMemoryDocumentStore());
                var listeners = new ListenerStore(streamed, TimeProvider.System);

                await new ListenerStore(whole, TimeProvider.System).ApplyAsync(
                    EventDraw.Listener,
                    rows,
                    CancellationToken.None
                );
                var size = rows.Length / random.Next(1, batches);
                foreach (var batch in rows.Concat(rows[..(rows.Length / 4)]).Chunk(size))
                {
                    await listeners.ApplyAsync(EventDraw.Listener, batch, CancellationToken.None);
                }

                var state = await ListenerState.ReadAsync(whole);
                ListenerState.AssertSame(state, await ListenerState.ReadAsync(streamed));
                ListenerState.AssertBounded(state);
                Assert.False(await listeners.DeriveAsync(EventDraw.Listener, CancellationToken.None));
                bitten += bites(state) ? 1 : 0;
            }
        );
        Assert.True(bitten > cases / 2, $"Only {bitten} of {cases} cases reached the bound.");
    }

    /// <summary>Shuffled, earliest first (late rows push others out), or latest first (rows are refused as they come).</summary>
    private static void Arrange(HistoryRow[] rows, Random random)
    {
        random.Shuffle(rows);
        var sign = random.Next(-1, 2);
        if (sign != 0)
        {
            Array.Sort(rows, (a, b) => sign * a.StartedAt.CompareTo(b.StartedAt));
        }
    }

    private static HistoryRow[] Pool(EventAlphabet alphabet, int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => HistoryRow.Of(EventDraw.Event(random, alphabet)))];
    }
}
