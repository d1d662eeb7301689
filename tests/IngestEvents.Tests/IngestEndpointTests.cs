using System.Text;
using Moq;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Profiles;

namespace Nocturne.IngestEvents.Tests;

public sealed class IngestEndpointTests
{
    private static readonly ListenerId Alice = new("alice");

    [Theory]
    [MemberData(nameof(PushDecoderTests.Forms), MemberType = typeof(PushDecoderTests))]
    public async Task Receive_EveryForm_EndsInTheProfile(string form, byte[] _)
    {
        await using var ingest = new IngestFixture();
        var lines = Bodies.Lines(Bodies.Play("alice", 1), Bodies.Play("alice", 2));
        var body = form switch
        {
            "envelope" => Bodies.Envelope(lines),
            "binary" => Bodies.BinaryCloudEvent(lines),
            "structured" => Bodies.StructuredCloudEvent(lines),
            _ => Bodies.EncodedCloudEvent(lines),
        };

        var status = await ingest.PushAsync(body);

        Assert.Equal(204, status);
        Assert.Equal(2, (await ingest.Store.ReadProfileAsync(Alice, default))!.Totals.Streams);
    }

    [Fact]
    public async Task Receive_EventsOfBeforeADeletion_DropsThemAndTakesTheLaterOnes()
    {
        await using var ingest = new IngestFixture();
        var (before, later) = (Bodies.Play("alice", 1), Bodies.Play("alice", 2));
        await ingest.PushAsync(Bodies.Envelope(Bodies.Lines(before, Bodies.Play("bob", 1))));
        var erasure = new ListenerErasure(ingest.Documents, TimeProvider.System);
        await erasure.BeginAsync(Alice, before.ReceivedAt, [], default);

        // Nobody finished the erasure: the first message does.
        var redelivered = await ingest.PushAsync(Bodies.Envelope(Bodies.Lines(before)));
        var left = await erasure.CountAsync(Alice, default);
        var received = before.ReceivedAt + TimeSpan.FromMilliseconds(1);
        var mixed = await ingest.PushAsync(Bodies.Envelope(Bodies.Lines(before, later with { ReceivedAt = received })));

        Assert.Equal((204, 0, 204), (redelivered, left, mixed));
        Assert.Equal(1, (await ingest.Store.ReadProfileAsync(Alice, default))!.Totals.Plays);
        Assert.Equal(1, (await ingest.Store.ReadProfileAsync(new ListenerId("bob"), default))!.Totals.Plays);
    }

    [Fact]
    public async Task Receive_SameMessageTwice_CountsOnceAndWritesNothing()
    {
        await using var ingest = new IngestFixture();
        var body = Bodies.Envelope(Bodies.Lines(Bodies.Play("alice", 1)));
        await ingest.PushAsync(body);
        var commits = ingest.Documents.Commits;

        var status = await ingest.PushAsync(body);

        Assert.Equal(204, status);
        Assert.Equal(commits, ingest.Documents.Commits);
        Assert.Equal(1, (await ingest.Store.ReadProfileAsync(Alice, default))!.Totals.Plays);
    }

    [Fact]
    public async Task Receive_InvalidLineAmongValid_IsRejectedWithItsBytesAndTheRestIsKept()
    {
        await using var ingest = new IngestFixture();
        byte[] lines =
        [
            .. Bodies.Lines(Bodies.Play("alice", 1)),
            .. "{\"listener\":\"alice\"}\n"u8,
            .. Bodies.Lines(Bodies.Play("alice", 2)),
        ];

        var status = await ingest.PushAsync(Bodies.Envelope(lines, "m-9"));

        Assert.Equal(204, status);
        Assert.Equal(2, (await ingest.Store.ReadProfileAsync(Alice, default))!.Totals.Plays);
        var reject = Assert.Single(ingest.Published.Rejects);
        Assert.Equal("missing_field", reject.GetProperty("reason").GetString());
        Assert.Equal(2, reject.GetProperty("line").GetInt32());
        Assert.Equal("m-9", reject.GetProperty("message_id").GetString());
        Assert.Equal("{\"listener\":\"alice\"}"u8.ToArray(), reject.GetProperty("bytes").GetBytesFromBase64());
    }

