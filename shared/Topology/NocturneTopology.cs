namespace Nocturne.Topology;

/// <summary>
/// What exists: topics, subscriptions, buckets, functions, accounts and schedules, as plain records. The Pulumi
/// program, the embedded stack and the emulator tests all read it, so that what is deployed and what is tested
/// cannot drift.
/// </summary>
public static partial class NocturneTopology
{
    /// <summary>Names of topics.</summary>
    public static class TopicNames
    {
        /// <summary>NDJSON of listening events.</summary>
        public const string ListeningEvents = "listening-events";

        /// <summary>Lines that were refused, each with its reason.</summary>
        public const string RejectedEvents = "rejected-events";

        /// <summary>Messages that IngestEvents could not take after all attempts.</summary>
        public const string ListeningEventsDead = "listening-events-dead";

        /// <summary>Steps of a night.</summary>
        public const string NightSteps = "night-steps";

        /// <summary>Night steps that failed all attempts.</summary>
        public const string NightStepsDead = "night-steps-dead";

        /// <summary>Blends whose members changed.</summary>
        public const string BlendChanges = "blend-changes";

        /// <summary>Changes of blends that failed all attempts.</summary>
        public const string BlendChangesDead = "blend-changes-dead";

        /// <summary>One message for every finished night.</summary>
        public const string PlaylistsReady = "playlists-ready";
    }

    /// <summary>Names of buckets.</summary>
    public static class BucketNames
    {
        /// <summary>The archive of listening events.</summary>
        public const string Events = "events";

        /// <summary>Rejected lines.</summary>
        public const string Rejected = "rejected";

        /// <summary>Snapshots, models and markers of nights.</summary>
        public const string Nights = "nights";

        /// <summary>Playlists, manifests and the published pointer.</summary>
        public const string Playlists = "playlists";

        /// <summary>Catalogue uploads and the merged catalogue.</summary>
        public const string Catalogue = "catalogue";
    }

    /// <summary>Names of subscriptions.</summary>
    public static class SubscriptionNames
    {
        /// <summary>Events to IngestEvents.</summary>
        public const string IngestEvents = "listening-events-ingest";

        /// <summary>Events to the archive.</summary>
        public const string ArchiveEvents = "listening-events-archive";

        /// <summary>Rejected lines to their bucket.</summary>
        public const string ArchiveRejected = "rejected-events-archive";

        /// <summary>Dead events, held for redrive.</summary>
        public const string ListeningEventsDead = "listening-events-dead-hold";

        /// <summary>Steps to RunNight.</summary>
        public const string RunNight = "night-steps-run";

        /// <summary>Dead steps, held for redrive.</summary>
        public const string NightStepsDead = "night-steps-dead-hold";

        /// <summary>Changed blends to RunNight.</summary>
        public const string RunBlends = "blend-changes-run";

        /// <summary>Dead changes of blends, held for redrive.</summary>
        public const string BlendChangesDead = "blend-changes-dead-hold";

        /// <summary>Finished nights, held for whoever asks.</summary>
        public const string PlaylistsReady = "playlists-ready-hold";
    }

    private const string PushAccount = "nocturne-push";

    /// <summary>All topics.</summary>
    public static IReadOnlyList<Topic> Topics { get; } =
    [
        new(TopicNames.ListeningEvents, "Listening events as newline-delimited JSON."),
        new(TopicNames.RejectedEvents, "Event lines that were refused, with reason and bytes."),
        new(TopicNames.ListeningEventsDead, "Event messages that failed every delivery."),
        new(TopicNames.NightSteps, "Steps of the nightly run, one message a shard."),
        new(TopicNames.NightStepsDead, "Night steps that failed every delivery."),
        new(TopicNames.BlendChanges, "Blends whose members changed: their playlists are made anew at once."),
        new(TopicNames.BlendChangesDead, "Changes of blends that failed every delivery."),
        new(TopicNames.PlaylistsReady, "One message when a night's playlists are published."),
    ];

