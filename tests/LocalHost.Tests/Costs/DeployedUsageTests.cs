using System.Net;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Costs;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Tests.Costs;

/// <summary>What Cloud Monitoring is asked, how its answers are read, and what that costs.</summary>
public sealed class DeployedUsageTests
{
    private static readonly DateTimeOffset From = new(2026, 11, 14, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset To = From.AddDays(7);

    private static readonly TimeSeriesQuery Reads = new(
        "firestore.googleapis.com/document/read_ops_count",
        "firestore.googleapis.com/Database",
        Aligning.Sum
    );

    [Fact]
    public async Task Query_OfAMetric_AsksForOnePointASeriesOverTheWholeTime()
    {
        using var recorded = new RecordedMonitoring();
        using var api = recorded.Api();

        await api.ReadAsync(
            Reads with
            {
                Where = "resource.labels.database_id = \"nocturne\"",
                GroupBy = "metric.labels.type",
            },
            From,
            To,
            CancellationToken.None
        );

        Assert.Equal("/v3/projects/my-project/timeSeries", Assert.Single(recorded.Paths));
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["filter"] =
                    "metric.type = \"firestore.googleapis.com/document/read_ops_count\" AND "
                    + "resource.type = \"firestore.googleapis.com/Database\" AND resource.labels.database_id = \"nocturne\"",
                ["interval.startTime"] = "2026-11-14T00:00:00Z",
                ["interval.endTime"] = "2026-11-21T00:00:00Z",
                ["aggregation.alignmentPeriod"] = "604800s",
                ["aggregation.perSeriesAligner"] = "ALIGN_SUM",
                ["aggregation.crossSeriesReducer"] = "REDUCE_SUM",
                ["aggregation.groupByFields"] = "metric.labels.type",
                ["pageSize"] = "1000",
            },
            Assert.Single(recorded.Requests)
        );
    }

    [Fact]
    public async Task Usage_OfADeployment_IsWhatItsMetricsSay()
    {
        using var recorded = new RecordedMonitoring();
        using var api = recorded.Api();

        var usage = await DeployedUsage.ReadAsync(api, new Deployment("my-project"), From, To, CancellationToken.None);

        var months = 7 * 24 / 730m;
        Assert.Equal(
            new Dictionary<string, decimal>
            {
                ["documents read"] = 7_000_000,
                ["documents written"] = 3_000_000,
                ["documents deleted"] = 100_000,
                ["documents and indexes kept"] = Math.Round(10 * months, 6),
                ["messages published"] = 40_000,
                ["published"] = 1,
                ["pushed and pulled"] = 1,
                ["written to buckets by Pub/Sub"] = 2,
                ["objects written, pages listed"] = 10_000,
                ["objects read"] = 50_000,
                ["objects kept"] = Math.Round(100 * months, 6),
                ["requests of functions"] = 2_000_000,
                ["time of instances"] = 90_000.5m,
                ["processors of instances"] = 100_000,
                ["memory of instances"] = 50_000,
            },
            usage.ToDictionary(item => item.What, item => Math.Round(item.Quantity, 6))
        );
    }

    [Fact]
    public async Task Usage_OfADeployment_IsAskedOfItsOwnResourcesOnly()
    {
        using var recorded = new RecordedMonitoring();
        using var api = recorded.Api();

        await DeployedUsage.ReadAsync(api, new Deployment("my-project"), From, To, CancellationToken.None);

        var filters = recorded.Requests.Select(request => request["filter"]).ToList();
        Assert.All(filters, filter => Assert.Equal(2, filter.Split("resource.labels.").Length));
        Assert.Equal(
            4,
            filters.Count(filter => filter.Contains("database_id = \"nocturne\"", StringComparison.Ordinal))
        );
        Assert.Contains(
            filters,
            filter => filter.Contains("bucket_name = starts_with(\"my-project-\")", StringComparison.Ordinal)
        );
        Assert.All(
            NocturneTopology.Subscriptions,
            subscription =>
                Assert.Contains(
                    filters,
                    filter => filter.Contains($"\"{subscription.Name}\"", StringComparison.Ordinal)
                )
        );
    }

    [Fact]
    public async Task Bill_OfADeployment_IsTheSumOfItsUsageAtListPrices()
    {
        using var recorded = new RecordedMonitoring();
        using var api = recorded.Api();
        var usage = await DeployedUsage.ReadAsync(api, new Deployment("my-project"), From, To, CancellationToken.None);

        var bill = Bill.Of(usage, PriceList.Default());

        var months = 7 * 24 / 730m;
        var documents = (70 * 0.03m) + (30 * 0.09m) + 0.01m + (10 * months * 0.15m);
        var messages = ((1 + 1) * 40m / 1_024) + (2 * 50m / 1_024);
        var objects = (10 * 0.005m) + (50 * 0.0004m) + (100 * months * 0.02m);
        var functions = (2 * 0.4m) + (100_000 * 0.000024m) + (50_000 * 0.0000025m);
        Assert.Equal(documents + messages + objects + functions, bill.TotalUsd, precision: 9);
    }

    [Fact]
    public async Task Read_OfAMetricNeverWritten_IsNothing()
    {
        using var recorded = new RecordedMonitoring();
        using var api = recorded.Api();

        var sums = await api.ReadAsync(Reads with { Metric = "example.com/none" }, From, To, CancellationToken.None);

        Assert.Empty(sums);
    }

    [Fact]
    public async Task Read_RefusedWithTooManyRequests_IsAskedAgain()
    {
        using var recorded = new RecordedMonitoring(HttpStatusCode.TooManyRequests, HttpStatusCode.ServiceUnavailable);
        var time = new ManualTimeProvider();
        using var api = recorded.Api(time);

        var reading = api.ReadAsync(Reads, From, To, CancellationToken.None);
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(10));
            return reading.IsCompleted;
        });

        Assert.Equal(7_000_000, Assert.Single(await reading).Value);
        Assert.Equal(3, recorded.Requests.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "roles/monitoring.viewer")]
    [InlineData(HttpStatusCode.Unauthorized, "my-project")]
    [InlineData(HttpStatusCode.BadRequest, "read_ops_count")]
    public async Task Read_Refused_SaysWhatToDoAboutIt(HttpStatusCode status, string hint)
    {
        using var recorded = new RecordedMonitoring(status);
        using var api = recorded.Api();

        var refusal = await Assert.ThrowsAsync<CommandFailedException>(() =>
            api.ReadAsync(Reads, From, To, CancellationToken.None)
        );

        Assert.Contains(hint, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("scripted", refusal.Message, StringComparison.Ordinal);
        Assert.Single(recorded.Requests);
    }
}
