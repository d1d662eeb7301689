namespace Nocturne.Playlists;

/// <summary>The numbers of Daylist. Shares and lifts are thousandths; lifts are those of a habit over the usual.</summary>
public sealed record DaylistParameters
{
    /// <summary>ε: how often a slot explores.</summary>
    public int Epsilon { get; init; } = 20;

    /// <summary>Tracks of a part: about an hour, for there are four of them a day.</summary>
    public int Tracks { get; init; } = 20;

    /// <summary>A part that would be shorter is not made.</summary>
    public int MinimumTracks { get; init; } = 8;

    /// <summary>Streams in a part, on any day, without which the listener does not use to listen then.</summary>
    public int MinimumStreams { get; init; } = 5;

    /// <summary>
    /// Days without a play after which there is no Daylist until the next one: it is for who listens now, and would
    /// else be made every night for everyone who ever did.
    /// </summary>
    public int MostDaysSilent { get; init; } = 28;

    /// <summary>The share of favourites; the rest are their neighbours.</summary>
    public int FavouriteShare { get; init; } = 600;

    /// <summary>Tracks of one artist.</summary>
    public int ArtistCap { get; init; } = 3;

    /// <summary>Items of the taste that are weighed, by affinity: each is weighed for every part.</summary>
    public int TasteItems { get; init; } = 200;

    /// <summary>The most seeds of a part: time grows with seeds × neighbours, four times a listener.</summary>
    public int Seeds { get; init; } = 20;

    /// <summary>How much more a play on the same day of the week counts than one on another.</summary>
    public int WeekdayWeight { get; init; } = 3;

    /// <summary>How much more a play of the item itself counts than one of its artist.</summary>
    public int OwnPlays { get; init; } = 2;

    /// <summary>κ: after so many plays of an artist, half of a lift is what they say.</summary>
    public int PriorPlays { get; init; } = 6;

    /// <summary>The least lift: what is played at other times is put back, not out.</summary>
    public int LeastLift { get; init; } = 250;

    /// <summary>The most lift: one play at an unusual hour is not a habit.</summary>
    public int MostLift { get; init; } = 6_000;

    internal void Validate()
    {
        RecipeParameters.CheckShare(Epsilon, $"Daylist.{nameof(Epsilon)}");
        RecipeParameters.CheckCount(Tracks, $"Daylist.{nameof(Tracks)}");
        RecipeParameters.CheckCount(MinimumTracks, $"Daylist.{nameof(MinimumTracks)}");
        RecipeParameters.CheckCount(MinimumStreams, $"Daylist.{nameof(MinimumStreams)}");
        RecipeParameters.CheckCount(MostDaysSilent, $"Daylist.{nameof(MostDaysSilent)}");
        RecipeParameters.CheckShare(FavouriteShare, $"Daylist.{nameof(FavouriteShare)}");
        RecipeParameters.CheckCount(ArtistCap, $"Daylist.{nameof(ArtistCap)}");
        RecipeParameters.CheckCount(TasteItems, $"Daylist.{nameof(TasteItems)}");
        RecipeParameters.CheckCount(Seeds, $"Daylist.{nameof(Seeds)}");
        RecipeParameters.CheckCount(WeekdayWeight, $"Daylist.{nameof(WeekdayWeight)}");
        RecipeParameters.CheckNumber(OwnPlays, 0, $"Daylist.{nameof(OwnPlays)}");
        RecipeParameters.CheckCount(PriorPlays, $"Daylist.{nameof(PriorPlays)}");
        RecipeParameters.CheckCount(LeastLift, $"Daylist.{nameof(LeastLift)}");
        RecipeParameters.CheckNumber(MostLift, LeastLift, $"Daylist.{nameof(MostLift)}");
    }
}
