using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Nocturne.Hosting;

/// <summary>
/// One line of JSON an entry, in the fields that Cloud Logging takes as its own (severity, message, time, trace, span),
/// with the entry's values under <c>values</c>, and an exception where Error Reporting looks for it.
/// </summary>
/// <param name="project">The project's id, which is part of a trace's name.</param>
/// <param name="time">The clock.</param>
public sealed class CloudLogFormatter(string project, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>The formatter's name.</summary>
    public const string FormatterName = "nocturne-cloud";

    /// <summary>
    /// The longest text in characters. Cloud Logging drops an entry above 256 KB, and a character is up to six bytes of
    /// JSON: message, exception and a long value fit.
    /// </summary>
    public const int MaxTextLength = 12 << 10;

    // Cloud Logging is no browser: text stays readable.
    private static readonly JsonWriterOptions Json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly string _traces = $"projects/{project}/traces/";

    /// <inheritdoc/>
    public override void Write<TState>(
        in LogEntry<TState> logEntry,
        IExternalScopeProvider? scopeProvider,
        TextWriter textWriter
    )
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            json.WriteString("severity"u8, Severity(logEntry.LogLevel));
            json.WriteString("time"u8, time.GetUtcNow().UtcDateTime);
            var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
            json.WriteString(
                "message"u8,
                Bounded(message.Length == 0 && logEntry.Exception is { } only ? only.Message : message)
            );
            json.WriteString("category"u8, logEntry.Category);
            if (logEntry.EventId.Id != 0)
            {
                json.WriteNumber("event"u8, logEntry.EventId.Id);
            }
            WriteTrace(json);
            if (logEntry.Exception is { } exception)
            {
                json.WriteString("stack_trace"u8, Bounded(exception.ToString()));
            }
            WriteValues(json, logEntry.State as IReadOnlyList<KeyValuePair<string, object?>>);
            json.WriteEndObject();
        }
        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private void WriteTrace(Utf8JsonWriter json)
    {
        if (Activity.Current is not { IdFormat: ActivityIdFormat.W3C } span)
        {
            return;
        }
        json.WriteString("logging.googleapis.com/trace"u8, _traces + span.TraceId.ToHexString());
        json.WriteString("logging.googleapis.com/spanId"u8, span.SpanId.ToHexString());
        json.WriteBoolean("logging.googleapis.com/trace_sampled"u8, span.Recorded);
    }

    private static void WriteValues(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>>? values)
    {
        if (values is null or [] or [{ Key: "{OriginalFormat}" }])
        {
            return;
        }
        json.WriteStartObject("values"u8);
        foreach (var (name, value) in values)
        {
            if (name == "{OriginalFormat}")
            {
                continue;
            }
            json.WritePropertyName(name);
            WriteValue(json, value);
        }
        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int or long or short or byte or sbyte or ushort or uint:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case DateTimeOffset moment:
                json.WriteStringValue(moment);
                break;
            default:
                json.WriteStringValue(Bounded(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
                break;
        }
    }

    private static ReadOnlySpan<char> Bounded(string text)
    {
        if (text.Length <= MaxTextLength)
        {
            return text;
        }
        var end = char.IsHighSurrogate(text[MaxTextLength - 1]) ? MaxTextLength - 1 : MaxTextLength;
        return text.AsSpan(0, end);
    }

    private static string Severity(LogLevel level) =>
        level switch
        {
            LogLevel.Information => "INFO",
            LogLevel.Warning => "WARNING",
            LogLevel.Error => "ERROR",
            LogLevel.Critical => "CRITICAL",
            _ => "DEBUG",
        };
}
