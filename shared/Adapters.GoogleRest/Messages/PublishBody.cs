using System.Text;
using Nocturne.Ports;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>Bodies of publish requests, and the bounds of what is published.</summary>
internal static class PublishBody
{
    private const int MaxKeyBytes = 256;
    private const int MaxValueBytes = 1024;

    /// <summary>
    /// Bytes of messages in one request: in base64 they stay under Pub/Sub's 10 MB. A message is smaller than that by
    /// <see cref="PublishLimits.MaxMessageBytes"/>.
    /// </summary>
    private const int MaxRequestBytes = 7_000_000;

    /// <summary>What a message costs in a request beside its own bytes.</summary>
    private const int MessageOverhead = 64;

    /// <summary>Checks the bounds and cuts a call into requests.</summary>
    /// <returns>Ranges of <paramref name="messages"/> in order, with the bytes that the messages of each count.</returns>
    public static List<(int Start, int Count, int Bytes)> Cut(IReadOnlyList<OutgoingMessage> messages)
    {
        if (messages.Count == 0)
        {
            throw new ArgumentException("There is no message to publish.", nameof(messages));
        }
        if (messages.Count > PublishLimits.MaxMessagesPerCall)
        {
            throw new LimitExceededException(
                $"The call has {messages.Count} messages; the limit is {PublishLimits.MaxMessagesPerCall}."
            );
        }
        var requests = new List<(int Start, int Count, int Bytes)>();
        var (start, bytes) = (0, 0);
        for (var i = 0; i < messages.Count; i++)
        {
            var size = Check(messages[i]);
            if (size > PublishLimits.MaxMessageBytes)
            {
                throw new LimitExceededException(
                    $"A message has {size} bytes; the limit is {PublishLimits.MaxMessageBytes}."
                );
            }
            if (bytes + size + ((i - start + 1) * MessageOverhead) > MaxRequestBytes)
            {
                requests.Add((start, i - start, bytes));
                (start, bytes) = (i, 0);
            }
            bytes += size;
        }
        requests.Add((start, messages.Count - start, bytes));
        return requests;
    }

    /// <summary>Bytes that a message counts: data and attributes.</summary>
    public static int Bytes(ReadOnlyMemory<byte> data, IReadOnlyDictionary<string, string> attributes)
    {
        var bytes = data.Length;
        foreach (var (key, value) in attributes)
        {
            bytes += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
        }
        return bytes;
    }

    /// <summary>The body of one request.</summary>
    public static ReadOnlyMemory<byte> Write(
        IReadOnlyList<OutgoingMessage> messages,
        int start,
        int count,
        int bytes
    ) =>
        Bodies.Write(
            Bodies.Base64Length(bytes) + (count * MessageOverhead),
            json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("messages");
                for (var i = start; i < start + count; i++)
                {
                    var message = messages[i];
                    json.WriteStartObject();
                    json.WriteBase64String("data", message.Data.Span);
                    if (message.Attributes.Count > 0)
                    {
                        json.WriteStartObject("attributes");
                        foreach (var (key, value) in message.Attributes)
                        {
                            json.WriteString(key, value);
                        }
                        json.WriteEndObject();
                    }
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
        );

    private static int Check(OutgoingMessage message)
    {
        foreach (var (key, value) in message.Attributes)
        {
            var (keyBytes, valueBytes) = (Encoding.UTF8.GetByteCount(key), Encoding.UTF8.GetByteCount(value));
            if (keyBytes > MaxKeyBytes || valueBytes > MaxValueBytes)
            {
                throw new LimitExceededException(
                    $"An attribute has a key of {keyBytes} and a value of {valueBytes} bytes; the limits are "
                        + $"{MaxKeyBytes} and {MaxValueBytes}."
                );
            }
        }
        return Bytes(message.Data, message.Attributes);
    }
}
