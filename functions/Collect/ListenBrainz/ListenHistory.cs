using System.Runtime.InteropServices;
using Nocturne.Domain;
using Nocturne.Profiles;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>A page of a listener's plays.</summary>
/// <param name="Plays">Those that count as listens, the latest first.</param>
/// <param name="Oldest">The listener's first of all, where reading the page showed it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct HistoryPage(IReadOnlyList<PlayEvent> Plays, Instant? Oldest);

/// <summary>A listener's plays as listens: those of 30 s and more, and those of unknown length.</summary>
internal sealed class ListenHistory(ListenerStore listeners, TimeProvider time)
{
    // Backwards in growing windows: a busy listener's page is in the first, a rare one's first listen in the eleventh.
    private const int FirstWindowDays = 8;
    private const int WindowGrowth = 2;

    /// <summary>The latest so many between two moments; null bounds are open.</summary>
    /// <param name="listener">Whose.</param>
    /// <param name="from">From here on.</param>
    /// <param name="to">Before here.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="plays">How many plays the whole history has: reading ends when all are seen.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async ValueTask<HistoryPage> LatestAsync(
        ListenerId listener,
        Instant? from,
        Instant? to,
        int count,
        long plays,
        CancellationToken cancellationToken
    )
    {
        var latest = new List<PlayEvent>(Math.Min(count, 256));
        var first = (from ?? Instant.Earliest).Date;
        var end = (to ?? Instant.From(time.GetUtcNow()) + TimeSpan.FromDays(1)).Date.AddDays(1);
        var seen = 0L;
        Instant? oldest = null;
        for (var days = FirstWindowDays; latest.Count < count && seen < plays && end > first; days *= WindowGrowth)
        {
            var start = end.DayNumber - days > first.DayNumber ? end.AddDays(-days) : first;
            var window = new Queue<PlayEvent>();
            Instant? oldestOfWindow = null;
            await foreach (var day in listeners.ReadHistoryAsync(listener, start, end, cancellationToken))
            {
                foreach (var play in PlaysOf(listener, day))
                {
                    seen++;
                    if (!play.IsStream)
                    {
                        continue;
                    }
                    oldestOfWindow ??= play.StartedAt;
                    if (IsWithin(play, from, to))
                    {
                        window.Enqueue(play);
                        if (window.Count > count - latest.Count)
                        {
                            window.Dequeue();
                        }
                    }
                }
            }
            latest.AddRange(window.Reverse());
            oldest = oldestOfWindow ?? oldest;
            end = start;
        }
        return new HistoryPage(latest, seen >= plays ? oldest : null);
    }

    /// <summary>The first so many from a moment on, the latest of them first.</summary>
    public async ValueTask<HistoryPage> FirstAsync(
        ListenerId listener,
        Instant from,
        int count,
        CancellationToken cancellationToken
    )
    {
        var first = new List<PlayEvent>(Math.Min(count, 256));
        await foreach (var day in listeners.ReadHistoryAsync(listener, from.Date, to: null, cancellationToken))
        {
            first.AddRange(
                PlaysOf(listener, day).Where(play => play.IsStream && play.StartedAt >= from).Take(count - first.Count)
            );
            if (first.Count >= count)
            {
                break;
            }
        }
        first.Reverse();
        return new HistoryPage(first, Oldest: null);
    }

    /// <summary>Plays that started within one second.</summary>
    public async ValueTask<IReadOnlyList<PlayEvent>> AtAsync(
        ListenerId listener,
        Instant second,
        CancellationToken cancellationToken
    )
    {
        var end = second + TimeSpan.FromSeconds(1);
        var plays = new List<PlayEvent>();
        await foreach (
            var day in listeners.ReadHistoryAsync(listener, second.Date, second.Date.AddDays(1), cancellationToken)
        )
        {
            plays.AddRange(PlaysOf(listener, day).Where(play => IsWithin(play, second, end)));
        }
        return plays;
    }

    private static bool IsWithin(PlayEvent play, Instant? from, Instant? to) =>
        (from is null || play.StartedAt >= from) && (to is null || play.StartedAt < to);

    private static IEnumerable<PlayEvent> PlaysOf(ListenerId listener, HistoryDay day) =>
        day.Rows.Where(row => row.Kind == EventKind.Play).Select(row => (PlayEvent)row.ToEvent(listener));
}
