using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Nocturne.Hosting.Tests;

/// <summary>A receiver behind HTTP, on a port of its own, as a deployed function has it.</summary>
internal sealed class PushHost : IAsyncDisposable
{
    private readonly WebApplication _application;

    private PushHost(WebApplication application, RememberingLogs logs)
    {
        _application = application;
        Logs = logs;
        Client = new HttpClient { BaseAddress = new Uri(application.Urls.Single()) };
    }

    public HttpClient Client { get; }

    public RememberingLogs Logs { get; }

    /// <summary>Stops as SIGTERM does; ends when all requests have.</summary>
    public Task StopAsync() => _application.StopAsync();

    public static async Task<PushHost> StartAsync(
        IPushReceiver receiver,
        PushIdentity? identity = null,
        TimeProvider? time = null
    )
    {
        var logs = new RememberingLogs();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        var application = builder.Build();
        application.Urls.Add("http://127.0.0.1:0");
        application.MapPush("/push", receiver, identity ?? PushIdentity.Waived);
        await application.StartAsync();
        return new PushHost(application, logs);
    }

    public async Task<int> PostAsync(HttpContent content, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/push") { Content = content };
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }
        using var response = await Client.SendAsync(request);
        return (int)response.StatusCode;
    }

    public Task<int> PostAsync(string body, string? token = null) =>
        PostAsync(new StringContent(body, mediaType: new("application/json")), token);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _application.DisposeAsync();
    }
}

/// <summary>A receiver that remembers, and answers as it is told.</summary>
internal sealed class ScriptedReceiver : IPushReceiver
{
    public ConcurrentQueue<PushedMessage> Received { get; } = new();

    public ConcurrentQueue<string> Refused { get; } = new();

    public Func<CancellationToken, ValueTask<int>> Answer { get; init; } =
        _ => ValueTask.FromResult(StatusCodes.Status204NoContent);

    public async ValueTask<int> ReceiveAsync(PushedMessage message, CancellationToken cancellationToken)
    {
        Received.Enqueue(message);
        return await Answer(cancellationToken);
    }

    public ValueTask<int> RefuseAsync(ReadOnlyMemory<byte> body, string error, CancellationToken cancellationToken)
    {
        Refused.Enqueue(error);
        return ValueTask.FromResult(StatusCodes.Status204NoContent);
    }
}

/// <summary>Remembers log lines.</summary>
internal sealed class RememberingLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<(LogLevel Level, string Message)> _lines = new();

    public IReadOnlyList<string> Warnings =>
        [.. _lines.Where(line => line.Level >= LogLevel.Warning).Select(line => line.Message)];

    public ILogger CreateLogger(string categoryName) => new Logger(_lines);

    public void Dispose() { }

    private sealed class Logger(ConcurrentQueue<(LogLevel, string)> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => lines.Enqueue((logLevel, formatter(state, exception)));
    }
}
