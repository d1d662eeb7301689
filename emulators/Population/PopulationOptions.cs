namespace Nocturne.Population;

/// <summary>Which population: the same options give the same bytes, on every machine.</summary>
public sealed record PopulationOptions
{
    /// <summary>The most events a listener may have in a day on average: above it plays would overlap.</summary>
    public const int MaxEventsPerListenerDay = 40;

    /// <summary>Names everything that is drawn.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many people listen.</summary>
    public int Listeners { get; init; } = 500;

    /// <summary>How many events there are, of all kinds; exactly.</summary>
    public long Events { get; init; } = 210_000;

    /// <summary>How many tracks the catalogue has; at least one an artist.</summary>
    public int Tracks { get; init; } = 20_000;

    /// <summary>How many artists there are.</summary>
    public int Artists { get; init; } = 2_000;

    /// <summary>How many days are listened through.</summary>
    public int Days { get; init; } = 90;

    /// <summary>The last of these days, in UTC.</summary>
    public DateOnly EndDate { get; init; } = new(2026, 10, 31);

    /// <summary>Whether plays carry the names of track, artist and album, for catalogues that do not have them.</summary>
    public bool Names { get; init; } = true;

    /// <summary>The first of these days.</summary>
    public DateOnly StartDate => EndDate.AddDays(1 - Days);

    /// <summary>Which bound is not kept, in words; null if all are.</summary>
    public string? Problem =>
        Listeners < 1 ? "it needs a listener"
        : Artists < 1 ? "it needs an artist"
        : Tracks < Artists ? $"{Artists} artists need a track each"
        : Days < 1 ? "it needs a day"
        : Events < Listeners ? $"{Listeners} listeners need an event each"
        : Events > (long)Listeners * Days * MaxEventsPerListenerDay
            ? $"{Events} events are more than {MaxEventsPerListenerDay} a listener and day: add days or listeners"
        : null;
}
