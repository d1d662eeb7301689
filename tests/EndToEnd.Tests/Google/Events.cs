namespace Nocturne.EndToEnd.Tests.Google;

/// <summary>Lines of events.</summary>
internal static class Events
{
    /// <summary>A play, with its newline.</summary>
    public static string Play(string id, string listener) =>
        $$"""
            {"event_id":"{{id}}","listener":"{{listener}}","kind":"play","item":"t1","started_at":"2026-11-20T08:00:00Z","received_at":"2026-11-20T08:03:00Z"}

            """;
}
