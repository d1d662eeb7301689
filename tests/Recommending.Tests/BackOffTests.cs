using Nocturne.Recommending;

namespace Nocturne.Recommending.Tests;

public sealed class BackOffContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        BackOff.Fit(
            matrix.WithSegments([.. Enumerable.Range(0, matrix.Listeners).Select(l => (l % 4) - 1)]),
            [.. Enumerable.Range(0, matrix.Items).Select(i => (i % 7) - 1)],
            new BackOffOptions { ListenerPrior = 2, SegmentPrior = 9 }
        );

    [Fact]
    public void Explain_InEverySegment_SumsToTheScore()
    {
        var matrix = Matrices.Random(12, 80, 60, 15);
        var model = Fit(matrix, 1);
        var scores = new float[60];
        for (var listener = 0; listener < 20; listener++)
        {
            var row = matrix.Row(listener);
            foreach (var segment in new[] { -1, 0, 2, 99 })
            {
                var inSegment = new ListenerRow(row.Items, row.Weights) { Segment = segment };
                var (contributors, terms) = (new int[row.Items.Length], new float[row.Items.Length]);
                model.Score(inSegment, scores);
                for (var item = 0; item < 60; item++)
                {
                    var count = model.Explain(inSegment, item, contributors, terms, out var bias);
                    Assert.Equal(scores[item], bias + terms[..count].Sum(), 1e-6f);
                }
                Assert.Equal(1, scores.Sum(), 1e-4f); // it is a probability
            }
        }
    }
}

public sealed class BackOffTests
{
    private static readonly BackOffOptions Options = new() { ListenerPrior = 2, SegmentPrior = 6 };

    // Artist 0 has items 0 and 1, artist 1 item 2; nobody knows whose item 3 is.
    private static readonly int[] Artists = [0, 0, 1, -1];

    [Fact]
    public void Score_WithoutEventsOrSegment_IsEveryonesTaste()
    {
        Assert.Equal([0.5f, 0.125f, 0.25f, 0.125f], Scores([], -1));
        Assert.Equal(Scores([], -1), Scores([], 7));
    }

    [Fact]
    public void Score_WithoutEvents_IsTheSegmentsTasteSmoothedByEveryones()
    {
        // Segment 1: two listeners of item 2, one of item 3, one of item 0.
        var expected = new[] { (1 + 3f) / 10, 0.75f / 10, (2 + 1.5f) / 10, (1 + 0.75f) / 10 };

        var scores = Scores([], 1);

        for (var item = 0; item < 4; item++)
        {
            Assert.Equal(expected[item], scores[item], 1e-6f);
        }
    }

    [Fact]
    public void Score_WithEvents_MovesFromTheSegmentToTheArtistsByTheirNumber()
    {
        var segment = Scores([], 0);

        var two = Scores([(1, 2)], 0); // two plays and a prior of two: half and half

        Assert.Equal((0.8f + segment[0]) / 2, two[0], 1e-6f);
        Assert.Equal((0.2f + segment[1]) / 2, two[1], 1e-6f);
        Assert.Equal(segment[2] / 2, two[2], 1e-6f);
        Assert.True(Scores([(1, 50)], 0)[2] < two[2]);
    }

    [Fact]
    public void Score_OfItemsWhoseArtistIsNotKnown_BacksOff()
    {
        Assert.Equal(Scores([], 0), Scores([(3, 5)], 0));
    }

    [Fact]
    public void Segments_ThatDoNotFit_AreRefused()
    {
        var matrix = Matrices.Of(2, [(0, 1)]);

        Assert.Throws<ArgumentException>(() => matrix.WithSegments([]));
        Assert.Throws<ArgumentException>(() => matrix.WithSegments([-2]));
        Assert.Throws<ArgumentException>(() => BackOff.Fit(matrix, null, new() { SegmentPrior = 0 }));
        Assert.Equal(0, matrix.Segments);
        Assert.Equal(3, matrix.WithSegments([2]).Segments);
        Assert.Equal(2, matrix.WithSegments([2]).Row(0).Segment);
    }

    [Fact]
    public void HoldOut_OfAMatrixWithSegments_KeepsThem()
    {
        var matrix = Matrices.Random(3, 20, 10, 6).WithSegments([.. Enumerable.Range(0, 20)]);

        var kept = PairSplit.HoldOut(new TrainingData(matrix), 0.3, 1).Data.Matrix;

        Assert.Equal(20, kept.Segments);
        Assert.Equal(7, kept.Row(7).Segment);
    }

    [Fact]
    public void Family_NeedsArtistsOrSegments()
    {
        var plain = Matrices.Random(3, 20, 4, 3);
        var family = new BackOffFamily();

        Assert.NotNull(family.Unsuited(new TrainingData(plain)));
        Assert.Null(family.Unsuited(new TrainingData(plain) { Artists = Artists }));
        Assert.Null(family.Unsuited(new TrainingData(plain.WithSegments(new int[20]))));
    }

    private static float[] Scores((int Item, float Weight)[] row, int segment)
    {
        var matrix = Matrices.Of(4, [(0, 1)], [(0, 1)], [(0, 1), (1, 1)], [(0, 1), (2, 1)], [(2, 1), (3, 1)]);
        var model = BackOff.Fit(matrix.WithSegments([-1, 0, 0, 1, 1]), Artists, Options);
        var scores = new float[4];
        model.Score(
            new ListenerRow([.. row.Select(e => e.Item)], [.. row.Select(e => e.Weight)]) { Segment = segment },
            scores
        );
        return scores;
    }
}
