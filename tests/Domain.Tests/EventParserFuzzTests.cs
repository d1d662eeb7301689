namespace Nocturne.Domain.Tests;

/// <summary>Bad input costs nothing but itself: mutated lines among valid ones, from a seed.</summary>
public sealed class EventParserFuzzTests
{
    private const int MutatedLines = 120_000;

    [Fact]
    public void Messages_OfMutatedAndValidLines_LoseNothingValidAndExplainTheRest()
    {
        var random = new Random(20_261_121);
        var reasons = new Dictionary<RejectReason, int>();
        var mutants = 0;
        var survivors = 0;
        while (mutants < MutatedLines)
        {
            var lines = Enumerable.Range(0, random.Next(1, 80)).Select(_ => FuzzedLine.Draw(random)).ToArray();
            var outcomes = new List<object>();

            EventParser.ParseMessage(Join(lines), outcomes.Add, rejection => outcomes.Add(rejection));

            var next = 0;
            for (var i = 0; i < lines.Length; i++)
            {
                mutants += lines[i].Valid is null ? 1 : 0;
                var bytes = lines[i].Bytes.AsSpan().Trim(" \t\r"u8).ToArray();
                if (bytes.Length == 0)
                {
                    continue;
                }
                var outcome = outcomes[next++];
                if (outcome is ListenEvent listenEvent)
                {
                    AssertRoundTrips(listenEvent);
                    AssertIs(lines[i].Valid ?? listenEvent, listenEvent);
                    survivors += lines[i].Valid is null ? 1 : 0;
                    continue;
                }
                var rejection = (Rejection)outcome;
                Assert.True(lines[i].Valid is null, $"A valid line is {rejection.Code} {rejection.Field}.");
                Assert.Equal(i + 1, rejection.Line);
                Assert.True(bytes.AsSpan().SequenceEqual(rejection.Bytes.Span));
                Assert.NotEmpty(rejection.Code);
                reasons[rejection.Reason] = reasons.GetValueOrDefault(rejection.Reason) + 1;
            }
            Assert.Equal(next, outcomes.Count);
        }
        // The mutations reach every reason that a line can have, and leave some lines alive.
        Assert.InRange(survivors, MutatedLines / 100, MutatedLines / 2);
        Assert.All(
            Enum.GetValues<RejectReason>().Except([RejectReason.TooManyLines, RejectReason.InvalidMessage]),
            reason =>
                Assert.True(reasons.GetValueOrDefault(reason) >= 20, $"{reason}: {reasons.GetValueOrDefault(reason)}")
        );
    }

    private static byte[] Join(FuzzedLine[] lines)
    {
        using var message = new MemoryStream();
        foreach (var line in lines)
        {
            message.Write(line.Bytes);
            message.WriteByte((byte)'\n');
        }
        return message.ToArray();
    }

    private static void AssertIs(ListenEvent expected, ListenEvent actual)
    {
        Assert.Equal(expected.Listener, actual.Listener);
        Assert.Equal(expected.ReceivedAt, actual.ReceivedAt);
        Assert.True(HistoryRow.Of(expected).Bytes.Span.SequenceEqual(HistoryRow.Of(actual).Bytes.Span));
    }

    private static void AssertRoundTrips(ListenEvent listenEvent)
    {
        var line = Lines.Of(listenEvent);
        Assert.True(EventParser.TryParseLine(line, 1, out var again, out var rejection), rejection.Field);
        AssertIs(listenEvent, again);
        Assert.True(line.AsSpan().SequenceEqual(Lines.Of(again)));

        var row = HistoryRow.Of(listenEvent);
        Assert.InRange(row.Bytes.Length, 1, HistoryRow.MaxBytes);
        Assert.Equal((listenEvent.StartedAt, listenEvent.Id, listenEvent.Kind), (row.StartedAt, row.Id, row.Kind));
        AssertIs(listenEvent, row.ToEvent(listenEvent.Listener) with { ReceivedAt = listenEvent.ReceivedAt });
    }
}
