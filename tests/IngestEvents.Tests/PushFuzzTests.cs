using Nocturne.Domain;

namespace Nocturne.IngestEvents.Tests;

/// <summary>
/// Mutated push bodies and lines through the endpoint: every answer acknowledges, every refused line is recorded,
/// and no valid event of a body that is still a message is lost.
/// </summary>
public sealed class PushFuzzTests
{
    private const int BodiesPerCase = 40_000;

    [Fact]
    public async Task Receive_MutatedLinesAmongValidOnes_KeepsTheValidAndRecordsTheRest()
    {
        var random = new Random(20_261_121);
        await using var ingest = new IngestFixture();
        var listeners = new HashSet<string>(StringComparer.Ordinal);
        var valid = 0;
        var refused = 0;
        for (var batch = 0; batch < BodiesPerCase / 20; batch++)
        {
            var lines = new List<byte>();
            for (var i = 0; i < 20; i++)
            {
                var listener = $"listener-{random.Next(40)}";
                listeners.Add(listener);
                var number = (batch * 20) + i;
                var line = Bodies.Lines(Bodies.Play(listener, number));
                lines.AddRange(line);
                valid++;
                // A mutated copy beside it; it may turn out valid, and then it is an event too.
                var mutated = Mutate(line, random);
                if (mutated.AsSpan().IndexOf((byte)'\n') >= 0)
                {
                    mutated = [.. mutated.Where(b => b != '\n')];
                }
                EventParser.ParseMessage(mutated, _ => { }, _ => refused++);
                lines.AddRange(mutated);
                lines.Add((byte)'\n');
            }
            Assert.Equal(204, await ingest.PushAsync(Bodies.Envelope(lines.ToArray())));
        }

        var rows = 0;
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var listener in listeners)
        {
            await foreach (var day in ingest.Store.ReadHistoryAsync(new ListenerId(listener), null, null, default))
            {
                rows += day.Rows.Count;
                ids.UnionWith(day.Rows.Select(row => row.Id.Value));
            }
        }
        Assert.Equal(refused, ingest.Published.Rejects.Count);
        Assert.All(Enumerable.Range(0, valid), number => Assert.Contains($"e{number}", ids));
        Assert.True(rows >= valid);
        Assert.True(refused > valid / 2, $"only {refused} of {valid} mutations were refused");
    }

    [Fact]
    public async Task Receive_MutatedBodies_AreAcknowledgedAndRecordedOrTaken()
    {
        var random = new Random(7);
        await using var ingest = new IngestFixture();
        var forms = new Func<byte[], byte[]>[]
        {
            lines => Bodies.Envelope(lines),
            lines => Bodies.BinaryCloudEvent(lines),
            lines => Bodies.StructuredCloudEvent(lines),
            lines => Bodies.EncodedCloudEvent(lines),
        };
        for (var i = 0; i < BodiesPerCase; i++)
        {
            var lines = Bodies.Lines(Bodies.Play($"fuzzed-{i % 50}", i));
            var body = Mutate(forms[i % forms.Length](lines), random);

            Assert.Equal(204, await ingest.PushAsync(body));
        }

        Assert.NotEmpty(ingest.Published.Rejects);
        Assert.All(
            ingest.Published.Rejects,
            reject => Assert.False(string.IsNullOrEmpty(reject.GetProperty("reason").GetString()))
        );
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        var copy = bytes.ToList();
        switch (random.Next(9))
        {
            case 0: // truncated
                return [.. bytes.Take(random.Next(bytes.Length))];
            case 1: // a byte flipped
                copy[random.Next(copy.Count)] ^= (byte)(1 << random.Next(8));
                return [.. copy];
            case 2: // invalid UTF-8
                copy.InsertRange(random.Next(copy.Count), [0xC3, 0x28, 0xFF]);
                return [.. copy];
            case 3: // a value of another type
                return Replace(bytes, "\"track-"u8, "[[[[{\"a\":\""u8);
            case 4: // a date far off
                return Replace(bytes, "2026-02"u8, random.Next(2) == 0 ? "0001-02"u8 : "9999-02"u8);
            case 5: // a duplicate key
                return Replace(bytes, "{\"event_id\""u8, "{\"event_id\":\"x\",\"event_id\""u8);
            case 6: // deep nesting
                return Replace(bytes, "{"u8, [.. "{\"z\":"u8, .. new string('[', 200).Select(c => (byte)c), .. ","u8]);
            case 7: // a huge value
                return Replace(bytes, "artist\":\""u8, [.. "artist\":\""u8, .. Enumerable.Repeat((byte)'a', 20_000)]);
            default: // an escaped half of a character, or a NUL
                return Replace(
                    bytes,
                    "artist\":\""u8,
                    random.Next(2) == 0 ? "artist\":\"\\ud800"u8 : "artist\":\"\\u0000"u8
                );
        }
    }

    private static byte[] Replace(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> what, ReadOnlySpan<byte> with)
    {
        var at = bytes.IndexOf(what);
        return at < 0 ? [.. bytes, (byte)'}'] : [.. bytes[..at], .. with, .. bytes[(at + what.Length)..]];
    }
}
