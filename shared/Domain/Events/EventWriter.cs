using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Nocturne.Domain;

/// <summary>Writes events as the lines that <see cref="EventParser"/> reads.</summary>
public static class EventWriter
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Appends one event and a newline. The same event always gives the same bytes.</summary>
    public static void WriteLine(IBufferWriter<byte> output, ListenEvent listenEvent)
    {
        using (var json = new Utf8JsonWriter(output, Options))
        {
            Write(json, listenEvent);
        }
        output.Write("\n"u8);
    }

    /// <summary>Writes one event as an object.</summary>
    public static void Write(Utf8JsonWriter json, ListenEvent listenEvent)
    {
        json.WriteStartObject();
        json.WriteString("event_id"u8, listenEvent.Id.Value);
        json.WriteString("listener"u8, listenEvent.Listener.Value);
        json.WriteString("kind"u8, NameOf(listenEvent.Kind));
        json.WriteString("started_at"u8, listenEvent.StartedAt.ToString());
        json.WriteString("received_at"u8, listenEvent.ReceivedAt.ToString());
        switch (listenEvent)
        {
            case PlayEvent play:
                WritePlay(json, play);
                break;
            case FeedbackEvent feedback:
                WriteOptional(json, "item", feedback.Item?.Value);
                WriteOptional(json, "artist", feedback.Artist?.Value);
                json.WriteNumber("score"u8, feedback.Score);
                break;
            case FollowEvent follow:
                json.WriteString("artist"u8, follow.Artist.Value);
                json.WriteBoolean("on"u8, follow.On);
                break;
            case SettingsEvent settings:
                WriteOptional(json, "time_zone", settings.TimeZone);
                WriteOptional(json, "market", settings.Market);
                if (settings.Explicit is { } isExplicit)
                {
                    json.WriteBoolean("explicit"u8, isExplicit);
                }
                WriteTexts(json, "languages", settings.Languages);
                break;
            case ImpressionEvent impression:
                json.WriteString("item"u8, impression.Item.Value);
                json.WriteString("playlist"u8, impression.Playlist);
                json.WriteNumber("slot"u8, impression.Slot);
                json.WriteNumber("propensity"u8, impression.PropensityNano / (decimal)ImpressionEvent.Certain);
                WriteTexts(json, "arms", impression.Arms);
                break;
            case ExcludeEvent exclude:
                WriteOptional(
                    json,
                    exclude.Target switch
                    {
                        ExcludeTarget.Session => "session",
                        ExcludeTarget.Device => "device",
                        _ => "context",
                    },
                    exclude.Value
                );
                json.WriteBoolean("on"u8, exclude.On);
                break;
        }
        json.WriteEndObject();
    }

    /// <summary>The wire word of a kind.</summary>
    public static string NameOf(EventKind kind) =>
        kind switch
        {
            EventKind.Play => "play",
            EventKind.Feedback => "feedback",
            EventKind.Follow => "follow",
            EventKind.Retract => "retract",
            EventKind.Settings => "settings",
            EventKind.Impression => "impression",
            EventKind.Exclude => "exclude",
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };

    private static void WritePlay(Utf8JsonWriter json, PlayEvent play)
    {
        json.WriteString("item"u8, play.Item.Value);
        if (play.ItemKind != ItemKind.Track)
        {
            json.WriteString("item_kind"u8, play.ItemKind == ItemKind.Episode ? "episode" : "chapter");
        }
        WriteOptional(json, "artist", play.Artist?.Value);
        if (play.MsPlayed is { } played)
        {
            json.WriteNumber("ms_played"u8, played);
        }
        if (play.DurationMs is { } duration)
        {
            json.WriteNumber("duration_ms"u8, duration);
        }
        if (play.End != PlayEnd.Unknown)
        {
            json.WriteString(
                "end"u8,
                play.End switch
                {
                    PlayEnd.Completed => "completed",
                    PlayEnd.Skipped => "skipped",
                    PlayEnd.Stopped => "stopped",
                    _ => "failed",
                }
            );
        }
        WriteOptional(json, "context", play.Context);
        WriteOptional(json, "device", play.Device);
        WriteOptional(json, "session", play.Session);
        WriteOptional(json, "track_name", play.Title);
        WriteOptional(json, "artist_name", play.ArtistName);
        WriteOptional(json, "release_name", play.ReleaseName);
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
        {
            return;
        }
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }
        json.WriteEndArray();
    }
}
