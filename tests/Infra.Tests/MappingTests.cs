using System.Text;
using Nocturne.Topology;

namespace Nocturne.Infra.Tests;

/// <summary>That what Topology says is what is deployed, no less and no more.</summary>
[Collection(nameof(DeployedStack))]
public sealed class MappingTests(DeployedStack stack)
{
    [Fact]
    public void Topics_AreThoseOfTopologyAndRetainMessages()
    {
        var topics = stack.Of("gcp:pubsub/topic:Topic");

        Assert.Equal(
            NocturneTopology.Topics.Select(topic => topic.Name).Order(StringComparer.Ordinal),
            topics.Select(topic => topic.Text("name")).Order(StringComparer.Ordinal)
        );
        Assert.All(topics, topic => Assert.Equal("604800s", topic.Text("messageRetentionDuration")));
    }

    [Fact]
    public void Subscriptions_HaveTheirTopicDeadlineBackoffAndDeadLetter()
    {
        var deployed = stack.Of("gcp:pubsub/subscription:Subscription");

        Assert.Equal(NocturneTopology.Subscriptions.Count, deployed.Count);
        foreach (var wanted in NocturneTopology.Subscriptions)
        {
            var found = deployed.Single(candidate => candidate.Text("name") == wanted.Name);

            Assert.Equal(FullName(wanted.Topic), found.Text("topic"));
            Assert.Equal(wanted.AckDeadline.TotalSeconds, found.Number("ackDeadlineSeconds"));
            Assert.Equal($"{wanted.MinBackoff.TotalSeconds}s", found.Text("retryPolicy.minimumBackoff"));
            Assert.Equal($"{wanted.MaxBackoff.TotalSeconds}s", found.Text("retryPolicy.maximumBackoff"));
            Assert.Equal(
                wanted.DeadLetter is { } dead ? FullName(dead.Topic) : null,
                found.Text("deadLetterPolicy.deadLetterTopic")
            );
            Assert.Equal(wanted.DeadLetter?.MaxAttempts, found.Number("deadLetterPolicy.maxDeliveryAttempts"));
        }
    }

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
    public void EachFunction_MayDoWhatTopologySaysAndNothingMore()
    {
        foreach (var function in NocturneTopology.Functions)
        {
            var member = $"serviceAccount:{function.Account}@{DeployedStack.Project}.iam.gserviceaccount.com";
            string[] wanted =
            [
                .. function.Publishes.Select(topic => $"roles/pubsub.publisher {topic}"),
                .. function.WritesBuckets.Select(bucket =>
                    $"roles/storage.objectUser {DeployedStack.Project}-{bucket}"
                ),
                .. function
                    .ReadsBuckets.Except(function.WritesBuckets, StringComparer.Ordinal)
                    .Select(bucket => $"roles/storage.objectViewer {DeployedStack.Project}-{bucket}"),
                .. function.UsesDocuments ? [$"roles/datastore.user {DeployedStack.Project}"] : Array.Empty<string>(),
                .. NocturneTopology
                    .Secrets.Where(secret => secret.Functions.Contains(function.Name))
                    .Select(secret => $"roles/secretmanager.secretAccessor {secret.Name}"),
                $"roles/telemetry.tracesWriter {DeployedStack.Project}",
                $"roles/telemetry.metricsWriter {DeployedStack.Project}",
            ];

            var granted = stack
                .Resources.Where(resource => resource.Text("member") == member)
                .Select(grant =>
                    $"{grant.Text("role")} "
                    + (grant.Text("topic") ?? grant.Text("bucket") ?? grant.Text("secretId") ?? grant.Text("project"))
                );

            Assert.Equal(wanted.Order(StringComparer.Ordinal), granted.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Schedules_PublishTheirMessageInUtc()
    {
        foreach (var wanted in NocturneTopology.Schedules)
        {
            var job = stack.Of("gcp:cloudscheduler/job:Job").Single(candidate => candidate.Text("name") == wanted.Name);

            Assert.Equal((wanted.Cron, "Etc/UTC"), (job.Text("schedule"), job.Text("timeZone")));
            Assert.Equal(FullName(wanted.Topic), job.Text("pubsubTarget.topicName"));
            Assert.Equal(
                wanted.Message,
                Encoding.UTF8.GetString(Convert.FromBase64String(job.Text("pubsubTarget.data")!))
            );
        }
    }

    [Fact]
    public void PushedFunctions_KnowWhoPushesAndForWhom()
    {
        foreach (var push in NocturneTopology.Subscriptions.Select(wanted => wanted.Delivery).OfType<Delivery.Push>())
        {
            var service = Infra.Functions.ServiceName(push.Function);
            var function = stack
                .Of("gcp:cloudfunctionsv2/function:Function")
                .Single(candidate => candidate.Name == service);

            Assert.Equal(
                $"https://{service}-{DeployedStack.ProjectNumber}.{DeployedStack.Region}.run.app",
                function.Text("serviceConfig.environmentVariables.NOCTURNE_PUSH_AUDIENCE")
            );
            Assert.Equal(
                $"{push.Account}@{DeployedStack.Project}.iam.gserviceaccount.com",
                function.Text("serviceConfig.environmentVariables.NOCTURNE_PUSH_ACCOUNT")
            );
        }
    }

    [Fact]
    public async Task Outputs_SayWhereToPublishAndWhereToAsk()
    {
        var program = stack.Program;

        Assert.Equal(
            $"https://nocturne-serve-{DeployedStack.ProjectNumber}.{DeployedStack.Region}.run.app",
            await DeployedStack.ValueOf(program.ServeUrl)
        );
        Assert.Equal(
            $"https://nocturne-collect-{DeployedStack.ProjectNumber}.{DeployedStack.Region}.run.app",
            await DeployedStack.ValueOf(program.CollectUrl)
        );
        Assert.Equal(FullName("listening-events"), await DeployedStack.ValueOf(program.ListeningEventsTopic));
        Assert.Equal(FullName("playlists-ready"), await DeployedStack.ValueOf(program.PlaylistsReadyTopic));
        Assert.Equal($"{DeployedStack.Project}-events", await DeployedStack.ValueOf(program.EventsBucket));
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
                .CollectionGroups.Select(group => (group.Name, DocumentFields.Data))
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
    public void EveryFunction_IsToldWhereItIsAndWhereToReport()
    {
        foreach (var function in NocturneTopology.Functions)
        {
            var service = Infra.Functions.ServiceName(function.Name);
            var variables = stack
                .Of("gcp:cloudfunctionsv2/function:Function")
                .Single(candidate => candidate.Name == service)
                .Map("serviceConfig.environmentVariables");

            Assert.Equal(DeployedStack.Project, variables["NOCTURNE_PROJECT"]);
            Assert.Equal("GoogleRest", variables["NOCTURNE_ADAPTER"]);
            Assert.Equal(function.UsesDocuments, variables.ContainsKey("NOCTURNE_DATABASE"));
            Assert.Equal("https://telemetry.googleapis.com", variables["OTEL_EXPORTER_OTLP_ENDPOINT"]);
            Assert.Equal("http/protobuf", variables["OTEL_EXPORTER_OTLP_PROTOCOL"]);
            Assert.Equal(service, variables["OTEL_SERVICE_NAME"]);
            Assert.Equal(
                $"gcp.project_id={DeployedStack.Project},service.namespace=nocturne,"
                    + $"deployment.environment.name={DeployedStack.Stack}",
                variables["OTEL_RESOURCE_ATTRIBUTES"]
            );
        }
    }

    [Fact]
    public void Secrets_AreGivenInTheConfiguredVersionToThoseThatMayReadThem()
    {
        foreach (var function in NocturneTopology.Functions)
        {
            var given = stack
                .Of("gcp:cloudfunctionsv2/function:Function")
                .Single(candidate => candidate.Name == Infra.Functions.ServiceName(function.Name))
                .List("serviceConfig.secretEnvironmentVariables")
                .Select(variable => (variable.Text("key")!, variable.Text("secret")!, variable.Text("version")!));

            Assert.Equal(
                NocturneTopology
                    .Secrets.Where(secret => secret.Functions.Contains(function.Name))
                    .Select(secret => (secret.Variable, secret.Name, "3")),
                given
            );
        }
    }

    [Fact]
    public void Functions_AreBuiltByTheBuilderIntoTheRepository()
    {
        var builder = $"nocturne-build@{DeployedStack.Project}.iam.gserviceaccount.com";

        Assert.All(
            stack.Of("gcp:cloudfunctionsv2/function:Function"),
            function =>
            {
                Assert.Equal(
                    $"projects/{DeployedStack.Project}/locations/{DeployedStack.Region}/repositories/nocturne",
                    function.Text("buildConfig.dockerRepository")
                );
                Assert.Equal(
                    $"projects/{DeployedStack.Project}/serviceAccounts/{builder}",
                    function.Text("buildConfig.serviceAccount")
                );
            }
        );
        Assert.Equal(
            [
                "roles/artifactregistry.writer",
                "roles/logging.logWriter",
                "roles/storage.objectViewer",
                "roles/storage.objectViewer",
            ],
            stack
                .Resources.Where(resource => resource.Text("member") == $"serviceAccount:{builder}")
                .Select(grant => grant.Text("role"))
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void TheDeployingAccount_MayGrantOnTheProjectWhatTheProgramGrantsThere()
    {
        var bootstrap = Sources.Read("infra/bootstrap");
        var grantable = bootstrap
            .Split("grantable=(\n")[1]
            .Split("\n)")[0]
            .Split('\n', StringSplitOptions.TrimEntries)
            .Order(StringComparer.Ordinal);

        Assert.Equal(
            stack
                .Of("gcp:projects/iAMMember:IAMMember")
                .Select(grant => grant.Text("role")!)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
            grantable
        );
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

    [Fact]
    public void TheSource_IsNamedByItsContent()
    {
        var source = stack.Of("gcp:storage/bucketObject:BucketObject").Single(candidate => candidate.Name is "source");

        Assert.Matches("^functions-[0-9a-f]{16}\\.zip$", source.Text("name"));
        Assert.All(
            stack.Of("gcp:cloudfunctionsv2/function:Function"),
            function => Assert.Equal(source.Text("name"), function.Text("buildConfig.source.storageSource.object"))
        );
    }

    private static string FullName(string topic) => $"projects/{DeployedStack.Project}/topics/{topic}";
}
