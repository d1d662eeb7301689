using System.Text.Json;
using Nocturne.LocalHost.Stack;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Operations;

/// <summary>What doctor looks at where Google's services, or their emulators, hold the data.</summary>
internal sealed class CloudExamination(IStack stack, Deployment deployment, CloudInspector cloud)
{
    private const int MaxPeeked = 100;
    private const int MaxCounted = 1_000;
    private const string Deploy = "Deploy: 'pulumi up' makes what Topology says. docs/operations.md has the steps.";

    /// <summary>Whether somebody is signed in, and to a deployment that answers.</summary>
    public async Task<(IReadOnlyList<Finding> Findings, bool IsReachable)> AccessAsync(
        CancellationToken cancellationToken
    )
    {
        if (await cloud.SignInAsync(cancellationToken) is { } problem)
        {
            return (
                [
                    new Finding(
                        "credentials",
                        Gravity.Bad,
                        problem,
                        "Sign in: gcloud auth application-default login; or name a key file in "
                            + "GOOGLE_APPLICATION_CREDENTIALS."
                    ),
                ],
                false
            );
        }
        var credentials = new Finding(
            "credentials",
            Gravity.Good,
            cloud.IsEmulated ? "none are needed: the emulators' variables are set" : "application default credentials"
        );
        var database = await cloud.DatabaseAsync(cancellationToken);
        var place = $"{deployment.Project}, database {deployment.Database}";
        return database.IsGood
            ? ([credentials, new Finding("documents", Gravity.Good, place)], true)
            : (
                [
                    credentials,
                    new Finding(
                        "documents",
                        Gravity.Bad,
                        $"{place}: {database.Error}",
                        "Check --project, and that the account may use it: it needs roles/datastore.user, "
                            + "roles/pubsub.editor and roles/storage.objectAdmin. "
                            + Deploy
                    ),
                ],
                false
            );
    }

    /// <summary>Whether everything is there that Topology says, and goes where it should.</summary>
    public async Task<IReadOnlyList<Finding>> TopologyAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        foreach (var topic in NocturneTopology.Topics)
        {
            Add($"topic {topic.Name}", await cloud.TopicAsync(topic.Name, cancellationToken), _ => null);
        }
        foreach (var subscription in NocturneTopology.Subscriptions)
        {
            Add(
                $"subscription {subscription.Name}",
                await cloud.SubscriptionAsync(subscription.Name, cancellationToken),
                body => Difference(subscription, body)
            );
        }
        foreach (var bucket in NocturneTopology.Buckets)
        {
            Add(
                $"bucket {deployment.BucketName(bucket.Name)}",
                await cloud.BucketAsync(bucket.Name, cancellationToken),
                _ => null
            );
        }
        return findings.Count > 0
            ? findings
            :
            [
                new Finding(
                    "topology",
                    Gravity.Good,
                    $"all {NocturneTopology.Topics.Count} topics, {NocturneTopology.Subscriptions.Count} subscriptions "
                        + $"and {NocturneTopology.Buckets.Count} buckets are there"
                ),
            ];

        void Add(string subject, CloudAnswer answer, Func<JsonElement, string?> differenceOf)
        {
            if (!answer.IsGood)
            {
                findings.Add(new Finding(subject, Gravity.Bad, answer.Error, Deploy));
            }
            else if (differenceOf(answer.Body) is { } difference)
            {
                findings.Add(new Finding(subject, Gravity.Bad, difference, Deploy));
            }
        }
    }

    /// <summary>Dead letters that wait, by taking some and giving them back.</summary>
    public async Task<IReadOnlyList<Finding>> DeadLettersAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        foreach (var (subscription, source) in DeadLetters.Holds)
        {
            var (count, error) = await cloud.PeekAsync(subscription, MaxPeeked, cancellationToken);
            findings.Add(
                error is not null ? new Finding(subscription, Gravity.Bad, error)
                : count == 0 ? new Finding(subscription, Gravity.Good, "no dead letters were found")
                : new Finding(
                    subscription,
                    Gravity.Bad,
                    $"at least {count} messages of {source} were given up (looked at and given back, which counts as a delivery)",
                    "Look at the log for why, then send them back: nocturne redrive"
                )
            );
        }
        return findings;
    }

    /// <summary>Files of refused lines: reading them all is left to who wants to.</summary>
    public async Task<Finding> RejectedAsync(CancellationToken cancellationToken)
    {
        var files = 0;
        var bytes = 0L;
        var latest = "";
        await foreach (
            var file in stack.Objects.ListAsync(NocturneTopology.BucketNames.Rejected, "", null, cancellationToken)
        )
        {
            bytes += file.Size;
            latest = file.Key.Name;
            if (++files == MaxCounted)
            {
                break;
            }
        }
        var bucket = deployment.BucketName(NocturneTopology.BucketNames.Rejected);
        return files == 0
            ? new Finding("rejected-events", Gravity.Good, "no line was refused")
            : new Finding(
                "rejected-events",
                Gravity.Warning,
                FormattableString.Invariant(
                    $"{(files == MaxCounted ? "at least " : "")}{files:n0} files with {bytes:n0} bytes of refused lines, up to {latest}"
                ),
                $"Each line in gs://{bucket} has its reason; mend the publisher and publish them again."
            );
    }

    private string? Difference(Subscription subscription, JsonElement body)
    {
        var topic = deployment.TopicPath(subscription.Topic);
        var hasPush =
            body.TryGetProperty("pushConfig", out var push)
            && push.TryGetProperty("pushEndpoint", out var endpoint)
            && endpoint.GetString() is { Length: > 0 };
        return Text(body, "topic") != topic ? $"it is on {Text(body, "topic")}, not on {topic}"
            : subscription.Delivery is Delivery.Push && !hasPush ? "it pushes nowhere"
            : subscription.Delivery is Delivery.CloudStorage storage && !cloud.IsEmulated
                ? StorageDifference(storage, body)
            : subscription.DeadLetter is { } dead && DeadLetterTopic(body) != deployment.TopicPath(dead.Topic)
                ? $"its dead letters do not go to {dead.Topic}"
            : null;
    }

    private string? StorageDifference(Delivery.CloudStorage storage, JsonElement body)
    {
        var bucket = deployment.BucketName(storage.Bucket);
        if (!body.TryGetProperty("cloudStorageConfig", out var config) || Text(config, "bucket") != bucket)
        {
            return $"it does not write to {bucket}";
        }
        return Text(config, "state") is { } state and not "ACTIVE" ? $"it does not write: {state}" : null;
    }

    private static string? DeadLetterTopic(JsonElement body) =>
        body.TryGetProperty("deadLetterPolicy", out var policy) ? Text(policy, "deadLetterTopic") : null;

    private static string? Text(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) ? value.GetString() : null;
}
