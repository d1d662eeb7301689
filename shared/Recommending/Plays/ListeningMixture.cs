namespace Nocturne.Recommending;

/// <summary>How likely each item is next: a mixture of what the listener's plays lead to.</summary>
/// <remarks>
/// <para>
/// λ(i) = ρ Σ_c π_c p_c(i) for the listener's own items and Σ_c θ_c p_c(i) for the others. Sources c are the plays
/// themselves, the items of their artists, of artists near them, what is played near them, each by several decays and
/// sums, and
/// popularity. p_c(i) is a source's sum over the listener's plays divided by that over all items, times w / (w + κ),
/// so that a source of few plays leaves the word to others (w is what they say in all); ρ is how much more the
/// listener repeats than others. λ is the rate of a Poisson process that every past play excites (Hawkes, "Spectra of some
/// self-exciting and mutually exciting point processes", Biometrika 1971), and its weights have the greatest likelihood
/// on earlier cuts of the same plays: expectation-maximisation (Dempster, Laird and Rubin, 1977), each play shared out
/// among the sources that foretold it, with a Gamma prior that draws weights of little evidence together.
/// </para>
/// <para>In a row without plays weights stand for them.</para>
/// </remarks>
public sealed class ListeningMixture : RecommendationModel
{
    internal const string KindName = "listening-mixture";

    private readonly ListeningSources _sources;
    private readonly ListeningWeights _weights;
    private readonly float[] _popularAgain;
    private readonly float[] _popular;

    internal ListeningMixture(ListeningSources sources, ListeningWeights weights)
        : base(sources.Items)
    {
        _sources = sources;
        _weights = weights;
        _popularAgain = Popular(0);
        _popular = Popular(1);
    }

    /// <inheritdoc/>
    public override string Kind => KindName;

    internal ListeningWeights Weights => _weights;

    /// <summary>Counts a matrix, and learns the weights on earlier cuts of its plays.</summary>
    /// <param name="matrix">Rows; without plays nothing is learned.</param>
    /// <param name="artists">The artist of every item, from 0, or -1; null if none is known.</param>
    /// <param name="options">How weights are learned.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    /// <exception cref="ArgumentException">There are not as many artists as items, or one is below -1.</exception>
    public static ListeningMixture Fit(
        InteractionMatrix matrix,
        IReadOnlyList<int>? artists,
        ListeningMixtureOptions options,
        int workers,
        CancellationToken cancellation = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        options.Check(nameof(options));
        var index = ArtistIndex.Of(artists, matrix.Items);
        var weights = ListeningMixtureLearner.Learn(matrix, index, options, workers, cancellation);
        return new ListeningMixture(ListeningSources.Fit(matrix, index, workers, cancellation), weights);
    }

