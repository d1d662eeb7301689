using Google.Api.Gax;
using Google.Cloud.PubSub.V1;
using Google.Protobuf;

namespace Nocturne.Cloud.Tests.Publishing;

public static class PublishEvents
{
    private const int MaxEvents = 1_000;
    private const int MaxBytes = 1 << 20;

    public static readonly string[] Examples =
    [
        """{"event_id":"csharp-1","listener":"alice","kind":"play","started_at":"2026-01-01T20:15:02Z","received_at":"2026-01-01T20:18:40Z","item":"track-1","artist":"artist-9","ms_played":214000}""",
        """{"event_id":"csharp-2","listener":"alice","kind":"feedback","started_at":"2026-01-01T20:18:45Z","received_at":"2026-01-01T20:18:45Z","item":"track-1","score":1}""",
    ];

    /// <summary>Makes the client: one for the life of the process, shut down at its end.</summary>
    public static Task<PublisherClient> ConnectAsync(string project) =>
        new PublisherClientBuilder
        {
            TopicName = TopicName.FromProjectTopic(project, "listening-events"),
            EmulatorDetection = EmulatorDetection.EmulatorOrProduction,
        }.BuildAsync();

    /// <summary>Publishes events, one JSON object each; they are durable when it returns.</summary>
    /// <remarks>The client retries. If it gives up, publishing the same events again is safe: their ids are the same.</remarks>
    public static Task PublishAsync(PublisherClient publisher, IEnumerable<string> events) =>
        Task.WhenAll(Messages(events).Select(message => publisher.PublishAsync(message)));

    /// <summary>Packs events into as few messages as the bounds allow.</summary>
    private static IEnumerable<ByteString> Messages(IEnumerable<string> events)
    {
        var lines = new MemoryStream();
        var count = 0;
        foreach (var line in events.Select(e => ByteString.CopyFromUtf8(e + "\n")))
        {
            if (count == MaxEvents || (count > 0 && lines.Length + line.Length > MaxBytes))
            {
                yield return ByteString.CopyFrom(lines.ToArray());
                lines.SetLength(0);
                count = 0;
            }
            line.WriteTo(lines);
            count++;
        }
        if (count > 0)
        {
            yield return ByteString.CopyFrom(lines.ToArray());
        }
    }
}
