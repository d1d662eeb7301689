namespace Nocturne.Playlists;

/// <summary>Numbers of what to play next. Shares are in thousandths.</summary>
public sealed record NextParameters
{
    /// <summary>The defaults.</summary>
    public static NextParameters Default { get; } = new();

    /// <summary>
    /// Plays after which a play of the session counts half: three plays of something else are then two thirds of a
    /// long session, and a song or two are not yet.
    /// </summary>
    public int HalfLifePlays { get; init; } = 2;

    /// <summary>
    /// A longer time between two plays, in minutes, ends the session: what was played before it is taste, not mood.
    /// </summary>
    public int SessionGapMinutes { get; init; } = 60;

    /// <summary>The share of a score that comes from the taste while there is a session; all of it without one.</summary>
    public int TasteShare { get; init; } = 100;

    /// <summary>The most seeds of the taste, by affinity; the session has at most as many as a profile names plays.</summary>
    public int TasteSeeds { get; init; } = 50;

    /// <summary>The most candidates asked of the model.</summary>
    public int Candidates { get; init; } = 512;

    /// <summary>
    /// What a skip within the session takes from its neighbours, beside what a play of the same place would give them.
    /// </summary>
    public int SkipShare { get; init; } = 500;

    /// <summary>ε of the slots of a list, in thousandths; see <see cref="SlotPolicy"/>.</summary>
    public int Epsilon { get; init; } = 50;

    /// <summary>Tracks between two of one artist, where the candidates allow it.</summary>
    public int ArtistSpacing { get; init; } = 2;

    /// <summary>The most of a list that is by one artist, but for one track at least.</summary>
    public int ArtistShare { get; init; } = 300;

    /// <summary>Refuses numbers that nothing can be ranked by.</summary>
    /// <exception cref="ArgumentException">The message names the number.</exception>
    public NextParameters Validated()
    {
        Check(HalfLifePlays >= 1, nameof(HalfLifePlays), "is at least 1");
        Check(SessionGapMinutes >= 1, nameof(SessionGapMinutes), "is at least 1");
        Check(TasteShare is >= 0 and <= 1000, nameof(TasteShare), "is 0 to 1000 thousandths");
        Check(TasteSeeds >= 1, nameof(TasteSeeds), "is at least 1");
        Check(Candidates >= 1, nameof(Candidates), "is at least 1");
        Check(SkipShare is >= 0 and <= 1000, nameof(SkipShare), "is 0 to 1000 thousandths");
        Check(Epsilon is >= 0 and <= 1000, nameof(Epsilon), "is 0 to 1000 thousandths");
        Check(ArtistSpacing >= 0, nameof(ArtistSpacing), "is at least 0");
        Check(ArtistShare is >= 1 and <= 1000, nameof(ArtistShare), "is 1 to 1000 thousandths");
        return this;
    }

    private static void Check(bool isUsable, string name, string rule)
    {
        if (!isUsable)
        {
            throw new ArgumentException($"{nameof(NextParameters)}.{name} {rule}.", name);
        }
    }
}
