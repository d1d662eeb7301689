namespace Nocturne.Playlists;

/// <summary>The numbers of Home. Shares and worths are thousandths.</summary>
public sealed record HomeParameters
{
    /// <summary>ε of shelves and of rows of playlists. Rows of items explore nothing of their own.</summary>
    public int Epsilon { get; init; } = 50;

    /// <summary>Cards of a shelf at most: more is for the list itself.</summary>
    public int RowCards { get; init; } = 8;

    /// <summary>The first cards, whose kinds have the listener's own shares: about what is seen without leafing.</summary>
    public int CalibratedCards { get; init; } = 12;

    /// <summary>λ: how much a bit of divergence counts against what shelves are worth.</summary>
    public int Calibration { get; init; } = 200;

    /// <summary>What "continue listening" is worth.</summary>
    public int ContinueListening { get; init; } = 1000;

    /// <summary>What the Daylist is worth.</summary>
    public int Daylist { get; init; } = 950;

    /// <summary>What the Daily Mixes are worth.</summary>
    public int Mixes { get; init; } = 900;

    /// <summary>What discoveries and releases are worth.</summary>
    public int New { get; init; } = 800;

    /// <summary>What the lists of what is and was on repeat are worth.</summary>
    public int Again { get; init; } = 700;

    /// <summary>What episodes are worth.</summary>
    public int YourEpisodes { get; init; } = 650;

    /// <summary>What single tracks on repeat are worth.</summary>
    public int OnRepeat { get; init; } = 600;

    /// <summary>What the general playlist is worth.</summary>
    public int General { get; init; } = 500;

    internal void Validate()
    {
        RecipeParameters.CheckShare(Epsilon, $"Home.{nameof(Epsilon)}");
        RecipeParameters.CheckCount(RowCards, $"Home.{nameof(RowCards)}");
        RecipeParameters.CheckCount(CalibratedCards, $"Home.{nameof(CalibratedCards)}");
        RecipeParameters.CheckShare(Calibration, $"Home.{nameof(Calibration)}");
        RecipeParameters.CheckShare(ContinueListening, $"Home.{nameof(ContinueListening)}");
        RecipeParameters.CheckShare(Daylist, $"Home.{nameof(Daylist)}");
        RecipeParameters.CheckShare(Mixes, $"Home.{nameof(Mixes)}");
        RecipeParameters.CheckShare(New, $"Home.{nameof(New)}");
        RecipeParameters.CheckShare(Again, $"Home.{nameof(Again)}");
        RecipeParameters.CheckShare(YourEpisodes, $"Home.{nameof(YourEpisodes)}");
        RecipeParameters.CheckShare(OnRepeat, $"Home.{nameof(OnRepeat)}");
        RecipeParameters.CheckShare(General, $"Home.{nameof(General)}");
    }
}
