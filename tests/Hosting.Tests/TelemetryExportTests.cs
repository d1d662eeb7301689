using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Hosting.Tests;

public sealed class TelemetryExportTests
{
    [Fact]
    public async Task Dispose_WhatIsWaiting_IsSent()
    {
        var received = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var builder = WebApplication.CreateSlimBuilder();
        await using var collector = builder.Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var text = Encoding.Latin1.GetString(body.ToArray());
            // More than once: the requests that arrive here are traced as well.
            received.AddOrUpdate(context.Request.Path, text, (_, earlier) => earlier + text);
            context.Response.StatusCode = StatusCodes.Status200OK;
        });
        await collector.StartAsync();
        var settings = new FunctionSettings
        {
            Deployment = new Deployment("music"),
            Telemetry = new TelemetryTarget(new Uri(collector.Urls.Single()), "http/protobuf"),
        };
        var counters = new OperationCounters();
        counters.CountPublished(3, 100);

        using (var export = new TelemetryExport(settings, "IngestEvents", counters))
        {
            await export.StartAsync(CancellationToken.None);
            using (NocturneTelemetry.Activities.StartActivity("a span of the test")) { }
            NocturneTelemetry.EventsIngested.Add(1);
        }

        Assert.Contains("a span of the test", received["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("gcp.project_id", received["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("IngestEvents", received["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("nocturne.events.ingested", received["/v1/metrics"], StringComparison.Ordinal);
        Assert.Contains("nocturne.messages.published", received["/v1/metrics"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_ACollectorThatIsNotThere_EndsSoon()
    {
        var settings = new FunctionSettings
        {
            Deployment = new Deployment("music"),
            Telemetry = new TelemetryTarget(new Uri("http://127.0.0.1:1"), "http/protobuf"),
        };
        using var export = new TelemetryExport(settings, "IngestEvents", new OperationCounters());
        await export.StartAsync(CancellationToken.None);
        using (NocturneTelemetry.Activities.StartActivity("a span of the test")) { }

        var ended = Task.Run(export.Dispose);

        await ended.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
