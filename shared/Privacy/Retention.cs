using Nocturne.Topology;

namespace Nocturne.Privacy;

/// <summary>The copies that outlive a deletion, by where the data lies: Topology's settings, as dates.</summary>
public static class Retention
{
    /// <summary>A deployed system's.</summary>
    /// <param name="from">When the last of the data was deleted.</param>
    public static IReadOnlyList<RetainedCopy> Deployed(DateTimeOffset from) =>
        [
            new("documents", "point-in-time recovery", from + NocturneTopology.PointInTimeRecovery),
            new("documents", "daily backups", from + NocturneTopology.DailyBackupsKept),
            new("documents", "weekly backups", from + NocturneTopology.WeeklyBackupsKept),
            .. NocturneTopology
                .Buckets.Where(bucket => bucket.Name != NocturneTopology.BucketNames.Catalogue)
                .SelectMany(bucket => OfObjects(bucket, from)),
            new(
                "listening-events",
                "the topic's memory, for setting a subscription back",
                from + NocturneTopology.TopicKept
            ),
            new("listening-events", "messages that are not handled yet", from + NocturneTopology.WorkKept),
            new(
                "models",
                "a part in the factors of earlier nights' models, which the next night's training replaces; no row and no id",
                from + NocturneTopology.RunsKept
            ),
        ];

    /// <summary>The embedded stack's: a folder.</summary>
    public static IReadOnlyList<RetainedCopy> Embedded { get; } =
    [
        new("documents", "records in the folder's log that later ones replaced, until it is compacted", null),
        new("messages", "acknowledged messages in the folder's log, until it is compacted", null),
        new("models", "a part in the factors of earlier nights' models; no row and no id", null),
    ];

    private static IEnumerable<RetainedCopy> OfObjects(Bucket bucket, DateTimeOffset from)
    {
        if (bucket.Life.OldVersions > TimeSpan.Zero)
        {
            yield return new RetainedCopy(bucket.Name, "object versions", from + bucket.Life.OldVersions);
        }
        if (bucket.Life.SoftDelete > TimeSpan.Zero)
        {
            // A version that its lifecycle deletes is soft-deleted then.
            yield return new RetainedCopy(
                bucket.Name,
                "soft delete",
                from + bucket.Life.OldVersions + bucket.Life.SoftDelete
            );
        }
    }
}
