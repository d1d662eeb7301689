namespace Nocturne.Playlists;

/// <summary>Every number that recipes depend on. Shares are in thousandths.</summary>
/// <remarks>
/// What they mean together: a taste item's affinity is (ShortShare × short weight + the rest × long weight), times
/// streams / (streams + skips), plus LikedBonus if liked; it is 0 for an item never streamed nor liked. Seeds weigh
/// the square root of their affinity in streams, so that one obsession does not decide everything.
/// </remarks>
public sealed record RecipeParameters
{
    /// <summary>The defaults.</summary>
    public static RecipeParameters Default { get; } = new();

    /// <summary>How much the short horizon counts in an affinity, against the long one.</summary>
    public int ShortShare { get; init; } = 600;

    /// <summary>What a like adds to an affinity, in fixed point.</summary>
    public long LikedBonus { get; init; } = 2 * FixedPoint.One;

    /// <summary>The most taste items that act as favourites and are cut into mixes, by affinity.</summary>
    public int TasteItems { get; init; } = 500;

    /// <summary>The most seeds of a playlist of the whole taste, by affinity: time grows with seeds × neighbours.</summary>
    public int Seeds { get; init; } = 200;

    /// <summary>The most seeds of one mix, by affinity.</summary>
    public int MixSeeds { get; init; } = 50;

    /// <summary>The most seeds a reason names; the rest is one sum. Bounds what is stored per track.</summary>
    public int SeedsPerReason { get; init; } = 3;

    /// <summary>Tracks between two of the same artist, where the candidates allow it; else as many as they allow.</summary>
    public int ArtistSpacing { get; init; } = 3;

    /// <summary>The most candidates asked of the model for one playlist, however many of them are filtered out.</summary>
    public int MaxCandidates { get; init; } = 2_048;

    /// <summary>The most candidates that the ranking of the whole taste has.</summary>
    public int RankedCandidates { get; init; } = 512;

    /// <summary>How far down the popularity ranking a fall-back looks.</summary>
    public int PopularDepth { get; init; } = 2_000;

    /// <summary>ε of Daily Mix, in thousandths: how often a slot explores.</summary>
    public int MixEpsilon { get; init; } = 20;

    /// <summary>ε of Discover Weekly.</summary>
    public int DiscoverEpsilon { get; init; } = 50;

    /// <summary>ε of the general playlist.</summary>
    public int GeneralEpsilon { get; init; } = 50;

    /// <summary>The most Daily Mixes.</summary>
    public int Mixes { get; init; } = 6;

    /// <summary>Taste items that one mix needs: a listener of 20 items has 2 tastes at most.</summary>
    public int ItemsPerMix { get; init; } = 8;

    /// <summary>The most artists that tastes are cut from, by affinity; cutting costs its square.</summary>
    public int MixArtists { get; init; } = 96;

    /// <summary>How tastes stay the same mixes from night to night.</summary>
    public MixStability MixStability { get; init; } = new();

    /// <summary>Tracks of a mix.</summary>
    public int MixTracks { get; init; } = 30;

    /// <summary>A mix that would be shorter is not made.</summary>
    public int MixMinimumTracks { get; init; } = 8;

    /// <summary>The share of a mix that are favourites; the rest are neighbours.</summary>
    public int MixFavouriteShare { get; init; } = 500;

    /// <summary>
    /// The most tracks of one artist in a mix: one that is mostly about an artist has as large a share of theirs as
    /// the taste has, up to this.
    /// </summary>
    public int MixArtistCap { get; init; } = 12;

    /// <summary>Tracks of one artist in a mix of many artists; no more than <see cref="MixArtistCap"/>.</summary>
    public int MixArtistFloor { get; init; } = 4;

    /// <summary>The share of an artist's affinity that ranks the artist's popular tracks higher among favourites.</summary>
    public int MixArtistPull { get; init; } = 100;

    /// <summary>Tracks of Discover Weekly.</summary>
    public int DiscoverTracks { get; init; } = 30;

    /// <summary>Tracks near the listener's taste without which there is no Discover Weekly.</summary>
    public int DiscoverMinimumPersonal { get; init; } = 5;

    /// <summary>The share of Discover Weekly by artists new to the listener, where there are enough.</summary>
    public int DiscoverNewArtistShare { get; init; } = 700;

    /// <summary>Tracks of one artist in Discover Weekly.</summary>
    public int DiscoverArtistCap { get; init; } = 2;

