using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Profiles;

namespace Nocturne.Privacy;

/// <summary>Whose a line is, also of one that is no event: a refused line may name a listener all the same.</summary>
internal static class LineOwner
{
    private static ReadOnlySpan<byte> Field => "\"listener\""u8;

    /// <summary>The listener that a line names, and when it says that it was received; nulls where it does not say.</summary>
    public static (string? Listener, Instant? ReceivedAt) Of(ReadOnlyMemory<byte> line)
    {
        if (EventParser.TryParseLine(line, 0, out var listenEvent, out _))
        {
            return (listenEvent.Listener.Value, listenEvent.ReceivedAt);
        }
        // The first whole string after the field's name, however broken the rest is.
        var rest = line.Span;
        while (rest.IndexOf(Field) is >= 0 and var at)
        {
            rest = rest[(at + Field.Length)..];
            if (TextAfterColon(rest) is { } text)
            {
                return (text, null);
            }
        }
        return (null, null);
    }

    /// <summary>Whether a line is one that a deletion takes away. A line that is no event is, whenever it came.</summary>
    public static bool IsDeleted(ReadOnlyMemory<byte> line, TombstoneSet tombstones) =>
        Of(line) is ({ } listener, var receivedAt)
        && tombstones.EpochOf(listener) is { } epoch
        && (receivedAt is not { } at || at <= epoch);

    private static string? TextAfterColon(ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart(" \t\r\n"u8);
        if (rest.IsEmpty || rest[0] != (byte)':')
        {
            return null;
        }
        rest = rest[1..].TrimStart(" \t\r\n"u8);
        if (rest.IsEmpty || rest[0] != (byte)'"')
        {
            return null;
        }
        try
        {
            var reader = new Utf8JsonReader(rest, isFinalBlock: false, default);
            return reader.Read() && reader.TokenType == JsonTokenType.String && Id.IsValid(reader.GetString())
                ? reader.GetString()
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
