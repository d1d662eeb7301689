using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nocturne.LocalHost.Costs;

/// <summary>How a metric's points over the time asked for become one number.</summary>
internal enum Aligning
{
    /// <summary>What happened is added up.</summary>
    Sum,

    /// <summary>What was there is averaged.</summary>
    Mean,
}

/// <summary>A question to Cloud Monitoring: one metric over a span of time, added up over its series.</summary>
/// <param name="Metric">The metric's type.</param>
/// <param name="Resource">The monitored resource's type; a metric may be written for several.</param>
/// <param name="Aligning">How points become one.</param>
internal sealed record TimeSeriesQuery(string Metric, string Resource, Aligning Aligning)
{
    private const int PageSize = 1_000;

    /// <summary>More conditions, in the language of filters; null for none.</summary>
    public string? Where { get; init; }

    /// <summary>The label that results are told apart by, such as <c>metric.labels.method</c>; null for one result.</summary>
    public string? GroupBy { get; init; }

    /// <summary>The address of a page of the answer, under <c>https://monitoring.googleapis.com/</c>.</summary>
    public string PathAndQuery(string project, DateTimeOffset from, DateTimeOffset to, string? pageToken)
    {
        var parameters = new List<(string Name, string Value)>
        {
            (
                "filter",
                $"metric.type = \"{Metric}\" AND resource.type = \"{Resource}\""
                    + (Where is null ? "" : $" AND {Where}")
            ),
            ("interval.startTime", Rfc3339(from)),
            ("interval.endTime", Rfc3339(to)),
            (
                "aggregation.alignmentPeriod",
                string.Create(CultureInfo.InvariantCulture, $"{(to - from).TotalSeconds}s")
            ),
            ("aggregation.perSeriesAligner", Aligning == Aligning.Sum ? "ALIGN_SUM" : "ALIGN_MEAN"),
            ("aggregation.crossSeriesReducer", "REDUCE_SUM"),
            ("pageSize", PageSize.ToString(CultureInfo.InvariantCulture)),
        };
        if (GroupBy is not null)
        {
            parameters.Add(("aggregation.groupByFields", GroupBy));
        }
        if (pageToken is not null)
        {
            parameters.Add(("pageToken", pageToken));
        }
        var query = string.Join('&', parameters.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"));
        return $"v3/projects/{Uri.EscapeDataString(project)}/timeSeries?{query}";
    }

    private static string Rfc3339(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

/// <summary>One series of an answer, added up.</summary>
/// <param name="Group">The value of the label that the query grouped by; empty without one.</param>
/// <param name="Value">The number; of a distribution, the sum of its values.</param>
/// <param name="Count">Of a distribution, how many values there are; else 0.</param>
internal readonly record struct SeriesSum(string Group, decimal Value, long Count);

/// <summary>Reads answers of <c>projects.timeSeries.list</c>.</summary>
internal static class TimeSeriesPage
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowReadingFromString, // 64-bit integers are strings
    };

    /// <summary>Reads a page.</summary>
    /// <param name="json">The answer's body.</param>
    /// <param name="query">What was asked.</param>
    /// <returns>A sum a series, and the token of the next page; null if this is the last.</returns>
    /// <exception cref="JsonException">It is not such an answer.</exception>
    public static (IReadOnlyList<SeriesSum> Series, string? NextPageToken) Read(
        ReadOnlySpan<byte> json,
        TimeSeriesQuery query
    )
    {
        var page = JsonSerializer.Deserialize<Page>(json, Json) ?? throw new JsonException("The answer is null.");
        return (
            [.. (page.TimeSeries ?? []).Select(series => Sum(series, query))],
            string.IsNullOrEmpty(page.NextPageToken) ? null : page.NextPageToken
        );
    }

    private static SeriesSum Sum(Series series, TimeSeriesQuery query)
    {
        var points = series.Points ?? [];
        var sum = points.Sum(ValueOf);
        // One point a series is what the alignment asks for; an average of several is still one.
        var value = query.Aligning == Aligning.Mean && points.Count > 1 ? sum / points.Count : sum;
        return new SeriesSum(
            query.GroupBy is null ? "" : LabelOf(series, query.GroupBy),
            value,
            points.Sum(point => point.Value?.DistributionValue?.Count ?? 0)
        );
    }

    private static decimal ValueOf(Point point) =>
        point.Value switch
        {
            { Int64Value: { } whole } => whole,
            { DoubleValue: { } real } => (decimal)real,
            { DistributionValue: { } values } => (decimal)(values.Mean * values.Count),
            _ => throw new JsonException("A point has no value."),
        };

    private static string LabelOf(Series series, string field)
    {
        var labels = field.StartsWith("metric.", StringComparison.Ordinal) ? series.Metric : series.Resource;
        return labels?.Labels is { } found && found.TryGetValue(field.Split('.')[^1], out var value) ? value : "";
    }

    private sealed record Page(IReadOnlyList<Series>? TimeSeries, string? NextPageToken);

    private sealed record Series(Labelled? Metric, Labelled? Resource, IReadOnlyList<Point>? Points);

    private sealed record Labelled(string Type, IReadOnlyDictionary<string, string>? Labels);

    private sealed record Point(TypedValue? Value);

    private sealed record TypedValue(long? Int64Value, double? DoubleValue, Distribution? DistributionValue);

    private sealed record Distribution(long Count, double Mean);
}
