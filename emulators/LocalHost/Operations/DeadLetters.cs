using Microsoft.Extensions.DependencyInjection;
using Nocturne.LocalHost.Stack;
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
    /// is there twice, which does no harm, and never lost. What dies again while this runs is left for another time.
    /// </summary>
    public static async ValueTask<IReadOnlyList<RedrivenTopic>> RedriveAsync(
        IStack stack,
        Publish publish,
        CancellationToken cancellationToken
    )
    {
        var time = stack.Services.GetRequiredService<TimeProvider>();
        var started = time.GetUtcNow();
        var redriven = new List<RedrivenTopic>();
        foreach (var (subscription, source) in Holds)
        {
            var count = 0;
            for (var empty = 0; empty < stack.Manner.EmptyPulls; )
            {
                var pulled = await Patience.TryAsync(
                    () => stack.Subscriptions.PullAsync(subscription, MaxPerPull, cancellationToken),
                    time,
                    cancellationToken
                );
                PulledMessage[] dead = [.. pulled.Where(message => message.PublishTime <= started)];
                if (dead.Length == 0)
                {
                    empty++;
                    continue;
                }
                empty = 0;
                await SendBackAsync(stack, publish, subscription, source, dead, cancellationToken);
                count += dead.Length;
            }
            redriven.Add(new RedrivenTopic(source, count));
        }
        return redriven;
    }

    private static async Task SendBackAsync(
        IStack stack,
        Publish publish,
        string subscription,
        string source,
        PulledMessage[] dead,
        CancellationToken cancellationToken
    )
    {
        foreach (var message in dead)
        {
            await publish(source, [new OutgoingMessage(message.Data, Restored(message))], cancellationToken);
        }
        await Patience.TryAsync(
            async () =>
            {
                await stack.Subscriptions.AcknowledgeAsync(
                    subscription,
                    [.. dead.Select(message => message.AckId)],
                    cancellationToken
                );
                return true;
            },
            stack.Services.GetRequiredService<TimeProvider>(),
            cancellationToken
        );
    }

    private static Dictionary<string, string> Restored(PulledMessage dead) =>
        dead
            .Attributes.Where(a => !a.Key.StartsWith(AddedAttribute, StringComparison.Ordinal))
            .ToDictionary(StringComparer.Ordinal);
}
