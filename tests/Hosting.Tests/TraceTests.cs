using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Adapters.Local;
using Nocturne.Domain;
using Nocturne.IngestEvents;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Hosting.Tests;

/// <summary>Spans are the process's: each test looks at those of its own traces.</summary>
public sealed class TraceTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public TraceTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is NocturneTelemetry.Name or "test",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task APublishedMessage_IsOneTraceUntilItsCommit()
    {
        using var folder = new TemporaryFolder();
        await using var stack = await LocalStack.OpenAsync(
            folder.Path,
            new LocalStackOptions { Durability = LogDurability.Process }
        );
        var store = new ListenerStore(stack.Documents, TimeProvider.System);
        await using var handler = new IngestHandler(store, stack.Messages, new IngestOptions());
        await using var host = await PushHost.StartAsync(
            new IngestEndpoint(handler, NullLogger<IngestEndpoint>.Instance)
        );
        stack.Messages.AttachPush(
            NocturneTopology.SubscriptionNames.IngestEvents,
            async (push, _) => await host.PostAsync(new ReadOnlyMemoryContent(push.Body))
        );
        foreach (var other in NocturneTopology.Subscriptions.Where(other => other.Delivery is Delivery.Push))
        {
            if (other.Name != NocturneTopology.SubscriptionNames.IngestEvents)
            {
                stack.Messages.AttachPush(other.Name, (_, _) => ValueTask.FromResult(204));
            }
        }
        stack.Messages.Start();
        var listener = new ListenerId("alice");
        ActivityTraceId trace;

        using (var source = new ActivitySource("test"))
        using (var root = source.StartActivity("publisher"))
        {
            trace = root!.TraceId;
            await new TracedPublisher(stack.Messages).PublishAsync(
                NocturneTopology.TopicNames.ListeningEvents,
                [new OutgoingMessage(Play(listener, 1))],
                CancellationToken.None
            );
        }

        await Eventually.TrueAsync(() => Spans(trace).Count == 4);
        var send = Span(trace, "send listening-events");
        var process = Span(trace, "process listening-events-ingest");
        var commit = Span(trace, "commit profile");
        Assert.Equal(ActivityKind.Producer, send.Kind);
        Assert.Equal(Span(trace, "publisher").SpanId, send.ParentSpanId);
        Assert.Equal(ActivityKind.Consumer, process.Kind);
        Assert.Equal(send.SpanId, process.ParentSpanId);
        Assert.Equal(process.SpanId, commit.ParentSpanId);
        Assert.Equal(1, commit.GetTagItem("nocturne.events"));
        Assert.NotNull(await store.ReadProfileAsync(listener, CancellationToken.None));
        await stack.Messages.StopAsync();
    }

    [Fact]
    public async Task AMergedCommit_LinksTheOtherDeliveries()
    {
        var documents = new HeldDocuments();
        var store = new ListenerStore(documents, TimeProvider.System);
        using var source = new ActivitySource("test");
        var listener = new ListenerId("alice");
        var contexts = new List<ActivityContext>();
        var deliveries = new List<Task<IngestOutcome>>();
        await using (var handler = new IngestHandler(store, new NoPublisher(), new IngestOptions()))
        {
            for (var number = 0; number < 4; number++)
            {
                Activity.Current = null;
                using var span = source.StartActivity("delivery");
                contexts.Add(span!.Context);
                deliveries.Add(handler.HandleAsync("", Play(listener, number), CancellationToken.None).AsTask());
                // The first one's commit is under way and held up; the others gather behind it.
                await documents.Asked.WaitAsync(TimeSpan.FromSeconds(30));
            }
            documents.Release();
            await Task.WhenAll(deliveries);
        }

        Assert.Equal(contexts[0].SpanId, Span(contexts[0].TraceId, "commit profile").ParentSpanId);
        var merged = Span(contexts[1].TraceId, "commit profile");
        Assert.Equal(contexts[1].SpanId, merged.ParentSpanId);
        Assert.Equal(contexts[2..].Select(context => context.SpanId), merged.Links.Select(link => link.Context.SpanId));
        Assert.Equal(3, merged.GetTagItem("nocturne.deliveries"));
    }

    [Fact]
    public async Task Publish_AMessageWithAContext_KeepsIt()
    {
        var publisher = new NoPublisher();
        using var source = new ActivitySource("test");
        using var root = source.StartActivity("publisher");
        OutgoingMessage[] given =
        [
            With((TraceContext.Attribute, "theirs")),
            With((TraceContext.PlainAttribute, "theirs")),
            With([.. Enumerable.Range(0, 100).Select(i => ($"a{i}", "v"))]),
            new OutgoingMessage(new byte[PublishLimits.MaxMessageBytes - 10]),
        ];

        await new TracedPublisher(publisher).PublishAsync("t", given, CancellationToken.None);

        Assert.Equal(given, publisher.Published);
    }

    [Fact]
    public async Task Publish_OtherAttributes_StayBesideTheContext()
    {
        var publisher = new NoPublisher();
        using var source = new ActivitySource("test");
        using var root = source.StartActivity("publisher");

        await new TracedPublisher(publisher).PublishAsync("t", [With(("origin", "app"))], CancellationToken.None);

        var attributes = Assert.Single(publisher.Published).Attributes;
        Assert.Equal("app", attributes["origin"]);
        var context = TraceContext.Of(attributes);
        Assert.Equal(root!.TraceId, context.TraceId);
        Assert.Equal(Span(root.TraceId, "send t").SpanId, context.SpanId);
        Assert.True(context.IsRemote);
    }

    [Theory]
    [InlineData("googclient_traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true)]
    [InlineData("traceparent", "00-0af7651916cd43dd8448eb211c80319c", false)]
    [InlineData("traceparent", "", false)]
    [InlineData("other", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false)]
    public void Of_AnAttribute_IsAContextIfItIsOne(string name, string value, bool isContext)
    {
        var context = TraceContext.Of(With((name, value)).Attributes);

        Assert.Equal(isContext, context != default);
    }

    private List<Activity> Spans(ActivityTraceId trace) => [.. _ended.Where(span => span.TraceId == trace)];

    private Activity Span(ActivityTraceId trace, string name) =>
        Assert.Single(Spans(trace), span => span.DisplayName == name);

    private static OutgoingMessage With(params (string Name, string Value)[] attributes) =>
        new("hi"u8.ToArray(), attributes.ToDictionary(a => a.Name, a => a.Value, StringComparer.Ordinal));

    private static ReadOnlyMemory<byte> Play(ListenerId listener, int number)
    {
        var buffer = new ArrayBufferWriter<byte>();
        EventWriter.WriteLine(
            buffer,
            new PlayEvent
            {
                Listener = listener,
                Id = new EventId($"e{number}"),
                StartedAt = Instant.FromDate(new DateOnly(2026, 2, 3)) + TimeSpan.FromMinutes(number),
                ReceivedAt = Instant.FromDate(new DateOnly(2026, 2, 4)),
                Item = new ItemId("track"),
                MsPlayed = 200_000,
            }
        );
        return buffer.WrittenMemory;
    }

    private sealed class NoPublisher : IEventPublisher
    {
        public IReadOnlyList<OutgoingMessage> Published { get; private set; } = [];

        public ValueTask<IReadOnlyList<string>> PublishAsync(
            string topic,
            IReadOnlyList<OutgoingMessage> messages,
            CancellationToken cancellationToken
        )
        {
            Published = messages;
            return new([.. messages.Select(_ => "")]);
        }
    }
}

/// <summary>Documents whose reads wait until they are released.</summary>
internal sealed class HeldDocuments : IDocumentStore
{
    private readonly InMemoryDocumentStore _documents = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when somebody waits.</summary>
    public Task Asked => _asked.Task;

    public void Release() => _released.TrySetResult();

    public async ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken)
    {
        await HoldAsync(cancellationToken);
        return await _documents.GetAsync(key, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<Document?>> GetManyAsync(
        IReadOnlyList<DocumentKey> keys,
        CancellationToken cancellationToken
    )
    {
        await HoldAsync(cancellationToken);
        return await _documents.GetManyAsync(keys, cancellationToken);
    }

    public ValueTask CommitAsync(IReadOnlyList<DocumentWrite> writes, CancellationToken cancellationToken) =>
        _documents.CommitAsync(writes, cancellationToken);

    public IAsyncEnumerable<Document> ListAsync(
        string collection,
        string? fromInclusive,
        string? toExclusive,
        CancellationToken cancellationToken
    ) => _documents.ListAsync(collection, fromInclusive, toExclusive, cancellationToken);

    private Task HoldAsync(CancellationToken cancellationToken)
    {
        _asked.TrySetResult();
        return _released.Task.WaitAsync(cancellationToken);
    }
}
