using System.Buffers;
using System.Globalization;
using System.Text;
using Nocturne.Domain;

namespace Nocturne.IngestEvents.Tests;

/// <summary>Push bodies in every form that Pub/Sub and Eventarc send them.</summary>
internal static class Bodies
{
    /// <summary>As Pub/Sub's own push subscription posts it.</summary>
    public static byte[] Envelope(ReadOnlySpan<byte> data, string id = "2070443601311540") =>
        Encoding.UTF8.GetBytes(
            $$"""
            {"deliveryAttempt":1,"message":{"attributes":{"origin":"app"},"data":"{{Convert.ToBase64String(
                data
            )}}","messageId":"{{id}}","message_id":"{{id}}","publishTime":"2026-02-26T19:13:55.749Z","publish_time":"2026-02-26T19:13:55.749Z"},"subscription":"projects/p/subscriptions/listening-events-ingest"}
            """
        );

    /// <summary>A CloudEvent in binary mode: its attributes are headers, the body is MessagePublishedData.</summary>
    public static byte[] BinaryCloudEvent(ReadOnlySpan<byte> data) =>
        Encoding.UTF8.GetBytes(
            $$"""
            {"message":{"data":"{{Convert.ToBase64String(
                data
            )}}","messageId":"7","publishTime":"2026-02-26T19:13:55.749Z"},"subscription":"projects/p/subscriptions/s"}
            """
        );

    /// <summary>A CloudEvent in structured mode.</summary>
    public static byte[] StructuredCloudEvent(ReadOnlySpan<byte> data) =>
        Encoding.UTF8.GetBytes(
            $$"""
            {"specversion":"1.0","type":"google.cloud.pubsub.topic.v1.messagePublished","source":"//pubsub.googleapis.com/projects/p/topics/listening-events","id":"7","time":"2026-02-26T19:13:55.749Z","datacontenttype":"application/json","data":{{Encoding.UTF8.GetString(
                BinaryCloudEvent(data)
            )}}}
            """
        );

    /// <summary>The same with encoded data.</summary>
    public static byte[] EncodedCloudEvent(ReadOnlySpan<byte> data) =>
        Encoding.UTF8.GetBytes(
            $$"""
            {"specversion":"1.0","type":"google.cloud.pubsub.topic.v1.messagePublished","source":"s","id":"7","data_base64":"{{Convert.ToBase64String(
                BinaryCloudEvent(data)
            )}}"}
            """
        );

    /// <summary>A valid play; the number makes it distinct.</summary>
    public static PlayEvent Play(string listener, int number) =>
        new()
        {
            Listener = new ListenerId(listener),
            Id = new EventId("e" + number.ToString(CultureInfo.InvariantCulture)),
            StartedAt = Instant.FromDate(new DateOnly(2026, 2, 3)) + TimeSpan.FromSeconds(number % 80_000),
            ReceivedAt = Instant.FromDate(new DateOnly(2026, 2, 4)),
            Item = new ItemId("track-" + (number % 7).ToString(CultureInfo.InvariantCulture)),
            Artist = new ArtistId("artist"),
            MsPlayed = 200_000,
        };

    public static byte[] Lines(params IEnumerable<ListenEvent> events)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var listenEvent in events)
        {
            EventWriter.WriteLine(buffer, listenEvent);
        }
        return buffer.WrittenSpan.ToArray();
    }
}
