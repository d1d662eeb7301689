using System.Collections.Frozen;
using System.Globalization;
using Nocturne.Ports;

namespace Nocturne.Adapters.Local;

/// <summary>A message that some subscription has not acknowledged; its content stays in the log.</summary>
internal sealed class Message
{
    /// <summary>Log address of the record that published it; never used again.</summary>
    public required long Id { get; init; }

    public required string Topic { get; init; }

    /// <summary>UTC ticks, in whole milliseconds.</summary>
    public required long PublishTicks { get; init; }

    /// <summary>Bytes of the record.</summary>
    public required int Length { get; init; }

    /// <summary>CRC-32C of the record.</summary>
    public required uint Crc { get; init; }

    /// <summary>Log address of the record now; compaction changes it, under the gate.</summary>
    public long Address;

    /// <summary>A bit for each subscription that has not acknowledged it; guarded by the gate.</summary>
    public ulong Unacknowledged;

    public DateTime PublishTime => new(PublishTicks, DateTimeKind.Utc);

    public string IdText => Id.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A message's record: attributes, then data to the record's end.</summary>
internal static class MessageRecord
{
    public static void Write(
        PayloadWriter payload,
        ReadOnlySpan<byte> data,
        IReadOnlyDictionary<string, string> attributes
    )
    {
        payload.Count(attributes.Count);
        foreach (var (key, value) in attributes)
        {
            payload.String(key);
            payload.String(value);
        }
        payload.Raw(data);
    }

    /// <summary>The attributes, and where in the record the data starts.</summary>
    public static (IReadOnlyDictionary<string, string> Attributes, int DataStart) Read(ReadOnlySpan<byte> record)
    {
        var reader = new PayloadReader(record);
        var count = reader.Count();
        if (count == 0)
        {
            return (FrozenDictionary<string, string>.Empty, reader.Position);
        }
        var attributes = new Dictionary<string, string>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var key = reader.String();
            attributes[key] = reader.String();
        }
        return (attributes, reader.Position);
    }

    /// <summary>Checks a message against <see cref="PublishLimits"/>; returns its bytes.</summary>
    public static int Check(OutgoingMessage message)
    {
        const int MaxKeyBytes = 256;
        const int MaxValueBytes = 1024;
        if (message.Data.IsEmpty && message.Attributes.Count == 0)
        {
            throw new ArgumentException("A message needs data or an attribute.", nameof(message));
        }
        var bytes = message.Data.Length;
        foreach (var (key, value) in message.Attributes)
        {
            var keyBytes = System.Text.Encoding.UTF8.GetByteCount(key);
            var valueBytes = System.Text.Encoding.UTF8.GetByteCount(value);
            if (keyBytes is 0 or > MaxKeyBytes || valueBytes > MaxValueBytes)
            {
                throw new LimitExceededException(
                    $"The attribute '{key}' has {keyBytes} + {valueBytes} bytes; the limits are {MaxKeyBytes} and {MaxValueBytes}."
                );
            }
            bytes += keyBytes + valueBytes;
        }
        return bytes <= PublishLimits.MaxMessageBytes
            ? bytes
            : throw new LimitExceededException(
                $"A message has {bytes} bytes; the limit is {PublishLimits.MaxMessageBytes}."
            );
    }
}
