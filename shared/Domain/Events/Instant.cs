using System.Globalization;

namespace Nocturne.Domain;

/// <summary>A moment, in whole milliseconds of UTC; finer digits of an input are cut.</summary>
/// <param name="UnixMilliseconds">Milliseconds since 1970-01-01T00:00:00Z.</param>
public readonly record struct Instant(long UnixMilliseconds) : IComparable<Instant>
{
    /// <summary>The earliest start of an event: 2000-01-01. Anything before is a broken clock.</summary>
    public static readonly Instant Earliest = FromDate(new DateOnly(2000, 1, 1));

    /// <summary>The first moment that no event may carry: 2200-01-01.</summary>
    public static readonly Instant Latest = FromDate(new DateOnly(2200, 1, 1));

    /// <summary>The UTC day.</summary>
    public DateOnly Date => DateOnly.FromDateTime(ToDateTimeOffset().UtcDateTime);

    /// <summary>The UTC month.</summary>
    public Month Month => Month.Of(Date);

    /// <summary>The UTC hour of the week: 0 is Monday 00:00 to 00:59, 167 Sunday 23:00 to 23:59.</summary>
    public int HourOfWeek
    {
        get
        {
            var hours = UnixMilliseconds / 3_600_000;
            return (int)((hours + (3 * 24)) % (7 * 24)); // 1970-01-01 was a Thursday
        }
    }

    /// <summary>Midnight UTC at the start of <paramref name="date"/>.</summary>
    public static Instant FromDate(DateOnly date) => new((date.DayNumber - 719_162L) * 86_400_000L);

    /// <summary>The moment of <paramref name="time"/>.</summary>
    public static Instant From(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    /// <summary>As the framework's type, in UTC.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeMilliseconds(UnixMilliseconds);

    /// <inheritdoc/>
    public int CompareTo(Instant other) => UnixMilliseconds.CompareTo(other.UnixMilliseconds);

    /// <summary>Later by <paramref name="span"/>.</summary>
    public static Instant operator +(Instant instant, TimeSpan span) =>
        new(instant.UnixMilliseconds + (span.Ticks / TimeSpan.TicksPerMillisecond));

    /// <summary>Whether <paramref name="left"/> is earlier.</summary>
    public static bool operator <(Instant left, Instant right) => left.UnixMilliseconds < right.UnixMilliseconds;

    /// <summary>Whether <paramref name="left"/> is later.</summary>
    public static bool operator >(Instant left, Instant right) => left.UnixMilliseconds > right.UnixMilliseconds;

    /// <summary>Whether <paramref name="left"/> is not later.</summary>
    public static bool operator <=(Instant left, Instant right) => left.UnixMilliseconds <= right.UnixMilliseconds;

    /// <summary>Whether <paramref name="left"/> is not earlier.</summary>
    public static bool operator >=(Instant left, Instant right) => left.UnixMilliseconds >= right.UnixMilliseconds;

    /// <summary>RFC 3339 with milliseconds, in UTC: <c>2026-11-21T03:44:57.123Z</c>.</summary>
    public override string ToString() =>
        ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>A UTC calendar month.</summary>
/// <param name="Number">Months since year 0: year × 12 + month - 1.</param>
public readonly record struct Month(int Number)
{
    /// <summary>The month of <paramref name="date"/>.</summary>
    public static Month Of(DateOnly date) => new((date.Year * 12) + date.Month - 1);

    /// <summary>Its first day.</summary>
    public DateOnly FirstDay => new(Number / 12, (Number % 12) + 1, 1);

    /// <summary>The month <paramref name="months"/> later.</summary>
    public Month Plus(int months) => new(Number + months);

    /// <summary><c>2026-11</c>.</summary>
    public override string ToString() => FirstDay.ToString("yyyy-MM", CultureInfo.InvariantCulture);
}
