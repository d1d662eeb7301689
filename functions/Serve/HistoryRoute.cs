using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nocturne.Domain;
using Nocturne.Profiles;

namespace Nocturne.Serve;

/// <summary>A listener's plays, page by page, the latest first.</summary>
internal sealed class HistoryRoute(ListenerStore listeners, TimeProvider time)
{
    private const int DefaultCount = 50;
    private const int MaxCount = 200;

    // Backwards in growing windows: a busy listener's page is in the first, a rare one's first play in the eleventh.
    private const int FirstWindowDays = 8;
    private const int WindowGrowth = 2;

    /// <summary><c>GET …/history?limit=&amp;cursor=</c>.</summary>
    public async ValueTask<IResult> ListAsync(ServeCall call)
    {
        if (call.Limit(DefaultCount, MaxCount) is not { } count)
        {
            return Answers.BadRequest($"'limit' is a number from 1 to {MaxCount}.");
        }
        var cursor = call.Query("cursor");
        var before = cursor is null ? [] : KeyOf(cursor);
        if (before is null)
        {
            return Answers.BadRequest("'cursor' is the 'next' of an answer, unchanged; begin without one.");
        }
        var rows = await ReadAsync(call.Listener, before, count, call.Aborted);
        var hasMore = rows.Count > count;
        var page = rows.Take(count).ToList();
        return Answers.Object(
            Answers.Live,
            json =>
            {
                json.WriteStartArray("plays"u8);
                page.ForEach(row => Write(json, (PlayEvent)row.ToEvent(call.Listener)));
                json.WriteEndArray();
                json.WriteString("next"u8, hasMore ? Base64Url.EncodeToString(Key(page[^1])) : null);
            }
        );
    }

    /// <summary>One more than so many, to know whether there are more.</summary>
    private async ValueTask<List<HistoryRow>> ReadAsync(
        ListenerId listener,
        byte[] before,
        int count,
        CancellationToken cancellationToken
    )
    {
        var latest = new List<HistoryRow>(count + 1);
        var start =
            before.Length == 0
                ? Instant.From(time.GetUtcNow()) + TimeSpan.FromDays(1) // Clocks of publishers may be ahead by an hour.
                : StartOf(before);
        var end = start.Date.AddDays(1);
        var first = Instant.Earliest.Date;
        for (var days = FirstWindowDays; latest.Count <= count && end > first; days *= WindowGrowth)
        {
            var from = end.DayNumber - days > first.DayNumber ? end.AddDays(-days) : first;
            var window = new Queue<HistoryRow>();
            await foreach (var day in listeners.ReadHistoryAsync(listener, from, end, cancellationToken))
            {
                foreach (var row in day.Rows)
                {
                    if (row.Kind == EventKind.Play && (before.Length == 0 || Key(row).SequenceCompareTo(before) < 0))
                    {
                        window.Enqueue(row);
                        if (window.Count > count + 1 - latest.Count)
                        {
                            window.Dequeue();
                        }
                    }
                }
            }
            latest.AddRange(window.Reverse());
            end = from;
        }
        return latest;
    }

    private static void Write(Utf8JsonWriter json, PlayEvent play)
    {
        json.WriteStartObject();
        json.WriteString("event_id"u8, play.Id.Value);
        json.WriteString("started_at"u8, play.StartedAt.ToString());
        json.WriteString("item"u8, play.Item.Value);
        WriteIfKnown(json, "artist", play.Artist?.Value);
        if (play.MsPlayed is { } played)
        {
            json.WriteNumber("ms_played"u8, played);
        }
        if (play.DurationMs is { } duration)
        {
            json.WriteNumber("duration_ms"u8, duration);
        }
        WriteIfKnown(json, "device", play.Device);
        WriteIfKnown(json, "session", play.Session);
        WriteIfKnown(json, "context", play.Context);
        json.WriteBoolean("stream"u8, play.IsStream);
        json.WriteBoolean("skip"u8, play.IsSkip);
        json.WriteEndObject();
    }

    private static void WriteIfKnown(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }

    /// <summary>What rows are ordered by: start and id, as they lie at the beginning of a row.</summary>
    private static ReadOnlySpan<byte> Key(HistoryRow row) => row.Bytes.Span[..(9 + row.Bytes.Span[8])];

    private static Instant StartOf(ReadOnlySpan<byte> key) => new(BinaryPrimitives.ReadInt64BigEndian(key));

    /// <summary>A cursor's key; null where it is none that was ever given.</summary>
    private static byte[]? KeyOf(string cursor)
    {
        const int MaxKey = 9 + Id.MaxBytes;
        Span<byte> key = stackalloc byte[MaxKey];
        if (
            cursor.Length > Base64Url.GetEncodedLength(MaxKey)
            || !Base64Url.IsValid(cursor)
            || !Base64Url.TryDecodeFromChars(cursor, key, out var length)
            || length < 10
            || key[8] != length - 9
            || StartOf(key) is var start && (start < Instant.Earliest || start >= Instant.Latest)
        )
        {
            return null;
        }
        return key[..length].ToArray();
    }
}
