namespace Nocturne.Playlists;

/// <summary>How Daily Mixes follow a taste that changes. Shares are in thousandths.</summary>
/// <remarks>
/// A member stays in its mix, and what is new joins the mix that it is cut together with, whatever the night's cut of
/// the whole taste would be. Only two things happen at once: a taste that is really new becomes a mix (the second, or
/// the first if it is the heaviest), and if there are as many as there may be, it takes the place of the lightest. Mixes split and merge when the cut has asked for it
/// several nights in a row.
/// </remarks>
public sealed record MixStability
{
    /// <summary>
    /// Nights in a row that must ask for a split or a merge. A retrained model cuts tastes a little differently every
    /// night; what is asked for three times is the listener's.
    /// </summary>
    public int Nights { get; init; } = 3;

    /// <summary>
    /// Fresh streams that make a new taste a mix at once: a day or two of listening, but not an album (8 to 12 tracks).
    /// </summary>
    public int BirthStreams { get; init; } = 14;

    /// <summary>The share of a mix that the night's cut must put elsewhere to ask for a split.</summary>
    public int SplitShare { get; init; } = 300;

    /// <summary>The share of what would leave that must be the same as the night before for a split to be the same.</summary>
    public int SameSplitShare { get; init; } = 500;

    /// <summary>
    /// How many times heavier than the mix before it a mix is when they change numbers, and than a new taste one that
    /// does not give way to it.
    /// </summary>
    public int Overtaking { get; init; } = 3;

    /// <summary>Refuses numbers that mixes cannot be kept by.</summary>
    /// <exception cref="ArgumentException">The message names the number.</exception>
    public void Validate()
    {
        Check(Nights is >= 1 and <= 255, nameof(Nights), "is 1 to 255");
        Check(BirthStreams >= 1, nameof(BirthStreams), "is at least 1");
        Check(SplitShare is >= 1 and <= 1000, nameof(SplitShare), "is 1 to 1000 thousandths");
        Check(SameSplitShare is >= 0 and <= 1000, nameof(SameSplitShare), "is 0 to 1000 thousandths");
        Check(Overtaking >= 1, nameof(Overtaking), "is at least 1");
    }

    private static void Check(bool isUsable, string name, string rule)
    {
        if (!isUsable)
        {
            throw new ArgumentException($"{nameof(MixStability)}.{name} {rule}.", name);
        }
    }
}
