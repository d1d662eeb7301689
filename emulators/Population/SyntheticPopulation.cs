using Nocturne.Domain;

namespace Nocturne.Population;

/// <summary>
/// People who listen to music, made up but believable: several tastes that drift, sessions at their hours, favourites
/// that come again, skips and discoveries. A function of its options; generated as it is read, in bounded memory.
/// </summary>
public sealed class SyntheticPopulation
{
    // Activity of listeners, in per cent of the mean; the most is what MaxEventsPerListenerDay leaves room for.
    private const int LeastActivity = 25;
    private const int MostActivity = 300;

    private readonly long[] _eventsBefore; // of listener i, the events of all before; one longer than the listeners

    /// <summary>Makes the catalogue, and says how much everyone listens.</summary>
    /// <exception cref="ArgumentException">A bound of <see cref="PopulationOptions"/> is not kept.</exception>
    public SyntheticPopulation(PopulationOptions options)
    {
        if (options.Problem is { } problem)
        {
            throw new ArgumentException($"There is no such population: {problem}.", nameof(options));
        }
        Options = options;
        Catalogue = new PopulationCatalogue(options);
        _eventsBefore = ShareEvents(options);
    }

    /// <summary>What it was made of.</summary>
    public PopulationOptions Options { get; }

    /// <summary>What there is to listen to.</summary>
    public PopulationCatalogue Catalogue { get; }

    /// <summary>The id of the listener of a number, from 0.</summary>
    public ListenerId ListenerAt(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, Options.Listeners);
        return ListenerSimulation.IdOf(number, Options.Listeners);
    }

    /// <summary>How many events a listener has.</summary>
    public long EventsOf(int number) => _eventsBefore[number + 1] - _eventsBefore[number];

    /// <summary>One listener's events, by time.</summary>
    public IEnumerable<ListenEvent> Listen(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, Options.Listeners);
        return new ListenerSimulation(Options, Catalogue, number, (int)EventsOf(number)).Events();
    }

    /// <summary>Everyone's events.</summary>
    /// <param name="together">
    /// How many listeners are simulated at a time: the memory used, and how mixed the stream is. The events of each such
    /// group are in order of time; with 1 the listeners follow each other, with all of them the whole stream is in order.
    /// </param>
    public IEnumerable<ListenEvent> Events(int together = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(together);
        return together == 1 ? Enumerable.Range(0, Options.Listeners).SelectMany(Listen) : Merged(together);
    }

    private IEnumerable<ListenEvent> Merged(int together)
    {
        for (var first = 0; first < Options.Listeners; first += together)
        {
            var next = new PriorityQueue<IEnumerator<ListenEvent>, (long, int)>();
            for (var number = first; number < Math.Min(Options.Listeners, first + together); number++)
            {
                Enqueue(next, Listen(number).GetEnumerator(), number);
            }
            while (next.TryDequeue(out var events, out var place))
            {
                yield return events.Current;
                Enqueue(next, events, place.Item2);
            }
        }
    }

    private static void Enqueue(
        PriorityQueue<IEnumerator<ListenEvent>, (long, int)> next,
        IEnumerator<ListenEvent> events,
        int number
    )
    {
        if (events.MoveNext())
        {
            next.Enqueue(events, (events.Current.StartedAt.UnixMilliseconds, number));
        }
        else
        {
            events.Dispose();
        }
    }

    /// <summary>At least one event for everyone; the rest by activity, so that the sum is exact.</summary>
    private static long[] ShareEvents(PopulationOptions options)
    {
        var before = new long[options.Listeners + 1];
        var activities = new int[options.Listeners];
        long total = 0;
        for (var number = 0; number < activities.Length; number++)
        {
            var draws = new Draws(options.Seed, Draws.Purpose.Activity, number);
            // The product of two leans to the small: many listen a little, a few all day.
            activities[number] =
                LeastActivity
                + (draws.Below(MostActivity) * draws.Between(25, 100) / 100 * draws.Between(40, 100) / 100);
            total += activities[number];
        }
        var rest = options.Events - options.Listeners;
        long activity = 0;
        for (var number = 0; number < activities.Length; number++)
        {
            activity += activities[number];
            before[number + 1] = number + 1 + (long)((Int128)rest * activity / total);
        }
        return before;
    }
}
