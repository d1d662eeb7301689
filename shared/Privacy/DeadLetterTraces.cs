using System.Buffers;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Topology;

namespace Nocturne.Privacy;

/// <summary>Event messages that no delivery succeeded with, held until somebody sends them back.</summary>
/// <remarks>
/// A message with lines that are to go is put back without them, and acknowledged only then: stopped in between, it is
/// found again. The others are not acknowledged, and come back when their deadline is over.
/// </remarks>
internal sealed class DeadLetterTraces(ISubscriptionReader subscriptions, IEventPublisher publisher, int emptyPulls)
{
    private const int MaxPerPull = 100;

    // Messages that were looked at, by id; a hold of more than this is sent back first (nocturne redrive).
    private const int MaxSeen = 100_000;

    /// <summary>Takes lines out.</summary>
    public async ValueTask RemoveAsync(
        TombstoneSet tombstones,
        Action<string> removed,
        CancellationToken cancellationToken
    ) =>
        await EachAsync(
            async message =>
            {
                var rest = new ArrayBufferWriter<byte>(message.Data.Length);
                var gone = new List<string>();
                foreach (var line in LinesOf(message.Data))
                {
                    if (LineOwner.IsDeleted(line, tombstones))
                    {
                        gone.Add(LineOwner.Of(line).Listener!);
                    }
                    else
                    {
                        rest.Write(line.Span);
                    }
                }
                if (gone.Count == 0)
                {
                    return;
                }
                if (rest.WrittenCount > 0)
                {
                    await publisher.PublishAsync(
                        NocturneTopology.TopicNames.ListeningEventsDead,
                        [new OutgoingMessage(rest.WrittenMemory, message.Attributes)],
                        cancellationToken
                    );
                }
                await subscriptions.AcknowledgeAsync(
                    NocturneTopology.SubscriptionNames.ListeningEventsDead,
                    [message.AckId],
                    cancellationToken
                );
                gone.ForEach(removed);
            },
            cancellationToken
        );

    /// <summary>How many lines that are to go there are; what was pulled comes back when its deadline is over.</summary>
    public async ValueTask<long> CountAsync(TombstoneSet tombstones, CancellationToken cancellationToken)
    {
        var count = 0L;
        await EachAsync(
            message =>
            {
                count += LinesOf(message.Data).Count(line => LineOwner.IsDeleted(line, tombstones));
                return ValueTask.CompletedTask;
            },
            cancellationToken
        );
        return count;
    }

    private async ValueTask EachAsync(Func<PulledMessage, ValueTask> look, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var empty = 0; empty < emptyPulls && seen.Count < MaxSeen; )
        {
            var pulled = await subscriptions.PullAsync(
                NocturneTopology.SubscriptionNames.ListeningEventsDead,
                MaxPerPull,
                cancellationToken
            );
            var isNew = false;
            foreach (var message in pulled)
            {
                if (seen.Add(message.Id))
                {
                    isNew = true;
                    await look(message);
                }
            }
            empty = isNew ? 0 : empty + 1;
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> LinesOf(ReadOnlyMemory<byte> data)
    {
        while (!data.IsEmpty)
        {
            var end = data.Span.IndexOf((byte)'\n');
            var length = end < 0 ? data.Length : end + 1;
            yield return data[..length];
            data = data[length..];
        }
    }
}
