using System.Text;
using Nocturne.Ports;
using Nocturne.Testing;
using Xunit;

namespace Nocturne.Contracts;

/// <summary>What every <see cref="ISubscriptionReader"/> does. Each test has a subscription of its own.</summary>
public abstract class SubscriptionReaderContract
{
    /// <summary>The reader under test.</summary>
    protected abstract ISubscriptionReader Reader { get; }

    /// <summary>Publishes to <see cref="Topic"/>.</summary>
    protected abstract IEventPublisher Publisher { get; }

    /// <summary>A topic on which <see cref="Subscription"/> is.</summary>
    protected abstract string Topic { get; }

    /// <summary>An empty pull subscription.</summary>
    protected abstract string Subscription { get; }

    private static CancellationToken None => CancellationToken.None;

    [ContractFact]
    public async Task Pull_NothingThere_IsEmptyAtOnce()
    {
        Assert.Empty(await Reader.PullAsync(Subscription, 10, None));
    }

    [ContractFact]
    public async Task Pull_PublishedMessage_HasIdBytesAttributesAndTime()
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal) { ["reason"] = "grund 🎵" };
        var data = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        var before = TimeProvider.System.GetUtcNow();

        var ids = await Publisher.PublishAsync(Topic, [new OutgoingMessage(data, attributes)], None);

        var pulled = Assert.Single(await PullAsync(1));
        Assert.Equal(Assert.Single(ids), pulled.Id);
        Assert.Equal(data, pulled.Data.ToArray());
        Assert.Equal(attributes, pulled.Attributes);
        Assert.InRange(pulled.PublishTime, before.AddMinutes(-1), TimeProvider.System.GetUtcNow().AddMinutes(1));
    }

    [ContractFact]
    public async Task Pull_MoreThanAskedFor_GivesNoMoreThanThat()
    {
        await PublishAsync(5);

        var pulled = await Reader.PullAsync(Subscription, 2, None);

        Assert.InRange(pulled.Count, 0, 2);
        Assert.Equal(5, pulled.Concat(await PullAsync(5 - pulled.Count)).DistinctBy(message => message.Id).Count());
    }

    [ContractFact]
    public async Task Pull_OutstandingMessages_AreNotGivenAgain()
    {
        await PublishAsync(3);
        var first = await PullAsync(3);

        var second = await Reader.PullAsync(Subscription, 10, None);

        Assert.Equal(3, first.Count);
        Assert.Empty(second);
    }

    [ContractFact]
    public async Task Acknowledge_TwiceAndNothing_IsNoError()
    {
        await PublishAsync(3);
        string[] ackIds = [.. (await PullAsync(3)).Select(message => message.AckId)];

        await Reader.AcknowledgeAsync(Subscription, ackIds, None);
        await Reader.AcknowledgeAsync(Subscription, ackIds, None);
        await Reader.AcknowledgeAsync(Subscription, [], None);

        Assert.Empty(await Reader.PullAsync(Subscription, 10, None));
    }

    private ValueTask<IReadOnlyList<string>> PublishAsync(int count) =>
        Publisher.PublishAsync(
            Topic,
            [.. Enumerable.Range(0, count).Select(i => new OutgoingMessage(Encoding.UTF8.GetBytes($"message {i}")))],
            None
        );

    /// <summary>Pulls until so many messages have come.</summary>
    private async Task<IReadOnlyList<PulledMessage>> PullAsync(int count)
    {
        var pulled = new List<PulledMessage>();
        await Eventually.TrueAsync(async () =>
        {
            if (pulled.Count < count)
            {
                pulled.AddRange(await Reader.PullAsync(Subscription, count - pulled.Count, None));
            }
            return pulled.Count >= count;
        });
        return pulled;
    }
}
