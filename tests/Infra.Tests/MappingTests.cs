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
