namespace Nocturne.Recommending;

/// <summary>Every kind of model there is.</summary>
public static class ModelFamilies
{
    /// <summary>Those that are fitted by themselves, simplest first.</summary>
    public static IReadOnlyList<ModelFamily> Single { get; } =
    [
        new PopularityFamily(),
        new OwnPlaysFamily(),
        new ArtistAffinityFamily(),
        new BackOffFamily(),
        new ListeningMixtureFamily(),
        new ItemNeighboursFamily(),
        new Rp3BetaFamily(),
        new GfCfFamily(),
        new EaseFamily(),
        new AlsFamily(),
    ];

    /// <summary>All of them, and last the blend of all.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } = [.. Single, new BlendFamily(Single)];
}
