namespace Nocturne.Domain.Tests.Schemas;

/// <summary>Values on both sides of each field's bounds.</summary>
internal static class EdgeValues
{
    public static IEnumerable<string> Of(string field) =>
        field switch
        {
            "event_id" or "listener" or "item" or "artist" or "session" or "device" or "context" or "playlist" =>
            [
                Text('a', 128),
                Text('a', 129),
                Text('é', 64),
                Text('é', 65),
                "\"\\ufffd\"",
                "\"\\u007f\"",
                "\"\\u009f\"",
                "\"\\u00a0\"",
                "\"a\\nb\"",
                "\"\\u2028\"",
            ],
            "kind" => ["\"Play\"", "\"play \"", "\"\\u0070lay\"", "[\"play\"]"],
            "item_kind" => ["\"track\"", "\"episode\"", "\"chapter\"", "\"album\""],
            "end" => ["\"completed\"", "\"skipped\"", "\"stopped\"", "\"failed\"", "\"unknown\"", "\"trackdone\""],
            "started_at" or "received_at" => Times.Select(time => $"\"{time}\""),
            "ms_played" => ["-0", "86400000", "86400001", "1.0", "1E1", "-1e-9"],
            "duration_ms" => ["1", "604800000", "604800001", "1000.0"],
            "score" => ["1", "2", "-2", "-1.0", "1e0"],
            "slot" => ["9999", "10000", "0.0"],
            "propensity" =>
            [
                "1",
                "1.0",
                "1e0",
                "0.5",
                "0.0",
                "1e-9",
                "1e-10",
                "1e-28",
                "1e-40",
                "1.000000000000001",
                "1.1",
                "0.1e1",
                "1e1",
            ],
            "time_zone" => ["\"UTC\"", "\"Etc/GMT+3\"", "\"Europe/Zürich\"", Text('a', 64), Text('a', 65)],
            "market" => ["\"CH\"", "\"ch\"", "\"CHE\"", "\"C\"", "\"ÄÖ\"", "\"CH\\n\""],
            "languages" =>
            [
                "[\"de\"]",
                "[\"d\"]",
                "[null]",
                "[\"de_CH\"]",
                Many("\"de-CH\"", 8),
                Many("\"de-CH\"", 9),
                $"[{Text('a', 16)}]",
                $"[{Text('a', 17)}]",
                "[[\"de\"]]",
            ],
            "arms" =>
            [
                "[\"\"]",
                "[\"é\"]",
                "[\"a\\tb\"]",
                "[\"~ \"]",
                "[\"\\u007f\"]",
                $"[{Text('a', 64)}]",
                $"[{Text('a', 65)}]",
                Many("\"a:b\"", 8),
                Many("\"a:b\"", 9),
            ],
            "on" or "explicit" => ["false", "\"true\"", "1"],
            _ => ["[{\"a\":[{\"b\":[{\"c\":1}]}]}]", Text('x', 300)],
        };

    /// <summary>What a time may and may not look like, whichever of the two fields it is.</summary>
    private static readonly string[] Times =
    [
        "2026-11-20T08:30Z",
        "2026-11-20T08:30+01:00",
        "2026-11-20T08:30:00-00:00",
        "2026-11-20T08:30:00",
        "2026-11-20T08:30:00z",
        "2026-11-20t08:30:00Z",
        "2026-11-20 08:30:00Z",
        "2026-11-20",
        "2026-11-20T08Z",
        "2026-11-20T08:30:60Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T08:60:00Z",
        "2026-11-20T08:30:00.Z",
        "2026-11-20T08:30:00,5Z",
        "2026-11-20T08:30:00+0100",
        "2026-11-20T08:30:00+01",
        "2026-11-20T08:30:00+14:00",
        "2026-11-20T08:30:00+14:01",
        "2026-11-20T08:30:00-15:00",
        "2026-11-20T08:30:00+13:59",
        "2026-11-20T08:30:00+13:60",
        "2026-11-31T08:30:00Z",
        "2026-02-29T08:30:00Z",
        "2024-02-29T08:30:00Z",
        "2026-00-10T08:30:00Z",
        "2026-13-10T08:30:00Z",
        "2026-01-00T08:30:00Z",
        "2026-01-32T08:30:00Z",
        "+2026-01-01T08:30:00Z",
        "20260-01-01T08:30:00Z",
        "1999-12-31T23:00:00-01:00",
        "1999-12-31T23:00:00Z",
        "1999-12-31T22:59:59.999Z",
        "1999-12-31T09:00:00-14:00",
        "1999-12-30T23:00:00-14:00",
        "2000-01-01T00:00:00Z",
        "2000-01-01T01:00:00+01:00",
        "2000-01-01T00:59:59+01:00",
        "2199-12-31T23:59:59.999Z",
        "2200-01-01T00:00:00Z",
        "2200-01-01T13:59:59+14:00",
        "2200-01-01T14:00:00+14:00",
        "2200-01-02T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        .. Enumerable.Range(1, 20).Select(digits => $"2026-11-20T08:30:00.{new string('9', digits)}Z"),
        .. Enumerable.Range(1, 20).Select(digits => $"2026-11-20T08:30:00.{new string('1', digits)}+01:00"),
    ];

    private static string Text(char c, int length) => $"\"{new string(c, length)}\"";

    private static string Many(string item, int count) => $"[{string.Join(',', Enumerable.Repeat(item, count))}]";
}
