using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Nocturne.Domain;

/// <summary>The rule that every id keeps, and where it is checked.</summary>
/// <remarks>
/// An id is 1 to <see cref="MaxBytes"/> bytes of valid UTF-8 without control characters. Ids compare by ordinal
/// UTF-8 bytes and are case-sensitive; they are parsed at the edge and trusted inside.
/// </remarks>
public static class Id
{
    /// <summary>The longest id, in bytes of UTF-8.</summary>
    public const int MaxBytes = 128;

    /// <summary>Whether <paramref name="text"/> may be an id.</summary>
    public static bool IsValid([NotNullWhen(true)] string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > MaxBytes)
        {
            return false;
        }
        var bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar)
            {
                return false;
            }
            bytes += rune.Utf8SequenceLength;
        }
        return bytes <= MaxBytes;
    }

    internal static string Check(string text, string what) =>
        IsValid(text)
            ? text
            : throw new FormatException(
                $"'{text}' is not {what}: an id is 1 to {MaxBytes} bytes of UTF-8 without control characters."
            );
}

/// <summary>A listener, by the publisher's id.</summary>
/// <param name="Value">The id's text.</param>
public readonly record struct ListenerId(string Value)
{
    /// <summary>Checks and wraps.</summary>
    /// <exception cref="FormatException">Not an id; see <see cref="Id"/>.</exception>
    public static ListenerId Parse(string text) => new(Id.Check(text, "a listener id"));

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A track, episode or chapter, by the publisher's id.</summary>
/// <param name="Value">The id's text.</param>
public readonly record struct ItemId(string Value)
{
    /// <summary>Checks and wraps.</summary>
    /// <exception cref="FormatException">Not an id; see <see cref="Id"/>.</exception>
    public static ItemId Parse(string text) => new(Id.Check(text, "an item id"));

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>An artist, show or author, by the publisher's id.</summary>
/// <param name="Value">The id's text.</param>
public readonly record struct ArtistId(string Value)
{
    /// <summary>Checks and wraps.</summary>
    /// <exception cref="FormatException">Not an id; see <see cref="Id"/>.</exception>
    public static ArtistId Parse(string text) => new(Id.Check(text, "an artist id"));

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>What a publisher calls one event; with listener and start it identifies the event forever.</summary>
/// <param name="Value">The id's text.</param>
public readonly record struct EventId(string Value)
{
    /// <summary>Checks and wraps.</summary>
    /// <exception cref="FormatException">Not an id; see <see cref="Id"/>.</exception>
    public static EventId Parse(string text) => new(Id.Check(text, "an event id"));

    /// <inheritdoc/>
    public override string ToString() => Value;
}
