using Nocturne.Topology;

namespace Nocturne.Infra.Tests;

/// <summary>That data is kept, indexed, archived and shown to analysts as Topology says.</summary>
[Collection(nameof(DeployedStack))]
public sealed class DataMappingTests(DeployedStack stack)
{
    [Fact]
    public void Archives_AreTextInAFolderADay()
    {
        var archives = NocturneTopology
            .Subscriptions.Where(wanted => wanted.Delivery is Delivery.CloudStorage)
            .ToList();

        Assert.NotEmpty(archives);
        foreach (var wanted in archives)
        {
            var delivery = (Delivery.CloudStorage)wanted.Delivery;
            var found = stack
                .Of("gcp:pubsub/subscription:Subscription")
                .Single(candidate => candidate.Text("name") == wanted.Name);

            Assert.Equal($"{DeployedStack.Project}-{delivery.Bucket}", found.Text("cloudStorageConfig.bucket"));
            Assert.Equal("dt=", found.Text("cloudStorageConfig.filenamePrefix"));
            Assert.Equal("YYYY-MM-DD/hh_mm_ssZ", found.Text("cloudStorageConfig.filenameDatetimeFormat"));
            Assert.Equal(".ndjson", found.Text("cloudStorageConfig.filenameSuffix"));
            Assert.Equal(delivery.MaxBytes, found.Number("cloudStorageConfig.maxBytes"));
            Assert.Equal($"{delivery.MaxDuration.TotalSeconds}s", found.Text("cloudStorageConfig.maxDuration"));
            Assert.False(found.Has("cloudStorageConfig.avroConfig"));
            foreach (var role in new[] { "roles/storage.objectCreator", "roles/storage.legacyBucketReader" })
            {
                Assert.Contains(
                    stack.Of("gcp:storage/bucketIAMMember:BucketIAMMember"),
                    grant =>
                        grant.Text("bucket") == $"{DeployedStack.Project}-{delivery.Bucket}"
                        && grant.Text("role") == role
                        && grant.Text("member")!.Contains("gcp-sa-pubsub", StringComparison.Ordinal)
                );
            }
        }
    }

    [Fact]
    public void Buckets_LiveAsTopologySays()
    {
        foreach (var wanted in NocturneTopology.Buckets)
        {
            var bucket = stack.Of("gcp:storage/bucket:Bucket").Single(candidate => candidate.Name == wanted.Name);
            var rules = bucket.List("lifecycleRules");

            Assert.Equal(
                wanted.Life.SoftDelete.TotalSeconds,
                bucket.Number("softDeletePolicy.retentionDurationSeconds")
            );
            Assert.Contains(
                rules,
                rule =>
                    rule.Text("action.type") is "Delete"
                    && rule.Text("condition.withState") is "ARCHIVED"
                    && rule.Number("condition.daysSinceNoncurrentTime") == wanted.Life.OldVersions.TotalDays
            );
            Assert.Equal(
                wanted.Life.Colder.Select(colder => (colder.StorageClass, colder.After.TotalDays)),
                rules
                    .Where(rule => rule.Text("action.type") is "SetStorageClass")
                    .Select(rule => (rule.Text("action.storageClass")!, rule.Number("condition.age")!.Value))
            );
            var expiry = rules.SingleOrDefault(rule =>
                rule.Text("action.type") is "Delete" && rule.Text("condition.withState") is "LIVE"
            );
            Assert.Equal(wanted.Life.Expiry?.After.TotalDays, expiry?.Number("condition.age"));
            Assert.Equal(wanted.Life.Expiry?.Prefixes ?? [], expiry?.Values("condition.matchesPrefixes") ?? []);
        }
    }

    [Fact]
    public void Documents_IndexNothingThatNobodyLooksUp()
    {
        var fields = stack.Of("gcp:firestore/field:Field");

        Assert.All(
            fields,
            field => Assert.True(field.Has("indexConfig") && field.Map("indexConfig").IsEmpty, field.Name)
        );
        Assert.Equal(
            NocturneTopology
                .CollectionGroups.SelectMany(group =>
                    new[] { (group.Name, DocumentFields.Data), (group.Name, DocumentFields.Commit) }
                )
                .Concat(
                    NocturneTopology
                        .CollectionGroups.Where(group => group.Expires)
                        .Select(group => (group.Name, DocumentFields.ExpiresAt))
                )
                .Order(),
            fields.Select(field => (field.Text("collection")!, field.Text("field")!)).Order()
        );
        Assert.All(
            fields,
            field => Assert.Equal(field.Text("field") is DocumentFields.ExpiresAt, field.Has("ttlConfig"))
        );
        // Documents are read by key, and collections in the order of their names: the index that all have.
        Assert.Empty(stack.Of("gcp:firestore/index:Index"));
    }

    [Fact]
    public void Documents_CanBeHadBack()
    {
        var database = stack.Of("gcp:firestore/database:Database").Single();
        var backups = stack.Of("gcp:firestore/backupSchedule:BackupSchedule");

        Assert.Equal("POINT_IN_TIME_RECOVERY_ENABLED", database.Text("pointInTimeRecoveryEnablement"));
        Assert.Equal("1209600s", backups.Single(backup => backup.Has("dailyRecurrence")).Text("retention"));
        Assert.Equal("8467200s", backups.Single(backup => backup.Has("weeklyRecurrence")).Text("retention"));
    }

    [Fact]
    public void TheArchive_IsATableByDayOfArrivalAndAViewOfWhatHolds()
    {
        var tables = stack.Of("gcp:bigquery/table:Table");
        var lines = tables.Single(table => table.Text("tableId") is "archived_lines");
        var events = tables.Single(table => table.Text("tableId") is "events").Text("view.query")!;

        Assert.Equal(
            $"gs://{DeployedStack.Project}-events/{{dt:DATE}}",
            lines.Text("externalDataConfiguration.hivePartitioningOptions.sourceUriPrefix")
        );
        Assert.Equal("NEWLINE_DELIMITED_JSON", lines.Text("externalDataConfiguration.sourceFormat"));
        Assert.Contains($"`{DeployedStack.Project}.nocturne.archived_lines`", events, StringComparison.Ordinal);
        Assert.Contains(
            "PARTITION BY listener, started_at, event_id, kind = 'impression'",
            events,
            StringComparison.Ordinal
        );
        // Every column that the view reads is one that the table has.
        using var schema = System.Text.Json.JsonDocument.Parse(lines.Text("schema")!);
        var columns = schema.RootElement.EnumerateArray().Select(column => column.GetProperty("name").GetString()!);
        Assert.All(columns, column => Assert.Matches($@"\b{column}\b", events));
    }
}
