using System.Buffers;
using System.Text.Json;

namespace Nocturne.Adapters.Local;

/// <summary>Builds the JSON that Pub/Sub posts to a push endpoint, both spellings of id and time included.</summary>
/// <remarks>Reused from message to message; not safe for concurrent use.</remarks>
internal sealed class PushEnvelope(string subscription, bool withAttempt)
{
    private static readonly JsonEncodedText MessageName = JsonEncodedText.Encode("message");
    private static readonly JsonEncodedText AttributesName = JsonEncodedText.Encode("attributes");
    private static readonly JsonEncodedText DataName = JsonEncodedText.Encode("data");
    private static readonly JsonEncodedText IdName = JsonEncodedText.Encode("messageId");
    private static readonly JsonEncodedText SnakeIdName = JsonEncodedText.Encode("message_id");
    private static readonly JsonEncodedText TimeName = JsonEncodedText.Encode("publishTime");
    private static readonly JsonEncodedText SnakeTimeName = JsonEncodedText.Encode("publish_time");
    private static readonly JsonEncodedText SubscriptionName = JsonEncodedText.Encode("subscription");
    private static readonly JsonEncodedText AttemptName = JsonEncodedText.Encode("deliveryAttempt");

    private readonly JsonEncodedText _subscription = JsonEncodedText.Encode(
        $"projects/local/subscriptions/{subscription}"
    );
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private Utf8JsonWriter? _json;

    /// <summary>The envelope; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Write(Message message, ReadOnlySpan<byte> record, int attempt)
    {
        _buffer.ResetWrittenCount();
        if (_json is null)
        {
            _json = new Utf8JsonWriter(_buffer);
        }
        else
        {
            _json.Reset();
        }
        var (attributes, dataStart) = MessageRecord.Read(record);
        var id = message.IdText;
        _json.WriteStartObject();
        _json.WriteStartObject(MessageName);
        if (attributes.Count > 0)
        {
            _json.WriteStartObject(AttributesName);
            foreach (var (key, value) in attributes)
            {
                _json.WriteString(key, value);
            }
            _json.WriteEndObject();
        }
        _json.WriteBase64String(DataName, record[dataStart..]);
        _json.WriteString(IdName, id);
        _json.WriteString(SnakeIdName, id);
        _json.WriteString(TimeName, message.PublishTime);
        _json.WriteString(SnakeTimeName, message.PublishTime);
        _json.WriteEndObject();
        _json.WriteString(SubscriptionName, _subscription);
        if (withAttempt)
        {
            _json.WriteNumber(AttemptName, attempt);
        }
        _json.WriteEndObject();
        _json.Flush();
        return _buffer.WrittenMemory;
    }
}
