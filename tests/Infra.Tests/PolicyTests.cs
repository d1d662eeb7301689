using Nocturne.Topology;

namespace Nocturne.Infra.Tests;

/// <summary>What must hold of every deployment, whatever Topology comes to contain.</summary>
[Collection(nameof(DeployedStack))]
public sealed class PolicyTests(DeployedStack stack)
{
    private const string Subscription = "gcp:pubsub/subscription:Subscription";
    private const string ProjectGrant = "gcp:projects/iAMMember:IAMMember";
    private const string InvokerGrant = "gcp:cloudrunv2/serviceIamMember:ServiceIamMember";

    [Fact]
    public void EveryPush_CarriesAnIdentityAndItsFunctionsAudience()
    {
        var pushes = stack.Of(Subscription).Where(subscription => subscription.Has("pushConfig")).ToList();

        Assert.NotEmpty(pushes);
        Assert.All(
            pushes,
            push =>
            {
                Assert.Equal(
                    $"nocturne-push@{DeployedStack.Project}.iam.gserviceaccount.com",
                    push.Text("pushConfig.oidcToken.serviceAccountEmail")
                );
                Assert.StartsWith("https://nocturne-", push.Text("pushConfig.pushEndpoint"), StringComparison.Ordinal);
                Assert.Equal(push.Text("pushConfig.pushEndpoint"), push.Text("pushConfig.oidcToken.audience"));
            }
        );
    }

    [Fact]
    public void EveryPush_HasADeadLetterTopicThatSomethingHolds()
    {
        foreach (var push in stack.Of(Subscription).Where(subscription => subscription.Has("pushConfig")))
        {
            var topic = push.Text("deadLetterPolicy.deadLetterTopic");

            Assert.NotNull(topic);
            Assert.InRange(push.Number("deadLetterPolicy.maxDeliveryAttempts")!.Value, 5, 100);
            Assert.Contains(
                stack.Of(Subscription),
                held => held.Text("topic") == topic && !held.Has("pushConfig") && !held.Has("cloudStorageConfig")
            );
        }
    }

    [Fact]
    public void EveryDeadLetter_MayBeMovedByPubSubItself()
    {
        var agent = $"serviceAccount:service-{DeployedStack.ProjectNumber}@gcp-sa-pubsub.iam.gserviceaccount.com";
        foreach (var from in stack.Of(Subscription).Where(subscription => subscription.Has("deadLetterPolicy")))
        {
            var topic = from.Text("deadLetterPolicy.deadLetterTopic")!.Split('/')[^1];

            Assert.Contains(
                stack.Of("gcp:pubsub/topicIAMMember:TopicIAMMember"),
                grant =>
                    grant.Text("topic") == topic
                    && grant.Text("role") == "roles/pubsub.publisher"
                    && grant.Text("member") == agent
            );
            Assert.Contains(
                stack.Of("gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember"),
                grant =>
                    grant.Text("subscription") == from.Text("name")
                    && grant.Text("role") == "roles/pubsub.subscriber"
                    && grant.Text("member") == agent
            );
        }
    }

    [Fact]
    public void EverySubscription_IsKeptAndRetriesWithinItsBounds()
    {
        Assert.All(
            stack.Of(Subscription),
            subscription =>
            {
                Assert.Equal("", subscription.Text("expirationPolicy.ttl"));
                Assert.InRange(subscription.Number("ackDeadlineSeconds")!.Value, 10, 600);
                Assert.NotNull(subscription.Text("retryPolicy.minimumBackoff"));
                Assert.NotNull(subscription.Text("retryPolicy.maximumBackoff"));
            }
        );
    }

    [Fact]
    public void EveryBucket_IsPrivateAndVersioned()
    {
        var buckets = stack.Of("gcp:storage/bucket:Bucket");

        Assert.True(buckets.Count > NocturneTopology.Buckets.Count);
        Assert.All(
            buckets,
            bucket =>
            {
                Assert.True(bucket.Is("uniformBucketLevelAccess"), bucket.Name);
                Assert.Equal("enforced", bucket.Text("publicAccessPrevention"));
                Assert.True(bucket.Is("versioning.enabled"), bucket.Name);
                Assert.False(bucket.Is("forceDestroy"), bucket.Name);
            }
        );
    }

