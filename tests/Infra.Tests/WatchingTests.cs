using System.Text.Json;
using System.Text.RegularExpressions;
using Nocturne.Infra.Watching;
using Nocturne.Topology;

namespace Nocturne.Infra.Tests;

/// <summary>Metrics, objectives, alerts, the dashboard and the budget.</summary>
[Collection(nameof(DeployedStack))]
public sealed partial class WatchingTests(DeployedStack stack)
{
    [Fact]
    public void EveryAlert_TellsSomebodyAndNamesASectionOfOperations()
    {
        var alerts = stack.Of("gcp:monitoring/alertPolicy:AlertPolicy");
        var sections = Headings()
            .Matches(Sources.Read("docs/operations.md"))
            .Select(match => match.Groups["text"].Value)
            .ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(alerts);
        Assert.All(
            alerts,
            alert =>
            {
                var section = alert.Text("documentation.content")!.Split("docs/operations.md#")[^1];
                Assert.Contains(section, sections);
                Assert.Equal(2, alert.Values("notificationChannels").Count);
                Assert.Contains(alert.Text("severity"), new[] { "CRITICAL", "ERROR", "WARNING" });
                Assert.NotEmpty(alert.List("conditions"));
            }
        );
    }

    [Fact]
    public void EveryDeadLetterTopic_HasAnAlertOnItsFirstMessage()
    {
        foreach (var dead in NocturneTopology.Subscriptions.Select(s => s.DeadLetter?.Topic).OfType<string>())
        {
            var held = NocturneTopology.Subscriptions.Single(candidate => candidate.Topic == dead).Name;

            Assert.Contains(
                stack.Of("gcp:monitoring/alertPolicy:AlertPolicy").SelectMany(alert => alert.List("conditions")),
                condition =>
                    condition.Text("conditionThreshold.filter") is { } filter
                    && filter.Contains("num_undelivered_messages", StringComparison.Ordinal)
                    && filter.Contains($"\"{held}\"", StringComparison.Ordinal)
                    && condition.Number("conditionThreshold.thresholdValue") is 0
            );
        }
    }

    [Fact]
    public void EveryObjective_HasAlertsOnHowFastItsRoomGoes()
    {
        var objectives = stack.Of("gcp:monitoring/slo:Slo");

        Assert.Equal(
            ["collect-errors", "ingest-freshness", "nights", "serve-errors"],
            objectives.Select(objective => objective.Name).Order(StringComparer.Ordinal)
        );
        foreach (var objective in objectives)
        {
            var alerts = stack
                .Of("gcp:monitoring/alertPolicy:AlertPolicy")
                .Where(alert =>
                    alert
                        .List("conditions")
                        .Any(condition =>
                            condition
                                .Text("conditionThreshold.filter")
                                ?.Contains($"serviceLevelObjectives/{objective.Name}\"", StringComparison.Ordinal)
                                is true
                        )
                )
                .ToList();

            Assert.NotEmpty(alerts);
            Assert.All(alerts, alert => Assert.Equal("AND", alert.Text("combiner")));
            if (objective.Name is not "nights")
            {
                Assert.Equal([2, 2], alerts.Select(alert => alert.List("conditions").Count));
            }
        }
    }

