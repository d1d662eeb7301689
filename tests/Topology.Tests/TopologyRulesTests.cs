using System.Reflection;
using System.Text.Json;

namespace Nocturne.Topology.Tests;

/// <summary>What must hold of Topology itself, before anything is deployed from it or run on it.</summary>
public sealed class TopologyRulesTests
{
    [Fact]
    public void Names_AreUniqueWithinTheirKind()
    {
        Unique(NocturneTopology.Topics.Select(topic => topic.Name));
        Unique(NocturneTopology.Subscriptions.Select(subscription => subscription.Name));
        Unique(NocturneTopology.Buckets.Select(bucket => bucket.Name));
        Unique(NocturneTopology.Functions.Select(function => function.Name));
        Unique(NocturneTopology.Functions.Select(function => function.Account));
        Unique(NocturneTopology.Schedules.Select(schedule => schedule.Name));
        Unique(NocturneTopology.CollectionGroups.Select(group => group.Name));
        Unique(NocturneTopology.Secrets.Select(secret => secret.Name));
        Unique(NocturneTopology.Secrets.Select(secret => secret.Variable));
        Unique(NocturneTopology.LogMetrics.Select(metric => metric.Name));

        static void Unique(IEnumerable<string> names)
        {
            var all = names.ToList();
            Assert.NotEmpty(all);
            Assert.Equal(all.Count, all.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        }
    }

    [Fact]
    public void Names_AreLegalWhereTheyAreDeployed()
    {
        Assert.All(
            NocturneTopology
                .Topics.Select(topic => topic.Name)
                .Concat(NocturneTopology.Subscriptions.Select(subscription => subscription.Name)),
            // Pub/Sub: 3 to 255 characters, a letter first, not beginning with goog.
            name => Assert.Matches("^(?!goog)[a-z][a-z0-9-]{2,254}$", name)
        );
        Assert.All(
            Accounts(),
            // IAM: 6 to 30 characters.
            account => Assert.Matches("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", account)
        );
        Assert.All(
            NocturneTopology.Buckets,
            // {project}-{name} is at most 63 characters, of which a project's id takes up to 30.
            bucket => Assert.Matches("^[a-z0-9-]{1,31}[a-z0-9]$", bucket.Name)
        );
    }

    [Fact]
    public void NamedConstants_AreWhatIsDeclared()
    {
        Assert.Equal(
            Constants(typeof(NocturneTopology.TopicNames)),
            Sorted(NocturneTopology.Topics.Select(t => t.Name))
        );
        Assert.Equal(
            Constants(typeof(NocturneTopology.SubscriptionNames)),
            Sorted(NocturneTopology.Subscriptions.Select(s => s.Name))
        );
        Assert.Equal(
            Constants(typeof(NocturneTopology.BucketNames)),
            Sorted(NocturneTopology.Buckets.Select(b => b.Name))
        );
        Assert.Equal(
            Constants(typeof(NocturneTopology.LogMetricNames)),
            Sorted(NocturneTopology.LogMetrics.Select(m => m.Name))
        );

        static string[] Constants(Type names) =>
            Sorted(
                names.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!)
            );

        static string[] Sorted(IEnumerable<string> names) => [.. names.Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void References_AllResolve()
    {
        var topics = NocturneTopology.Topics.Select(topic => topic.Name).ToHashSet(StringComparer.Ordinal);
        var buckets = NocturneTopology.Buckets.Select(bucket => bucket.Name).ToHashSet(StringComparer.Ordinal);
        var functions = NocturneTopology.Functions.Select(function => function.Name).ToHashSet(StringComparer.Ordinal);

        Assert.All(
            NocturneTopology
                .Subscriptions.Select(subscription => subscription.Topic)
                .Concat(
                    NocturneTopology
                        .Subscriptions.Select(subscription => subscription.DeadLetter?.Topic)
                        .OfType<string>()
                )
                .Concat(NocturneTopology.Functions.SelectMany(function => function.Publishes))
                .Concat(NocturneTopology.Schedules.Select(schedule => schedule.Topic)),
            topic => Assert.Contains(topic, topics)
        );
        Assert.All(
            Deliveries<Delivery.CloudStorage>()
                .Select(archive => archive.Bucket)
                .Concat(NocturneTopology.Functions.SelectMany(function => function.ReadsBuckets))
                .Concat(NocturneTopology.Functions.SelectMany(function => function.WritesBuckets)),
            bucket => Assert.Contains(bucket, buckets)
        );
        Assert.All(Deliveries<Delivery.Push>(), push => Assert.Contains(push.Function, functions));
    }

    [Fact]
    public void EveryTopic_HasASubscription_SoThatNothingPublishedIsLost()
    {
        Assert.All(
            NocturneTopology.Topics,
            topic => Assert.Contains(NocturneTopology.Subscriptions, subscription => subscription.Topic == topic.Name)
        );
    }

    [Fact]
    public void EveryPush_HasADeadLetterTopicOfItsOwnThatIsHeld()
    {
        var pushed = NocturneTopology
            .Subscriptions.Where(subscription => subscription.Delivery is Delivery.Push)
            .ToList();

        Assert.NotEmpty(pushed);
        Assert.All(
            pushed,
            push =>
            {
                Assert.NotNull(push.DeadLetter);
                Assert.NotEqual(push.Topic, push.DeadLetter.Topic);
                Assert.Contains(
                    NocturneTopology.Subscriptions,
                    held => held.Topic == push.DeadLetter.Topic && held.Delivery is Delivery.Pull
                );
            }
        );
        // Otherwise redrive could not tell where a message belongs.
        Assert.Equal(
            pushed.Count,
            pushed.Select(push => push.DeadLetter!.Topic).Distinct(StringComparer.Ordinal).Count()
        );
    }

    [Fact]
    public void NothingPushed_LeavesADeadLetterTopic()
    {
        var dead = NocturneTopology
            .Subscriptions.Select(subscription => subscription.DeadLetter?.Topic)
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);

        Assert.All(
            NocturneTopology.Subscriptions.Where(subscription => dead.Contains(subscription.Topic)),
            held => Assert.Null(held.DeadLetter)
        );
    }

    [Fact]
    public void Bounds_AreThoseOfPubSub()
    {
        Assert.All(
            NocturneTopology.Subscriptions,
            subscription =>
            {
                Assert.InRange(subscription.AckDeadline, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(600));
                Assert.InRange(subscription.MinBackoff, TimeSpan.Zero, subscription.MaxBackoff);
                Assert.InRange(subscription.MaxBackoff, subscription.MinBackoff, TimeSpan.FromSeconds(600));
                if (subscription.DeadLetter is { } dead)
                {
                    Assert.InRange(dead.MaxAttempts, 5, 100);
                }
                if (subscription.Delivery is Delivery.CloudStorage archive)
                {
                    Assert.InRange(archive.MaxBytes, 1_000, 10L << 30);
                    Assert.InRange(archive.MaxDuration, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10));
                    // A file is acknowledged when it is closed.
                    Assert.InRange(archive.MaxDuration, TimeSpan.Zero, subscription.AckDeadline);
                }
            }
        );
    }

