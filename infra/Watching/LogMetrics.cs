using System.Text;
using Nocturne.Topology;
using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra.Watching;

/// <summary>Metrics that are made of the functions' logs.</summary>
internal sealed class LogMetrics : ComponentResource
{
    public LogMetrics(StackSettings settings, Services services)
        : base("nocturne:infra:LogMetrics", "log-metrics")
    {
        All =
        [
            .. NocturneTopology.LogMetrics.Select(metric => new Gcp.Logging.Metric(
                metric.Name,
                Args(metric, settings),
                this.Inside(services.All)
            )),
        ];
        RegisterOutputs();
    }

    /// <summary>Every metric.</summary>
    public Resource[] All { get; }

    /// <summary>A metric's type, as Cloud Monitoring writes it.</summary>
    public static string TypeOf(string metric) => $"logging.googleapis.com/user/{NameOf(metric)}";

    /// <summary>A metric's name in PromQL.</summary>
    public static string PrometheusName(string metric) =>
        "logging_googleapis_com:user_" + NameOf(metric).Replace('/', '_').Replace('-', '_');

    /// <summary>What finds the lines that a function logs with a template.</summary>
    public static string Filter(LogMetric metric) =>
        $"""
            resource.type="cloud_run_revision"
            resource.labels.service_name="{Functions.ServiceName(metric.Function)}"
            jsonPayload.message=~"{Pattern(metric, null)}"
            """;

    private static string NameOf(string metric) => $"nocturne/{metric}";

    private static Gcp.Logging.MetricArgs Args(LogMetric metric, StackSettings settings)
    {
        var descriptor = new Gcp.Logging.Inputs.MetricMetricDescriptorArgs
        {
            MetricKind = "DELTA",
            ValueType = metric.Value is null ? "INT64" : "DISTRIBUTION",
            Unit = "1",
        };
        var args = new Gcp.Logging.MetricArgs
        {
            Project = settings.Project,
            Name = NameOf(metric.Name),
            Description = metric.Purpose,
            Filter = Filter(metric),
            MetricDescriptor = descriptor,
        };
        if (metric.Label is { } label)
        {
            var key = label.ToLowerInvariant();
            descriptor.Labels.Add(
                new Gcp.Logging.Inputs.MetricMetricDescriptorLabelArgs { Key = key, ValueType = "STRING" }
            );
            args.LabelExtractors.Add(key, Extract(metric, label));
        }
        if (metric.Value is { } value)
        {
            args.ValueExtractor = Extract(metric, value);
        }
        return args;
    }

    private static string Extract(LogMetric metric, string placeholder) =>
        $"REGEXP_EXTRACT(jsonPayload.message, \"{Pattern(metric, placeholder)}\")";

    // What has a meaning in regular expressions or in the filter's quotes becomes "any one character": nothing to
    // escape twice.
    private static string Pattern(LogMetric metric, string? captured)
    {
        var template = metric.Template;
        var pattern = new StringBuilder("^");
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] is '{' && template.IndexOf('}', i) is var end and > 0)
            {
                var placeholder = template[(i + 1)..end];
                var value = placeholder == metric.Value ? "[0-9]+" : ".+";
                pattern.Append(placeholder == captured ? $"({value})" : value);
                i = end;
            }
            else
            {
                pattern.Append(
                    char.IsAsciiLetterOrDigit(template[i]) || " :,;-".Contains(template[i]) ? template[i] : '.'
                );
            }
        }
        // What a placeholder ends with may go over several lines.
        return template.EndsWith('}') ? pattern.ToString() : pattern.Append('$').ToString();
    }
}
