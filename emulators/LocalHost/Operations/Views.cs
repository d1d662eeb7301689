using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nocturne.Domain;
using Nocturne.Nights;

namespace Nocturne.LocalHost.Operations;

/// <summary>The JSON of commands and of the operator API.</summary>
internal static class CommandJson
{
    public static readonly JsonSerializerOptions Line = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static readonly JsonSerializerOptions Indented = new(Line) { WriteIndented = true };
}

/// <summary>A run, and how far it is.</summary>
/// <param name="Record">Its record.</param>
/// <param name="IsPublished">Whether its playlists are served.</param>
/// <param name="StepsDone">Steps done, a shard of a step each.</param>
/// <param name="Steps">All steps.</param>
internal sealed record RunView(RunRecord Record, bool IsPublished, int StepsDone, int Steps);

/// <summary>A listener's profile, for people.</summary>
internal sealed record ListenerView
{
    public required string Listener { get; init; }
    public required TotalsView Totals { get; init; }
    public required IReadOnlyList<long> StreamsByHourUtc { get; init; }
    public required IReadOnlyList<long> StreamsByWeekdayUtc { get; init; }
    public required IReadOnlyList<RecentView> RecentPlays { get; init; }
    public required IReadOnlyList<AffinityView> Items { get; init; }
    public required IReadOnlyList<AffinityView> Artists { get; init; }
    public required IReadOnlyList<string> Liked { get; init; }
    public required IReadOnlyList<string> Hated { get; init; }
    public required IReadOnlyList<string> Follows { get; init; }
    public required IReadOnlyList<string> Excludes { get; init; }
    public string? TimeZone { get; init; }
    public string? Market { get; init; }
}

/// <summary>The profile's counts.</summary>
internal sealed record TotalsView(
    long Plays,
    long Streams,
    long Skips,
    long MsPlayed,
    long ExcludedPlays,
    long Statements,
    long Impressions
)
{
    public static TotalsView Of(Totals totals) =>
        new(
            totals.Plays,
            totals.Streams,
            totals.Skips,
            totals.MsPlayed,
            totals.ExcludedPlays,
            totals.Statements,
            totals.Impressions
        );
}

/// <summary>A recent play.</summary>
internal sealed record RecentView(DateTimeOffset At, string Item, string? Name, bool IsSkip);

/// <summary>An affinity, in streams; of the short horizon as of the latest play's day.</summary>
internal sealed record AffinityView(string Id, string? Name, double Short, double Long);

/// <summary>A listener's playlists.</summary>
/// <param name="Run">The run that made them.</param>
/// <param name="Playlists">Each kind once.</param>
internal sealed record PlaylistsView(string Run, IReadOnlyList<PlaylistView> Playlists);

/// <summary>One playlist, as JSON and JSPF have it, and as people read it.</summary>
internal sealed record PlaylistView(
    string Kind,
    string Title,
    string Description,
    IReadOnlyList<TrackView> Tracks,
    JsonElement Json,
    JsonElement Jspf
);

/// <summary>A track with its reason.</summary>
internal sealed record TrackView(string Item, string? Title, string? Artist, string Reason);
