using Nocturne.Domain;

namespace Nocturne.Testing;

/// <summary>
/// What random events are made of. Few values of each kind make events meet: under one identity with other bytes or
/// another kind, on one item, in one excluded session.
/// </summary>
public sealed record EventAlphabet
{
    /// <summary>The latest day of <see cref="Small"/>.</summary>
    public static readonly DateOnly Today = new(2026, 11, 20);

    /// <summary>
    /// Days around the ends of months, a year back, around the horizon of 48 months, and beyond it; ids of few
    /// letters, some of several bytes a letter.
    /// </summary>
    public static EventAlphabet Small { get; } =
        new()
        {
            Days =
            [
                Today,
                Today.AddDays(-1),
                Today.AddDays(-2),
                new DateOnly(2026, 11, 1),
                new DateOnly(2026, 10, 31),
                new DateOnly(2026, 10, 9),
                new DateOnly(2026, 2, 28),
                new DateOnly(2025, 11, 20),
                new DateOnly(2022, 12, 31),
                new DateOnly(2022, 12, 1),
                new DateOnly(2022, 11, 30),
                new DateOnly(2022, 10, 5),
                new DateOnly(2003, 2, 1),
            ],
            EventIds = ["a", "b", "é", "\U0001F3B5"],
            Items = ["i1", "i2", "i3", "i4", "i5", "i6", "i:7/ü", "i8"],
            Artists = ["r1", "r2", "r3", "ру4"],
            Places = ["p1", "p2", "p3"],
            Names = ["", "Nocturne", "Nocturne No. 2", "夜想曲"],
        };

    /// <summary>Ids of 128 bytes and names of 256: rows as long as they get. All of one month.</summary>
    public static EventAlphabet Long { get; } =
        new()
        {
            Days = [Today, Today.AddDays(-1)],
            EventIds = [.. Enumerable.Range(0, 16).Select(i => Padded($"e{i}", Id.MaxBytes))],
            Items = [.. Enumerable.Range(0, 90).Select(i => Padded($"i{i}", Id.MaxBytes))],
            Artists = [.. Enumerable.Range(0, 50).Select(i => Padded($"r{i}", Id.MaxBytes))],
            Places = [.. Enumerable.Range(0, 40).Select(i => Padded($"p{i}", Id.MaxBytes))],
            Names = ["", "short", Padded("n1", 200), Padded("n2", EventParser.MaxNameBytes)],
        };

    public required IReadOnlyList<DateOnly> Days { get; init; }

    public required IReadOnlyList<string> EventIds { get; init; }

    public required IReadOnlyList<string> Items { get; init; }

    public required IReadOnlyList<string> Artists { get; init; }

    /// <summary>Sessions, devices and contexts.</summary>
    public required IReadOnlyList<string> Places { get; init; }

    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Times of day at which events start.</summary>
    public int Starts { get; init; } = 6;

    /// <summary>How often each kind is drawn, in the order play, feedback, follow, retract, settings, impression, exclude.</summary>
    public IReadOnlyList<int> Weights { get; init; } = [50, 10, 8, 10, 5, 8, 9];

    /// <summary>Some of the days only, and now and then no excludes or hardly anything but plays: histories differ.</summary>
    public EventAlphabet Narrowed(Random random)
    {
        var days = Days.ToArray();
        random.Shuffle(days);
        IReadOnlyList<int> weights = random.Next(4) switch
        {
            0 => [80, 2, 2, 8, 1, 6, 1],
            1 => [60, 10, 10, 0, 5, 15, 0],
            _ => Weights,
        };
        return this with { Days = days[..random.Next(1, Math.Min(7, days.Length + 1))], Weights = weights };
    }

    private static string Padded(string text, int bytes) => text + new string('.', bytes - text.Length);
}

/// <summary>Draws events that are valid by the contract, whatever their values.</summary>
public static class EventDraw
{
    private static readonly int?[] Played = [null, 0, 4_000, 29_999, 30_000, 200_000];
    private static readonly int?[] Durations = [null, 20_000, 59_999, 61_000, 240_000];

    /// <summary>Whose events all of these are.</summary>
    public static ListenerId Listener { get; } = new("alice");

    /// <summary>The event that <paramref name="seed"/> stands for in <paramref name="alphabet"/>.</summary>
    public static ListenEvent Event(int seed, EventAlphabet alphabet) => Event(new Random(seed), alphabet);