    /// <summary>All subscriptions.</summary>
    public static IReadOnlyList<Subscription> Subscriptions { get; } =
    [
        new(
            SubscriptionNames.IngestEvents,
            TopicNames.ListeningEvents,
            new Delivery.Push("IngestEvents", PushAccount),
            AckDeadline: TimeSpan.FromSeconds(60),
            MinBackoff: TimeSpan.FromSeconds(1),
            MaxBackoff: TimeSpan.FromSeconds(60),
            new DeadLetterPolicy(TopicNames.ListeningEventsDead, MaxAttempts: 20)
        ),
        new(
            SubscriptionNames.ArchiveEvents,
            TopicNames.ListeningEvents,
            new Delivery.CloudStorage(BucketNames.Events, MaxBytes: 64 << 20, TimeSpan.FromMinutes(5)),
            AckDeadline: TimeSpan.FromSeconds(600),
            MinBackoff: TimeSpan.FromSeconds(10),
            MaxBackoff: TimeSpan.FromSeconds(600),
            DeadLetter: null
        ),
        new(
            SubscriptionNames.ArchiveRejected,
            TopicNames.RejectedEvents,
            new Delivery.CloudStorage(BucketNames.Rejected, MaxBytes: 16 << 20, TimeSpan.FromMinutes(5)),
            AckDeadline: TimeSpan.FromSeconds(600),
            MinBackoff: TimeSpan.FromSeconds(10),
            MaxBackoff: TimeSpan.FromSeconds(600),
            DeadLetter: null
        ),
        Held(SubscriptionNames.ListeningEventsDead, TopicNames.ListeningEventsDead),
        new(
            SubscriptionNames.RunNight,
            TopicNames.NightSteps,
            new Delivery.Push("RunNight", PushAccount),
            AckDeadline: TimeSpan.FromSeconds(600),
            MinBackoff: TimeSpan.FromSeconds(5),
            MaxBackoff: TimeSpan.FromSeconds(300),
            new DeadLetterPolicy(TopicNames.NightStepsDead, MaxAttempts: 10)
        ),
        Held(SubscriptionNames.NightStepsDead, TopicNames.NightStepsDead),
        // A topic of its own, so that whoever may say that a blend changed may not start or cancel a night.
        new(
            SubscriptionNames.RunBlends,
            TopicNames.BlendChanges,
            new Delivery.Push("RunNight", PushAccount),
            AckDeadline: TimeSpan.FromSeconds(600),
            MinBackoff: TimeSpan.FromSeconds(1),
            MaxBackoff: TimeSpan.FromSeconds(60),
            new DeadLetterPolicy(TopicNames.BlendChangesDead, MaxAttempts: 10)
        ),
        Held(SubscriptionNames.BlendChangesDead, TopicNames.BlendChangesDead),
        Held(SubscriptionNames.PlaylistsReady, TopicNames.PlaylistsReady),
    ];

    /// <summary>All buckets.</summary>
    public static IReadOnlyList<Bucket> Buckets { get; } =
    [
        new(BucketNames.Events, "The archive: every published event, a line each, by day of arrival.")
        {
            // The truth of which all else is made: never deleted by age. A night reads its last days, a rebuild all.
            Life = new ObjectLife
            {
                SoftDelete = TimeSpan.FromDays(14),
                Colder =
                [
                    new ColderClass("NEARLINE", TimeSpan.FromDays(90)),
                    new ColderClass("COLDLINE", TimeSpan.FromDays(365)),
                ],
            },
        },
        new(BucketNames.Rejected, "Refused lines with their reasons, by day of arrival.")
        {
            Life = new ObjectLife { Expiry = new ObjectExpiry([], RejectedKept) },
        },
        new(BucketNames.Nights, "Snapshots, models and completion markers of nights.") { Life = Runs("runs/") },
        new(BucketNames.Playlists, "Playlists by listener and run, manifests, the published pointer.")
        {
            // The pointer lies outside: it is as old as the last published run, and stays. That of a blend may go: by
            // then every night has made its playlist anew.
            Life = Runs("playlists/", "manifests/", "blends/"),
        },
        new(BucketNames.Catalogue, "Catalogue uploads and the merged catalogue."),
    ];

