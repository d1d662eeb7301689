using System.Globalization;
using Nocturne.Topology;
using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra.Watching;

/// <summary>What was promised, and alerts on how fast the room for failure is used up.</summary>
internal sealed class Objectives : ComponentResource
{
    // Four weeks: every weekday weighs the same.
    private const int PeriodDays = 28;

    // A profile follows its event within seconds; a minute behind counts as a bad five minutes.
    private const int FreshSeconds = 60;

    /// <summary>All objectives.</summary>
    private static readonly Objective[] All =
    [
        new(
            "collect-errors",
            "Collect answers without an error of its own",
            Goal: 0.995,
            "errors",
            new Requests("Collect"),
            Requests.Windows
        ),
        new(
            "serve-errors",
            "Serve answers without an error of its own",
            Goal: 0.995,
            "errors",
            new Requests("Serve"),
            Requests.Windows
        ),
        new(
            "ingest-freshness",
            "Profiles follow events within a minute",
            Goal: 0.99,
            "ingest-behind",
            new Freshness(NocturneTopology.SubscriptionNames.IngestEvents),
            Freshness.Windows
        ),
        new("nights", "A night that starts is finished", Goal: 0.95, "night-failed", new Nights(), Nights.Windows),
    ];

    public Objectives(StackSettings settings, Services services, LogMetrics metrics, Alerting alerting)
        : base("nocturne:infra:Objectives", "objectives")
    {
        foreach (var objective in All)
        {
            var service = new Gcp.Monitoring.CustomService(
                objective.Name,
                new()
                {
                    Project = settings.Project,
                    ServiceId = $"nocturne-{objective.Name}",
                    DisplayName = $"Nocturne: {objective.Promise}",
                },
                this.Inside(services.All)
            );
            var args = new Gcp.Monitoring.SloArgs
            {
                Project = settings.Project,
                Service = service.ServiceId,
                SloId = objective.Name,
                DisplayName = objective.Promise,
                Goal = objective.Goal,
                RollingPeriodDays = PeriodDays,
            };
            objective.Indicator.Measure(args);
            var declared = new Gcp.Monitoring.Slo(objective.Name, args, this.Inside(metrics.All));
            foreach (var burn in objective.Windows)
            {
                alerting.Declare(
                    new Alert(
                        $"{objective.Name}-{burn.Name}",
                        $"{objective.Promise}: the month's room for failure is going {burn.Name}",
                        burn.Severity,
                        objective.Section,
                        [.. burn.Lookbacks.Select(lookback => Condition(declared, burn.Rate, lookback))]
                    )
                );
            }
        }
        RegisterOutputs();
    }

    private static Gcp.Monitoring.Inputs.AlertPolicyConditionArgs Condition(
        Gcp.Monitoring.Slo objective,
        double rate,
        TimeSpan lookback
    ) =>
        new()
        {
            DisplayName = string.Create(
                CultureInfo.InvariantCulture,
                $"{rate} times too fast over {lookback.TotalMinutes} minutes"
            ),
            ConditionThreshold = new Gcp.Monitoring.Inputs.AlertPolicyConditionConditionThresholdArgs
            {
                Filter = objective.Name.Apply(name => $"select_slo_burn_rate(\"{name}\", \"{lookback.Seconds()}\")"),
                Comparison = "COMPARISON_GT",
                ThresholdValue = rate,
                Duration = "0s",
            },
        };

    private sealed record Objective(
        string Name,
        string Promise,
        double Goal,
        string Section,
        Indicator Indicator,
        Burn[] Windows
    );

    /// <summary>How fast the room for failure may go: all lookbacks at once, long to be sure and short to be current.</summary>
    private sealed record Burn(string Name, double Rate, string Severity, TimeSpan[] Lookbacks);

    private abstract record Indicator
    {
        public abstract void Measure(Gcp.Monitoring.SloArgs args);
    }

    /// <summary>Requests that were not answered 5xx.</summary>
    private sealed record Requests(string Function) : Indicator
    {
        // 2 % of the month's room in an hour, or 5 % in six.
        public static readonly Burn[] Windows =
        [
            new("fast", 14.4, "CRITICAL", [TimeSpan.FromHours(1), TimeSpan.FromMinutes(5)]),
            new("slowly", 6, "WARNING", [TimeSpan.FromHours(6), TimeSpan.FromMinutes(30)]),
        ];

        public override void Measure(Gcp.Monitoring.SloArgs args)
        {
            var all = MetricFilters.Requests(Function);
            args.RequestBasedSli = new Gcp.Monitoring.Inputs.SloRequestBasedSliArgs
            {
                GoodTotalRatio = new Gcp.Monitoring.Inputs.SloRequestBasedSliGoodTotalRatioArgs
                {
                    TotalServiceFilter = all,
                    BadServiceFilter = $"{all} metric.labels.response_code_class=\"5xx\"",
                },
            };
        }
    }

    /// <summary>Five minutes at a time: was the oldest waiting message young?</summary>
    private sealed record Freshness(string Subscription) : Indicator
    {
        // Nothing shorter than two of the five-minute windows says anything.
        public static readonly Burn[] Windows =
        [
            new("fast", 14.4, "CRITICAL", [TimeSpan.FromHours(1), TimeSpan.FromMinutes(10)]),
            new("slowly", 6, "WARNING", [TimeSpan.FromHours(6), TimeSpan.FromMinutes(30)]),
        ];

        public override void Measure(Gcp.Monitoring.SloArgs args) =>
            args.WindowsBasedSli = new Gcp.Monitoring.Inputs.SloWindowsBasedSliArgs
            {
                WindowPeriod = "300s",
                MetricMeanInRange = new Gcp.Monitoring.Inputs.SloWindowsBasedSliMetricMeanInRangeArgs
                {
                    TimeSeries = MetricFilters.OldestUnacked(Subscription),
                    Range = new Gcp.Monitoring.Inputs.SloWindowsBasedSliMetricMeanInRangeRangeArgs
                    {
                        Min = 0,
                        Max = FreshSeconds,
                    },
                },
            };
    }

    /// <summary>Nights finished, of those that ended.</summary>
    private sealed record Nights : Indicator
    {
        // One night a day: two bad ones of a week's seven.
        public static readonly Burn[] Windows = [new("fast", 5, "WARNING", [TimeSpan.FromHours(24)])];

        public override void Measure(Gcp.Monitoring.SloArgs args) =>
            args.RequestBasedSli = new Gcp.Monitoring.Inputs.SloRequestBasedSliArgs
            {
                GoodTotalRatio = new Gcp.Monitoring.Inputs.SloRequestBasedSliGoodTotalRatioArgs
                {
                    GoodServiceFilter = MetricFilters.Logged(NocturneTopology.LogMetricNames.NightsFinished),
                    BadServiceFilter = MetricFilters.Logged(NocturneTopology.LogMetricNames.NightsFailed),
                },
            };
    }
}
