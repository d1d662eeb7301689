using Nocturne.Recommending;

namespace Nocturne.Recommending.Tests;

public sealed class PopularityTests
{
    private static readonly InteractionMatrix Matrix = Matrices.Of(4, [(0, 1), (1, 9)], [(0, 1), (2, 1)], [(0, 1)]);

    [Fact]
    public void Fit_ByListeners_CountsThemAndBreaksTiesByItem()
    {
        var popularity = Popularity.Fit(Matrix, PopularityMeasure.Listeners);

        Assert.Equal([0, 1, 2], popularity.Ranking.ToArray());
        Assert.Equal([3f, 1f, 1f, 0f], popularity.Counts.ToArray());
    }

    [Fact]
    public void Fit_ByPlays_SumsWeights()
    {
        var popularity = Popularity.Fit(Matrix, PopularityMeasure.Plays);

        Assert.Equal([1, 0, 2], popularity.Ranking.ToArray());
        Assert.Equal([3f, 9f, 1f, 0f], popularity.Counts.ToArray());
    }
}
