using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nocturne.Adapters.Local;
using Nocturne.Collect;
using Nocturne.Domain;
using Nocturne.Identity;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Testing;

namespace Nocturne.IngestEvents.Tests.Publishing;

/// <summary>
/// What publishers talk to, on a free port of this machine: Collect itself, and the one method of Pub/Sub's REST API
/// that they call. Messages stay as they were sent.
/// </summary>
internal sealed class PublishersHost : IAsyncDisposable
{
    private const string Project = "my-project";

    // A virtual machine for Java on a busy machine is slow to start, not broken.
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();

    private readonly LocalObjectStore _objects;
    private WebApplication _application = null!;
    private string _listenerToken = null!;

    private PublishersHost()
    {
        _objects = new LocalObjectStore(Path.Combine(_folder.Path, "objects"));
    }

    /// <summary>The data of every message, in the order of arrival.</summary>
    public ConcurrentQueue<OutgoingMessage> Messages { get; } = new();

    private string Address => _application.Urls.Single();

    public static async Task<PublishersHost> StartAsync()
    {
        var host = new PublishersHost();
        var topic = new Topic(host.Messages);
        var documents = new InMemoryDocumentStore();
        var tokens = new ListenerTokens(documents, DevelopmentAccess.Pepper, TimeProvider.System);
        host._listenerToken = (await tokens.CreateAsync(new ListenerId("alice"), "the page", default)).Secret;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IEventPublisher>(topic);
        builder.Services.AddSingleton<IDocumentStore>(documents);
        builder.Services.AddSingleton<IObjectStore>(host._objects);
        builder.Services.AddSingleton(new ListenerStore(documents, TimeProvider.System));
        var issuer = new DevelopmentIssuer(new byte[DevelopmentIssuer.KeyBytes], TimeProvider.System, _ => null);
        builder.Services.AddSingleton(tokens);
        builder.Services.AddSingleton(new Callers(tokens, issuer, new CallerOptions(), TimeProvider.System));
        builder.Services.AddCollect();
        var application = builder.Build();
        application.MapCollect();
        application.MapPost($"/v1/projects/{Project}/topics/listening-events:publish", topic.ReceiveAsync);
        await application.StartAsync();
        host._application = application;
        return host;
    }

    /// <summary>Runs a command of the page as it stands there; it must succeed.</summary>
    public Task<string> RunShellAsync(string command) => RunAsync("bash", "-euo", "pipefail", "-c", command);

    /// <summary>Runs a program in a folder of its own, with the environment that the page names; it must succeed.</summary>
    public async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment =
            {
                ["PROJECT"] = Project,
                ["COLLECT"] = Address,
                ["PUBSUB"] = Address,
                ["TOKEN"] = "none",
                ["LISTENER_TOKEN"] = _listenerToken,
                ["PUBSUB_EMULATOR_HOST"] = new Uri(Address).Authority,
                ["PYTHONPATH"] = Path.Combine(PublishingPage.StandIns, "python"),
                ["PYTHONDONTWRITEBYTECODE"] = "1",
                ["CLOUDSDK_CONFIG"] = Path.Combine(_folder.Path, "gcloud"),
                ["CLOUDSDK_AUTH_DISABLE_CREDENTIALS"] = "true",
                ["CLOUDSDK_CORE_DISABLE_PROMPTS"] = "1",
                ["CLOUDSDK_CORE_DISABLE_USAGE_REPORTING"] = "true",
                ["CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB"] = Address + "/",
                ["NO_PROXY"] = "127.0.0.1",
                ["no_proxy"] = "127.0.0.1",
            },
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(LongestRun);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        Assert.True(process.ExitCode == 0, $"{program} exited {process.ExitCode}: {await errors}{await output}");
        return await output;
    }

    /// <summary>A file for the program to work on.</summary>
    public async Task<string> WriteAsync(string name, string content)
    {
        var path = Path.Combine(_folder.Path, name);
        await File.WriteAllTextAsync(path, content);
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        await _objects.DisposeAsync();
        _folder.Dispose();
    }

    private sealed class Topic(ConcurrentQueue<OutgoingMessage> sent) : IEventPublisher
    {
        public async Task<IResult> ReceiveAsync(HttpRequest request)
        {
            using var body = await JsonDocument.ParseAsync(request.Body);
            var messages = body
                .RootElement.GetProperty("messages")
                .EnumerateArray()
                .Select(message => new OutgoingMessage(
                    message.GetProperty("data").GetBytesFromBase64(),
                    message.TryGetProperty("attributes", out var attributes)
                        ? attributes.Deserialize<Dictionary<string, string>>()!
                        : []
                ))
                .ToList();
            var ids = await PublishAsync("listening-events", messages, request.HttpContext.RequestAborted);
            return Results.Json(new { messageIds = ids });
        }

        public ValueTask<IReadOnlyList<string>> PublishAsync(
            string topic,
            IReadOnlyList<OutgoingMessage> messages,
            CancellationToken cancellationToken
        )
        {
            Assert.Equal("listening-events", topic);
            foreach (var message in messages)
            {
                sent.Enqueue(message with { Data = message.Data.ToArray() });
            }
            return new([.. messages.Select((_, i) => $"{i}")]);
        }
    }
}