    [Fact]
    public async Task Receive_BodyThatIsNoMessage_IsRecordedAndAcknowledged()
    {
        await using var ingest = new IngestFixture();

        var status = await ingest.PushAsync(Encoding.UTF8.GetBytes("not a push"));

        Assert.Equal(204, status);
        Assert.Equal("invalid_message", Assert.Single(ingest.Published.Rejects).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Receive_RejectsCannotBePublished_IsNotAcknowledged()
    {
        await using var ingest = new IngestFixture();
        ingest.Published.Fails = true;

        Assert.Equal(503, await ingest.PushAsync(Encoding.UTF8.GetBytes("not a push")));
        Assert.Equal(503, await ingest.PushAsync(Bodies.Envelope("{}"u8)));
    }

    [Fact]
    public async Task Receive_StoreFails_IsNotAcknowledgedAndTheNextDeliverySucceeds()
    {
        var real = new Testing.InMemoryDocumentStore();
        var failures = 1;
        var documents = new Mock<IDocumentStore>();
        documents
            .Setup(d => d.GetManyAsync(It.IsAny<IReadOnlyList<DocumentKey>>(), It.IsAny<CancellationToken>()))
            .Returns((IReadOnlyList<DocumentKey> keys, CancellationToken token) => real.GetManyAsync(keys, token));
        documents
            .Setup(d => d.GetAsync(It.IsAny<DocumentKey>(), It.IsAny<CancellationToken>()))
            .Returns((DocumentKey key, CancellationToken token) => real.GetAsync(key, token));
        documents
            .Setup(d => d.CommitAsync(It.IsAny<IReadOnlyList<DocumentWrite>>(), It.IsAny<CancellationToken>()))
            .Returns(
                (IReadOnlyList<DocumentWrite> writes, CancellationToken token) =>
                    failures-- > 0 ? throw new StoreUnavailableException("scripted") : real.CommitAsync(writes, token)
            );
        await using var ingest = new IngestFixture(documents.Object);
        var body = Bodies.Envelope(Bodies.Lines(Bodies.Play("alice", 1)));

        Assert.Equal(503, await ingest.PushAsync(body));
        Assert.Equal(204, await ingest.PushAsync(body));
        Assert.Equal(1, (await ingest.Store.ReadProfileAsync(Alice, default))!.Totals.Plays);
    }

    [Fact]
    public async Task Receive_ManyDeliveriesForOneListener_CoalesceIntoFewCommitsAndAreAnsweredAfterThem()
    {
        var gated = new GatedStore();
        await using var ingest = new IngestFixture(gated, new IngestOptions { ConcurrentCommits = 4 });
        var deliveries = Enumerable
            .Range(0, 200)
            .Select(i => ingest.PushAsync(Bodies.Envelope(Bodies.Lines(Bodies.Play("alice", i)))).AsTask())
            .ToList();

        await gated.FirstCommit.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.DoesNotContain(deliveries, delivery => delivery.IsCompleted);
        gated.Open.SetResult();
        var statuses = await Task.WhenAll(deliveries).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.All(statuses, status => Assert.Equal(204, status));
        Assert.Equal(200, (await ingest.Store.ReadProfileAsync(Alice, default))!.Totals.Plays);
        Assert.InRange(gated.Commits, 1, 3);
    }

    [Fact]
    public async Task Receive_TooMuchIsWaiting_AsksForALaterDelivery()
    {
        var gated = new GatedStore();
        await using var ingest = new IngestFixture(
            gated,
            new IngestOptions { ConcurrentCommits = 1, MaxWaitingEvents = 1_000 }
        );
        var first = ingest.PushAsync(
            Bodies.Envelope(Bodies.Lines(Enumerable.Range(0, 1_000).Select(i => Bodies.Play("alice", i))))
        );

        var second = await ingest.PushAsync(Bodies.Envelope(Bodies.Lines(Bodies.Play("bob", 1))));

        Assert.Equal(503, second);
        gated.Open.SetResult();
        Assert.Equal(204, await first);
    }

    /// <summary>Holds every commit until it is opened.</summary>
    private sealed class GatedStore : IDocumentStore
    {
        private readonly Testing.InMemoryDocumentStore _inner = new();

        public TaskCompletionSource Open { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource FirstCommit { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Commits => _inner.Commits;

        public ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken) =>
            _inner.GetAsync(key, cancellationToken);

        public ValueTask<IReadOnlyList<Document?>> GetManyAsync(
            IReadOnlyList<DocumentKey> keys,
            CancellationToken cancellationToken
        ) => _inner.GetManyAsync(keys, cancellationToken);

        public async ValueTask CommitAsync(IReadOnlyList<DocumentWrite> writes, CancellationToken cancellationToken)
        {
            FirstCommit.TrySetResult();
            await Open.Task;
            await _inner.CommitAsync(writes, cancellationToken);
        }

        public IAsyncEnumerable<Document> ListAsync(
            string collection,
            string? fromInclusive,
            string? toExclusive,
            CancellationToken cancellationToken
        ) => _inner.ListAsync(collection, fromInclusive, toExclusive, cancellationToken);
    }
}
