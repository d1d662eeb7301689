using Nocturne.Topology;
using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra.Watching;

/// <summary>An alert.</summary>
/// <param name="Name">Its logical name.</param>
/// <param name="Title">What is wrong, in words.</param>
/// <param name="Severity"><c>CRITICAL</c>: now; <c>ERROR</c>: today; <c>WARNING</c>: this week.</param>
/// <param name="Section">The heading in docs/operations.md that says what to do.</param>
/// <param name="Conditions">All of these at once.</param>
internal sealed record Alert(
    string Name,
    string Title,
    string Severity,
    string Section,
    IReadOnlyList<Gcp.Monitoring.Inputs.AlertPolicyConditionArgs> Conditions
);

/// <summary>The alerts. Each names the section of docs/operations.md that says what it means and what to do.</summary>
internal sealed class Alerting : ComponentResource
{
    // Files are closed after five minutes; half an hour is several failures in a row.
    private static readonly TimeSpan ArchiveBehind = TimeSpan.FromMinutes(30);

    // A publisher that has broken, not one that errs now and then.
    private const int LinesRefusedInAnHour = 1_000;

    private readonly StackSettings _settings;
    private readonly Resource[] _after;
    private readonly Notifications _notifications;

    public Alerting(StackSettings settings, Services services, LogMetrics metrics, Notifications notifications)
        : base("nocturne:infra:Alerting", "alerting")
    {
        _settings = settings;
        _notifications = notifications;
        _after = [.. services.All, .. metrics.All];
        foreach (var alert in DeadLetters().Concat(Archives()).Concat(Nights()).Concat(Functioning()))
        {
            Declare(alert);
        }
        RegisterOutputs();
    }

    /// <summary>Declares an alert and whom it tells.</summary>
    public void Declare(Alert alert) =>
        _ = new Gcp.Monitoring.AlertPolicy(
            alert.Name,
            new()
            {
                Project = _settings.Project,
                DisplayName = $"Nocturne: {alert.Title}",
                Severity = alert.Severity,
                Combiner = "AND",
                Conditions = alert.Conditions.ToList(),
                NotificationChannels = _notifications.Channels.ToList(),
                Documentation = new Gcp.Monitoring.Inputs.AlertPolicyDocumentationArgs
                {
                    Content = $"What it means and what to do: docs/operations.md#{alert.Section}",
                    MimeType = "text/markdown",
                },
                UserLabels = { ["stack"] = _settings.Stack },
            },
            this.Inside(_after)
        );

    private static IEnumerable<Alert> DeadLetters()
    {
        foreach (var dead in DeadTopics())
        {
            var held = NocturneTopology.Subscriptions.Single(candidate =>
                candidate.Topic == dead && candidate.Delivery is Delivery.Pull
            );
            yield return new(
                $"dead-{held.Topic}",
                $"messages were given up on {held.Topic}",
                "ERROR",
                "dead-letters",
                [Above("A dead letter is held", MetricFilters.Undelivered(held.Name), 0, "ALIGN_MAX")]
            );
        }
    }

    private static IEnumerable<Alert> Archives() =>
        NocturneTopology
            .Subscriptions.Where(subscription => subscription.Delivery is Delivery.CloudStorage)
            .Select(subscription => new Alert(
                $"behind-{subscription.Name}",
                $"{subscription.Name} does not get into its bucket",
                "CRITICAL",
                "archive-behind",
                [
                    Above(
                        "The oldest message is old",
                        MetricFilters.OldestUnacked(subscription.Name),
                        ArchiveBehind.TotalSeconds,
                        "ALIGN_MAX"
                    ),
                ]
            ));

    private static IEnumerable<Alert> Nights()
    {
        var finished = LogMetrics.PrometheusName(NocturneTopology.LogMetricNames.NightsFinished);
        var failed = LogMetrics.PrometheusName(NocturneTopology.LogMetricNames.NightsFailed);
        var overdue = LogMetrics.PrometheusName(NocturneTopology.LogMetricNames.NightsOverdue);
        var hour = FormattableString.Invariant($"{NocturneTopology.NightDoneByHour}");
        yield return new(
            "night-late",
            $"no night was finished by {hour}:00 UTC",
            "CRITICAL",
            "night-late",
            // No line, no series: nothing counts as none. Looks back over the hours since the nightly start.
            [Query("No night was finished", $"hour() == {hour} and (sum(increase({finished}[5h])) or vector(0)) < 1")]
        );
        yield return new(
            "night-failed",
            "a night failed",
            "ERROR",
            "night-failed",
            [
                Query(
                    "A night failed",
                    $"(sum(increase({failed}[30m])) or vector(0)) + (sum(increase({overdue}[30m])) or vector(0)) > 0"
                ),
            ]
        );
    }

