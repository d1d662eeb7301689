using System.Net.Http.Headers;
using Google.Apis.Auth.OAuth2;
using Microsoft.Extensions.Hosting;
using Nocturne.Ports;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Nocturne.Hosting;

/// <summary>
/// Sends traces and metrics by OTLP: those of Nocturne, of ASP.NET Core, and of every HTTP request that goes out.
/// </summary>
/// <remarks>
/// Made only where an endpoint is configured. What is waiting when the process ends is sent within
/// <see cref="FlushMilliseconds"/>; the standard <c>OTEL_</c> variables for sampling, batching and resources hold.
/// </remarks>
/// <param name="settings">With <see cref="FunctionSettings.Telemetry"/>.</param>
/// <param name="function">The function's name, which is the service's where it is not deployed.</param>
/// <param name="counters">What the adapter counts; shown until the last of it is sent.</param>
public sealed class TelemetryExport(FunctionSettings settings, string function, OperationCounters counters)
    : IHostedService,
        IDisposable
{
    /// <summary>How long the process waits for the last of it; of Cloud Run's ten seconds after SIGTERM.</summary>
    public const int FlushMilliseconds = 1_500;

    private static readonly string[] Meters =
    [
        NocturneTelemetry.Name,
        "Microsoft.AspNetCore.Hosting",
        "System.Net.Http",
        "System.Runtime",
    ];

    private static readonly string[] Sources = [NocturneTelemetry.Name, "Microsoft.AspNetCore", "System.Net.Http"];

    private OperationMetrics? _operations;
    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var resource = ResourceBuilder
            .CreateEmpty()
            .AddService(settings.Service ?? function, "nocturne")
            .AddAttributes([new("gcp.project_id", settings.Deployment.Project)])
            .AddTelemetrySdk()
            .AddEnvironmentVariableDetector(); // last: what an operator says holds
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(Sources)
            .AddOtlpExporter(options => Configure(options, "v1/traces"))
            .Build();
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Meters)
            .AddOtlpExporter(options => Configure(options, "v1/metrics"))
            .Build();
        _operations = new OperationMetrics(counters);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends what is waiting; the host disposes of services after the last request.</summary>
    public void Dispose()
    {
        _traces?.ForceFlush(FlushMilliseconds / 2);
        _metrics?.ForceFlush(FlushMilliseconds / 2);
        _traces?.Dispose();
        _metrics?.Dispose();
        _operations?.Dispose();
    }

    private void Configure(OtlpExporterOptions options, string path)
    {
        var target = settings.Telemetry!;
        var isGrpc = target.Protocol == "grpc";
        options.Protocol = isGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        // The exporter appends a signal's path to an endpoint from the environment only.
        options.Endpoint = isGrpc
            ? target.Endpoint
            : new Uri($"{target.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}", UriKind.Absolute);
        if (target.IsGoogle)
        {
            options.HttpClientFactory = () =>
                new HttpClient(new CredentialHandler(settings.Deployment.Project))
                {
                    Timeout = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds),
                };
        }
    }

    /// <summary>Adds application default credentials, which are looked for at the first export, not at the start.</summary>
    private sealed class CredentialHandler(string project) : DelegatingHandler(new SocketsHttpHandler())
    {
        private const string Scope = "https://www.googleapis.com/auth/cloud-platform";
        private ITokenAccess? _credential;

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            await AuthorizeAsync(request, cancellationToken);
            return await base.SendAsync(request, cancellationToken);
        }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
#pragma warning disable VSTHRD002 // the exporter calls synchronously, on a thread of its own that has no context
            AuthorizeAsync(request, cancellationToken).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            return base.Send(request, cancellationToken);
        }

        private async Task AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _credential ??= (await GoogleCredential.GetApplicationDefaultAsync(cancellationToken)).CreateScoped(Scope);
            var token = await _credential.GetAccessTokenForRequestAsync(cancellationToken: cancellationToken);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            // The credentials of a person, unlike those of a service account, do not say who pays.
            request.Headers.TryAddWithoutValidation("x-goog-user-project", project);
        }
    }
}