    /// <summary>All collection groups. Their documents are packed bytes: nothing in them is indexed.</summary>
    public static IReadOnlyList<CollectionGroup> CollectionGroups { get; } =
    [
        new("listeners", "The head of every listener's profile."),
        new("days", "A listener's events, a document a day."),
        new("impressions", "What a listener was shown, a document a day."),
        new("months", "Tallies of a listener's plays, a document a month."),
        new("statements", "A listener's opinions, follows, excludes and settings."),
        new("listeners-rebuilt", "Profiles that a rebuild makes, beside those in use."),
        new("runs", "The record of every night."),
        new("leases", "Claims of a night's steps.", Expires: true),
        new("blends", "Who is in a blend of tastes.", Expires: true),
        new("blend-members", "Which blends a listener is in."),
        new("operator", "What the command line remembers."),
        new("tokens", "Whose a listener's token is, by its hash."),
        new("token-owners", "A listener's tokens, by name."),
        new("playing-now", "What a listener plays at the moment.", Expires: true),
        new("recordings", "What players call the recordings that a listener played."),
        new("item-recordings", "The MusicBrainz id that players gave for an item."),
        new("tombstones", "That a listener's data was deleted, and until when; by a hash of the id, for ever."),
        new("deletions", "Deletions of listeners' data: how far they are, and their receipts."),
    ];

    /// <summary>All functions.</summary>
    public static IReadOnlyList<Function> Functions { get; } =
    [
        new(
            "IngestEvents",
            "nocturne-ingest",
            PublicInvoker: false,
            Publishes: [TopicNames.RejectedEvents],
            ReadsBuckets: [],
            WritesBuckets: [],
            UsesDocuments: true
        ),
        new(
            "Collect",
            "nocturne-collect",
            PublicInvoker: true,
            Publishes: [TopicNames.ListeningEvents],
            ReadsBuckets: [BucketNames.Playlists],
            WritesBuckets: [],
            UsesDocuments: true
        ),
        new(
            "RunNight",
            "nocturne-night",
            PublicInvoker: false,
            Publishes: [TopicNames.NightSteps, TopicNames.PlaylistsReady],
            ReadsBuckets: [BucketNames.Events],
            WritesBuckets: [BucketNames.Nights, BucketNames.Playlists, BucketNames.Catalogue],
            UsesDocuments: true
        ),
        new(
            "Serve",
            "nocturne-serve",
            PublicInvoker: true,
            // What listeners say (feedback, excludes) are events; who joins and leaves changes blends.
            Publishes: [TopicNames.ListeningEvents, TopicNames.BlendChanges],
            ReadsBuckets: [BucketNames.Playlists, BucketNames.Nights],
            // Operators' uploads.
            WritesBuckets: [BucketNames.Catalogue],
            UsesDocuments: true
        ),
    ];

    /// <summary>All scheduler jobs.</summary>
    public static IReadOnlyList<Schedule> Schedules { get; } =
    [
        new("nightly-run", "0 6 * * *", TopicNames.NightSteps, """{"step":"start"}"""),
        new("night-tick", "*/5 * * * *", TopicNames.NightSteps, """{"step":"tick"}"""),
    ];

    private static Subscription Held(string name, string topic) =>
        new(
            name,
            topic,
            new Delivery.Pull(),
            AckDeadline: TimeSpan.FromSeconds(60),
            MinBackoff: TimeSpan.FromSeconds(10),
            MaxBackoff: TimeSpan.FromSeconds(600),
            DeadLetter: null
        );
}
