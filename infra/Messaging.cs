using Nocturne.Topology;
using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra;

/// <summary>Topics and subscriptions, who may publish, and what Pub/Sub itself may do for them.</summary>
internal sealed class Messaging : ComponentResource
{
    private readonly Dictionary<string, Gcp.PubSub.Topic> _topics = new(StringComparer.Ordinal);

    public Messaging(
        StackSettings settings,
        Services services,
        Identities identities,
        Storage storage,
        Functions functions
    )
        : base("nocturne:infra:Messaging", "messaging")
    {
        foreach (var topic in NocturneTopology.Topics)
        {
            _topics.Add(topic.Name, Declare(topic, settings, this.Holding(settings, services.All)));
        }
        foreach (var function in NocturneTopology.Functions)
        {
            foreach (var topic in function.Publishes)
            {
                LetPublish(function.Account, topic, identities.Member(function.Account));
            }
        }
        foreach (
            var topic in NocturneTopology
                .Subscriptions.Select(subscription => subscription.DeadLetter?.Topic)
                .OfType<string>()
                .Distinct(StringComparer.Ordinal)
        )
        {
            LetPublish("pubsub-agent", topic, identities.PubSubAgent);
        }
        foreach (var subscription in NocturneTopology.Subscriptions)
        {
            Subscribe(subscription);
        }
        RegisterOutputs();

        void LetPublish(string who, string topic, Output<string> member) =>
            _ = new Gcp.PubSub.TopicIAMMember(
                $"{who}-publishes-{topic}",
                new()
                {
                    Project = settings.Project,
                    Topic = Topic(topic).Name,
                    Role = "roles/pubsub.publisher",
                    Member = member,
                },
                this.Inside()
            );

        void Subscribe(Subscription subscription)
        {
            var args = new Gcp.PubSub.SubscriptionArgs
            {
                Project = settings.Project,
                Name = subscription.Name,
                Topic = Topic(subscription.Topic).Id,
                AckDeadlineSeconds = (int)subscription.AckDeadline.TotalSeconds,
                MessageRetentionDuration = NocturneTopology.WorkKept.Seconds(),
                // Without this a subscription that nobody used for 31 days is deleted.
                ExpirationPolicy = new Gcp.PubSub.Inputs.SubscriptionExpirationPolicyArgs { Ttl = "" },
                RetryPolicy = new Gcp.PubSub.Inputs.SubscriptionRetryPolicyArgs
                {
                    MinimumBackoff = subscription.MinBackoff.Seconds(),
                    MaximumBackoff = subscription.MaxBackoff.Seconds(),
                },
            };
            Resource[] after = [];
            switch (subscription.Delivery)
            {
                case Delivery.Push push:
                    var address = functions.Address(push.Function);
                    args.PushConfig = new Gcp.PubSub.Inputs.SubscriptionPushConfigArgs
                    {
                        PushEndpoint = address,
                        OidcToken = new Gcp.PubSub.Inputs.SubscriptionPushConfigOidcTokenArgs
                        {
                            ServiceAccountEmail = identities.Account(push.Account).Email,
                            Audience = address,
                        },
                    };
                    break;
                case Delivery.CloudStorage archive:
                    args.CloudStorageConfig = Archive(archive, storage);
                    after = LetWrite(subscription.Name, archive.Bucket);
                    break;
                case Delivery.Pull:
                    args.MessageRetentionDuration = NocturneTopology.HeldKept.Seconds();
                    break;
                default:
                    throw new RunException(
                        $"Messaging does not know how to deliver '{subscription.Name}' ({subscription.Delivery})."
                    );
            }
            if (subscription.DeadLetter is { } dead)
            {
                args.DeadLetterPolicy = new Gcp.PubSub.Inputs.SubscriptionDeadLetterPolicyArgs
                {
                    DeadLetterTopic = Topic(dead.Topic).Id,
                    MaxDeliveryAttempts = dead.MaxAttempts,
                };
            }
            var declared = new Gcp.PubSub.Subscription(subscription.Name, args, this.Holding(settings, after));
            if (subscription.DeadLetter is not null)
            {
                // Moving a message is publishing it there and acknowledging it here.
                _ = new Gcp.PubSub.SubscriptionIAMMember(
                    $"pubsub-agent-takes-from-{subscription.Name}",
                    new()
                    {
                        Project = settings.Project,
                        Subscription = declared.Name,
                        Role = "roles/pubsub.subscriber",
                        Member = identities.PubSubAgent,
                    },
                    this.Inside()
                );
            }
        }

        // Pub/Sub looks at the bucket before it accepts the subscription, and then only ever adds objects.
        Resource[] LetWrite(string subscription, string bucket) =>
            [
                .. new[] { "legacyBucketReader", "objectCreator" }.Select(role => new Gcp.Storage.BucketIAMMember(
                    $"{subscription}-{role}",
                    new()
                    {
                        Bucket = storage.Bucket(bucket).Name,
                        Role = $"roles/storage.{role}",
                        Member = identities.PubSubAgent,
                    },
                    this.Inside()
                )),
            ];
    }

    /// <summary>A topic by its name in Topology.</summary>
    public Gcp.PubSub.Topic Topic(string name) => _topics[name];

    private static Gcp.PubSub.Topic Declare(Topic topic, StackSettings settings, CustomResourceOptions options) =>
        new(
            topic.Name,
            new()
            {
                Project = settings.Project,
                Name = topic.Name,
                MessageRetentionDuration = NocturneTopology.TopicKept.Seconds(),
                // Listeners' events rest where the stack says, wherever they were published.
                MessageStoragePolicy = new Gcp.PubSub.Inputs.TopicMessageStoragePolicyArgs
                {
                    AllowedPersistenceRegions = { settings.Region },
                },
            },
            options
        );

    // Text, which is what no format means: a line a message, so an object is NDJSON as it stands, in the folder of the day that it arrived.
    private static Gcp.PubSub.Inputs.SubscriptionCloudStorageConfigArgs Archive(
        Delivery.CloudStorage archive,
        Storage storage
    ) =>
        new()
        {
            Bucket = storage.Bucket(archive.Bucket).Name,
            FilenamePrefix = "dt=",
            FilenameDatetimeFormat = "YYYY-MM-DD/hh_mm_ssZ",
            FilenameSuffix = ".ndjson",
            MaxBytes = checked((int)archive.MaxBytes),
            MaxDuration = archive.MaxDuration.Seconds(),
        };
}
