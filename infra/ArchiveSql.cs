using System.Text.Json;

namespace Nocturne.Infra;

/// <summary>What the archive looks like in SQL; docs/contracts.md is the specification of events.</summary>
internal static class ArchiveSql
{
    /// <summary>The table of lines as they arrived.</summary>
    public const string LinesTable = "archived_lines";

    /// <summary>The view of events that hold.</summary>
    public const string EventsView = "events";

    // Times are words, which the view reads: a column of times would refuse forms that the parser takes. Of the others
    // a wrong type makes the line unreadable, as it makes it refused.
    private static readonly (string Type, string Mode, string[] Names)[] Columns =
    [
        ("STRING", "NULLABLE", ["event_id", "listener", "kind", "started_at", "received_at"]),
        ("STRING", "NULLABLE", ["item", "item_kind", "artist", "end", "session", "device", "context"]),
        ("STRING", "NULLABLE", ["track_name", "artist_name", "release_name", "time_zone", "market", "playlist"]),
        ("INTEGER", "NULLABLE", ["ms_played", "duration_ms", "score", "slot"]),
        ("FLOAT", "NULLABLE", ["propensity"]),
        ("BOOLEAN", "NULLABLE", ["on", "explicit"]),
        ("STRING", "REPEATED", ["languages", "arms"]),
    ];

    /// <summary>The schema of <see cref="LinesTable"/>, without the partition's column <c>dt</c>.</summary>
    public static string Schema { get; } =
        JsonSerializer.Serialize(
            Columns.SelectMany(column => column.Names.Select(name => new Column(name, column.Type, column.Mode))),
            JsonSerializerOptions.Web
        );

    /// <summary>
    /// The query of <see cref="EventsView"/>. Of the lines with one identity (listener, start to the millisecond, event
    /// id; impressions apart) one holds, by the parser's rule as near as SQL has it: a retraction, then the longer,
    /// then the smaller bytes. The rule compares the packed form, which SQL does not have; here the fields as JSON
    /// stand for it, so where a publisher sends two different events under one identity the view may show the other.
    /// </summary>
    public static string Events(string project, string dataset) =>
        $"""
            WITH lines AS (
              SELECT
                * EXCEPT (started_at, received_at),
                TIMESTAMP_TRUNC(SAFE_CAST(started_at AS TIMESTAMP), MILLISECOND) AS started_at,
                SAFE_CAST(received_at AS TIMESTAMP) AS received_at,
                -- Outside the conflict's rule: when it was received, and in which file it lies.
                TO_JSON_STRING((SELECT AS STRUCT line.* EXCEPT (received_at, dt))) AS fields
              FROM `{project}.{dataset}.{LinesTable}` AS line
            ),
            valid AS (
              SELECT *
              FROM lines
              WHERE kind IN ('play', 'feedback', 'follow', 'retract', 'settings', 'impression', 'exclude')
                AND BYTE_LENGTH(event_id) BETWEEN 1 AND 128
                AND BYTE_LENGTH(listener) BETWEEN 1 AND 128
                AND started_at >= TIMESTAMP '2000-01-01'
                AND started_at <= TIMESTAMP_ADD(received_at, INTERVAL 1 HOUR)
            ),
            winners AS (
              SELECT *
              FROM valid
              WHERE TRUE
              QUALIFY ROW_NUMBER() OVER (
                PARTITION BY listener, started_at, event_id, kind = 'impression'
                ORDER BY kind = 'retract' DESC, BYTE_LENGTH(fields) DESC, CAST(fields AS BYTES), received_at, dt
              ) = 1
            )
            SELECT
              listener,
              started_at,
              event_id,
              kind,
              received_at,
              dt AS arrived_on,
              item,
              IFNULL(item_kind, 'track') AS item_kind,
              artist,
              ms_played,
              duration_ms,
              kind = 'play' AND IFNULL(ms_played >= 30000, TRUE) AS is_stream,
              `end` AS ended,
              session,
              device,
              context,
              track_name,
              artist_name,
              release_name,
              score,
              `on` AS is_on,
              time_zone,
              market,
              explicit,
              languages,
              playlist,
              slot,
              propensity,
              arms
            FROM winners
            WHERE kind != 'retract'
            """;

    private sealed record Column(string Name, string Type, string Mode);
}