    [Fact]
    public void Anyone_MayOnlyInvokeThePublicFunctions()
    {
        var open = stack
            .Resources.Where(resource => resource.Text("member") is "allUsers" or "allAuthenticatedUsers")
            .ToList();

        Assert.All(open, grant => Assert.Equal((InvokerGrant, "roles/run.invoker"), (grant.Type, grant.Text("role"))));
        Assert.Equal(
            ["nocturne-collect", "nocturne-serve"],
            open.Select(grant => grant.Text("name")).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void PushedFunctions_AreInvokedByTheirPushAccountAlone()
    {
        foreach (var function in NocturneTopology.Functions.Where(function => !function.PublicInvoker))
        {
            var deployed = Functions().Single(candidate => candidate.Name == ServiceNameOf(function));

            Assert.Equal("ALLOW_INTERNAL_ONLY", deployed.Text("serviceConfig.ingressSettings"));
            Assert.Equal(
                [$"serviceAccount:nocturne-push@{DeployedStack.Project}.iam.gserviceaccount.com"],
                stack
                    .Of(InvokerGrant)
                    .Where(grant => grant.Text("name") == deployed.Name)
                    .Select(grant => grant.Text("member"))
            );
        }
    }

    [Fact]
    public void TheProject_GrantsNothingThatAResourceCould()
    {
        // What each role on the project is for, and the condition that narrows it; null where nothing could.
        var allowed = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            // A database has no policy of its own.
            ["roles/datastore.user"] = $"resource.name == \"projects/{DeployedStack.Project}/databases/nocturne\"",
            // The bucket is made by Cloud Functions at the first deployment.
            ["roles/storage.objectViewer"] =
                "resource.name.startsWith("
                + $"\"projects/_/buckets/gcf-v2-sources-{DeployedStack.ProjectNumber}-{DeployedStack.Region}\")",
            // Traces, metrics and a build's logs are written to the project and to nothing in it.
            ["roles/telemetry.tracesWriter"] = null,
            ["roles/telemetry.metricsWriter"] = null,
            ["roles/logging.logWriter"] = null,
        };

        Assert.All(
            stack.Of(ProjectGrant),
            grant =>
            {
                Assert.Contains(grant.Text("role")!, allowed);
                Assert.Equal(allowed[grant.Text("role")!], grant.Text("condition.expression"));
            }
        );
        Assert.DoesNotContain(
            stack.Resources,
            grant => grant.Text("role") is "roles/editor" or "roles/owner" or "roles/viewer"
        );
        // A binding or a policy replaces what others have granted; members only add.
        Assert.DoesNotContain(
            stack.Resources,
            resource =>
                resource.Type.EndsWith("Binding", StringComparison.Ordinal)
                || resource.Type.EndsWith("IAMPolicy", StringComparison.Ordinal)
                || resource.Type.EndsWith("IamPolicy", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void EveryRole_IsGrantedToAKnownMember()
    {
        Assert.All(
            stack.Resources.Where(resource => resource.Has("role")),
            grant =>
                Assert.Matches(
                    "^(allUsers|group:analysts@example[.]org|serviceAccount:(nocturne-[a-z]+@night-music[.]iam|"
                        + "service-424242@gcp-sa-pubsub[.]iam)[.]gserviceaccount[.]com|"
                        + "serviceAccount:archive@connections[.]example)$",
                    grant.Text("member")
                )
        );
    }

    [Fact]
    public void EveryDataResource_RefusesToBeDestroyed()
    {
        string[] data =
        [
            "gcp:bigquery/dataset:Dataset",
            "gcp:bigquery/table:Table",
            "gcp:firestore/backupSchedule:BackupSchedule",
            "gcp:firestore/database:Database",
            "gcp:pubsub/subscription:Subscription",
            "gcp:pubsub/topic:Topic",
            "gcp:secretmanager/secret:Secret",
            "gcp:storage/bucket:Bucket",
        ];

        Assert.All(data, type => Assert.Contains(stack.Places, place => place.Type == type));
        Assert.All(
            stack.Places.Where(place => data.Contains(place.Type, StringComparer.Ordinal)),
            // What the functions are built from is made of a commit, and is made again from it.
            place => Assert.True(place.Protected || place.Name is "source", $"{place.Type} {place.Name}")
        );
        Assert.Equal(
            "DELETE_PROTECTION_ENABLED",
            stack.Of("gcp:firestore/database:Database").Single().Text("deleteProtectionState")
        );
        Assert.All(stack.Of("gcp:bigquery/table:Table"), table => Assert.True(table.Is("deletionProtection")));
        Assert.All(stack.Of("gcp:secretmanager/secret:Secret"), secret => Assert.True(secret.Is("deletionProtection")));
    }

    [Fact]
    public void EveryGoogleResource_IsInAComponentAndAfterTheServices()
    {
        var components = stack
            .Places.Where(place => place.Type.StartsWith("nocturne:infra:", StringComparison.Ordinal))
            .Select(place => place.Name)
            .ToList();

        Assert.All(
            stack.Places.Where(place => place.Type.StartsWith("gcp:", StringComparison.Ordinal)),
            place => Assert.Contains(place.Parent!, components)
        );
    }

    [Fact]
    public void NoSecretsValue_IsDeclared()
    {
        Assert.Empty(stack.Of("gcp:secretmanager/secretVersion:SecretVersion"));
        Assert.All(
            Functions(),
            function =>
                Assert.Empty(
                    EnvironmentOf(function)
                        .Intersect(NocturneTopology.Secrets.Select(secret => secret.Variable), StringComparer.Ordinal)
                )
        );
    }

    [Fact]
    public void EveryFunction_RunsAsItsOwnAccountWithinBounds()
    {
        Assert.Equal(NocturneTopology.Functions.Count, Functions().Count);
        foreach (var function in NocturneTopology.Functions)
        {
            var deployed = Functions().Single(candidate => candidate.Name == ServiceNameOf(function));

            Assert.Equal(
                $"{function.Account}@{DeployedStack.Project}.iam.gserviceaccount.com",
                deployed.Text("serviceConfig.serviceAccountEmail")
            );
            Assert.Equal("dotnet10", deployed.Text("buildConfig.runtime"));
            Assert.Equal("true", deployed.Text("buildConfig.environmentVariables.CloudPackages"));
            Assert.Equal(
                $"functions/{function.Name}/{function.Name}.csproj",
                deployed.Text("buildConfig.environmentVariables.GOOGLE_BUILDABLE")
            );
            Assert.InRange(deployed.Number("serviceConfig.maxInstanceCount")!.Value, 1, 100);
            Assert.Equal(function.PublicInvoker ? 1 : 0, deployed.Number("serviceConfig.minInstanceCount"));
        }
    }

    [Fact]
    public void APushedFunction_EndsBeforeItsDeliveryIsMadeAgain()
    {
        foreach (var subscription in NocturneTopology.Subscriptions)
        {
            if (subscription.Delivery is Delivery.Push push)
            {
                var deployed = Functions()
                    .Single(candidate => candidate.Name == Infra.Functions.ServiceName(push.Function));

                Assert.InRange(
                    deployed.Number("serviceConfig.timeoutSeconds")!.Value,
                    1,
                    subscription.AckDeadline.TotalSeconds
                );
            }
        }
    }

    [Fact]
    public void NamesAndPlaces_ComeFromTheConfiguration()
    {
        foreach (
            var resource in stack.Resources.Where(resource =>
                resource.Type.StartsWith("gcp:", StringComparison.Ordinal)
            )
        )
        {
            foreach (var key in new[] { "project", "location", "region", "locationId" })
            {
                if (resource.Text(key) is { } value)
                {
                    Assert.Equal(key is "project" ? DeployedStack.Project : DeployedStack.Region, value);
                }
            }
        }
        Assert.All(
            stack.Of("gcp:storage/bucket:Bucket"),
            bucket => Assert.StartsWith($"{DeployedStack.Project}-", bucket.Text("name"), StringComparison.Ordinal)
        );
    }

    private static IEnumerable<string> EnvironmentOf(Declared function) =>
        function.Map("serviceConfig.environmentVariables").Keys;

    private IReadOnlyList<Declared> Functions() => stack.Of("gcp:cloudfunctionsv2/function:Function");

    private static string ServiceNameOf(Function function) => Infra.Functions.ServiceName(function.Name);
}