    /// <inheritdoc/>
    public override void Score(ListenerRow row, Span<float> scores) =>
        Score(row, new ListeningScratch(Items), scores[..Items]);

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
        Score(row, scratch.Listening, scratch.Scores);
        return TopItems.Of(scratch.Scores, scratch.Marks, scratch.Mark(excluded), items, scores);
    }

    /// <inheritdoc/>
    public override int Explain(ListenerRow row, int item, Span<int> contributors, Span<float> terms, out float bias)
    {
        var scratch = new ListeningScratch(Items);
        PrepareExplaining(row, scratch);
        return ExplainPrepared(row, item, scratch, new float[row.Items.Length], contributors, terms, out bias);
    }

    /// <inheritdoc/>
    public override RowRanker NewRanker(RecommendationScratch scratch) => new ListeningMixtureRanker(this, scratch);

    /// <summary>What all explanations of a row share: every source's scale, and what the entries say.</summary>
    internal void PrepareExplaining(ListenerRow row, ListeningScratch scratch) =>
        Shares(_sources, row, scratch, stackalloc float[2 * ListeningSource.All.Length]);

    /// <summary><see cref="Explain"/> with what was prepared in the same memory.</summary>
    internal int ExplainPrepared(
        ListenerRow row,
        int item,
        ListeningScratch scratch,
        Span<float> parts,
        Span<int> contributors,
        Span<float> terms,
        out float bias
    )
    {
        bias = 0;
        var at = row.Items.IndexOf(item);
        if (at >= 0 && row.Weights[at] < 0)
        {
            return 0;
        }
        var place = at >= 0 ? 0 : 1;
        var factor = at >= 0 ? _sources.Repeats(row) : 1;
        bias = factor * (at >= 0 ? _popularAgain : _popular)[item];
        parts.Clear();
        for (var c = 0; c < ListeningSource.All.Length; c++)
        {
            var source = ListeningSource.All[c];
            var scale = factor * _weights.Values[(2 * c) + place] * scratch.Scales[c];
            var weights = scratch.Weights(source.Voice, row.Items.Length);
            for (var i = 0; scale > 0 && i < parts.Length; i++)
            {
                parts[i] += scale * weights[i] * _sources.Of(source, row.Items[i], item);
            }
        }
        return TopItems.OfParts(row.Items, parts, contributors, terms);
    }

    internal static ListeningMixture From(ModelArtefact artefact) =>
        new(ListeningSources.From(artefact), ListeningWeights.From(artefact));

    private protected override void Write(ModelArtefactWriter artefact)
    {
        _weights.Write(artefact);
        _sources.Write(artefact);
    }

    private float[] Popular(int place)
    {
        var popular = new float[Items];
        for (var c = 0; c < ListeningSource.All.Length; c++)
        {
            var source = ListeningSource.All[c];
            for (var item = 0; source.Kind == ListeningSourceKind.Popularity && item < Items; item++)
            {
                popular[item] += _weights.Values[(2 * c) + place] * _sources.Popularity[source.Variant][item];
            }
        }
        return popular;
    }

    private void Score(ListenerRow row, ListeningScratch scratch, Span<float> scores)
    {
        _popular.CopyTo(scores);
        foreach (var item in row.Items)
        {
            scores[item] = _popularAgain[item];
            scratch.IsOwn[item] = 1;
        }
        _sources.Weigh(row, scratch);
        for (var c = 0; c < ListeningSource.All.Length; c++)
        {
            var (own, other) = (_weights.Values[2 * c], _weights.Values[(2 * c) + 1]);
            if (own == 0 && other == 0)
            {
                continue;
            }
            var source = ListeningSource.All[c];
            _sources.Accumulate(source, row, scratch, scratch.Sums);
            var scale = Scale(scratch, source, row.Items.Length);
            foreach (var item in scratch.Sums.Items.AsSpan(0, scratch.Sums.Count))
            {
                scores[item] += scale * (scratch.IsOwn[item] != 0 ? own : other) * scratch.Sums.Take(item);
            }
            scratch.Sums.Reset();
        }
        var repeats = _sources.Repeats(row);
        for (var i = 0; i < row.Items.Length; i++)
        {
            scratch.IsOwn[row.Items[i]] = 0;
            scores[row.Items[i]] *= row.Weights[i] < 0 ? 0 : repeats;
        }
    }

    /// <summary>
    /// Brings every source to the scale of probabilities (see <see cref="ListeningScratch.Scales"/>), and shares that
    /// out: what goes to own items, and to others.
    /// </summary>
    internal static void Shares(ListeningSources sources, ListenerRow row, ListeningScratch scratch, Span<float> masses)
    {
        sources.Weigh(row, scratch);
        var repeats = sources.Repeats(row);
        foreach (var item in row.Items)
        {
            scratch.IsOwn[item] = 1;
        }
        for (var c = 0; c < ListeningSource.All.Length; c++)
        {
            var source = ListeningSource.All[c];
            var (own, other) = (0d, 0d);
            if (source.Kind == ListeningSourceKind.Popularity)
            {
                foreach (var item in row.Items)
                {
                    own += sources.Popularity[source.Variant][item];
                }
                (masses[2 * c], masses[(2 * c) + 1]) = ((float)(repeats * own), (float)(1 - own));
                continue;
            }
            sources.Accumulate(source, row, scratch, scratch.Sums);
            scratch.Scales[c] = Scale(scratch, source, row.Items.Length);
            foreach (var item in scratch.Sums.Items.AsSpan(0, scratch.Sums.Count))
            {
                var sum = scratch.Scales[c] * scratch.Sums.Take(item);
                own += scratch.IsOwn[item] != 0 ? sum : 0;
                other += scratch.IsOwn[item] != 0 ? 0 : sum;
            }
            scratch.Sums.Reset();
            (masses[2 * c], masses[(2 * c) + 1]) = ((float)(repeats * own), (float)other);
        }
        foreach (var item in row.Items)
        {
            scratch.IsOwn[item] = 0;
        }
    }

    /// <summary>
    /// What makes the sums at hand add up to w / (w + κ), w being what the listener's entries say in all; 0 where they
    /// are too little, or too much, to divide by.
    /// </summary>
    private static float Scale(ListeningScratch scratch, ListeningSource source, int length)
    {
        const double Least = 1e-20;
        const double Prior = 3;
        var (total, said) = (0d, 0d);
        foreach (var item in scratch.Sums.Items.AsSpan(0, scratch.Sums.Count))
        {
            total += scratch.Sums[item];
        }
        foreach (var weight in scratch.Weights(source.Voice, length))
        {
            said += weight;
        }
        return total is > Least and < 1 / Least ? (float)(said / ((said + Prior) * total)) : 0;
    }
}
