using Nocturne.Adapters.Local;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Operations;

/// <summary>Sends dead letters back.</summary>
internal static class DeadLetters
{
    private const int MaxPerPull = 100;

    // Pub/Sub says in these attributes where a dead letter came from; the message that goes back is as it was.
    private const string AddedAttribute = "CloudPubSubDeadLetter";

    /// <summary>Publishes to a topic, durably.</summary>
    public delegate ValueTask Publish(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    );

    /// <summary>The dead-letter subscriptions, each with the topic that its messages came from.</summary>
    public static IReadOnlyList<(string Subscription, string Source)> Holds { get; } =
    [
        .. from source in NocturneTopology.Subscriptions
        from hold in NocturneTopology.Subscriptions
        where hold.Topic == source.DeadLetter?.Topic && hold.Delivery is Delivery.Pull
        select (hold.Name, source.Topic),
    ];

    /// <summary>
    /// Publishes every dead letter to the topic it came from, and acknowledges it afterwards: stopped in between, it
    /// is there twice, which does no harm, and never lost.
    /// </summary>
    public static async ValueTask<IReadOnlyList<RedrivenTopic>> RedriveAsync(
        LocalPubSub messages,
        Publish publish,
        CancellationToken cancellationToken
    )
    {
        var redriven = new List<RedrivenTopic>();
        foreach (var (subscription, source) in Holds)
        {
            var count = 0;
            // What dies again while this runs is left for another time.
            var waiting = messages.Statistics().First(s => s.Name == subscription).Backlog;
            while (count < waiting)
            {
                var pulled = await messages.PullAsync(subscription, MaxPerPull, cancellationToken);
                if (pulled.Count == 0)
                {
                    break;
                }
                foreach (var dead in pulled)
                {
                    await publish(source, [new OutgoingMessage(dead.Data, Restored(dead))], cancellationToken);
                }
                await messages.AcknowledgeAsync(
                    subscription,
                    [.. pulled.Select(dead => dead.AckId)],
                    cancellationToken
                );
                count += pulled.Count;
            }
            redriven.Add(new RedrivenTopic(source, count));
        }
        return redriven;
    }

    private static Dictionary<string, string> Restored(PulledMessage dead) =>
        dead
            .Attributes.Where(a => !a.Key.StartsWith(AddedAttribute, StringComparison.Ordinal))
            .ToDictionary(StringComparer.Ordinal);
}
