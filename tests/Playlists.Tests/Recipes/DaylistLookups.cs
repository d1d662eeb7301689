using Nocturne.Domain;
using NodaTime;

namespace Nocturne.Playlists.Tests.Recipes;

/// <summary>What an affinity is in a part of the day, worked out from plays and hours one at a time.</summary>
internal static class DaylistLookups
{
    public static long AffinityIn(this RandomCase test, PlaylistKind kind, ItemId item)
    {
        var affinity = test.AffinityOf(item);
        return kind.Value.StartsWith("daylist-", StringComparison.Ordinal)
            ? Math.Max(1, affinity * test.LiftOf(kind.Value["daylist-".Length..], item) / 1000)
            : affinity;
    }

    private static long LiftOf(this RandomCase test, string part, ItemId item)
    {
        var parameters = test.Parameters.Daylist;
        var zone =
            DateTimeZoneProviders.Tzdb.GetZoneOrNull(test.Taste.TimeZone ?? "") ?? DateTimeZoneProviders.Tzdb["UTC"];
        var plays = test
            .Taste.RecentPlays.Where(play => play.IsStream && !play.IsSkip)
            .Select(play =>
            {
                var utc = NodaTime.Instant.FromUnixTimeMilliseconds(play.StartedAt.UnixMilliseconds);
                // Five hours back, days begin at midnight.
                var (day, name) = PartOf(utc.InZone(zone).LocalDateTime.PlusHours(-5));
                return (play, name, Weight: day == IsoDayOfWeek.Monday ? parameters.WeekdayWeight : 1);
            })
            .ToArray();
        if (plays.Length == 0)
        {
            return 1000;
        }
        var hours = Hours(test, zone).ToArray();
        if (hours.Length == 0)
        {
            hours = [.. plays.Select(play => (play.name, (long)play.Weight))];
        }
        var share = Math.Max(
            1,
            hours.Where(hour => hour.Name == part).Sum(hour => hour.Weight) * 1000 / hours.Sum(hour => hour.Weight)
        );
        var here = plays.Where(play => play.name == part).Sum(play => Count(play.play, play.Weight));
        var all = plays.Sum(play => Count(play.play, play.Weight));
        var prior = parameters.PriorPlays;
        return Math.Clamp(
            ((here * 1000) + (prior * share)) * 1000 / ((all + prior) * share),
            parameters.LeastLift,
            parameters.MostLift
        );

        long Count(RecentPlay play, int weight)
        {
            var artist = test.ArtistNumberOf(item);
            return (play.Item == item ? weight * parameters.OwnPlays : 0)
                + (artist is not null && artist.Equals(test.ArtistNumberOf(play.Item)) ? weight : 0);
        }
    }

    private static IEnumerable<(string Name, long Weight)> Hours(RandomCase test, DateTimeZone zone)
    {
        var offset = new LocalDateTime(2026, 11, 16, 12, 0).InZoneLeniently(zone).Offset;
        for (var quarter = 0; quarter < test.Taste.StreamsByHourOfWeek.Count * 4; quarter++)
        {
            // The Monday of long ago is as good as any.
            var utc = new LocalDateTime(2024, 1, 1, 0, 0).PlusMinutes(quarter * 15L);
            var (day, name) = PartOf(utc.PlusSeconds(offset.Seconds).PlusHours(-5));
            var weight = day == IsoDayOfWeek.Monday ? test.Parameters.Daylist.WeekdayWeight : 1;
            if (test.Taste.StreamsByHourOfWeek.Any(count => count > 0))
            {
                yield return (name, weight * test.Taste.StreamsByHourOfWeek[quarter / 4]);
            }
        }
    }

    private static (IsoDayOfWeek Day, string Name) PartOf(LocalDateTime shifted) =>
        (
            shifted.DayOfWeek,
            shifted.Hour switch
            {
                < 6 => "morning",
                < 12 => "afternoon",
                < 17 => "evening",
                _ => "night",
            }
        );
}
