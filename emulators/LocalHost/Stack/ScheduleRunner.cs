using System.Globalization;
using System.Text;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Stack;

/// <summary>Publishes the messages of the topology's schedules at their times, as Cloud Scheduler does.</summary>
internal static class ScheduleRunner
{
    /// <summary>Runs until cancelled.</summary>
    public static async Task RunAsync(IStack stack, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = time.GetUtcNow();
            var minute = new DateTimeOffset(
                now.Ticks - (now.Ticks % TimeSpan.TicksPerMinute),
                TimeSpan.Zero
            ).AddMinutes(1);
            await Task.Delay(minute - now, time, cancellationToken);
            foreach (var schedule in NocturneTopology.Schedules.Where(schedule => IsDue(schedule.Cron, minute)))
            {
                try
                {
                    await stack.Publisher.PublishAsync(
                        schedule.Topic,
                        [new OutgoingMessage(Encoding.UTF8.GetBytes(schedule.Message))],
                        cancellationToken
                    );
                }
                catch (StoreUnavailableException)
                {
                    // The next time comes; a night has ticks to spare.
                }
            }
        }
    }

    /// <summary>Whether a minute is one of a Unix cron expression; of its forms those that schedules here use.</summary>
    /// <exception cref="FormatException">The expression has another form.</exception>
    internal static bool IsDue(string cron, DateTimeOffset minute)
    {
        var fields = cron.Split(' ');
        return fields.Length == 5
            ? Matches(fields[0], minute.Minute)
                && Matches(fields[1], minute.Hour)
                && Matches(fields[2], minute.Day)
                && Matches(fields[3], minute.Month)
                && Matches(fields[4], (int)minute.DayOfWeek)
            : throw new FormatException($"'{cron}' is not a cron expression of five fields.");
    }

    private static bool Matches(string field, int value) =>
        field == "*"
        || (
            field.StartsWith("*/", StringComparison.Ordinal)
                ? value % int.Parse(field[2..], CultureInfo.InvariantCulture) == 0
                : value == int.Parse(field, CultureInfo.InvariantCulture)
        );
}
