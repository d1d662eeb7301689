using System.Text.Json;

namespace Nocturne.Hosting;

/// <summary>A Pub/Sub message as it was pushed.</summary>
/// <param name="Id">The message's id; empty where the body has none.</param>
/// <param name="Data">The decoded data.</param>
/// <param name="Attributes">The attributes.</param>
/// <param name="Subscription">The subscription's full name; empty where the body has none.</param>
/// <param name="DeliveryAttempt">The delivery's number where the subscription has a dead-letter policy, else 0.</param>
public sealed record PushedMessage(
    string Id,
    ReadOnlyMemory<byte> Data,
    IReadOnlyDictionary<string, string> Attributes,
    string Subscription,
    int DeliveryAttempt
);

/// <summary>
/// Decodes a push body, whichever way it came: Pub/Sub's own envelope, or a CloudEvent of type
/// <c>google.cloud.pubsub.topic.v1.messagePublished</c> in binary mode (whose body has the envelope's shape) or in
/// structured mode (which holds that shape in <c>data</c>, or encoded in <c>data_base64</c>).
/// </summary>
public static class PushDecoder
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 32 };

    /// <summary>Decodes a body.</summary>
    /// <param name="body">The HTTP request's body.</param>
    /// <param name="message">The message, if true is returned.</param>
    /// <param name="error">What is wrong with the body, if false is returned.</param>
    public static bool TryDecode(ReadOnlyMemory<byte> body, out PushedMessage message, out string error)
    {
        message = null!;
        var envelope = default(Envelope);
        try
        {
            var reader = new Utf8JsonReader(body.Span, Options);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                error = "The push body is not a JSON object.";
                return false;
            }
            envelope.Read(ref reader);
            if (reader.Read())
            {
                error = "There is something after the push body's object.";
                return false;
            }
        }
        catch (JsonException e)
        {
            error = $"The push body is not JSON: {e.Message}";
            return false;
        }
        catch (InvalidOperationException)
        {
            error = "The push body holds text that is not Unicode.";
            return false;
        }
        if (envelope.Encoded is { } encoded)
        {
            // One level only: a CloudEvent's data is not a CloudEvent.
            return envelope.HasSpecVersion
                ? TryDecodeInner(encoded, out message, out error)
                : Fail("'data_base64' stands outside a CloudEvent.", out error);
        }
        if (!envelope.HasMessage)
        {
            return Fail("The push body has no 'message'.", out error);
        }
        if (envelope.Error is { } found)
        {
            return Fail(found, out error);
        }
        message = envelope.ToMessage();
        error = "";
        return true;
    }

    private static bool TryDecodeInner(byte[] encoded, out PushedMessage message, out string error)
    {
        if (TryDecode(encoded, out message, out error) && encoded.AsSpan().IndexOf("\"data_base64\""u8) < 0)
        {
            return true;
        }
        error = error.Length == 0 ? "A CloudEvent inside a CloudEvent is not decoded." : error;
        return false;
    }

    private static bool Fail(string what, out string error)
    {
        error = what;
        return false;
    }

    private struct Envelope
    {
        private byte[]? _data;
        private Dictionary<string, string>? _attributes;
        private string? _id;
        private string? _subscription;
        private int _attempt;

        public bool HasMessage { get; private set; }

        public bool HasSpecVersion { get; private set; }

        public byte[]? Encoded { get; private set; }

        public string? Error { get; private set; }

        public readonly PushedMessage ToMessage() =>
            new(_id ?? "", _data ?? [], _attributes ?? [], _subscription ?? "", _attempt);

        public void Read(ref Utf8JsonReader reader)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("message"u8))
                {
                    reader.Read();
                    if (reader.TokenType != JsonTokenType.StartObject)
                    {
                        Error = "'message' is not an object.";
                        reader.Skip();
                        continue;
                    }
                    HasMessage = true;
                    ReadMessage(ref reader);
                }
                else if (reader.ValueTextEquals("subscription"u8))
                {
                    _subscription = ReadText(ref reader);
                }
                else if (reader.ValueTextEquals("deliveryAttempt"u8))
                {
                    reader.Read();
                    _ = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out _attempt);
                    reader.Skip();
                }
                else if (reader.ValueTextEquals("specversion"u8))
                {
                    HasSpecVersion = true;
                    reader.Read();
                    reader.Skip();
                }
                else if (reader.ValueTextEquals("data"u8))
                {
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.StartObject)
                    {
                        Read(ref reader); // a structured CloudEvent's data; depth is bounded by the reader
                    }
                    else
                    {
                        reader.Skip();
                    }
                }
                else if (reader.ValueTextEquals("data_base64"u8))
                {
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out var bytes))
                    {
                        Encoded = bytes;
                    }
                    else
                    {
                        Error = "'data_base64' is not base64.";
                        reader.Skip();
                    }
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }
        }

        private void ReadMessage(ref Utf8JsonReader reader)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("data"u8))
                {
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.Null)
                    {
                        continue;
                    }
                    if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out _data))
                    {
                        Error = "'message.data' is not base64.";
                        reader.Skip();
                    }
                }
                else if (reader.ValueTextEquals("messageId"u8) || reader.ValueTextEquals("message_id"u8))
                {
                    _id = ReadText(ref reader) ?? _id;
                }
                else if (reader.ValueTextEquals("attributes"u8))
                {
                    ReadAttributes(ref reader);
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }
        }

        private void ReadAttributes(ref Utf8JsonReader reader)
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                return;
            }
            _attributes = new Dictionary<string, string>(StringComparer.Ordinal);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (ReadText(ref reader) is { } value)
                {
                    _attributes[name] = value;
                }
            }
        }

        private static string? ReadText(ref Utf8JsonReader reader)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
            {
                return reader.GetString();
            }
            reader.Skip();
            return null;
        }
    }
}
