namespace Nocturne.Topology;

/// <content>What is kept how long, what is secret, what is watched.</content>
public static partial class NocturneTopology
{
    /// <summary>Names of metrics that are made of logs.</summary>
    public static class LogMetricNames
    {
        /// <summary>Lines that were refused, by reason.</summary>
        public const string LinesRefused = "lines-refused";

        /// <summary>Push bodies without a message.</summary>
        public const string BodiesRefused = "bodies-refused";

        /// <summary>Event messages that were put off.</summary>
        public const string IngestPostponed = "ingest-postponed";

        /// <summary>Finished nights.</summary>
        public const string NightsFinished = "nights-finished";

        /// <summary>Nights that failed a check.</summary>
        public const string NightsFailed = "nights-failed";

        /// <summary>Nights that passed their deadline.</summary>
        public const string NightsOverdue = "nights-overdue";

        /// <summary>Failed deliveries of a night's steps.</summary>
        public const string NightStepsFailed = "night-steps-failed";
    }

    /// <summary>
    /// How far back a night looks at earlier runs' objects: no track comes again in Discover Weekly within 8 weeks,
    /// and a manifest that keeps an unchanged listener's older object must not keep one that is older than this.
    /// </summary>
    public static TimeSpan RunsLookBack => TimeSpan.FromDays(56);

    /// <summary>
    /// How long a run's objects are kept: more than twice as long as anything looks back, so that nights may fail
    /// for two months before the playlists that are served go.
    /// </summary>
    public static TimeSpan RunsKept => TimeSpan.FromDays(120);

    /// <summary>How long refused lines are kept; the archive has them for good.</summary>
    public static TimeSpan RejectedKept => TimeSpan.FromDays(400);

    /// <summary>How long a topic keeps what was published, so that a subscription can be set back.</summary>
    public static TimeSpan TopicKept => TimeSpan.FromDays(7);

    /// <summary>How long a message waits for whoever is to take it.</summary>
    public static TimeSpan WorkKept => TimeSpan.FromDays(7);

    /// <summary>How long a message that is held for somebody waits: Pub/Sub's longest.</summary>
    public static TimeSpan HeldKept => TimeSpan.FromDays(31);

    /// <summary>How far back the documents can be read as they were; Firestore's one choice.</summary>
    public static TimeSpan PointInTimeRecovery => TimeSpan.FromDays(7);

    /// <summary>How long a day's backup of the documents is kept.</summary>
    public static TimeSpan DailyBackupsKept => TimeSpan.FromDays(14);

    /// <summary>How long a week's backup of the documents is kept: as long as Firestore keeps any.</summary>
    public static TimeSpan WeeklyBackupsKept => TimeSpan.FromDays(14 * 7);

    /// <summary>
    /// The hour, in UTC, by which the night is done: its date begins then in the earliest time zone (UTC+14).
    /// </summary>
    public static int NightDoneByHour => 10;

    /// <summary>All secrets.</summary>
    public static IReadOnlyList<Secret> Secrets { get; } =
    [
        new(
            "nocturne-token-pepper",
            "Keys the hashes of listeners' tokens: whoever reads the database cannot make a token.",
            "NOCTURNE_TOKEN_PEPPER",
            ["Collect", "Serve"]
        ),
    ];

    /// <summary>All metrics that are made of logs.</summary>
    public static IReadOnlyList<LogMetric> LogMetrics { get; } =
    [
        new(
            LogMetricNames.LinesRefused,
            "Event lines that were refused, by reason.",
            "IngestEvents",
            "Refused {Count} lines: {Reason}",
            Label: "Reason",
            Value: "Count"
        ),
        new(
            LogMetricNames.BodiesRefused,
            "Push bodies without a message.",
            "IngestEvents",
            "Refused a push body and recorded it: {Error}"
        ),
        new(
            LogMetricNames.IngestPostponed,
            "Event messages that come again because a store did not answer.",
            "IngestEvents",
            "A store did not answer, the message comes again: {Error}"
        ),
        new(
            LogMetricNames.NightsFinished,
            "Nights that were finished.",
            "RunNight",
            "Run {Run} finished: {Listeners} listeners, {Playlists} playlists"
        ),
        new(LogMetricNames.NightsFailed, "Nights that failed a check.", "RunNight", "Run {Run} failed: {Failure}"),
        new(
            LogMetricNames.NightsOverdue,
            "Nights that passed their deadline.",
            "RunNight",
            "Run {Run} is past its deadline and failed; playlists published before stay"
        ),
        new(
            LogMetricNames.NightStepsFailed,
            "Deliveries of a night's steps that failed.",
            "RunNight",
            "{Message} failed and comes again"
        ),
    ];

    // A night's objects are many, and each can be made again: old versions are for mishaps of the last days.
    private static ObjectLife Runs(params string[] prefixes) =>
        new()
        {
            OldVersions = TimeSpan.FromDays(7),
            SoftDelete = TimeSpan.Zero,
            Expiry = new ObjectExpiry(prefixes, RunsKept),
        };
}