    /// <summary>Tracks of the general playlist.</summary>
    public int GeneralTracks { get; init; } = 30;

    /// <summary>Tracks of one artist in the general playlist.</summary>
    public int GeneralArtistCap { get; init; } = 3;

    /// <summary>Numbers of Release Radar.</summary>
    public ReleaseRadarParameters ReleaseRadar { get; init; } = new();

    /// <summary>Numbers of On Repeat.</summary>
    public OnRepeatParameters OnRepeat { get; init; } = new();

    /// <summary>Numbers of Repeat Rewind.</summary>
    public RepeatRewindParameters RepeatRewind { get; init; } = new();

    /// <summary>Numbers of Daylist.</summary>
    public DaylistParameters Daylist { get; init; } = new();

    /// <summary>Numbers of Fresh Finds.</summary>
    public FreshFindsParameters FreshFinds { get; init; } = new();

    /// <summary>Numbers of Your Episodes and Continue Listening.</summary>
    public SeriesParameters Series { get; init; } = new();

    /// <summary>Numbers of Home.</summary>
    public HomeParameters Home { get; init; } = new();

    /// <summary>How far Discover Weekly goes by the listener's genres.</summary>
    public CalibrationParameters Calibration { get; init; } = new();

    /// <summary>Numbers of Blend.</summary>
    public BlendParameters Blend { get; init; } = new();

    /// <summary>Refuses numbers that no playlist can be made with.</summary>
    /// <exception cref="ArgumentException">A number below its least or a share outside 0 to 1000; the message names it.</exception>
    public RecipeParameters Validated()
    {
        CheckShare(ShortShare, nameof(ShortShare));
        CheckShare(MixEpsilon, nameof(MixEpsilon));
        CheckShare(DiscoverEpsilon, nameof(DiscoverEpsilon));
        CheckShare(GeneralEpsilon, nameof(GeneralEpsilon));
        CheckShare(MixFavouriteShare, nameof(MixFavouriteShare));
        CheckShare(DiscoverNewArtistShare, nameof(DiscoverNewArtistShare));
        CheckCount(TasteItems, nameof(TasteItems));
        CheckCount(Seeds, nameof(Seeds));
        CheckCount(MixSeeds, nameof(MixSeeds));
        CheckCount(MaxCandidates, nameof(MaxCandidates));
        CheckCount(RankedCandidates, nameof(RankedCandidates));
        CheckCount(Mixes, nameof(Mixes));
        CheckCount(ItemsPerMix, nameof(ItemsPerMix));
        CheckCount(MixArtists, nameof(MixArtists));
        CheckCount(MixTracks, nameof(MixTracks));
        CheckCount(MixMinimumTracks, nameof(MixMinimumTracks));
        CheckCount(MixArtistCap, nameof(MixArtistCap));
        CheckCount(MixArtistFloor, nameof(MixArtistFloor));
        CheckShare(MixArtistPull, nameof(MixArtistPull));
        CheckCount(DiscoverTracks, nameof(DiscoverTracks));
        CheckCount(DiscoverMinimumPersonal, nameof(DiscoverMinimumPersonal));
        CheckCount(DiscoverArtistCap, nameof(DiscoverArtistCap));
        CheckCount(GeneralTracks, nameof(GeneralTracks));
        CheckCount(GeneralArtistCap, nameof(GeneralArtistCap));
        MixStability.Validate();
        CheckNumber(LikedBonus, 0, nameof(LikedBonus));
        CheckNumber(SeedsPerReason, 0, nameof(SeedsPerReason));
        CheckNumber(ArtistSpacing, 0, nameof(ArtistSpacing));
        CheckNumber(PopularDepth, 0, nameof(PopularDepth));
        ReleaseRadar.Validate();
        OnRepeat.Validate();
        RepeatRewind.Validate();
        Daylist.Validate();
        FreshFinds.Validate();
        Series.Validate();
        Home.Validate();
        Calibration.Validate();

        Blend.Validate();
        return this;
    }

    internal static void CheckShare(int share, string name)
    {
        if (share is < 0 or > 1000)
        {
            throw new ArgumentException($"{name} is {share}: a share is 0 to 1000 thousandths.", name);
        }
    }

    internal static void CheckCount(int count, string name) => CheckNumber(count, 1, name);

    internal static void CheckNumber(long number, long least, string name)
    {
        if (number < least)
        {
            throw new ArgumentException($"{name} is {number}: it is at least {least}.", name);
        }
    }
}
