using System.Text;
using Nocturne.Testing;

namespace Nocturne.Domain.Tests;

/// <summary>A line without its newline, and the event in it if it was left valid.</summary>
internal sealed record FuzzedLine(byte[] Bytes, ListenEvent? Valid)
{
    private static readonly byte[][] Intruders =
    [
        [0],
        [0xff],
        [0xc3],
        [0xed, 0xa0, 0x80],
        [0xef, 0xbb, 0xbf],
        [0xf0, 0x9f, 0x8e, 0xb5],
        .. new[]
        {
            "\"",
            "\\",
            "\\ud800",
            "\\u0000",
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "null",
            "1e999",
            "\r",
            "\t",
            "//",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public static readonly string[] Values =
    [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e999",
        "-1e-999",
        "2147483648",
        "99999999999999999999999999999999999999999",
        "\"\"",
        "\" \"",
        "\"play\"",
        "\"exclude\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\u0000\"",
        "\"\\ud83c\\udfb5\"",
        "\"0001-01-01T00:00:00Z\"",
        "\"1970-01-01T00:00:00Z\"",
        "\"2026-11-20T08:30:00+23:59\"",
        "\"2199-12-31T23:59:59Z\"",
        "\"9999-12-31T23:59:59.9999999-14:00\"",
        "\"2026-11-20T08:30:61Z\"",
        "\"2026-11-20T08:30:00\\u005a\"",
        "[]",
        "[\"a:b\"]",
        "[[[[[[[[[[[[]]]]]]]]]]]]",
        "{}",
        "{\"kind\":\"play\"}",
    ];

    public static readonly string[] Fields =
    [
        "event_id",
        "listener",
        "kind",
        "started_at",
        "received_at",
        "item",
        "item_kind",
        "artist",
        "ms_played",
        "duration_ms",
        "end",
        "session",
        "device",
        "context",
        "track_name",
        "artist_name",
        "release_name",
        "score",
        "on",
        "time_zone",
        "market",
        "explicit",
        "languages",
        "slot",
        "playlist",
        "propensity",
        "arms",
        "own",
    ];

    public static FuzzedLine Draw(Random random)
    {
        var alphabet = random.Next(8) == 0 ? EventAlphabet.Long : EventAlphabet.Small;
        var listenEvent = EventDraw.Event(random, alphabet);
        var line = Lines.Of(listenEvent);
        switch (random.Next(16))
        {
            case 0 or 1 or 2:
                return new FuzzedLine(line, listenEvent);
            case 3:
                return new FuzzedLine([.. " \t"u8, .. line, .. " \r"u8], listenEvent);
            case 4:
                return Mutant(line[..random.Next(line.Length)]);
            case 5:
                for (var flips = random.Next(1, 5); flips > 0; flips--)
                {
                    line[random.Next(line.Length)] ^= (byte)(1 << random.Next(8));
                }
                return Mutant(line);
            case 6:
                return Mutant(Insert(line, random.Next(line.Length + 1), Intruders[random.Next(Intruders.Length)]));
            case 7:
                return Mutant([.. line, .. Intruders[random.Next(Intruders.Length)]]);
            case 8:
                return Mutant([.. line, .. line]);
            case 9:
                return Mutant([.. Intruders[random.Next(Intruders.Length)], .. line]);
            case 10:
                return Mutant(Encoding.UTF8.GetBytes(Values[random.Next(Values.Length)]));
            case 11 when random.Next(20) == 0:
                var huge = new string('x', random.Next(EventParser.MaxLineBytes, 4 * EventParser.MaxLineBytes));
                return Mutant(Insert(line, 1, Encoding.UTF8.GetBytes($"\"own\":\"{huge}\",")));
            case 12 when random.Next(4) == 0:
                var depth = random.Next(1, 5_000);
                return Mutant(
                    Insert(
                        line,
                        1,
                        Encoding.UTF8.GetBytes($"\"own\":{new string('[', depth)}{new string(']', depth)},")
                    )
                );
            case 13:
                var at = random.Next(line.Length);
                return Mutant([.. line[..at], .. line[Math.Min(line.Length, at + random.Next(1, 30))..]]);
            default:
                // A field again, or for the first time, with any value.
                var field = $"\"{Fields[random.Next(Fields.Length)]}\":{Values[random.Next(Values.Length)]}";
                return random.Next(2) == 0
                    ? Mutant(Insert(line, 1, Encoding.UTF8.GetBytes(field + ",")))
                    : Mutant(Composed(random));
        }
    }

    /// <summary>An object of right and wrong values for the fields of an event.</summary>
    private static byte[] Composed(Random random)
    {
        var changes = Enumerable
            .Range(0, random.Next(1, 5))
            .Select(_ => (Fields[random.Next(Fields.Length)], (string?)Values[random.Next(Values.Length)]));
        return Encoding.UTF8.GetBytes(Lines.Play([.. changes]));
    }

    private static FuzzedLine Mutant(byte[] bytes)
    {
        bytes.AsSpan().Replace((byte)'\n', (byte)' '); // what is one line stays one
        return new FuzzedLine(bytes, null);
    }

    private static byte[] Insert(byte[] line, int at, byte[] bytes) => [.. line[..at], .. bytes, .. line[at..]];
}
