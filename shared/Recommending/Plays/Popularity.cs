namespace Nocturne.Recommending;

/// <summary>What popularity counts.</summary>
public enum PopularityMeasure
{
    /// <summary>An item's score is how many listeners have it.</summary>
    Listeners = 0,

    /// <summary>An item's score is the sum of its weights: plays, where weights are play counts.</summary>
    Plays = 1,
}

/// <summary>The same ranking for everyone: items by how many listeners, or plays, they have, or had recently.</summary>
public sealed class Popularity : RecommendationModel
{
    internal const string KindName = "popularity";
    private readonly float[] _scores;
    private readonly int[] _ranking;

    private Popularity(PopularityMeasure measure, PlayDecay decay, float[] scores)
        : base(scores.Length)
    {
        Measure = measure;
        Decay = decay;
        _scores = scores;
        _ranking = Rank(scores);
    }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>What was counted.</summary>
    public PopularityMeasure Measure { get; }

    /// <summary>What plays said by their age.</summary>
    public PlayDecay Decay { get; }

    /// <summary>Items that anyone has, most popular first, ties by lower item.</summary>
    public ReadOnlySpan<int> Ranking => _ranking;

    /// <summary>The count of every item, by item.</summary>
    public ReadOnlySpan<float> Counts => _scores;

    /// <summary>Counts a matrix.</summary>
    /// <param name="matrix">Rows; negative weights do not count.</param>
    /// <param name="measure">What to count.</param>
    /// <param name="decay">
    /// What plays say by their age, where rows have plays: a listener then counts by their newest play of an item, and
    /// every play by its own age. Null, or a matrix without plays, counts all alike.
    /// </param>
    public static Popularity Fit(InteractionMatrix matrix, PopularityMeasure measure, PlayDecay? decay = null)
    {
        decay = matrix.HasPlays ? decay ?? PlayDecay.None : PlayDecay.None;
        var isRecent = !ReferenceEquals(decay, PlayDecay.None);
        if (isRecent && measure == PopularityMeasure.Listeners)
        {
            return new Popularity(measure, decay, Counts(RowPlaySums.Listeners(matrix, decay)));
        }
        // Double, in listener order: a column may be long, and one order is one result.
        var counts = new double[matrix.Items];
        var sums = new float[matrix.LongestRow()];
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var row = matrix.Row(listener);
            if (isRecent)
            {
                if (row.PlayEntries.IsEmpty)
                {
                    continue; // its weights are on another scale
                }
                RowPlaySums.Of(row, decay, sums);
            }
            for (var i = 0; i < row.Items.Length; i++)
            {
                if (row.Weights[i] >= 0)
                {
                    var plays = isRecent ? sums[i] : row.Weights[i];
                    counts[row.Items[i]] += measure == PopularityMeasure.Listeners ? 1 : plays;
                }
            }
        }
        return new Popularity(measure, decay, Counts(counts));

        static float[] Counts(double[] counts) => [.. counts.Select(c => (float)Math.Min(c, float.MaxValue))];
    }

    /// <inheritdoc/>
    public override void Score(ListenerRow row, Span<float> scores) => _scores.CopyTo(scores);

    /// <inheritdoc/>
    public override int Top(
        ListenerRow row,
        ReadOnlySpan<int> excluded,
        RecommendationScratch scratch,
        Span<int> items,
        Span<float> scores
    )
    {
        CheckSpans(items, scores);
        scratch.CheckServes(Items);
        var marked = scratch.Mark(excluded);
        var count = 0;
        foreach (var item in _ranking)
        {
            if (count == items.Length)
            {
                break;
            }
            if (scratch.Marks[item] != marked)
            {
                items[count] = item;
                scores[count++] = _scores[item];
            }
        }
        return count;
    }

    /// <inheritdoc/>
    /// <remarks>Nothing of the row contributes: the whole score is bias.</remarks>
    public override int Explain(ListenerRow row, int item, Span<int> contributors, Span<float> terms, out float bias)
    {
        bias = _scores[item];
        return 0;
    }

    internal static Popularity From(ModelArtefact artefact)
    {
        var measure = artefact.Parameter("measure") switch
        {
            "listeners" => PopularityMeasure.Listeners,
            "plays" => PopularityMeasure.Plays,
            var other => throw new ModelArtefactException($"The artefact counts '{other}', which is not known here."),
        };
        var counts = artefact.Floats("counts", artefact.Items);
        foreach (var count in counts)
        {
            if (!float.IsFinite(count) || count < 0)
            {
                throw new ModelArtefactException("The artefact's section 'counts' has a value that is no count.");
            }
        }
        return new Popularity(measure, PlayDecay.Read(artefact, "decay"), counts);
    }

    private protected override void Write(ModelArtefactWriter artefact)
    {
        artefact.Parameter("measure", Measure == PopularityMeasure.Listeners ? "listeners" : "plays");
        Decay.Write(artefact, "decay");
        artefact.Section("counts", _scores);
    }

    private static int[] Rank(float[] scores)
    {
        var items = new int[scores.Length];
        var count = 0;
        for (var item = 0; item < scores.Length; item++)
        {
            if (scores[item] > 0)
            {
                items[count++] = item;
            }
        }
        Array.Resize(ref items, count);
        Array.Sort(items, (a, b) => scores[a] != scores[b] ? scores[b].CompareTo(scores[a]) : a.CompareTo(b));
        return items;
    }
}
