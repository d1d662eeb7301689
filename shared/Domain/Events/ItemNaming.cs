using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Nocturne.Domain;

/// <summary>What catalogues elsewhere call an item; what cannot be read as such a code is as good as none.</summary>
/// <param name="RecordingMbid">The recording's MusicBrainz id, a UUID.</param>
/// <param name="Isrc">The recording's ISRC, with or without hyphens.</param>
/// <param name="SpotifyUri"><c>spotify:track:…</c> or the address that Spotify shares.</param>
public readonly record struct ItemCodes(string? RecordingMbid = null, string? Isrc = null, string? SpotifyUri = null);

/// <summary>
/// The ids of items, artists and plays that come with names instead of ids: the same for every service that tells of
/// them, in any spelling that only differs in case, width, accents' encoding, spaces or invisible characters.
/// </summary>
/// <remarks>
/// <para>Names come first, codes only where a name is missing: services that know a code for a track and services that
/// do not then agree, and a listener's plays of it stay together. The release is no part: a track on two albums is one.</para>
/// <para>The forms, which docs/contracts.md specifies, never change: events that are imported again must be the same.</para>
/// </remarks>
public static class ItemNaming
{
    private const int HashBytes = 16;

    private static readonly string[] Forms = ["track", "episode", "chapter"];

    /// <summary>The id of an item; null where neither names nor codes identify it.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="artist">The artist's, show's or book's name.</param>
    /// <param name="title">The track's, episode's or chapter's.</param>
    /// <param name="codes">What else it is known by, which counts where a name is missing, in the order of their kinds.</param>
    public static ItemId? ItemOf(ItemKind kind, string? artist, string? title, ItemCodes codes = default)
    {
        var form = Forms[(int)kind];
        return HashOf(form, EventParser.CleanName(artist), EventParser.CleanName(title)) is { } name ? new ItemId(name)
            : Uuid(codes.RecordingMbid) is { } mbid ? new ItemId(mbid)
            : Isrc(codes.Isrc) is { } isrc ? new ItemId("isrc:" + isrc)
            : Spotify(codes.SpotifyUri) is { } uri ? new ItemId(uri)
            : null;
    }

    /// <summary>The id of an artist, show or author; null where neither name nor MusicBrainz id identifies them.</summary>
    public static ArtistId? ArtistOf(string? name, string? artistMbid = null) =>
        HashOf("artist", EventParser.CleanName(name), "") is { } id ? new ArtistId(id)
        : Uuid(artistMbid) is { } mbid ? new ArtistId(mbid)
        : null;

    /// <summary>
    /// The id of a play whose publisher has none: a listener's play of an item that started at a moment is one play,
    /// whoever tells of it.
    /// </summary>
    public static EventId PlayOf(ListenerId listener, Instant startedAt, ItemId item) =>
        new(
            "play:"
                + Hash(
                    $"{listener.Value}\n{startedAt.UnixMilliseconds.ToString(CultureInfo.InvariantCulture)}\n{item.Value}"
                )
        );

    /// <summary>Likewise of an opinion on an item, whatever it is.</summary>
    public static EventId FeedbackOf(ListenerId listener, Instant givenAt, ItemId item) =>
        new(
            "feedback:"
                + Hash(
                    $"{listener.Value}\n{givenAt.UnixMilliseconds.ToString(CultureInfo.InvariantCulture)}\n{item.Value}"
                )
        );

    private static string? HashOf(string form, string? first, string? second)
    {
        if (first is null || second is null)
        {
            return null;
        }
        var (one, two) = (NameFolding.Fold(first), NameFolding.Fold(second));
        return one.Length == 0 || (two.Length == 0 && second.Length > 0)
            ? null
            : $"{form}:{Hash($"{form}\n{one}\n{two}")}";
    }

    private static string Hash(string text)
    {
        const int MaxText = 4 << 10; // two folded names, or a listener, a number and an item
        Span<byte> utf8 = stackalloc byte[MaxText];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var bytes =
            Encoding.UTF8.GetByteCount(text) <= MaxText
                ? utf8[..Encoding.UTF8.GetBytes(text, utf8)]
                : Encoding.UTF8.GetBytes(text);
        var written = SHA256.HashData(bytes, hash);
        Debug.Assert(written == hash.Length, "SHA-256 has one length.");
        return Convert.ToHexStringLower(hash[..HashBytes]);
    }

    private static string? Uuid(string? text) =>
        Guid.TryParseExact(text?.Trim(), "D", out var uuid) && uuid != Guid.Empty ? uuid.ToString("D") : null;

    private static string? Isrc(string? text)
    {
        const int Length = 12;
        if (text is null)
        {
            return null;
        }
        Span<char> code = stackalloc char[Length];
        var length = 0;
        foreach (var c in text.AsSpan().Trim())
        {
            if (c is '-' or ' ')
            {
                continue;
            }
            if (length == Length || !char.IsAsciiLetterOrDigit(c))
            {
                return null;
            }
            code[length++] = char.ToUpperInvariant(c);
        }
        return length == Length ? new string(code) : null;
    }

    private static string? Spotify(string? text)
    {
        const string Address = "https://open.spotify.com/";
        const int IdLength = 22;
        var uri = text.AsSpan().Trim();
        if (uri.StartsWith(Address, StringComparison.OrdinalIgnoreCase))
        {
            uri = uri[Address.Length..];
            var end = uri.IndexOfAny('?', '#');
            uri = end < 0 ? uri : uri[..end];
        }
        else if (uri.StartsWith("spotify:", StringComparison.OrdinalIgnoreCase))
        {
            uri = uri["spotify:".Length..];
        }
        else
        {
            return null;
        }
        var id = uri.Length > IdLength ? uri[^IdLength..] : default;
        var kind = uri.Length > IdLength ? uri[..^(IdLength + 1)] : default;
        if (id.ContainsAnyExcept(Base62) || uri.Length <= IdLength + 1 || uri[^(IdLength + 1)] is not (':' or '/'))
        {
            return null;
        }
        return kind is "track" or "episode" or "chapter" ? $"spotify:{kind}:{id}" : null;
    }

    private static readonly System.Buffers.SearchValues<char> Base62 = System.Buffers.SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    );
}
