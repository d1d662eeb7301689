using FsCheck;
using FsCheck.Fluent;
using Nocturne.Testing;

namespace Nocturne.Domain.Tests;

public sealed class HistoryDayTests
{
    // One day, few identities and long rows, so that a case of hundreds passes the bound and meets many conflicts.
    private static readonly HistoryRow[] Pool = MakePool();

    [Fact]
    public void With_RetractionUnderOneKey_WinsWhicheverComesFirst()
    {
        HistoryRow[] rows = [Row("e", "a longer name"), Retraction("e"), Row("e", "x")];

        foreach (var order in Permutations(rows))
        {
            var kept = Assert.Single(WithOneByOne(order).Rows);

            Assert.Equal(EventKind.Retract, kept.Kind);
        }
    }

    [Fact]
    public void With_RowsUnderOneKey_KeepsTheLongestThenTheSmallestBytes()
    {
        HistoryRow[] rows = [Row("e", "short"), Row("e", "longer b"), Row("e", "longer a"), Row("e", "longer c")];

        foreach (var order in Permutations(rows))
        {
            var kept = Assert.Single(WithOneByOne(order).Rows);

            Assert.Equal("longer a", ((PlayEvent)kept.ToEvent(EventDraw.Listener)).Title);
        }
    }

    [Fact]
    public void With_RowsOfOneStart_OrdersThemByTheirIdsBytes()
    {
        var day = HistoryDay.Empty.With([Row("b", ""), Row("é", ""), Row("a", ""), Row("aa", "")], []);

        Assert.Equal(["a", "aa", "b", "é"], day.Rows.Select(row => row.Id.Value));
    }

    [Fact]
    public void With_NothingNew_IsTheSameDayWithoutChanges()
    {
        var day = HistoryDay.Empty.With([Row("a", "name"), Row("b", "")], []);
        var changes = new List<RowChange>();

        var again = day.With([Row("b", ""), Row("a", "nam"), Row("a", "name")], changes);

        Assert.Same(day, again);
        Assert.Empty(changes);
    }

    [Fact]
    public void With_AddedAndReplacedRows_TellsEveryChange()
    {
        var day = HistoryDay.Empty.With([Row("a", "name")], []);
        var changes = new List<RowChange>();

        day.With([Row("a", "longer name"), Row("b", "")], changes);

        Assert.Equal(["a", "b"], changes.Select(change => change.After!.Value.Id.Value));
        Assert.Equal([true, false], changes.Select(change => change.Before is not null));
    }

    [Fact]
    public void With_MoreThanTheBound_DropsTheEarliestAndSaysSo()
    {
        var rows = Enumerable.Range(0, 96).Select(i => Retraction($"e{i:d3}")).ToArray();
        var changes = new List<RowChange>();
        var full = HistoryDay.Empty.With(rows[1..], changes);
        Assert.False(full.IsSaturated);
        changes.Clear();

        var over = full.With([Retraction("e999")], changes);

        Assert.True(over.IsSaturated);
        Assert.Equal("e002", over.Rows[0].Id.Value);
        Assert.Equal("e999", over.Rows[^1].Id.Value);
        Assert.Equal(2, changes.Count);
        Assert.Equal("e001", Assert.Single(changes, change => change.After is null).Before!.Value.Id.Value);
    }

    [Fact]
    public void With_RowThatIsRefused_RefusesAllBeforeItFromThenOn()
    {
        var full = HistoryDay.Empty.With(Enumerable.Range(100, 95).Select(i => Retraction($"e{i}")), []);
        var small = Row("d", "");
        var fits = full.With([small], []);
        Assert.Equal("d", fits.Rows[0].Id.Value);

        // A retraction does not fit any more. In the other order it pushes the small row before it out.
        var changes = new List<RowChange>();
        var refused = full.With([Retraction("e0")], changes);
        var after = HistoryDay.Read(refused.ToBytes()).With([small], []);
        var pushed = fits.With([Retraction("e0")], []);

        Assert.Empty(changes);
        Assert.NotSame(full, refused);
        Assert.True(refused.IsSaturated);
        Assert.Equal(pushed.ToBytes(), after.ToBytes());
        Assert.Equal("e100", after.Rows[0].Id.Value);
    }

    [Fact]
    public void With_SmallerDuplicateOfADroppedRow_StaysOut()
    {
        var full = HistoryDay.Empty.With(Enumerable.Range(100, 95).Select(i => Retraction($"e{i}")), []);
        var longer = Row("e0", new string('n', 250));

        var dropped = full.With([Retraction("e0")], []);

        Assert.Same(dropped, dropped.With([longer, Row("e0", "")], []));
    }

