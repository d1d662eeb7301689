using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Testing;

namespace Nocturne.Hosting.Tests;

public sealed class CloudLogFormatterTests
{
    [Theory]
    [InlineData(LogLevel.Trace, "DEBUG")]
    [InlineData(LogLevel.Debug, "DEBUG")]
    [InlineData(LogLevel.Information, "INFO")]
    [InlineData(LogLevel.Warning, "WARNING")]
    [InlineData(LogLevel.Error, "ERROR")]
    [InlineData(LogLevel.Critical, "CRITICAL")]
    public void Write_ALevel_IsCloudLoggingsSeverity(LogLevel level, string severity) =>
        Assert.Equal(severity, Text(Write(level, "hello"), "severity"));

    [Fact]
    public void Write_AnEntry_IsOneLineOfJsonWithItsValues()
    {
        var moment = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        var json = Write(
            LogLevel.Information,
            "took 3\nof \"alice\"",
            values:
            [
                new("Count", 3),
                new("Name", "a\"l\nice\u2603"),
                new("Ratio", 0.5),
                new("Odd", double.NaN),
                new("Is", true),
                new("Nothing", null),
                new("At", moment),
                new("{OriginalFormat}", "took {Count}…"),
            ]
        );

        Assert.Equal("took 3\nof \"alice\"", Text(json, "message"));
        Assert.Equal("2026-11-21T03:44:57Z", Text(json, "time"));
        Assert.Equal("Nocturne.Some", Text(json, "category"));
        Assert.Equal(12, json.GetProperty("event").GetInt32());
        var values = json.GetProperty("values");
        Assert.Equal(3, values.GetProperty("Count").GetInt64());
        Assert.Equal("a\"l\nice\u2603", Text(values, "Name"));
        Assert.Equal(0.5, values.GetProperty("Ratio").GetDouble());
        Assert.Equal("NaN", Text(values, "Odd"));
        Assert.True(values.GetProperty("Is").GetBoolean());
        Assert.Equal(JsonValueKind.Null, values.GetProperty("Nothing").ValueKind);
        Assert.Equal(moment, values.GetProperty("At").GetDateTimeOffset());
        Assert.False(values.TryGetProperty("{OriginalFormat}", out _));
    }

    [Fact]
    public void Write_AnException_IsWhereErrorReportingLooks()
    {
        Exception failure;
        try
        {
            throw new InvalidDataException("broken");
        }
        catch (InvalidDataException e)
        {
            failure = e;
        }

        var json = Write(LogLevel.Error, "It failed", failure);

        Assert.Equal("It failed", Text(json, "message"));
        Assert.Equal(failure.ToString(), Text(json, "stack_trace"));
    }

    [Fact]
    public void Write_InsideASpan_NamesItsTrace()
    {
        using var span = new Activity("test") { ActivityTraceFlags = ActivityTraceFlags.Recorded };
        span.SetIdFormat(ActivityIdFormat.W3C);
        span.Start();

        var json = Write(LogLevel.Information, "hello");

        Assert.Equal($"projects/music/traces/{span.TraceId}", Text(json, "logging.googleapis.com/trace"));
        Assert.Equal(span.SpanId.ToString(), Text(json, "logging.googleapis.com/spanId"));
        Assert.True(json.GetProperty("logging.googleapis.com/trace_sampled").GetBoolean());
    }

    [Fact]
    public void Write_OutsideAnySpan_NamesNone()
    {
        Activity.Current = null;

        Assert.False(Write(LogLevel.Information, "hello").TryGetProperty("logging.googleapis.com/trace", out _));
    }

    [Fact]
    public void Write_ATextWithoutEnd_StaysWithinTheBound()
    {
        var endless = string.Concat(Enumerable.Repeat("🎵", CloudLogFormatter.MaxTextLength));

        var json = Write(LogLevel.Error, endless, new InvalidDataException(endless), [new("Body", endless)]);

        Assert.Equal(CloudLogFormatter.MaxTextLength, Text(json, "message").Length);
        Assert.True(json.GetRawText().Length < 256 << 10);
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static JsonElement Write(LogLevel level, string message, params KeyValuePair<string, object?>[] values) =>
        Write(level, message, null, values);

    private static JsonElement Write(
        LogLevel level,
        string message,
        Exception? failure = null,
        KeyValuePair<string, object?>[]? values = null
    )
    {
        var formatter = new CloudLogFormatter("music", new ManualTimeProvider());
        using var writer = new StringWriter { NewLine = "\n" };

        formatter.Write(
            new LogEntry<KeyValuePair<string, object?>[]>(
                level,
                "Nocturne.Some",
                new EventId(12),
                values ?? [],
                failure,
                (_, _) => message
            ),
            null,
            writer
        );

        var line = writer.ToString();
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        return JsonDocument.Parse(line).RootElement;
    }
}