    private static IEnumerable<Alert> Functioning()
    {
        var refused = LogMetrics.PrometheusName(NocturneTopology.LogMetricNames.LinesRefused);
        yield return new(
            "lines-refused",
            "publishers send lines that are refused",
            "WARNING",
            "lines-refused",
            [Query("Many refused lines", $"sum by (reason) (increase({refused}_sum[1h])) > {LinesRefusedInAnHour}")]
        );
        foreach (var function in NocturneTopology.Functions)
        {
            var service = Functions.ServiceName(function.Name);
            if (!function.PublicInvoker)
            {
                yield return new(
                    $"refused-{service}",
                    $"{function.Name} refuses its pushes' identity",
                    "CRITICAL",
                    "pushes-refused",
                    [
                        Above(
                            "Requests were answered 401 or 403",
                            $"{MetricFilters.Requests(function.Name)} metric.labels.response_code=one_of(\"401\",\"403\")",
                            0,
                            "ALIGN_DELTA"
                        ),
                    ]
                );
            }
            yield return new(
                $"errors-{service}",
                $"{function.Name} logs errors",
                "ERROR",
                "errors",
                [
                    Above(
                        "Errors are logged",
                        "metric.type=\"logging.googleapis.com/log_entry_count\" resource.type=\"cloud_run_revision\" "
                            + $"resource.labels.service_name=\"{service}\" "
                            + "metric.labels.severity=one_of(\"ERROR\",\"CRITICAL\",\"ALERT\",\"EMERGENCY\")",
                        0,
                        "ALIGN_DELTA"
                    ),
                ]
            );
        }
        yield return new(
            "clock-failed",
            "the scheduler cannot publish",
            "CRITICAL",
            "clock-failed",
            [
                Above(
                    "The scheduler logs errors",
                    "metric.type=\"logging.googleapis.com/log_entry_count\" resource.type=\"cloud_scheduler_job\" "
                        + "metric.labels.severity=\"ERROR\"",
                    0,
                    "ALIGN_DELTA"
                ),
            ]
        );
    }

    private static IEnumerable<string> DeadTopics() =>
        NocturneTopology
            .Subscriptions.Select(subscription => subscription.DeadLetter?.Topic)
            .OfType<string>()
            .Distinct(StringComparer.Ordinal);

    private static Gcp.Monitoring.Inputs.AlertPolicyConditionArgs Above(
        string name,
        string filter,
        double threshold,
        string aligner
    ) =>
        new()
        {
            DisplayName = name,
            ConditionThreshold = new Gcp.Monitoring.Inputs.AlertPolicyConditionConditionThresholdArgs
            {
                Filter = filter,
                Comparison = "COMPARISON_GT",
                ThresholdValue = threshold,
                Duration = "0s",
                Aggregations =
                {
                    new Gcp.Monitoring.Inputs.AlertPolicyConditionConditionThresholdAggregationArgs
                    {
                        AlignmentPeriod = "300s",
                        PerSeriesAligner = aligner,
                        CrossSeriesReducer = aligner is "ALIGN_MAX" ? "REDUCE_MAX" : "REDUCE_SUM",
                    },
                },
            },
        };

    private static Gcp.Monitoring.Inputs.AlertPolicyConditionArgs Query(string name, string query) =>
        new()
        {
            DisplayName = name,
            ConditionPrometheusQueryLanguage =
                new Gcp.Monitoring.Inputs.AlertPolicyConditionConditionPrometheusQueryLanguageArgs
                {
                    Query = query,
                    Duration = "0s",
                    EvaluationInterval = "60s",
                    // A metric made of logs exists from its first line on, which may be weeks away.
                    DisableMetricValidation = true,
                },
        };
}
