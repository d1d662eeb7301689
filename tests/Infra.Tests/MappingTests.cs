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