    [Fact]
    public void LateNights_AreAskedForAtTheHourThatTopologyPromises()
    {
        var late = stack.Of("gcp:monitoring/alertPolicy:AlertPolicy").Single(alert => alert.Name is "night-late");

        Assert.Contains(
            $"hour() == {NocturneTopology.NightDoneByHour} ",
            late.List("conditions").Single().Text("conditionPrometheusQueryLanguage.query"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("lines-refused", "Refused 12 lines: missing_field", true)]
    [InlineData("lines-refused", "Refused a push body and recorded it: 12 lines: odd", false)]
    [InlineData("bodies-refused", "Refused a push body and recorded it: not JSON\nat line 2", true)]
    [InlineData("nights-finished", "Run 2026-11-21 finished: 500 listeners, 3000 playlists", true)]
    [InlineData("nights-finished", "Run 2026-11-21 failed: 500 listeners, 3000 playlists", false)]
    [InlineData("nights-failed", "Run 2026-11-21 failed: 3 listeners are in the snapshot, 2 have playlists.", true)]
    [InlineData(
        "nights-failed",
        "Run 2026-11-21 is past its deadline and failed; playlists published before stay",
        false
    )]
    [InlineData(
        "nights-overdue",
        "Run 2026-11-21 is past its deadline and failed; playlists published before stay",
        true
    )]
    [InlineData("night-steps-failed", "compose 2026-11-21/3 failed and comes again", true)]
    public void ALogMetric_CountsItsLinesAndNoOthers(string name, string line, bool isCounted)
    {
        var metric = stack.Of("gcp:logging/metric:Metric").Single(candidate => candidate.Name == name);
        var pattern = Pattern().Match(metric.Text("filter")!).Groups["pattern"].Value;

        Assert.Equal(isCounted, Regex.IsMatch(line, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void RefusedLines_AreCountedByReason()
    {
        var metric = stack.Of("gcp:logging/metric:Metric").Single(candidate => candidate.Name is "lines-refused");
        const string line = "Refused 12 lines: missing_field";

        Assert.Equal("missing_field", Extracted(metric.Text("labelExtractors.reason")!));
        Assert.Equal("12", Extracted(metric.Text("valueExtractor")!));
        Assert.Equal("DISTRIBUTION", metric.Text("metricDescriptor.valueType"));

        string Extracted(string extractor) =>
            Regex
                .Match(line, Quoted().Match(extractor).Groups["text"].Value, RegexOptions.None, TimeSpan.FromSeconds(1))
                .Groups[1]
                .Value;
    }

    [Fact]
    public void TheDashboard_ShowsEveryTopicSubscriptionAndFunction()
    {
        var page = stack.Of("gcp:monitoring/dashboard:Dashboard").Single().Text("dashboardJson")!;
        using var json = JsonDocument.Parse(page);
        var filters = Filters(json.RootElement).ToList();

        Assert.All(
            NocturneTopology
                .Topics.Select(topic => topic.Name)
                .Concat(NocturneTopology.Subscriptions.Select(subscription => subscription.Name))
                .Concat(NocturneTopology.Functions.Select(function => Infra.Functions.ServiceName(function.Name)))
                .Concat(NocturneTopology.LogMetrics.Select(metric => LogMetrics.TypeOf(metric.Name))),
            name => Assert.Contains(filters, filter => filter.Contains($"\"{name}\"", StringComparison.Ordinal))
        );
        // No tile on another, and none beyond the page.
        var tiles = json
            .RootElement.GetProperty("mosaicLayout")
            .GetProperty("tiles")
            .EnumerateArray()
            .Select(tile => (X: tile.GetProperty("xPos").GetInt32(), Y: tile.GetProperty("yPos").GetInt32()))
            .ToList();
        Assert.Equal(tiles.Count, tiles.Distinct().Count());
        Assert.All(tiles, tile => Assert.True(tile.X is 0 or 24 && tile.Y % 16 == 0));
    }

    [Fact]
    public void TheBudget_IsTheConfiguredOneOfThisProject()
    {
        var budget = stack.Of("gcp:billing/budget:Budget").Single();

        Assert.Equal("0A1B2C-3D4E5F-607182", budget.Text("billingAccount"));
        Assert.Equal("250", budget.Text("amount.specifiedAmount.units"));
        Assert.Equal([$"projects/{DeployedStack.ProjectNumber}"], budget.Values("budgetFilter.projects"));
        Assert.Contains(budget.List("thresholdRules"), rule => rule.Text("spendBasis") is "FORECASTED_SPEND");
    }

    private static IEnumerable<string> Filters(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element
                .EnumerateObject()
                .SelectMany(member =>
                    member.NameEquals("filter") ? [member.Value.GetString()!] : Filters(member.Value)
                ),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(Filters),
            _ => [],
        };

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Headings();

    [GeneratedRegex("message=~\"(?<pattern>.*)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pattern();

    [GeneratedRegex("\"(?<text>.*)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted();
}
