using Nocturne.Topology;

namespace Nocturne.LocalHost.Costs;

/// <summary>What a deployed system used in a span of time, as Cloud Monitoring counted it.</summary>
internal static class DeployedUsage
{
    private const string Database = "firestore.googleapis.com/Database";
    private const string Function = "cloud_run_revision";
    private const decimal BytesPerGiB = 1 << 30;

    // Cloud Billing's month.
    private static readonly TimeSpan Month = TimeSpan.FromHours(730);

    // Of a Cloud Run service's name; infra gives it to all functions.
    private const string ServicePrefix = "nocturne-";

    private static readonly string[] ClassB = ["ReadObject", "GetObjectMetadata", "GetBucketMetadata"];
    private static readonly string[] FreeOfCharge = ["DeleteObject", "DeleteBucket", "AbortResumableUpload"];

    private static readonly HashSet<string> Exports = NocturneTopology
        .Subscriptions.Where(subscription => subscription.Delivery is Delivery.CloudStorage)
        .Select(subscription => subscription.Name)
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>Reads the usage of a span.</summary>
    public static async Task<IReadOnlyList<UsageItem>> ReadAsync(
        MonitoringApi monitoring,
        Deployment deployment,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    )
    {
        var months = (decimal)((to - from) / Month);
        var inDatabase = $"resource.labels.database_id = \"{deployment.Database}\"";
        var inBuckets = $"resource.labels.bucket_name = starts_with(\"{deployment.BucketName("")}\")";
        var inServices = $"resource.labels.service_name = starts_with(\"{ServicePrefix}\")";

        var published = await SumAsync(
            new("pubsub.googleapis.com/topic/message_sizes", "pubsub_topic", Aligning.Sum) { Where = OurTopics() }
        );
        var delivered = await ReadAsync(
            new("pubsub.googleapis.com/subscription/byte_cost", "pubsub_subscription", Aligning.Sum)
            {
                Where = OurSubscriptions(),
                GroupBy = "resource.labels.subscription_id",
            }
        );
        var requests = await ReadAsync(
            new("storage.googleapis.com/api/request_count", "gcs_bucket", Aligning.Sum)
            {
                Where = inBuckets,
                GroupBy = "metric.labels.method",
            }
        );
        return
        [
            new("documents read", await DocumentsAsync("read_ops_count"), PriceIds.DocumentRead),
            new("documents written", await DocumentsAsync("write_ops_count"), PriceIds.DocumentWrite),
            new("documents deleted", await DocumentsAsync("delete_ops_count"), PriceIds.DocumentDelete),
            new(
                "documents and indexes kept",
                months
                    * await GiBAsync(
                        new("firestore.googleapis.com/storage/data_and_index_storage_bytes", Database, Aligning.Mean)
                        {
                            Where = inDatabase,
                        }
                    ),
                PriceIds.DocumentBytes
            ),
            new("messages published", published.Count, PriceId: null, "messages"),
            new(
                "published",
                await GiBAsync(
                    new("pubsub.googleapis.com/topic/byte_cost", "pubsub_topic", Aligning.Sum) { Where = OurTopics() }
                ),
                PriceIds.Throughput
            ),
            new(
                "pushed and pulled",
                delivered.Where(sum => !Exports.Contains(sum.Group)).Sum(sum => sum.Value) / BytesPerGiB,
                PriceIds.Throughput
            ),
            new(
                "written to buckets by Pub/Sub",
                delivered.Where(sum => Exports.Contains(sum.Group)).Sum(sum => sum.Value) / BytesPerGiB,
                PriceIds.Export
            ),
            // What is not known to be cheaper counts as the dearer class.
            new(
                "objects written, pages listed",
                requests
                    .Where(sum => !ClassB.Contains(sum.Group) && !FreeOfCharge.Contains(sum.Group))
                    .Sum(sum => sum.Value),
                PriceIds.ObjectClassA
            ),
            new(
                "objects read",
                requests.Where(sum => ClassB.Contains(sum.Group)).Sum(sum => sum.Value),
                PriceIds.ObjectClassB
            ),
            new(
                "objects kept",
                months
                    * await GiBAsync(
                        new("storage.googleapis.com/storage/v2/total_bytes", "gcs_bucket", Aligning.Mean)
                        {
                            Where = inBuckets,
                        }
                    ),
                PriceIds.ObjectBytes
            ),
            new("requests of functions", await FunctionsAsync("request_count"), PriceIds.Request),
            new(
                "time of instances",
                await FunctionsAsync("container/billable_instance_time"),
                PriceId: null,
                "seconds"
            ),
            new("processors of instances", await FunctionsAsync("container/cpu/allocation_time"), PriceIds.Cpu),
            new("memory of instances", await FunctionsAsync("container/memory/allocation_time"), PriceIds.Memory),
        ];

        async Task<decimal> DocumentsAsync(string metric) =>
            (
                await SumAsync(
                    new($"firestore.googleapis.com/document/{metric}", Database, Aligning.Sum) { Where = inDatabase }
                )
            ).Value;

        async Task<decimal> FunctionsAsync(string metric) =>
            (await SumAsync(new($"run.googleapis.com/{metric}", Function, Aligning.Sum) { Where = inServices })).Value;

        async Task<decimal> GiBAsync(TimeSeriesQuery query) => (await SumAsync(query)).Value / BytesPerGiB;

        async Task<(decimal Value, long Count)> SumAsync(TimeSeriesQuery query)
        {
            var sums = await ReadAsync(query);
            return (sums.Sum(sum => sum.Value), sums.Sum(sum => sum.Count));
        }

        Task<IReadOnlyList<SeriesSum>> ReadAsync(TimeSeriesQuery query) =>
            monitoring.ReadAsync(query, from, to, cancellationToken);
    }

    private static string OurTopics() => OneOf("topic_id", NocturneTopology.Topics.Select(topic => topic.Name));

    private static string OurSubscriptions() =>
        OneOf("subscription_id", NocturneTopology.Subscriptions.Select(subscription => subscription.Name));

    private static string OneOf(string label, IEnumerable<string> values) =>
        $"resource.labels.{label} = one_of({string.Join(", ", values.Select(value => $"\"{value}\""))})";
}
