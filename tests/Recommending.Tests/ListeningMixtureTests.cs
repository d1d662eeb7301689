using Nocturne.Recommending;

namespace Nocturne.Recommending.Tests;

public sealed class ListeningMixtureContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        ListeningMixture.Fit(
            matrix,
            [.. Enumerable.Range(0, matrix.Items).Select(i => (i % 7) - 1)],
            new ListeningMixtureOptions(),
            workers
        );
}

public sealed class PlayedListeningMixtureContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        ListeningMixture.Fit(
            Plays.Of(matrix),
            [.. Enumerable.Range(0, matrix.Items).Select(i => (i % 7) - 1)],
            new ListeningMixtureOptions(),
            workers
        );
}

public sealed class ListeningMixtureTests
{
    [Fact]
    public void Explain_WithPlays_SumsToTheScore()
    {
        var matrix = Plays.Of(Matrices.Random(3, 80, 60, 15));
        var model = ListeningMixture.Fit(matrix, [.. Enumerable.Range(0, 60).Select(i => (i % 7) - 1)], new(), 2);
        var (scores, items, top) = (new float[60], new int[30], new float[30]);
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var row = matrix.Row(listener);
            var (contributors, terms) = (new int[row.Items.Length], new float[row.Items.Length]);
            model.Score(row, scores);
            var found = model.Top(row, [], new(60), items, top);
            Assert.Equal(items[..found].Select(item => scores[item]), top[..found]);
            for (var item = 0; item < 60; item++)
            {
                var count = model.Explain(row, item, contributors, terms, out var bias);
                Assert.Equal(scores[item], bias + terms[..count].Sum(), 1e-5f);
            }
        }
    }

    [Fact]
    public void Fit_WhereEverythingIsRepeated_ExpectsRepeats()
    {
        // Everyone plays two items of their own every six hours.
        var again = Fit(listener =>
            [.. Times(24).SelectMany(t => new[] { (2 * listener, t), ((2 * listener) + 1, t) })]
        );
        // Everyone plays an item, and never again.
        var anew = Fit(listener => [.. Times(24).Select((t, at) => (((5 * listener) + at) % 48, t))]);

        Assert.True(Own(again) > 3 * Own(anew), $"{Own(again)} and {Own(anew)}");

        static float Own(ListeningMixture model) =>
            model
                .Weights.Values.Where(
                    (_, w) => w % 2 == 0 && ListeningSource.All[w / 2].Kind == ListeningSourceKind.Own
                )
                .Sum();
    }

    [Fact]
    public void Fit_WithoutPlays_CountsAllSourcesAlike()
    {
        var model = ListeningMixture.Fit(Matrices.Random(1, 30, 20, 6), null, new(), 1);

        Assert.Equal(ListeningWeights.Prior.Values, model.Weights.Values);
    }

    [Fact]
    public void Options_OutOfRange_AreRefused()
    {
        var matrix = Matrices.Of(2, [(0, 1)]);

        Assert.Throws<ArgumentException>(() => ListeningMixture.Fit(matrix, null, new() { HorizonHours = 0 }, 1));
        Assert.Throws<ArgumentException>(() => ListeningMixture.Fit(matrix, [0], new(), 1));
        Assert.NotNull(new ListeningMixtureFamily().Unsuited(new TrainingData(matrix)));
    }

    [Fact]
    public void PlayCuts_BeforeAnAge_KnowNothingLater()
    {
        var matrix = Matrix(4, [(0, 0.5f), (1, 1.5f), (0, 2f), (2, 3f)], [(3, 0.2f)], [(1, 1.2f), (1, 0.9f)]);

        var before = PlayCuts.Before(matrix, 1);

        Assert.Equal(3, before.Listeners);
        Assert.Equal([0, 1, 2], before.RowItems(0));
        Assert.Equal([0.5f, 1f, 2f], before.Row(0).PlayAges.ToArray());
        Assert.Equal([1, 0, 2], before.Row(0).PlayEntries.ToArray());
        Assert.Empty(before.RowItems(1).ToArray());
        Assert.Equal([0], PlayCuts.Next(matrix.Row(0), 1, 1));
        Assert.Empty(PlayCuts.Next(matrix.Row(1), 1, 1)); // had not been heard of
        Assert.Equal([1], PlayCuts.Next(matrix.Row(2), 1, 1));
        Assert.Empty(PlayCuts.Next(matrix.Row(2), 1, 0.05f));
    }

    [Fact]
    public void PlayCuts_Ages_HaveSomethingHeldOutAndAsMuchBefore()
    {
        // Two days of listening, two months ago, and one day now: a horizon of half a day.
        var recent = Enumerable.Range(0, 24).Select(hour => (0, hour / 24f));
        var old = Enumerable.Range(0, 48).Select(hour => (1, 60 + (hour / 24f)));

        var ages = PlayCuts.Ages(Matrix(2, [.. recent, .. old]), 0.5f);

        Assert.Equal(0.5f, ages[0]);
        Assert.Contains(60.5f, ages);
        Assert.DoesNotContain(ages, age => age is > 1.5f and < 60);
        Assert.DoesNotContain(ages, age => age > 61.5f);
    }

    [Fact]
    public void PlayedTogether_OfAnyMatrix_IsTheFormula()
    {
        var matrix = Plays.Of(Matrices.Random(5, 40, 12, 10));

        var lists = PlayedTogether.Fit(matrix, 2, CancellationToken.None);

        var expected = Naive(matrix);
        for (var item = 0; item < 12; item++)
        {
            for (var other = 0; other < 12; other++)
            {
                var at = lists.Neighbours.AsSpan(lists.Starts[item]..lists.Starts[item + 1]).IndexOf(other);
                var value = at < 0 ? 0 : lists.Similarities[lists.Starts[item] + at];
                Assert.Equal(expected[item, other], value, 1e-5f);
            }
        }
    }

    private static float[,] Naive(InteractionMatrix matrix)
    {
        const double Reach = 0.5 / 24;
        var sums = new float[matrix.Items, matrix.Items];
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var row = matrix.Row(listener);
            for (var a = 0; a < row.PlayEntries.Length; a++)
            {
                for (var b = a + 1; b < Math.Min(row.PlayEntries.Length, a + 21); b++)
                {
                    var (later, earlier) = (row.Items[row.PlayEntries[a]], row.Items[row.PlayEntries[b]]);
                    var apart = row.PlayAges[b] - row.PlayAges[a];
                    if (later != earlier && apart <= (float)(3 * Reach))
                    {
                        var value = (float)(1 / ((1 + (apart / Reach)) * (1 + (0.1 * (b - a)))));
                        sums[earlier, later] += value;
                        sums[later, earlier] += 0.7f * value;
                    }
                }
            }
        }
        for (var item = 0; item < matrix.Items; item++)
        {
            var total = 5f;
            for (var other = 0; other < matrix.Items; other++)
            {
                total += sums[item, other];
            }
            for (var other = 0; other < matrix.Items; other++)
            {
                sums[item, other] /= total;
            }
        }
        return sums;
    }

    private static float[] Times(int count) => [.. Enumerable.Range(0, count).Select(i => i * 0.25f)];

    private static ListeningMixture Fit(Func<int, (int Item, float Age)[]> plays) =>
        ListeningMixture.Fit(Matrix(48, [.. Enumerable.Range(0, 24).Select(plays)]), null, new(), 1);

    private static InteractionMatrix Matrix(int items, params (int Item, float Age)[][] rows)
    {
        var builder = new InteractionMatrixBuilder(items);
        foreach (var row in rows)
        {
            var known = row.Select(play => play.Item).Distinct().ToArray();
            builder.AppendRow(
                known,
                [.. known.Select(_ => 1f)],
                [.. row.Select(play => play.Item)],
                [.. row.Select(play => play.Age)]
            );
        }
        return builder.Build();
    }
}
