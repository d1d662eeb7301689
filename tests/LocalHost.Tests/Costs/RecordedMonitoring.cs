using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Web;
using Nocturne.LocalHost.Costs;

namespace Nocturne.LocalHost.Tests.Costs;

/// <summary>
/// Answers as Cloud Monitoring does, out of <c>time-series.json</c>: pages of <c>projects.timeSeries.list</c> in their
/// documented form, by type of metric. One without a page was never written: 404.
/// </summary>
internal sealed class RecordedMonitoring : HttpMessageHandler
{
    private static readonly JsonElement Pages = JsonDocument.Parse(File.ReadAllText(RecordedPath())).RootElement;

    private readonly Queue<HttpStatusCode> _failures;

    public RecordedMonitoring(params HttpStatusCode[] failures) => _failures = new Queue<HttpStatusCode>(failures);

    /// <summary>The parameters of every request.</summary>
    public ConcurrentQueue<IReadOnlyDictionary<string, string>> Requests { get; } = new();

    public List<string> Paths { get; } = [];

    /// <summary>The client on these answers.</summary>
    public MonitoringApi Api(TimeProvider? time = null) =>
        new(this, _ => Task.FromResult("token-1"), "my-project", time ?? TimeProvider.System);

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        Assert.Equal("Bearer token-1", request.Headers.Authorization?.ToString());
        Assert.Equal("monitoring.googleapis.com", request.RequestUri!.Host);
        var query = HttpUtility.ParseQueryString(request.RequestUri.Query);
        Requests.Enqueue(query.AllKeys.ToDictionary(key => key!, key => query[key]!, StringComparer.Ordinal));
        Paths.Add(request.RequestUri.AbsolutePath);
        if (_failures.TryDequeue(out var failure))
        {
            return Answer(failure, """{"error":{"code":0,"message":"scripted","status":"SCRIPTED"}}""");
        }
        var metric = query["filter"]!.Split('"')[1];
        if (!Pages.TryGetProperty(metric, out var pages))
        {
            return Answer(HttpStatusCode.NotFound, """{"error":{"code":404,"message":"Cannot find metric(s)"}}""");
        }
        var page = query["pageToken"] is { } token ? int.Parse(token.Split('-')[1]) : 0;
        return Answer(HttpStatusCode.OK, pages[page].GetRawText());
    }

    private static Task<HttpResponseMessage> Answer(HttpStatusCode status, string json) =>
        Task.FromResult(
            new HttpResponseMessage(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") }
        );

    private static string RecordedPath([CallerFilePath] string thisFile = "") =>
        Path.Combine(Path.GetDirectoryName(thisFile)!, "time-series.json");
}
