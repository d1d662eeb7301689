using System.Globalization;
using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>ListenBrainz's rules for one listen.</summary>
/// <remarks>
/// Where its documentation and its server differ, the server; where real clients send null for what they do not know,
/// it is as if they had not sent it, but for <c>release_name</c>, which the server refuses too.
/// </remarks>
internal static class ListenRules
{
    /// <summary>2002-10-01: before Last.fm nobody scrobbled.</summary>
    public const long EarliestListen = 1_033_430_400;

    /// <summary>How far a client's clock may be ahead.</summary>
    public const long AllowedSkew = 3_600;

    private const int MaxTags = 50;
    private const int MaxTagLength = 64;
    private const long MaxDuration = 2_073_600;
    private const long MaxDurationMs = 2_073_600_000;
    private const double MaxPlayedSeconds = 86_400;

    private static readonly string[] SingleMbids =
    [
        "release_mbid",
        "recording_mbid",
        "release_group_mbid",
        "track_mbid",
    ];
    private static readonly string[] MultipleMbids = ["artist_mbids", "work_mbids"];

    /// <summary>Reads one; the error's text where it keeps a rule not.</summary>
    public static string? Read(JsonElement listen, ListenType type, long now, out SubmittedListen? read)
    {
        read = null;
        if (listen.ValueKind != JsonValueKind.Object)
        {
            return "Listen is empty and cannot be validated.";
        }
        long listenedAt = 0;
        var hasMetadata = listen.TryGetProperty("track_metadata"u8, out var metadata);
        if (type != ListenType.PlayingNow && ReadListenedAt(listen, now, out listenedAt) is { } wrongTime)
        {
            return wrongTime;
        }
        if (type == ListenType.PlayingNow && listen.TryGetProperty("listened_at"u8, out _))
        {
            return "JSON document must not contain listened_at while submitting playing_now.";
        }
        if (!hasMetadata)
        {
            return "JSON document must contain the key track_metadata at the top level.";
        }
        if (listen.EnumerateObject().Any(p => p.Name is not ("track_metadata" or "listened_at")))
        {
            return type == ListenType.PlayingNow
                ? "JSON document may only contain track_metadata as top level key when submitting playing_now."
                : "JSON document may only contain listened_at and track_metadata top level keys";
        }
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            return "JSON document may not have track_metadata with null value.";
        }
        if (ReadNames(metadata, out var title, out var artist, out var release) is { } wrongName)
        {
            return wrongName;
        }
        var info = metadata.TryGetProperty("additional_info"u8, out var given) ? given : default;
        if (info.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null or JsonValueKind.Undefined))
        {
            return "track_metadata.additional_info must be an object.";
        }
        if (ReadInfo(info, out var durationMs) is { } wrongInfo)
        {
            return wrongInfo;
        }
        if (JsonText.FindNull(listen) is { } text)
        {
            return $"{text} contains a unicode null";
        }
        read = new SubmittedListen
        {
            ListenedAt = listenedAt,
            Artist = artist!,
            Title = title!,
            Release = release,
            DurationMs = durationMs,
            MsPlayed = Played(info),
            RecordingMbid = Mbid(TextOf(info, "recording_mbid")),
            ArtistMbid = FirstMbid(info),
            Isrc = TextOf(info, "isrc"),
            SpotifyId = TextOf(info, "spotify_id"),
            Player = TextOf(info, "media_player") ?? TextOf(info, "submission_client"),
            Client = TextOf(info, "submission_client"),
            Metadata = metadata,
        };
        return null;
    }

    /// <summary>A UUID in any usual spelling, in lower case with hyphens; null if it is none.</summary>
    public static string? Mbid(string? text) => Guid.TryParse(text, out var uuid) ? uuid.ToString("D") : null;

    /// <summary>A member's text; null where it is not there, or is no text, or empty.</summary>
    public static string? TextOf(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object
        && value.TryGetProperty(name, out var member)
        && member.ValueKind == JsonValueKind.String
        && member.GetString() is { Length: > 0 } text
            ? text
            : null;

    private static string? ReadListenedAt(JsonElement listen, long now, out long listenedAt)
    {
        listenedAt = 0;
        if (!listen.TryGetProperty("listened_at"u8, out var value))
        {
            return "JSON document must contain the key listened_at at the top level.";
        }
        if (Integer(value) is not { } seconds)
        {
            return "JSON document must contain an int value for listened_at.";
        }
        listenedAt = seconds;
        return seconds >= now + AllowedSkew ? "Value for key listened_at is too high."
            // The number in the text is ListenBrainz's own slip, which clients know.
            : seconds < EarliestListen
                ? "Value for key listened_at is too low. listened_at timestamp should be greater than 1033410600 (2002-10-01 00:00:00 UTC)."
            : null;
    }

    private static string? ReadNames(JsonElement metadata, out string? title, out string? artist, out string? release)
    {
        var wrongTitle = ReadName(metadata, "track_name", isRequired: true, out title);
        var wrongArtist = ReadName(metadata, "artist_name", isRequired: true, out artist);
        var wrongRelease = ReadName(metadata, "release_name", isRequired: false, out release);
        return wrongTitle ?? wrongArtist ?? wrongRelease;
    }

    private static string? ReadName(JsonElement metadata, string key, bool isRequired, out string? name)
    {
        name = null;
        if (!metadata.TryGetProperty(key, out var value))
        {
            return isRequired ? $"JSON document does not contain required field track_metadata.{key}." : null;
        }
        if (value.ValueKind != JsonValueKind.String)
        {
            return $"track_metadata.{key} must be a single string.";
        }
        var trimmed = value.GetString()!.Trim();
        // What has nothing to read in it names nothing here, and would make an item of all such.
        var isEmpty = trimmed.Length == 0 || (isRequired && ItemNaming.ArtistOf(trimmed) is null && !HasNull(trimmed));
        if (isEmpty)
        {
            return isRequired ? $"field track_metadata.{key} is empty." : null;
        }
        name = trimmed;
        return null;
    }

    private static bool HasNull(string text) => text.Contains('\0', StringComparison.Ordinal);

    private static string? ReadInfo(JsonElement info, out long? durationMs)
    {
        durationMs = null;
        if (info.ValueKind != JsonValueKind.Object)
        {
            return null;
        }
        if (CheckTags(info) is { } wrongTags)
        {
            return wrongTags;
        }
        var hasSeconds = IsGiven(info, "duration");
        var hasMs = IsGiven(info, "duration_ms");
        if (hasSeconds && hasMs)
        {
            return "JSON document should not contain both duration and duration_ms.";
        }
        var wrongSeconds = ReadDuration(info, "duration", MaxDuration, out var seconds);
        var wrongMs = ReadDuration(info, "duration_ms", MaxDurationMs, out durationMs);
        if ((wrongSeconds ?? wrongMs) is { } wrongDuration)
        {
            return wrongDuration;
        }
        durationMs ??= seconds * 1_000;
        return CheckMbids(info);
    }

    private static string? CheckTags(JsonElement info)
    {
        if (!info.TryGetProperty("tags"u8, out var tags) || tags.ValueKind != JsonValueKind.Array)
        {
            return null;
        }
        if (tags.GetArrayLength() > MaxTags)
        {
            return "JSON document may not contain more than 50 items in track_metadata.additional_info.tags.";
        }
        foreach (var tag in tags.EnumerateArray())
        {
            if (tag.ValueKind == JsonValueKind.String && tag.GetString()!.EnumerateRunes().Count() > MaxTagLength)
            {
                return "JSON document may not contain track_metadata.additional_info.tags longer than 64 characters.";
            }
        }
        return null;
    }

    private static bool IsGiven(JsonElement info, string key) =>
        info.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    private static string? ReadDuration(JsonElement info, string key, long most, out long? duration)
    {
        duration = null;
        if (!IsGiven(info, key))
        {
            return null;
        }
        if (Integer(info.GetProperty(key)) is not { } value || value <= 0)
        {
            return $"Value for {key} is invalid, should be a positive integer.";
        }
        if (value > most)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"Value for {key} is too large, max permitted value is {most}"
            );
        }
        duration = value;
        return null;
    }

    private static string? CheckMbids(JsonElement info)
    {
        foreach (var key in SingleMbids)
        {
            if (info.TryGetProperty(key, out var value) && !IsMbidOrNothing(value))
            {
                return $"{key} MBID format invalid.";
            }
        }
        foreach (var key in MultipleMbids)
        {
            if (!info.TryGetProperty(key, out var value))
            {
                continue;
            }
            var isValid =
                value.ValueKind == JsonValueKind.Array
                    ? value.EnumerateArray().All(IsMbidOrNothing)
                    : IsMbidOrNothing(value);
            if (!isValid)
            {
                return $"{key} MBID format invalid.";
            }
        }
        return null;
    }

    /// <summary>
    /// Null, an empty text and an empty list are as good as none: liblistenbrainz's own default for one id is a list.
    /// </summary>
    private static bool IsMbidOrNothing(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Null => true,
            JsonValueKind.String => value.GetString() is "" || Mbid(value.GetString()) is not null,
            JsonValueKind.Array => value.GetArrayLength() == 0,
            _ => false,
        };

    private static string? FirstMbid(JsonElement info)
    {
        if (info.ValueKind != JsonValueKind.Object || !info.TryGetProperty("artist_mbids"u8, out var mbids))
        {
            return null;
        }
        var texts = mbids.ValueKind == JsonValueKind.Array ? mbids.EnumerateArray() : default;
        return mbids.ValueKind == JsonValueKind.String
            ? Mbid(mbids.GetString())
            : texts
                .Select(m => m.ValueKind == JsonValueKind.String ? Mbid(m.GetString()) : null)
                .FirstOrDefault(m => m is not null);
    }

    /// <summary><c>duration_played</c>, which ListenBrainz takes as it comes: what is no length is ignored.</summary>
    private static int? Played(JsonElement info)
    {
        if (info.ValueKind != JsonValueKind.Object || !info.TryGetProperty("duration_played"u8, out var value))
        {
            return null;
        }
        double? seconds =
            value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number
            : value.ValueKind == JsonValueKind.String
            && double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed)
                ? parsed
            : null;
        return seconds is > 0 and <= MaxPlayedSeconds ? (int)(seconds.Value * 1_000) : null;
    }

    /// <summary>What Python's int() makes of a value: fractions are cut, digits in a text count.</summary>
    internal static long? Integer(JsonElement value)
    {
        const double Most = 1e18;
        switch (value.ValueKind)
        {
            case JsonValueKind.Number when value.TryGetInt64(out var whole):
                return whole;
            case JsonValueKind.Number when value.TryGetDouble(out var number):
                return (long)Math.Clamp(number, -Most, Most);
            case JsonValueKind.String:
                return long.TryParse(
                    value.GetString()!.Trim(),
                    NumberStyles.AllowLeadingSign,
                    CultureInfo.InvariantCulture,
                    out var parsed
                )
                    ? parsed
                    : null;
            case JsonValueKind.True:
                return 1;
            case JsonValueKind.False:
                return 0;
            default:
                return null;
        }
    }
}
