using Nocturne.Topology;
using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra;

/// <summary>The buckets, and which function reads and writes which.</summary>
internal sealed class Storage : ComponentResource
{
    private readonly Dictionary<string, Gcp.Storage.Bucket> _buckets = new(StringComparer.Ordinal);

    public Storage(StackSettings settings, Services services, Identities identities)
        : base("nocturne:infra:Storage", "storage")
    {
        foreach (var bucket in NocturneTopology.Buckets)
        {
            _buckets.Add(bucket.Name, PrivateBucket(bucket, settings, this.Holding(settings, services.All)));
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
    /// <param name="bucket">What it is.</param>
    /// <param name="settings">The stack's settings.</param>
    /// <param name="options">The resource's options.</param>
    public static Gcp.Storage.Bucket PrivateBucket(
        Bucket bucket,
        StackSettings settings,
        CustomResourceOptions options
    ) =>
        new(
            bucket.Name,
            new()
            {
                Project = settings.Project,
                Name = settings.Deployed.BucketName(bucket.Name),
                Location = settings.Region,
                UniformBucketLevelAccess = true,
                PublicAccessPrevention = "enforced",
                ForceDestroy = !settings.ProtectData,
                Versioning = new Gcp.Storage.Inputs.BucketVersioningArgs { Enabled = true },
                SoftDeletePolicy = new Gcp.Storage.Inputs.BucketSoftDeletePolicyArgs
                {
                    RetentionDurationSeconds = (int)bucket.Life.SoftDelete.TotalSeconds,
                },
                LifecycleRules = Rules(bucket.Life).ToList(),
            },
            options
        );

    private static IEnumerable<Gcp.Storage.Inputs.BucketLifecycleRuleArgs> Rules(ObjectLife life)
    {
        yield return Rule("Delete", new() { DaysSinceNoncurrentTime = Days(life.OldVersions), WithState = "ARCHIVED" });
        foreach (var colder in life.Colder)
        {
            yield return Rule(
                "SetStorageClass",
                new() { Age = Days(colder.After), WithState = "LIVE" },
                colder.StorageClass
            );
        }
        if (life.Expiry is { } expiry)
        {
            yield return Rule(
                "Delete",
                new()
                {
                    Age = Days(expiry.After),
                    MatchesPrefixes = expiry.Prefixes.ToList(),
                    WithState = "LIVE",
                }
            );
        }
    }

    private static Gcp.Storage.Inputs.BucketLifecycleRuleArgs Rule(
        string action,
        Gcp.Storage.Inputs.BucketLifecycleRuleConditionArgs condition,
        string? storageClass = null
    )
    {
        var what = new Gcp.Storage.Inputs.BucketLifecycleRuleActionArgs { Type = action };
        if (storageClass is not null)
        {
            what.StorageClass = storageClass;
        }
        return new() { Action = what, Condition = condition };
    }

    private static int Days(TimeSpan time) => (int)time.TotalDays;
}
