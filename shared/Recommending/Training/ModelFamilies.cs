namespace Nocturne.Recommending;

/// <summary>Every kind of model there is.</summary>
public static class ModelFamilies
{
    /// <summary>All of them, simplest first.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } =
    [new PopularityFamily(), new ItemNeighboursFamily(), new AlsFamily()];
}
