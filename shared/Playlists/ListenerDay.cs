using NodaTime;
using NodaTime.TimeZones;
using Instant = Nocturne.Domain.Instant;

namespace Nocturne.Playlists;

/// <summary>A part of a listener's day, by the clock on their wall.</summary>
public enum DayPart
{
    /// <summary>05:00 to 11:00.</summary>
    Morning = 0,

    /// <summary>11:00 to 17:00.</summary>
    Afternoon = 1,

    /// <summary>17:00 to 22:00.</summary>
    Evening = 2,

    /// <summary>22:00 to 05:00 of the next morning: Friday's night ends on Saturday.</summary>
    Night = 3,
}

/// <summary>
/// A listener's days, which begin at 05:00 local time, and their parts. Zones are those of the tz database that
/// NodaTime brings along, so every machine knows the same; an unknown or missing zone is taken for UTC.
/// </summary>
public static class ListenerDay
{
    /// <summary>How many parts a day has.</summary>
    public const int Parts = 4;

    /// <summary>The local hour at which a day begins.</summary>
    internal const int FirstHour = 5;

    // The local hour at which each part begins; the last one ends where the first begins.
    private static readonly int[] Begins = [5, 11, 17, 22];
    private static readonly string[] Names = ["morning", "afternoon", "evening", "night"];

    /// <summary>A part's name, as it stands in kinds and titles.</summary>
    public static string NameOf(DayPart part) => Names[(int)part];

    // Of a wall time that occurs twice the first moment, of one that is skipped the end of the gap: later wall times
    // are never earlier moments.
    private static readonly ZoneLocalMappingResolver Resolver = Resolvers.CreateMappingResolver(
        Resolvers.ReturnEarlier,
        Resolvers.ReturnStartOfIntervalAfter
    );

    /// <summary>The day and part that a listener is in at a moment: the one of <see cref="Of(DateOnly, DayPart, string?)"/> that holds it.</summary>
    /// <param name="moment">The moment.</param>
    /// <param name="timeZone">The listener's IANA time zone; null is UTC.</param>
    public static (DateOnly Day, DayPart Part) At(Instant moment, string? timeZone)
    {
        var zone = ZoneOf(timeZone);
        var (day, part) = At(moment, zone);
        // By the clock alone a wall time that occurs again may lie in a part that is over.
        while (moment.CompareTo(Of(day, part, zone).End) >= 0)
        {
            (day, part) = part == DayPart.Night ? (day.AddDays(1), DayPart.Morning) : (day, part + 1);
        }
        return (day, part);
    }

    /// <summary>The date on the calendar of a listener at a moment: it changes at their midnight.</summary>
    /// <param name="moment">The moment.</param>
    /// <param name="timeZone">The listener's IANA time zone; null is UTC.</param>
    public static DateOnly DateAt(Instant moment, string? timeZone) =>
        NodaTime.Instant.FromUnixTimeMilliseconds(moment.UnixMilliseconds).InZone(ZoneOf(timeZone)).Date.ToDateOnly();

    /// <summary>When a part of a day begins and ends; its end is outside.</summary>
    /// <remarks>
    /// The parts of a day and of the next follow each other without a gap also where clocks change: a wall time that
    /// is skipped is the end of the gap, one that occurs twice is the first. On a day that a zone skips, all are empty.
    /// </remarks>
    public static (Instant Begin, Instant End) Of(DateOnly day, DayPart part, string? timeZone) =>
        Of(day, part, ZoneOf(timeZone));

    internal static DateTimeZone ZoneOf(string? timeZone) =>
        timeZone is null ? DateTimeZone.Utc : DateTimeZoneProviders.Tzdb.GetZoneOrNull(timeZone) ?? DateTimeZone.Utc;

    /// <summary>The day and part by the clock on the wall.</summary>
    internal static (DateOnly Day, DayPart Part) At(Instant moment, DateTimeZone zone)
    {
        var local = NodaTime.Instant.FromUnixTimeMilliseconds(moment.UnixMilliseconds).InZone(zone).LocalDateTime;
        var day = local.Hour < FirstHour ? local.Date.PlusDays(-1) : local.Date;
        return (day.ToDateOnly(), PartAt(local.Hour));
    }

    /// <summary>The part that a local hour, 0 to 23, is in.</summary>
    internal static DayPart PartAt(int hour)
    {
        var part = (int)DayPart.Night;
        while (part > 0 && (hour < FirstHour ? hour + 24 : hour) < Begins[part])
        {
            part--;
        }
        return (DayPart)part;
    }

    /// <summary>The zone's offset from UTC in minutes at noon of a day.</summary>
    internal static int OffsetMinutes(DateOnly day, DateTimeZone zone) =>
        zone.ResolveLocal(day.ToLocalDate().At(LocalTime.Noon), Resolver).Offset.Seconds / 60;

    private static (Instant Begin, Instant End) Of(DateOnly day, DayPart part, DateTimeZone zone) =>
        (
            Begin(day, (int)part, zone),
            part == DayPart.Night ? Begin(day.AddDays(1), 0, zone) : Begin(day, (int)part + 1, zone)
        );

    private static Instant Begin(DateOnly day, int part, DateTimeZone zone) =>
        new(
            zone.ResolveLocal(day.ToLocalDate().At(new LocalTime(Begins[part], 0)), Resolver)
                .ToInstant()
                .ToUnixTimeMilliseconds()
        );

    private static LocalDate ToLocalDate(this DateOnly day) => LocalDate.FromDateOnly(day);
}
