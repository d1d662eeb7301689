using System.Globalization;
using Nocturne.Domain;

namespace Nocturne.Importing.Formats;

/// <summary>Times as histories write them.</summary>
internal static class Times
{
    private const decimal FirstMilliseconds = 100_000_000_000; // as seconds, the year 5138
    private const decimal MaxNumber = FirstMilliseconds * 1_000;

    private static readonly string[] WithoutZone =
    [
        "yyyy-MM-dd HH:mm",
        "yyyy-MM-dd HH:mm:ss",
        "yyyy-MM-dd'T'HH:mm:ss",
        "dd MMM yyyy HH:mm",
        "d MMM yyyy HH:mm",
        "dd MMM yyyy, HH:mm",
        "d MMM yyyy, HH:mm",
        "dd MMM yyyy, HH:mm:ss",
        "dd MMM yyyy HH:mm:ss",
        "ddd, dd MMM yyyy HH:mm:ss",
    ];

    private static readonly string[] WithZone =
    [
        "yyyy-MM-dd'T'HH:mm:ssK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd HH:mm:ssK",
        "yyyy-MM-dd HH:mm:ss 'UTC'",
        "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    ];

    /// <summary>Seconds or milliseconds since 1970; null for what is neither.</summary>
    public static Instant? OfNumber(decimal number) =>
        number is < -MaxNumber or >= MaxNumber ? null
        : number < FirstMilliseconds ? new Instant((long)(number * 1_000))
        : new Instant((long)number);

    /// <summary>A number, or a date and time; in <paramref name="zone"/> if it says no zone.</summary>
    public static Instant? OfText(string text, TimeZoneInfo zone)
    {
        text = text.Trim();
        if (TryIso(text, out var iso, out var isUtc))
        {
            return isUtc ? Instant.From(new DateTimeOffset(iso, TimeSpan.Zero)) : InZone(iso, zone);
        }
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return OfNumber(number);
        }
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal;
        if (DateTime.TryParseExact(text, WithoutZone, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            return InZone(local, zone);
        }
        return DateTimeOffset.TryParseExact(text, WithZone, CultureInfo.InvariantCulture, Utc, out var moment)
            ? Instant.From(moment)
            : null;
    }

    /// <summary>A number that counts a zone's wall clock as if it were UTC's.</summary>
    public static Instant? OfWallClock(decimal number, TimeZoneInfo zone) =>
        OfNumber(number) is { } instant && instant >= Instant.Earliest && instant < Instant.Latest
            ? InZone(instant.ToDateTimeOffset().DateTime, zone)
            : OfNumber(number);

    /// <summary>What nearly all dates are, without trying formats in turn: <c>2024-03-01T12:03:20Z</c>, or a space, no seconds, no Z.</summary>
    private static bool TryIso(ReadOnlySpan<char> text, out DateTime time, out bool isUtc)
    {
        time = default;
        isUtc = text is [.., 'Z'];
        text = isUtc ? text[..^1] : text;
        if (
            text.Length is not (16 or 19)
            || text[4] != '-'
            || text[7] != '-'
            || text[10] is not ('T' or ' ')
            || text[13] != ':'
            || (text.Length == 19 && text[16] != ':')
        )
        {
            return false;
        }
        var (date, hour, minute) = (
            (Number(text[..4]), Number(text[5..7]), Number(text[8..10])),
            Number(text[11..13]),
            Number(text[14..16])
        );
        var second = text.Length == 19 ? Number(text[17..]) : 0;
        var (year, month, day) = date;
        if (
            year < 1
            || month is < 1 or > 12
            || day < 1
            || day > DateTime.DaysInMonth(year, month)
            || hour is < 0 or > 23
            || minute is < 0 or > 59
            || second is < 0 or > 59
        )
        {
            return false;
        }
        time = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Unspecified);
        return true;
    }

    private static int Number(ReadOnlySpan<char> digits)
    {
        var number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit(digit))
            {
                return -1;
            }
            number = (number * 10) + (digit - '0');
        }
        return number;
    }

    /// <summary>A wall clock's time; one that was skipped in spring is taken as an hour later, as clocks show it.</summary>
    private static Instant InZone(DateTime local, TimeZoneInfo zone)
    {
        var offset = zone.IsInvalidTime(local) ? zone.BaseUtcOffset : zone.GetUtcOffset(local);
        return new Instant(
            new DateTimeOffset(
                DateTime.SpecifyKind(local, DateTimeKind.Unspecified),
                TimeSpan.Zero
            ).ToUnixTimeMilliseconds() - (long)offset.TotalMilliseconds
        );
    }
}
