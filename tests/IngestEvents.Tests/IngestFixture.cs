using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Hosting;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Testing;

namespace Nocturne.IngestEvents.Tests;

/// <summary>IngestEvents on documents in memory, with what it publishes at hand.</summary>
internal sealed class IngestFixture : IAsyncDisposable
{
    private readonly IngestHandler _handler;

    public IngestFixture(IDocumentStore? documents = null, IngestOptions? options = null)
    {
        Store = new ListenerStore(documents ?? Documents, TimeProvider.System);
        _handler = new IngestHandler(Store, Published, options ?? new IngestOptions());
        Endpoint = new IngestEndpoint(_handler, NullLogger<IngestEndpoint>.Instance);
    }

    public InMemoryDocumentStore Documents { get; } = new();

    public PublishedMessages Published { get; } = new();

    public ListenerStore Store { get; }

    public IngestEndpoint Endpoint { get; }

    public ValueTask<int> PushAsync(byte[] body) => Endpoint.ReceiveBodyAsync(body, CancellationToken.None);

    public ValueTask DisposeAsync() => _handler.DisposeAsync();

    /// <summary>A publisher that remembers, or fails on demand.</summary>
    internal sealed class PublishedMessages : IEventPublisher
    {
        private readonly ConcurrentQueue<OutgoingMessage> _messages = new();

        public bool Fails { get; set; }

        public IReadOnlyList<JsonElement> Rejects =>
            [
                .. _messages.SelectMany(message =>
                    System
                        .Text.Encoding.UTF8.GetString(message.Data.Span)
                        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                        .Select(line => JsonDocument.Parse(line).RootElement)
                ),
            ];

        public ValueTask<IReadOnlyList<string>> PublishAsync(
            string topic,
            IReadOnlyList<OutgoingMessage> messages,
            CancellationToken cancellationToken
        )
        {
            if (Fails)
            {
                throw new StoreUnavailableException("scripted");
            }
            Assert.Equal("rejected-events", topic);
            Assert.All(messages, message => Assert.True(message.Data.Length <= PublishLimits.MaxMessageBytes));
            foreach (var message in messages)
            {
                _messages.Enqueue(message with { Data = message.Data.ToArray() });
            }
            return new([.. messages.Select((_, i) => $"{i}")]);
        }
    }
}
