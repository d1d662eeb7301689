using System.Text;
using Nocturne.Domain;

namespace Nocturne.Importing.Tests;

/// <summary>Files read to their end, and what they said.</summary>
internal static class Reading
{
    /// <summary>When imports are.</summary>
    public static readonly Instant Now = Instant.FromDate(new DateOnly(2026, 11, 21));

    public static readonly ImportOptions Options = new() { Listener = new ListenerId("anna"), Now = Now };

    public static byte[] Fixture(string name) =>
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", name));

    public static List<Record> Read(byte[] file, ImportOptions? options = null) => Read(file, out _, options);

    public static List<Record> Read(byte[] file, out IReadOnlyList<HistoryPart> parts, ImportOptions? options = null)
    {
        using var stream = new MemoryStream(file);
        var history = new HistoryFile(stream, "file", options ?? Options);
        var records = history.Read().Select(Describe).ToList();
        parts = history.Parts;
        return records;
    }

    public static List<Record> Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    public static IEnumerable<PlayEvent> Plays(this IEnumerable<Record> records) =>
        records.Select(record => record.Event).OfType<PlayEvent>();

    /// <summary>A record, and its reason where it is none, as text: it stays when the next is read.</summary>
    private static Record Describe(Imported record) =>
        new(
            record.Outcome,
            record.Line,
            record.Event,
            record.Outcome == Outcome.Rejected ? $"{record.Rejection.Code} {record.Rejection.Field}".TrimEnd() : null
        );
}

internal sealed record Record(Outcome Outcome, long Line, ListenEvent? Event, string? Reason);
