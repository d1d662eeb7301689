using Nocturne.Domain;

namespace Nocturne.Population;

/// <summary>A time of listening without a break.</summary>
/// <param name="StartMilliseconds">When it starts, since 1970.</param>
/// <param name="Events">How many events happen in it.</param>
internal readonly record struct PlannedSession(long StartMilliseconds, int Events);

/// <summary>Cuts what a listener does into sessions that do not overlap, at the hours of a habit.</summary>
internal static class SessionPlan
{
    /// <summary>The longest that one event takes: the longest track, and the pause behind it.</summary>
    private const long LongestEventMilliseconds = (Genre.LongestSeconds * 1_000L) + MostPauseMilliseconds;

    /// <summary>The longest pause between two plays of a session.</summary>
    public const int MostPauseMilliseconds = 5_000;

    private const long Hour = 3_600_000;

    public static List<PlannedSession> Of(
        PopulationOptions options,
        HabitHours habit,
        int offsetHours,
        int firstDay,
        int events,
        ref Draws draws
    )
    {
        var sessions = new List<PlannedSession>((events / 8) + 1);
        for (var left = events; left > 0; left -= sessions[^1].Events)
        {
            var length = draws.Between(1, 8) + (draws.Chance(0.5) ? draws.Between(0, 16) : 0);
            sessions.Add(
                new PlannedSession(DrawStart(options, habit, offsetHours, firstDay, ref draws), Math.Min(left, length))
            );
        }
        sessions.Sort(
            (a, b) =>
                a.StartMilliseconds != b.StartMilliseconds
                    ? a.StartMilliseconds.CompareTo(b.StartMilliseconds)
                    : a.Events.CompareTo(b.Events)
        );
        // From the last to the first, each must be over before the next, and the last before the end; then from the
        // first to the last, where that pushed them before the start. There is room: MaxEventsPerListenerDay.
        var next = Instant.FromDate(options.EndDate.AddDays(1)).UnixMilliseconds;
        for (var i = sessions.Count - 1; i >= 0; i--)
        {
            next = Math.Min(sessions[i].StartMilliseconds, next - (sessions[i].Events * LongestEventMilliseconds));
            sessions[i] = sessions[i] with { StartMilliseconds = next };
        }
        next = Instant.FromDate(options.StartDate).UnixMilliseconds;
        for (var i = 0; i < sessions.Count && sessions[i].StartMilliseconds < next; i++)
        {
            sessions[i] = sessions[i] with { StartMilliseconds = next };
            next += sessions[i].Events * LongestEventMilliseconds;
        }
        return sessions;
    }

    private static long DrawStart(
        PopulationOptions options,
        HabitHours habit,
        int offsetHours,
        int firstDay,
        ref Draws draws
    )
    {
        while (true)
        {
            var date = options.StartDate.AddDays(firstDay + draws.Below(options.Days - firstDay));
            var isWeekend = date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
            // Accepted by the day's share of the larger of the two.
            var share = isWeekend ? habit.WeekendShare : 100;
            if (draws.Below(Math.Max(100, habit.WeekendShare)) >= share)
            {
                continue;
            }
            var hour = draws.ByWeight(isWeekend ? habit.Weekend : habit.Workdays) - offsetHours;
            return Instant.FromDate(date).UnixMilliseconds + ((hour + 24) % 24 * Hour) + draws.Below(Hour);
        }
    }
}