    [Fact]
    public void OnlyServeAndCollect_AreOpenAndNeitherIsPushedTo()
    {
        Assert.Equal(
            ["Collect", "Serve"],
            NocturneTopology
                .Functions.Where(function => function.PublicInvoker)
                .Select(function => function.Name)
                .Order(StringComparer.Ordinal)
        );
        Assert.All(
            NocturneTopology.Functions,
            function =>
                Assert.NotEqual(
                    function.PublicInvoker,
                    Deliveries<Delivery.Push>().Any(push => push.Function == function.Name)
                )
        );
    }

    [Fact]
    public void PushAccounts_AreNoFunctionsOwn()
    {
        Assert.Empty(
            Deliveries<Delivery.Push>()
                .Select(push => push.Account)
                .Intersect(NocturneTopology.Functions.Select(function => function.Account), StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Schedules_AreCronAndPublishJson()
    {
        Assert.All(
            NocturneTopology.Schedules,
            schedule =>
            {
                Assert.Matches(@"^(\S+ ){4}\S+$", schedule.Cron);
                using var message = JsonDocument.Parse(schedule.Message);
                Assert.Equal(JsonValueKind.Object, message.RootElement.ValueKind);
            }
        );
    }

    private static IEnumerable<T> Deliveries<T>()
        where T : Delivery => NocturneTopology.Subscriptions.Select(subscription => subscription.Delivery).OfType<T>();

    private static IEnumerable<string> Accounts() =>
        NocturneTopology
            .Functions.Select(f => f.Account)
            .Concat(Deliveries<Delivery.Push>().Select(push => push.Account));
}