    [Fact]
    public void Read_OfALaterVersion_NamesBothVersions()
    {
        var bytes = HistoryDay.Empty.ToBytes();
        bytes[0] = 2;

        var failure = Assert.Throws<InvalidDataException>(() => HistoryDay.Read(bytes));

        Assert.Contains("version 2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfTruncatedBytes_IsInvalidData()
    {
        var bytes = HistoryDay.Empty.With(Pool[..20], []).ToBytes();

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => HistoryDay.Read(bytes.AsMemory(0, length)));
        }
    }

    /// <summary>Invariants 1 and 3 where the bound bites: order, duplicates and batching do not show in a full day.</summary>
    [Fact]
    public void With_AnyOrderDuplicatesAndBatchingPastTheBound_GivesTheSameBytes()
    {
        var saturated = 0;
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(
                Arb.From(Gen.Choose(0, int.MaxValue - 1)),
                seed =>
                {
                    var random = new Random(seed);
                    var rows = random.GetItems(Pool, random.Next(150, 450));
                    var whole = HistoryDay.Empty.With(rows, []);
                    saturated += whole.IsSaturated ? 1 : 0;
                    var kept = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);

                    var streamed = HistoryDay.Empty;
                    foreach (var batch in Deliver(rows, random))
                    {
                        var changes = new List<RowChange>();
                        var next = streamed.With(batch, changes);
                        streamed = ReferenceEquals(next, streamed) ? streamed : HistoryDay.Read(next.ToBytes());
                        changes.ForEach(change => Carry(kept, change));
                    }

                    Assert.True(whole.ToBytes().AsSpan().SequenceEqual(streamed.ToBytes()), "The days differ.");
                    Assert.InRange(streamed.ToBytes().Length, 1, (256 << 10) - 1);
                    Assert.Equal(streamed.Rows.Select(KeyOf).Order(StringComparer.Ordinal), kept.Keys);
                    Assert.DoesNotContain(streamed.Rows, row => !row.Bytes.Span.SequenceEqual(kept[KeyOf(row)]));
                }
            )
        );
        Assert.True(saturated > 300, $"Only {saturated} cases passed the bound.");
    }

    private static IEnumerable<IReadOnlyList<HistoryRow>> Deliver(HistoryRow[] rows, Random random)
    {
        var sign = random.Next(-1, 2);
        if (sign == 0)
        {
            return EventDraw.Deliver(rows, random);
        }
        var sorted = rows.OrderBy(row => sign * row.StartedAt.UnixMilliseconds).ToArray();
        return sorted.Chunk(random.Next(1, 40));
    }

    /// <summary>What a reader of the changes knows must be what the day holds.</summary>
    private static void Carry(SortedDictionary<string, byte[]> kept, RowChange change)
    {
        if (change.Before is { } before)
        {
            Assert.True(kept.Remove(KeyOf(before), out var known));
            Assert.True(before.Bytes.Span.SequenceEqual(known));
        }
        if (change.After is { } after)
        {
            kept.Add(KeyOf(after), after.Bytes.ToArray());
        }
    }

    private static string KeyOf(HistoryRow row) => $"{row.StartedAt.UnixMilliseconds} {row.Id}";

    private static HistoryDay WithOneByOne(IEnumerable<HistoryRow> rows) =>
        rows.Aggregate(HistoryDay.Empty, (day, row) => day.With([row], []));

    private static IEnumerable<HistoryRow[]> Permutations(HistoryRow[] rows) =>
        rows.Length == 1
            ? [rows]
            : rows.SelectMany(
                (first, at) =>
                    Permutations([.. rows[..at], .. rows[(at + 1)..]]).Select(rest => (HistoryRow[])[first, .. rest])
            );

    private static HistoryRow Row(string id, string name) =>
        HistoryRow.Of(
            new PlayEvent
            {
                Listener = EventDraw.Listener,
                Id = new EventId(id),
                StartedAt = Instant.FromDate(EventAlphabet.Today),
                ReceivedAt = Instant.FromDate(EventAlphabet.Today),
                Item = new ItemId("i"),
                Title = name.Length == 0 ? null : name,
            }
        );

    private static HistoryRow Retraction(string id) =>
        HistoryRow.Of(
            new RetractEvent
            {
                Listener = EventDraw.Listener,
                Id = new EventId(id),
                StartedAt = Instant.FromDate(EventAlphabet.Today),
                ReceivedAt = Instant.FromDate(EventAlphabet.Today),
            }
        );

    private static HistoryRow[] MakePool()
    {
        var random = new Random(1);
        var alphabet = EventAlphabet.Long with
        {
            Days = [EventAlphabet.Today],
            Starts = 24,
            Weights = [70, 5, 5, 10, 5, 0, 5],
        };
        return [.. Enumerable.Range(0, 1_500).Select(_ => HistoryRow.Of(EventDraw.Event(random, alphabet)))];
    }
}
