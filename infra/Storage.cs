using Nocturne.Topology;
using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra;

/// <summary>The buckets, and which function reads and writes which.</summary>
internal sealed class Storage : ComponentResource
{
    // Long enough to notice a mistake and undo it; every night replaces pointers and manifests, so not for ever.
    private const int DaysOfOldVersions = 30;

    private readonly Dictionary<string, Gcp.Storage.Bucket> _buckets = new(StringComparer.Ordinal);

    public Storage(StackSettings settings, Services services, Identities identities)
        : base("nocturne:infra:Storage", "storage")
    {
        foreach (var bucket in NocturneTopology.Buckets)
        {
            _buckets.Add(bucket.Name, PrivateBucket(bucket.Name, settings, this.Holding(settings, services.All)));
        }
        foreach (var function in NocturneTopology.Functions)
        {
            foreach (var bucket in function.WritesBuckets)
            {
                Grant(bucket, "writes", "roles/storage.objectUser", function);
            }
            foreach (var bucket in function.ReadsBuckets.Except(function.WritesBuckets, StringComparer.Ordinal))
            {
                Grant(bucket, "reads", "roles/storage.objectViewer", function);
            }
        }
        RegisterOutputs();

        void Grant(string bucket, string verb, string role, Function function) =>
            _ = new Gcp.Storage.BucketIAMMember(
                $"{function.Account}-{verb}-{bucket}",
                new()
                {
                    Bucket = Bucket(bucket).Name,
                    Role = role,
                    Member = identities.Member(function.Account),
                },
                this.Inside()
            );
    }

    /// <summary>A bucket by its name in Topology.</summary>
    public Gcp.Storage.Bucket Bucket(string name) => _buckets[name];

    /// <summary>A bucket that nobody outside the project can be let into, not even by mistake.</summary>
    /// <param name="name">Its logical name; deployed as <c>{project}-{name}</c>.</param>
    /// <param name="settings">The stack's settings.</param>
    /// <param name="options">The resource's options.</param>
    public static Gcp.Storage.Bucket PrivateBucket(
        string name,
        StackSettings settings,
        CustomResourceOptions options
    ) =>
        new(
            name,
            new()
            {
                Project = settings.Project,
                Name = $"{settings.Project}-{name}",
                Location = settings.Region,
                UniformBucketLevelAccess = true,
                PublicAccessPrevention = "enforced",
                ForceDestroy = !settings.ProtectData,
                Versioning = new Gcp.Storage.Inputs.BucketVersioningArgs { Enabled = true },
                LifecycleRules =
                {
                    new Gcp.Storage.Inputs.BucketLifecycleRuleArgs
                    {
                        Action = new Gcp.Storage.Inputs.BucketLifecycleRuleActionArgs { Type = "Delete" },
                        Condition = new Gcp.Storage.Inputs.BucketLifecycleRuleConditionArgs
                        {
                            DaysSinceNoncurrentTime = DaysOfOldVersions,
                            WithState = "ARCHIVED",
                        },
                    },
                },
            },
            options
        );
}
