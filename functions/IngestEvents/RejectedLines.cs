using System.Buffers;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.IngestEvents;

/// <summary>Publishes refused lines, each with its reason, to <c>rejected-events</c>.</summary>
/// <remarks>
/// One JSON object a line: <c>reason</c>, <c>field</c> (where it is about one), <c>line</c>, <c>message_id</c>,
/// <c>length</c> (of the refused line) and <c>bytes</c> (base64, of its first <see cref="MaxLineBytes"/>).
/// A redelivered message publishes its rejects again; (message_id, line) tells them.
/// </remarks>
internal sealed class RejectedLines(IEventPublisher publisher)
{
    /// <summary>How much of a refused line is kept; the archive has it whole.</summary>
    public const int MaxLineBytes = 64 << 10;

    private const int MaxMessageBytes = 512 << 10;

    public async ValueTask PublishAsync(
        string messageId,
        IReadOnlyList<Rejection> rejections,
        CancellationToken cancellationToken
    )
    {
        var messages = new List<OutgoingMessage>();
        var buffer = new ArrayBufferWriter<byte>(4_096);
        foreach (var rejection in rejections)
        {
            Write(buffer, messageId, rejection);
            if (buffer.WrittenCount > MaxMessageBytes)
            {
                messages.Add(new OutgoingMessage(buffer.WrittenSpan.ToArray()));
                buffer.ResetWrittenCount();
            }
        }
        if (buffer.WrittenCount > 0)
        {
            messages.Add(new OutgoingMessage(buffer.WrittenMemory));
        }
        foreach (var chunk in messages.Chunk(PublishLimits.MaxMessagesPerCall))
        {
            await publisher.PublishAsync(NocturneTopology.TopicNames.RejectedEvents, chunk, cancellationToken);
        }
    }

    private static void Write(ArrayBufferWriter<byte> buffer, string messageId, Rejection rejection)
    {
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("reason"u8, rejection.Code);
            if (rejection.Field is { } field)
            {
                json.WriteString("field"u8, field);
            }
            json.WriteNumber("line"u8, rejection.Line);
            json.WriteString("message_id"u8, messageId);
            json.WriteNumber("length"u8, rejection.Bytes.Length);
            json.WriteBase64String("bytes"u8, rejection.Bytes.Span[..Math.Min(rejection.Bytes.Length, MaxLineBytes)]);
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
    }
}
