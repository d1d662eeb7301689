namespace Nocturne.Recommending.Tests;

public sealed class EvidenceWeightsTests
{
    private static readonly EvidenceWeights Weights = new();

    [Fact]
    public void MoreStreams_NeverWeighLess()
    {
        var weights = Enumerable.Range(1, 10_000).Select(streams => Weights.Of(new Evidence(streams, 0))).ToList();

        Assert.Equal(weights.Order(), weights);
        Assert.Equal(1, weights[0]);
        Assert.True(weights[9] - weights[8] < weights[1] - weights[0]);
    }

    [Fact]
    public void OneSkipAfterTwentyStreams_HardlyMatters()
    {
        var without = Weights.Of(new Evidence(20, 0));

        Assert.InRange(Weights.Of(new Evidence(20, 1)), without * 0.98, without);
    }

    [Fact]
    public void SkipsBesideAStream_NeverTurnAYesIntoANo()
    {
        Assert.All(Enumerable.Range(0, 1_000), skips => Assert.True(Weights.Of(new Evidence(1, skips)) > 0));
    }

    [Fact]
    public void SkipsWithoutAStream_SayNoTheMoreTheSurerAndAreBounded()
    {
        var weights = Enumerable.Range(1, 50).Select(skips => Weights.Of(new Evidence(0, skips))).ToList();

        Assert.All(weights, weight => Assert.InRange(weight, -Weights.MostNo, -Weights.FirstNo));
        Assert.Equal(weights.OrderDescending(), weights);
    }

    [Fact]
    public void Opinions_CountWithoutStreamsAndHateOverrulesThem()
    {
        Assert.True(Weights.Of(new Evidence(0, 0, 1)) > Weights.Of(new Evidence(1, 0)));
        Assert.Equal(-Weights.MostNo, Weights.Of(new Evidence(1_000, 0, -1)));
        Assert.Equal(0, Weights.Of(default));
    }
}