    /// <summary>An event.</summary>
    public static ListenEvent Event(Random random, EventAlphabet alphabet)
    {
        var id = new EventId(Any(random, alphabet.EventIds));
        var start =
            Instant.FromDate(Any(random, alphabet.Days))
            + TimeSpan.FromMilliseconds(random.Next(alphabet.Starts) * (86_399_999L / alphabet.Starts));
        var received = start + TimeSpan.FromMinutes(random.Next(-60, 100_000));
        return Kind(random, alphabet.Weights) switch
        {
            EventKind.Play => Play(random, alphabet, id, start, received),
            EventKind.Feedback => random.Next(2) == 0
                ? new FeedbackEvent
                {
                    Listener = Listener,
                    Id = id,
                    StartedAt = start,
                    ReceivedAt = received,
                    Item = new ItemId(Any(random, alphabet.Items)),
                    Score = random.Next(-1, 2),
                }
                : new FeedbackEvent
                {
                    Listener = Listener,
                    Id = id,
                    StartedAt = start,
                    ReceivedAt = received,
                    Artist = new ArtistId(Any(random, alphabet.Artists)),
                    Score = random.Next(-1, 2),
                },
            EventKind.Follow => new FollowEvent
            {
                Listener = Listener,
                Id = id,
                StartedAt = start,
                ReceivedAt = received,
                Artist = new ArtistId(Any(random, alphabet.Artists)),
                On = random.Next(3) > 0,
            },
            EventKind.Retract => new RetractEvent
            {
                Listener = Listener,
                Id = id,
                StartedAt = start,
                ReceivedAt = received,
            },
            EventKind.Settings => new SettingsEvent
            {
                Listener = Listener,
                Id = id,
                StartedAt = start,
                ReceivedAt = received,
                TimeZone = random.Next(2) == 0 ? null : "Europe/Zurich",
                Market = random.Next(2) == 0 ? null : "CH",
                Explicit = random.Next(3) switch
                {
                    0 => null,
                    1 => false,
                    _ => true,
                },
                Languages = random.Next(2) == 0 ? [] : ["de-CH", "en"],
            },
            EventKind.Impression => new ImpressionEvent
            {
                Listener = Listener,
                Id = id,
                StartedAt = start,
                ReceivedAt = received,
                Item = new ItemId(Any(random, alphabet.Items)),
                Playlist = Any(random, alphabet.Places),
                Slot = random.Next(10_000),
                PropensityNano = random.Next(1, ImpressionEvent.Certain + 1),
                Arms = random.Next(2) == 0 ? [] : ["ranking:b", "cover:a"],
            },
            _ => new ExcludeEvent
            {
                Listener = Listener,
                Id = id,
                StartedAt = start,
                ReceivedAt = received,
                Target = (ExcludeTarget)random.Next(1, 4),
                Value = Any(random, alphabet.Places),
                On = random.Next(3) > 0,
            },
        };
    }

    /// <summary>The same events in another order, some of them more than once, cut into batches of any sizes.</summary>
    public static IEnumerable<IReadOnlyList<T>> Deliver<T>(IReadOnlyList<T> events, Random random)
    {
        var deliveries = events.Concat(events.Where(_ => random.Next(5) == 0)).ToArray();
        random.Shuffle(deliveries);
        var largest = random.Next(4) switch
        {
            0 => 1,
            1 => 4,
            2 => 20,
            _ => deliveries.Length,
        };
        for (var at = 0; at < deliveries.Length; )
        {
            var size = Math.Min(random.Next(1, largest + 1), deliveries.Length - at);
            yield return deliveries[at..(at + size)];
            at += size;
        }
    }

    private static PlayEvent Play(Random random, EventAlphabet alphabet, EventId id, Instant start, Instant received) =>
        new()
        {
            Listener = Listener,
            Id = id,
            StartedAt = start,
            ReceivedAt = received,
            Item = new ItemId(Any(random, alphabet.Items)),
            ItemKind = random.Next(6) == 0 ? (ItemKind)random.Next(3) : ItemKind.Track,
            Artist = random.Next(5) == 0 ? null : new ArtistId(Any(random, alphabet.Artists)),
            MsPlayed = Any(random, Played),
            DurationMs = Any(random, Durations),
            End = (PlayEnd)random.Next(5),
            Context = Place(random, alphabet),
            Device = Place(random, alphabet),
            Session = Place(random, alphabet),
            Title = Name(random, alphabet),
            ArtistName = Name(random, alphabet),
            ReleaseName = Name(random, alphabet),
        };

    private static string? Place(Random random, EventAlphabet alphabet) =>
        random.Next(2) == 0 ? null : Any(random, alphabet.Places);

    private static string? Name(Random random, EventAlphabet alphabet) =>
        Any(random, alphabet.Names) is { Length: > 0 } name ? name : null;

    private static EventKind Kind(Random random, IReadOnlyList<int> weights)
    {
        var at = random.Next(weights.Sum());
        var kind = 0;
        while (at >= weights[kind])
        {
            at -= weights[kind++];
        }
        return (EventKind)(kind + 1);
    }

    private static T Any<T>(Random random, IReadOnlyList<T> values) => values[random.Next(values.Count)];
}
