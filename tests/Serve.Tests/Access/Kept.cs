using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Serve.Tests.Access;

/// <summary>Keeps what is published, by topic; fails on demand.</summary>
internal sealed class PublishedTopics : IEventPublisher
{
    private readonly ConcurrentQueue<(string Topic, byte[] Data)> _messages = new();

    public bool IsUnavailable { get; set; }

    public IReadOnlyList<ListenEvent> Events
    {
        get
        {
            var events = new List<ListenEvent>();
            foreach (var (_, data) in _messages.Where(m => m.Topic == NocturneTopology.TopicNames.ListeningEvents))
            {
                EventParser.ParseMessage(data, events.Add, r => Assert.Fail(r.ToString()));
            }
            return events;
        }
    }

    public ValueTask<IReadOnlyList<string>> PublishAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    )
    {
        if (IsUnavailable)
        {
            throw new StoreUnavailableException("The topic does not answer.");
        }
        foreach (var message in messages)
        {
            _messages.Enqueue((topic, message.Data.ToArray()));
        }
        return ValueTask.FromResult<IReadOnlyList<string>>([.. messages.Select((_, i) => $"{i}")]);
    }
}

/// <summary>Keeps the last lines that are logged, with their exceptions.</summary>
internal sealed class KeptLog : ILoggerProvider, ILogger
{
    private const int MaxLines = 100_000;

    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>From which level on.</summary>
    public LogLevel Minimum { get; set; } = LogLevel.Trace;

    public string Text => string.Join('\n', _lines);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= Minimum;

    public void Log<TState>(
        LogLevel logLevel,
        Microsoft.Extensions.Logging.EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }
        _lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");
        if (_lines.Count > MaxLines)
        {
            _lines.TryDequeue(out _);
        }
    }

    public void Dispose() { }
}
