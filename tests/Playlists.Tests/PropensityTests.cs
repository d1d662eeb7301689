using Nocturne.Domain;

namespace Nocturne.Playlists.Tests;

/// <summary>What logged probabilities promise: they are those that slots are really drawn by.</summary>
public sealed class PropensityTests
{
    private const int Redraws = 100_000;

    private static readonly long[] Merits =
    [
        .. Enumerable.Range(0, SlotPolicy.MostChoices).Select(i => (long)(FixedPoint.One / (1 + (0.3 * i)))),
    ];

    [Fact]
    public void Probabilities_OfAnyChoices_SumToOneAndNoneIsZero()
    {
        var random = new Random(1);
        for (var round = 0; round < 1_000; round++)
        {
            var merits = Enumerable
                .Range(0, random.Next(1, SlotPolicy.MostChoices + 1))
                .Select(_ => random.NextInt64(-FixedPoint.One, FixedPoint.One << random.Next(30)))
                .OrderDescending()
                .ToArray();
            var policy = new SlotPolicy(
                (ulong)random.NextInt64(),
                random.Next(1, 1_001),
                random.NextInt64(1, 1L << 50)
            );
            var units = new int[merits.Length];

            policy.Probabilities(merits, units);

            Assert.Equal(SlotPolicy.Unit, units.Sum());
            Assert.All(units, unit => Assert.True(unit > 0));
            Assert.Equal(units.Max(), units[0]);
        }
    }

    [Fact]
    public void Draw_WithoutExploring_IsTheBest()
    {
        var policy = new SlotPolicy(7, 0, 1);
        var units = new int[Merits.Length];
        policy.Probabilities(Merits, units);

        Assert.All(Enumerable.Range(0, 1_000), slot => Assert.Equal(0, policy.Draw(slot, units)));
    }

    [Fact]
    public void Draw_AHundredThousandTimes_FollowsTheProbabilities()
    {
        var (_, units) = Policy(0, 300);
        var counts = new int[Merits.Length];
        for (var i = 0; i < Redraws; i++)
        {
            counts[Policy(i, 300).Policy.Draw(i % 30, units)]++;
        }

        var chiSquare = counts
            .Zip(units, (count, unit) => (count, Expected: (double)unit / SlotPolicy.Unit * Redraws))
            .Sum(cell => Math.Pow(cell.count - cell.Expected, 2) / cell.Expected);

        // 19 degrees of freedom: 43.8 is passed once in a thousand times.
        Assert.InRange(chiSquare, 0, 43.8);
    }

    [Fact]
    public void Weights_OfAUniformTarget_HaveTheMeanOne()
    {
        var (_, units) = Policy(0, 300);
        var weights = Enumerable
            .Range(0, Redraws)
            .Select(i => SlotPolicy.Unit / (double)Merits.Length / units[Policy(i, 300).Policy.Draw(i % 30, units)])
            .ToArray();
        var mean = weights.Average();
        var error = Math.Sqrt(weights.Average(w => (w - mean) * (w - mean)) / Redraws);

        Assert.InRange(mean, 1 - (3 * error), 1 + (3 * error));
    }

    [Fact]
    public void SelfNormalisedEstimate_OfAKnownPolicy_CoversItsValueInNineOfTenRuns()
    {
        const int Runs = 200;
        const int Slots = 4_000;
        // Listeners like a choice with these probabilities; the target policy places each alike.
        var likes = Enumerable.Range(0, Merits.Length).Select(i => 0.1 + (0.04 * (i % 7))).ToArray();
        var value = likes.Average();
        var covered = 0;
        for (var run = 0; run < Runs; run++)
        {
            var random = new Random(run);
            var (weights, rewards) = (new double[Slots], new double[Slots]);
            for (var slot = 0; slot < Slots; slot++)
            {
                var (policy, units) = Policy((run * Slots) + slot, 500);
                var chosen = policy.Draw(slot % 30, units);
                weights[slot] = SlotPolicy.Unit / (double)Merits.Length / units[chosen];
                rewards[slot] = random.NextDouble() < likes[chosen] ? 1 : 0;
            }
            var sum = weights.Sum();
            var estimate = weights.Zip(rewards, (w, r) => w * r).Sum() / sum;
            var variance = weights.Zip(rewards, (w, r) => w * w * (r - estimate) * (r - estimate)).Sum() / (sum * sum);
            var width = 1.96 * Math.Sqrt(variance);
            covered += estimate - width <= value && value <= estimate + width ? 1 : 0;
        }

        Assert.True(covered >= 0.9 * Runs, $"{covered} of {Runs} intervals cover the value.");
    }

    [Fact]
    public void Traces_OfAnyPlaylist_RecomputeEveryPropensityAndDraw()
    {
        var explored = 0;
        for (var seed = 0; seed < 200; seed++)
        {
            foreach (var playlist in new RandomCase(seed).Playlists)
            {
                var trace = playlist.Trace!;
                Assert.Equal(trace.Policy.Epsilon == 0 ? 0 : playlist.Tracks.Count, trace.Slots.Count);
                for (var slot = 0; slot < trace.Slots.Count; slot++)
                {
                    var choices = trace.Slots[slot];
                    var units = new int[choices.Merits.Count];
                    trace.Policy.Probabilities([.. choices.Merits], units);
                    Assert.Equal(choices.Chosen, trace.Policy.Draw(slot, units));
                    Assert.Equal(playlist.Tracks[slot].Item, choices.Items[choices.Chosen]);
                    Assert.Equal(
                        playlist.Tracks[slot].Propensity,
                        choices.Propensity(trace.Policy) / (decimal)SlotPolicy.Unit
                    );
                    explored += choices.Chosen > 0 ? 1 : 0;
                }
            }
        }

        Assert.True(explored > 50);
    }

    private static (SlotPolicy Policy, int[] Units) Policy(int listener, int epsilon)
    {
        var key = SlotPolicy.KeyOf(
            3,
            new ListenerId($"listener-{listener}"),
            PlaylistKind.DiscoverWeekly,
            new DateOnly(2026, 11, 21)
        );
        var policy = new SlotPolicy(key, epsilon, FixedPoint.One / 5);
        var units = new int[Merits.Length];
        policy.Probabilities(Merits, units);
        return (policy, units);
    }
}
