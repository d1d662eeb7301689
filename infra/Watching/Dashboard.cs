using System.Text.Json;
using System.Text.Json.Nodes;
using Nocturne.Topology;
using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra.Watching;

/// <summary>One page on how Nocturne is, from what comes in to what goes out.</summary>
internal sealed class Dashboard : ComponentResource
{
    // Of the grid's 48 columns a tile takes half.
    private const int TileWidth = 24;
    private const int TileHeight = 16;

    public Dashboard(StackSettings settings, Services services, LogMetrics metrics)
        : base("nocturne:infra:Dashboard", "dashboard")
    {
        var page = new Gcp.Monitoring.Dashboard(
            "overview",
            new() { Project = settings.Project, DashboardJson = Json(settings.Stack) },
            this.Inside([.. services.All, .. metrics.All])
        );
        Link = page.Id.Apply(id =>
            $"https://console.cloud.google.com/monitoring/dashboards/builder/{id.Split('/')[^1]}?project={settings.Project}"
        );
        RegisterOutputs();
    }

    /// <summary>Where the page is.</summary>
    public Output<string> Link { get; }

    /// <summary>The page, as the API takes it.</summary>
    public static string Json(string stack)
    {
        var tiles = new JsonArray();
        foreach (var (title, lines) in Charts())
        {
            var number = tiles.Count;
            tiles.Add(
                new JsonObject
                {
                    ["xPos"] = number % 2 * TileWidth,
                    ["yPos"] = number / 2 * TileHeight,
                    ["width"] = TileWidth,
                    ["height"] = TileHeight,
                    ["widget"] = new JsonObject
                    {
                        ["title"] = title,
                        ["xyChart"] = new JsonObject
                        {
                            ["dataSets"] = new JsonArray([.. lines.Select(line => line.ToJson())]),
                        },
                    },
                }
            );
        }
        return new JsonObject
        {
            ["displayName"] = $"Nocturne ({stack})",
            ["mosaicLayout"] = new JsonObject { ["columns"] = 48, ["tiles"] = tiles },
        }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    private static IEnumerable<(string Title, Line[] Lines)> Charts()
    {
        var functions = NocturneTopology.Functions.Select(function => function.Name).ToArray();
        var subscriptions = NocturneTopology.Subscriptions;
        yield return (
            "Published, messages a second",
            [
                .. NocturneTopology.Topics.Select(topic => new Line(
                    topic.Name,
                    MetricFilters.Published(topic.Name),
                    "ALIGN_RATE"
                )),
            ]
        );
        yield return (
            "Age of the oldest message that waits, seconds",
            [
                .. subscriptions
                    .Where(subscription => subscription.Delivery is not Delivery.Pull)
                    .Select(subscription => new Line(
                        subscription.Name,
                        MetricFilters.OldestUnacked(subscription.Name),
                        "ALIGN_MAX"
                    )),
            ]
        );
        yield return (
            "Held, messages",
            [
                .. subscriptions
                    .Where(subscription => subscription.Delivery is Delivery.Pull)
                    .Select(subscription => new Line(
                        subscription.Name,
                        MetricFilters.Undelivered(subscription.Name),
                        "ALIGN_MAX"
                    )),
            ]
        );
        yield return (
            "Refused lines an hour, by reason",
            [
                new(
                    "${metric.labels.reason}",
                    MetricFilters.Logged(NocturneTopology.LogMetricNames.LinesRefused),
                    "ALIGN_DELTA",
                    Period: "3600s",
                    GroupBy: "metric.label.reason"
                ),
            ]
        );
        yield return (
            "Requests a second",
            [.. functions.Select(name => new Line(name, MetricFilters.Requests(name), "ALIGN_RATE"))]
        );
        yield return (
            "Requests answered 5xx, a second",
            [
                .. functions.Select(name => new Line(
                    name,
                    $"{MetricFilters.Requests(name)} metric.labels.response_code_class=\"5xx\"",
                    "ALIGN_RATE"
                )),
            ]
        );
        yield return (
            "Time to answer, 95th percentile, ms",
            [
                .. functions.Select(name => new Line(
                    name,
                    MetricFilters.Latencies(name),
                    "ALIGN_DELTA",
                    Reducer: "REDUCE_PERCENTILE_95"
                )),
            ]
        );
        yield return (
            "Instances",
            [.. functions.Select(name => new Line(name, MetricFilters.Instances(name), "ALIGN_MAX"))]
        );
        yield return (
            "Nights a day",
            [
                .. new[]
                {
                    NocturneTopology.LogMetricNames.NightsFinished,
                    NocturneTopology.LogMetricNames.NightsFailed,
                    NocturneTopology.LogMetricNames.NightsOverdue,
                    NocturneTopology.LogMetricNames.NightStepsFailed,
                }.Select(name => new Line(name, MetricFilters.Logged(name), "ALIGN_DELTA", Period: "86400s")),
            ]
        );
        yield return (
            "Put off and without a message, a minute",
            [
                .. new[]
                {
                    NocturneTopology.LogMetricNames.IngestPostponed,
                    NocturneTopology.LogMetricNames.BodiesRefused,
                }.Select(name => new Line(name, MetricFilters.Logged(name), "ALIGN_DELTA")),
            ]
        );
    }

    private sealed record Line(
        string Legend,
        string Filter,
        string Aligner,
        string Period = "60s",
        string Reducer = "REDUCE_SUM",
        string? GroupBy = null
    )
    {
        public JsonNode ToJson()
        {
            var aggregation = new JsonObject
            {
                ["alignmentPeriod"] = Period,
                ["perSeriesAligner"] = Aligner,
                ["crossSeriesReducer"] = Reducer,
            };
            if (GroupBy is not null)
            {
                aggregation["groupByFields"] = new JsonArray(GroupBy);
            }
            return new JsonObject
            {
                ["legendTemplate"] = Legend,
                ["plotType"] = "LINE",
                ["minAlignmentPeriod"] = Period,
                ["timeSeriesQuery"] = new JsonObject
                {
                    ["timeSeriesFilter"] = new JsonObject { ["filter"] = Filter, ["aggregation"] = aggregation },
                },
            };
        }
    }
}
