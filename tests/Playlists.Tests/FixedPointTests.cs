using FsCheck;
using FsCheck.Fluent;
using Nocturne.Testing;

namespace Nocturne.Playlists.Tests;

public sealed class FixedPointTests
{
    [Fact]
    public void SumOf_OfAnyScores_IsTheSumOfEach() =>
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(
                ArbMap.Default.ArbFor<DoNotSize<int>>(),
                seed =>
                {
                    var random = new Random(seed.Item);
                    var scores = new float[random.Next(40)];
                    for (var i = 0; i < scores.Length; i++)
                    {
                        scores[i] = (random.NextSingle() - .5f) * MathF.Pow(10, random.Next(-8, 6));
                    }
                    if (scores.Length > 0 && random.Next(3) == 0)
                    {
                        // What the quick way cannot add exactly, or is no number.
                        scores[random.Next(scores.Length)] = new[] { 1e9f, -1e12f, 1e30f, float.NaN }[random.Next(4)];
                    }

                    Assert.Equal(scores.Sum(score => FixedPoint.Of(score)), FixedPoint.SumOf(scores));
                }
            )
        );
}
