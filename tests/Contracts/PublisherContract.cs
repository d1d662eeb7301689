using System.Text;
using Nocturne.Ports;
using Nocturne.Testing;
using Xunit;

namespace Nocturne.Contracts;

/// <summary>A message as a subscription gave it.</summary>
public sealed record ReceivedMessage(string Id, byte[] Data, IReadOnlyDictionary<string, string> Attributes);

/// <summary>
/// What every <see cref="IEventPublisher"/> does, whatever it runs on. Messages of a test carry its name, because the
/// subscription may hold those of others.
/// </summary>
public abstract class PublisherContract
{
    private const string TestAttribute = "contract-test";

    private readonly string _test = Unique.Name("publisher");

    /// <summary>The publisher under test.</summary>
    protected abstract IEventPublisher Publisher { get; }

    /// <summary>A topic with a subscription that <see cref="PullAsync"/> pulls.</summary>
    protected abstract string Topic { get; }

    /// <summary>Pulls and acknowledges what is there; may be empty.</summary>
    protected abstract Task<IReadOnlyList<ReceivedMessage>> PullAsync();

    private static CancellationToken None => CancellationToken.None;

    [ContractFact]
    public async Task Publish_OneMessage_ArrivesWithItsBytesAttributesAndId()
    {
        var data = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [TestAttribute] = _test,
            ["schlüssel"] = "wert 🎵",
        };

        var ids = await Publisher.PublishAsync(Topic, [new OutgoingMessage(data, attributes)], None);

        var received = Assert.Single(await ReceiveAsync(1));
        Assert.Equal(data, received.Data);
        Assert.Equal(attributes.OrderBy(a => a.Key), received.Attributes.OrderBy(a => a.Key));
        Assert.Equal(Assert.Single(ids), received.Id);
    }

    [ContractFact]
    public async Task Publish_AttributesOnly_Arrives()
    {
        await Publisher.PublishAsync(Topic, [Message("")], None);

        Assert.Empty(Assert.Single(await ReceiveAsync(1)).Data);
    }

    [ContractFact]
    public async Task Publish_Several_IdsAreDistinctAndInOrder()
    {
        var texts = Enumerable.Range(0, 50).Select(i => $"message {i}").ToArray();

        var ids = await Publisher.PublishAsync(Topic, [.. texts.Select(Message)], None);

        var received = (await ReceiveAsync(texts.Length)).ToDictionary(m => m.Id, m => Text(m));
        Assert.Equal(texts.Length, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(texts, ids.Select(id => received[id]));
    }

    [ContractFact]
    public async Task Publish_Concurrently_EveryMessageArrives()
    {
        const int Calls = 20;
        const int PerCall = 10;

        await Task.WhenAll(
            Enumerable
                .Range(0, Calls)
                .Select(call =>
                    Task.Run(async () =>
                        await Publisher.PublishAsync(
                            Topic,
                            [.. Enumerable.Range(0, PerCall).Select(i => Message($"{call}/{i}"))],
                            None
                        )
                    )
                )
        );

        var texts = (await ReceiveAsync(Calls * PerCall)).Select(Text).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(Calls * PerCall, texts.Count);
    }

    [ContractFact]
    public async Task Publish_AsManyAsAllowed_AllArrive()
    {
        await Publisher.PublishAsync(
            Topic,
            [.. Enumerable.Range(0, PublishLimits.MaxMessagesPerCall).Select(i => Message($"{i}"))],
            None
        );

        Assert.Equal(PublishLimits.MaxMessagesPerCall, (await ReceiveAsync(PublishLimits.MaxMessagesPerCall)).Count);
    }

    [ContractFact]
    public async Task Publish_MoreThanAllowed_IsRefusedWhole()
    {
        var messages = Enumerable.Range(0, PublishLimits.MaxMessagesPerCall + 1).Select(i => Message($"{i}")).ToArray();

        await Assert.ThrowsAsync<LimitExceededException>(async () =>
            await Publisher.PublishAsync(Topic, messages, None)
        );

        await AssertNothingArrivedAsync();
    }

    [ContractFact]
    public async Task Publish_LargestMessage_Arrives()
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal) { [TestAttribute] = _test };
        var data = new byte[PublishLimits.MaxMessageBytes - TestAttribute.Length - _test.Length];
        new Random(1).NextBytes(data);

        await Publisher.PublishAsync(Topic, [new OutgoingMessage(data, attributes)], None);

        Assert.True(Assert.Single(await ReceiveAsync(1)).Data.AsSpan().SequenceEqual(data));
    }

    [ContractFact]
    public async Task Publish_MessageOverTheLimit_IsRefusedWithItsCompanions()
    {
        var large = Message("") with { Data = new byte[PublishLimits.MaxMessageBytes] };

        await Assert.ThrowsAsync<LimitExceededException>(async () =>
            await Publisher.PublishAsync(Topic, [Message("small"), large], None)
        );

        await AssertNothingArrivedAsync();
    }

    [ContractTheory]
    [InlineData(257, 1)]
    [InlineData(1, 1025)]
    public async Task Publish_AttributeOverTheLimit_IsRefused(int keyBytes, int valueBytes)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [TestAttribute] = _test,
            [new string('k', keyBytes)] = new string('v', valueBytes),
        };

        await Assert.ThrowsAsync<LimitExceededException>(async () =>
            await Publisher.PublishAsync(Topic, [new OutgoingMessage("x"u8.ToArray(), attributes)], None)
        );

        await AssertNothingArrivedAsync();
    }

    [ContractFact]
    public async Task Publish_Nothing_IsRefused()
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await Publisher.PublishAsync(Topic, [], None));
    }

    [ContractFact]
    public async Task Publish_UnknownTopic_IsRefused()
    {
        await Assert.ThrowsAsync<TopicNotFoundException>(async () =>
            await Publisher.PublishAsync(Unique.Name("no-such-topic"), [Message("x")], None)
        );
    }

    private static string Text(ReceivedMessage message) => Encoding.UTF8.GetString(message.Data);

    private OutgoingMessage Message(string text) =>
        new(
            Encoding.UTF8.GetBytes(text),
            new Dictionary<string, string>(StringComparer.Ordinal) { [TestAttribute] = _test }
        );

    /// <summary>Pulls until so many different messages of this test have arrived; duplicates are dropped.</summary>
    private async Task<IReadOnlyCollection<ReceivedMessage>> ReceiveAsync(int count)
    {
        var patience = TimeSpan.FromSeconds(60);
        var received = new Dictionary<string, ReceivedMessage>(StringComparer.Ordinal);
        var started = TimeProvider.System.GetTimestamp();
        while (received.Count < count)
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(started) < patience,
                $"{received.Count} of {count} messages arrived within {patience}."
            );
            foreach (var message in await PullAsync())
            {
                if (message.Attributes.GetValueOrDefault(TestAttribute) == _test)
                {
                    received[message.Id] = message;
                }
            }
        }
        return received.Values;
    }

    private async Task AssertNothingArrivedAsync()
    {
        // A marker published afterwards has arrived: what was published before it would have, too, very likely.
        await Publisher.PublishAsync(Topic, [Message("marker")], None);

        Assert.Equal("marker", Text(Assert.Single(await ReceiveAsync(1))));
    }
}
