using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Adapters.Local;
using Nocturne.Domain;
using Nocturne.Hosting;
using Nocturne.IngestEvents;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Serve.Tests.Next;

public sealed class FreshnessTests
{
    [Fact]
    public async Task Next_OnTheEmbeddedStack_SoonFollowsWhatWasPublished()
    {
        using var folder = new TemporaryFolder();
        await using var stack = await LocalStack.OpenAsync(folder.Path);
        var listeners = new ListenerStore(stack.Documents, TimeProvider.System);
        await using var handler = new IngestHandler(listeners, stack.Messages, new IngestOptions());
        var endpoint = new IngestEndpoint(handler, NullLogger<IngestEndpoint>.Instance);
        foreach (var subscription in NocturneTopology.Subscriptions.Where(s => s.Delivery is Delivery.Push))
        {
            var isIngest = subscription.Name == NocturneTopology.SubscriptionNames.IngestEvents;
            stack.Messages.AttachPush(
                subscription.Name,
                async (request, token) => isIngest ? await endpoint.ReceiveBodyAsync(request.Body, token) : 204
            );
        }
        stack.Messages.Start();
        using var discovery = new Discovery(
            stack.Objects,
            new PublishedPlaylists(stack.Objects, TimeProvider.System),
            listeners,
            TimeProvider.System,
            NullLoggerFactory.Instance
        );

        for (var i = 0; i < 10; i++)
        {
            var item = $"track-{i}";
            await stack.Messages.PublishAsync(
                NocturneTopology.TopicNames.ListeningEvents,
                [new OutgoingMessage(Play(item))],
                default
            );
            await Eventually.TrueAsync(
                async () =>
                    (await discovery.NextAsync(DiscoveryHost.Alice, null, 20, default)).Next.Playlist.Tracks.Any(
                        track => track.Item.Value == item
                    ),
                $"{item} is seen"
            );
        }
        await stack.Messages.StopAsync();
    }

    private static byte[] Play(string item)
    {
        var now = Instant.From(TimeProvider.System.GetUtcNow());
        var line = new ArrayBufferWriter<byte>();
        EventWriter.WriteLine(
            line,
            new PlayEvent
            {
                Listener = DiscoveryHost.Alice,
                Id = new EventId(item),
                StartedAt = now,
                ReceivedAt = now,
                Item = new ItemId(item),
                MsPlayed = 200_000,
            }
        );
        return line.WrittenSpan.ToArray();
    }
}
