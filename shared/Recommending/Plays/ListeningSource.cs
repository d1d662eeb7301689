namespace Nocturne.Recommending;

/// <summary>Where what a listener plays next may come from.</summary>
internal enum ListeningSourceKind
{
    /// <summary>What they played before.</summary>
    Own,

    /// <summary>Items of artists that they played.</summary>
    Artist,

    /// <summary>Items of artists whose listeners are the same people.</summary>
    NearArtist,

    /// <summary>Items that others play within the same hour.</summary>
    Near,

    /// <summary>What everybody plays.</summary>
    Popularity,
}

/// <summary>How plays of the same add up.</summary>
internal enum ListeningSum
{
    /// <summary>Ten plays say ten times what one says.</summary>
    Plain,

    /// <summary>Plays of one item say the root of their sum.</summary>
    RootOfItem,

    /// <summary>Plays of one artist say the root of their sum, shared by what they would have said.</summary>
    RootOfArtist,
}

/// <summary>A source: every play of the listener, by its age, speaks for the items that it leads to.</summary>
/// <param name="Kind">What a play leads to.</param>
/// <param name="Voice">What it says: an index of <see cref="Voices"/>.</param>
/// <param name="Variant">Which of the artists' factors, or of the half-lives of popularity.</param>
internal readonly record struct ListeningSource(ListeningSourceKind Kind, int Voice, int Variant)
{
    /// <summary>What plays say by their age, from minutes to for ever.</summary>
    public static (PlayDecay Decay, ListeningSum Sum)[] Voices { get; } =
    [
        (PlayDecay.None, ListeningSum.Plain),
        (PlayDecay.PowerLaw(0.05f, 1), ListeningSum.Plain),
        (PlayDecay.PowerLaw(0.25f, 1), ListeningSum.Plain),
        (PlayDecay.PowerLaw(1, 1), ListeningSum.Plain),
        (PlayDecay.Exponential(0.5f), ListeningSum.Plain),
        (PlayDecay.Exponential(7), ListeningSum.Plain),
        (PlayDecay.PowerLaw(0.25f, 2), ListeningSum.Plain),
        (PlayDecay.None, ListeningSum.RootOfItem),
        (PlayDecay.None, ListeningSum.RootOfArtist),
        (PlayDecay.PowerLaw(0.25f, 1), ListeningSum.RootOfArtist),
    ];

    /// <summary>How an artist's items share what speaks for the artist.</summary>
    public static (PlayDecay Recency, float Damping, float Sharing)[] Factors { get; } =
    [
        (PlayDecay.Exponential(90), 1, 0.35f),
        (PlayDecay.Exponential(90), 0.5f, 0),
        (PlayDecay.Exponential(90), 1, 0.8f),
        (PlayDecay.Exponential(2), 1, 0.35f),
        (PlayDecay.Exponential(90), 1.5f, 0.35f),
    ];

    /// <summary>How fast popularity fades, in days.</summary>
    public static float[] HalfLives { get; } = [0.5f, 2, 14, 365];

    /// <summary>All sources.</summary>
    public static ListeningSource[] All { get; } =
    [
        new(ListeningSourceKind.Own, 0, 0),
        new(ListeningSourceKind.Own, 1, 0),
        new(ListeningSourceKind.Own, 2, 0),
        new(ListeningSourceKind.Own, 3, 0),
        new(ListeningSourceKind.Own, 4, 0),
        new(ListeningSourceKind.Own, 5, 0),
        new(ListeningSourceKind.Artist, 0, 0),
        new(ListeningSourceKind.Artist, 2, 0),
        new(ListeningSourceKind.Artist, 4, 0),
        new(ListeningSourceKind.Artist, 5, 0),
        new(ListeningSourceKind.Artist, 0, 1),
        new(ListeningSourceKind.Artist, 2, 1),
        new(ListeningSourceKind.Artist, 2, 2),
        new(ListeningSourceKind.Artist, 2, 3),
        new(ListeningSourceKind.Artist, 2, 4),
        new(ListeningSourceKind.Artist, 6, 0),
        new(ListeningSourceKind.Artist, 8, 0),
        new(ListeningSourceKind.Artist, 9, 0),
        new(ListeningSourceKind.NearArtist, 0, 0),
        new(ListeningSourceKind.NearArtist, 2, 0),
        new(ListeningSourceKind.NearArtist, 2, 2),
        new(ListeningSourceKind.Near, 1, 0),
        new(ListeningSourceKind.Near, 2, 0),
        new(ListeningSourceKind.Near, 3, 0),
        new(ListeningSourceKind.Near, 0, 0),
        new(ListeningSourceKind.Near, 7, 0),
        new(ListeningSourceKind.Popularity, 0, 0),
        new(ListeningSourceKind.Popularity, 0, 1),
        new(ListeningSourceKind.Popularity, 0, 2),
        new(ListeningSourceKind.Popularity, 0, 3),
    ];
}
