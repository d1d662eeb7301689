namespace Nocturne.Recommending.Tests;

public sealed class PromotionGateTests
{
    private static readonly PromotionRules Rules = new();

    [Fact]
    public void Decide_CandidateThatIsBetter_IsPromoted()
    {
        var decision = Decide(300, 0.30, 0.25, []);

        Assert.Equal(PromotionOutcome.Promoted, decision.Outcome);
        Assert.True(decision.IsPromoted);
        Assert.Equal(decision.Candidate, decision.Quality);
        Assert.Equal(0.05, decision.Difference.Mean, 0.01);
    }

    [Fact]
    public void Decide_CandidateThatIsAsGood_IsPromoted()
    {
        var decision = Decide(300, 0.25, 0.25, []);

        Assert.Equal(PromotionOutcome.Promoted, decision.Outcome);
        Assert.Equal(0, decision.Difference.Low);
    }

    [Fact]
    public void Decide_CandidateThatMayBeAPercentWorse_IsNot()
    {
        var decision = Decide(300, 0.24, 0.25, []);

        Assert.Equal(PromotionOutcome.NotSurelyAsGood, decision.Outcome);
        Assert.Equal(decision.Reigning, decision.Quality);
    }

    [Theory]
    [InlineData(0.254, true)]
    [InlineData(0.260, false)]
    public void Decide_AgainstTheBestOfNights_AllowsTwoPercent(double best, bool isPromoted)
    {
        // 1,000 listeners of exactly 0.25 each: what is compared is the rule and not a draw.
        var same = new RankingReport(20, [.. Enumerable.Range(0, 1_000)], Repeat(0.25), Repeat(0.25));

        var decision = PromotionGate.Decide(same, same, [0.1, best, 0.2], Rules, 1, 2);

        Assert.Equal(isPromoted ? PromotionOutcome.Promoted : PromotionOutcome.BelowBest, decision.Outcome);
        Assert.Equal(best, decision.BestOfNights);
    }

    [Fact]
    public void Decide_BestNightLongAgo_IsForgotten()
    {
        var nights = Enumerable.Repeat(0.25, Rules.Nights).Append(0.9).ToList();

        Assert.Equal(PromotionOutcome.Promoted, Decide(300, 0.25, 0.25, nights).Outcome);
    }

    [Theory]
    [InlineData(199, PromotionOutcome.TooFewListeners)]
    [InlineData(200, PromotionOutcome.Promoted)]
    public void Decide_FewListeners_KeepsTheConfiguration(int listeners, PromotionOutcome outcome) =>
        Assert.Equal(outcome, Decide(listeners, 0.3, 0.2, []).Outcome);

    [Fact]
    public void Decide_CasesOfOtherListeners_AreRefused()
    {
        var left = new RankingReport(20, [0, 1], [0, 0], [0, 0]);
        var right = new RankingReport(20, [0, 2], [0, 0], [0, 0]);

        Assert.Throws<ArgumentException>(() => PromotionGate.Decide(left, right, [], Rules, 1, 1));
    }

    private static double[] Repeat(double value) => [.. Enumerable.Repeat(value, 1_000)];

    /// <summary>Listeners of differing fortune, whom the two configurations serve alike but for a constant.</summary>
    private static PromotionDecision Decide(int listeners, double candidate, double reigning, List<double> nights)
    {
        var luck = Enumerable.Range(0, listeners).Select(i => (i % 11 - 5) / 50d).ToArray();
        return PromotionGate.Decide(Report(candidate), Report(reigning), nights, Rules, 1, 2);

        RankingReport Report(double mean) =>
            new(
                20,
                [.. Enumerable.Range(0, listeners)],
                [.. luck.Select(l => mean + l)],
                [.. luck.Select(l => mean - l)]
            );
    }
}
