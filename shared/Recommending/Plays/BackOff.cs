namespace Nocturne.Recommending;

/// <summary>How <see cref="BackOff"/> is fitted.</summary>
public sealed record BackOffOptions
{
    /// <summary>What the listener's own plays say by their age. Default: a month's half-life.</summary>
    public PlayDecay Affinity { get; init; } = PlayDecay.Exponential(30);

    /// <summary>What others' newest plays of an item say by their age. Default: 90 days' half-life.</summary>
    public PlayDecay Recency { get; init; } = PlayDecay.Exponential(90);

    /// <summary>κ: the plays at which a listener's own artists count as much as their segment. Default: 5.</summary>
    public float ListenerPrior { get; init; } = 5;

    /// <summary>κ': what is played in a segment at which it counts as much as everyone. Default: 500.</summary>
    public float SegmentPrior { get; init; } = 500;

    internal void Check(string name)
    {
        if (!(ListenerPrior is > 0 and <= 1e9f) || !(SegmentPrior is > 0 and <= 1e9f))
        {
            throw new ArgumentException($"{this}: both priors are over 0, to 10⁹.", name);
        }
    }
}

/// <summary>
/// What a listener of few events is likely to want: their artists, as far as these are known; their segment (a market,
/// a cluster), as far as it is; and everyone.
/// </summary>
/// <remarks>
/// <para>The rule, additive smoothing over three levels:</para>
/// <list type="bullet">
/// <item>everyone: p(i) = n_i / N, with n_i the item's listeners, by how recent they are, and N their sum;</item>
/// <item>a segment: p(i|s) = (n_is + κ' p(i)) / (N_s + κ'), which is p(i) where the segment is not known;</item>
/// <item>a listener: p(i|u) = (Σ_j w_j p(i|a_j) + κ p(i|s)) / (Σ_j w_j + κ), over the plays j of items whose artist a_j
/// is known, each weighed by its age, with p(i|a) the share that i has of a's listeners.</item>
/// </list>
/// <para>
/// So a listener without events has their segment's taste, one with κ plays half of that and half of their artists', and
/// nothing jumps in between. MacKay and Bauman Peto, "A hierarchical Dirichlet language model" (1995).
/// </para>
/// </remarks>
public sealed class BackOff : RecommendationModel
{
    internal const string KindName = "back-off";

    private readonly ArtistIndex _artists;
    private readonly float[] _shares; // p(i)
    private readonly float[] _ofArtist; // p(i|a)
    private readonly int[] _starts; // of each segment
    private readonly int[] _items;
    private readonly float[] _counts; // n_is
    private readonly float[] _totals; // N_s

    private BackOff(
        BackOffOptions options,
        ArtistIndex artists,
        (float[] All, float[] OfArtist) shares,
        (int[] Starts, int[] Items, float[] Counts) segments
    )
        : base(shares.All.Length)
    {
        Options = options;
        _artists = artists;
        (_shares, _ofArtist) = shares;
        (_starts, _items, _counts) = segments;
        _totals = new float[_starts.Length - 1];
        for (var segment = 0; segment < _totals.Length; segment++)
        {
            var total = 0d;
            foreach (var count in _counts.AsSpan(_starts[segment].._starts[segment + 1]))
            {
                total += count;
            }
            _totals[segment] = (float)total;
        }
    }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>What it was fitted with.</summary>
    public BackOffOptions Options { get; }

    /// <summary>Segments are 0 to this, exclusive.</summary>
    public int Segments => _totals.Length;

    /// <summary>Counts a matrix.</summary>
    /// <param name="matrix">Rows, with plays and segments if they are known.</param>
    /// <param name="artists">The artist of every item, from 0, or -1; null if none is known.</param>
    /// <param name="options">Decays and priors.</param>
    /// <exception cref="ArgumentException">There are not as many artists as items, or one is below -1.</exception>
    public static BackOff Fit(InteractionMatrix matrix, IReadOnlyList<int>? artists, BackOffOptions options)
    {
        options.Check(nameof(options));
        var index = ArtistIndex.Of(artists, matrix.Items);
        var listeners = RowPlaySums.Listeners(matrix, options.Recency);
        var total = 0d;
        foreach (var count in listeners)
        {
            total += count;
        }
        return new BackOff(
            options,
            index,
            (
                [.. listeners.Select(count => total > 0 ? (float)(count / total) : 0)],
                index.Factors(listeners, damping: 1, sharing: 1)
            ),
            BySegment(matrix, options.Recency)
        );
    }

    /// <inheritdoc/>
    public override void Score(ListenerRow row, Span<float> scores) =>
        Score(row, new float[row.Items.Length], scores[..Items]);

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
        var sums = scratch.Sums.AsSpan(0, row.Items.Length);
        Score(row, sums, scratch.Scores);
        sums.Clear();
        return TopItems.Of(scratch.Scores, scratch.Marks, scratch.Mark(excluded), items, scores);
    }

    /// <inheritdoc/>
    public override int Explain(ListenerRow row, int item, Span<int> contributors, Span<float> terms, out float bias)
    {
        var parts = new float[row.Items.Length];
        var scale = Weigh(row, parts);
        bias = Options.ListenerPrior * scale * SegmentShare(row.Segment, item);
        for (var i = 0; i < parts.Length; i++)
        {
            var artist = _artists.Artists[row.Items[i]];
            parts[i] = artist >= 0 && artist == _artists.Artists[item] ? scale * parts[i] * _ofArtist[item] : 0;
        }
        return TopItems.OfParts(row.Items, parts, contributors, terms);
    }

    /// <summary>p(i|s): how likely an item is in a segment, or p(i) where that is not known.</summary>
    public float SegmentShare(int segment, int item)
    {
        if (!IsKnown(segment))
        {
            return _shares[item];
        }
        var (from, to) = (_starts[segment], _starts[segment + 1]);
        var at = _items.AsSpan(from..to).BinarySearch(item);
        var prior = Options.SegmentPrior;
        return ((at < 0 ? 0 : _counts[from + at]) + (prior * _shares[item])) / (_totals[segment] + prior);
    }

    internal static BackOff From(ModelArtefact artefact)
    {
        var options = new BackOffOptions
        {
            Affinity = PlayDecay.Read(artefact, "affinity"),
            Recency = PlayDecay.Read(artefact, "recency"),
            ListenerPrior = artefact.Parameter<float>("listener_prior"),
            SegmentPrior = artefact.Parameter<float>("segment_prior"),
        };
        ModelArtefact.Check(() => options.Check(nameof(artefact)));
        var segments = artefact.Parameter<int>("segments");
        if (segments is < 0 or > InteractionMatrix.MostSegments)
        {
            throw new ModelArtefactException($"The artefact has {segments} segments.");
        }
        var starts = SessionArtefacts.Starts(artefact, "segment_starts", segments);
        return new BackOff(
            options,
            ArtistIndex.Read(artefact),
            (
                SessionArtefacts.Positive(artefact, "shares", artefact.Items),
                SessionArtefacts.Positive(artefact, "artist_shares", artefact.Items)
            ),
            (
                starts,
                SessionArtefacts.Below(artefact, "segment_items", starts[^1], artefact.Items),
                SessionArtefacts.Positive(artefact, "segment_counts", starts[^1])
            )
        );
    }

    private protected override void Write(ModelArtefactWriter artefact)
    {
        Options.Affinity.Write(artefact, "affinity");
        Options.Recency.Write(artefact, "recency");
        artefact.Parameter("listener_prior", Options.ListenerPrior);
        artefact.Parameter("segment_prior", Options.SegmentPrior);
        artefact.Parameter("segments", Segments);
        artefact.Section("artists", _artists.Artists);
        artefact.Section("shares", _shares);
        artefact.Section("artist_shares", _ofArtist);
        artefact.Section("segment_starts", _starts);
        artefact.Section("segment_items", _items);
        artefact.Section("segment_counts", _counts);
    }

    private bool IsKnown(int segment) => (uint)segment < (uint)Segments;

    private void Score(ListenerRow row, Span<float> sums, Span<float> scores)
    {
        var scale = Weigh(row, sums);
        var back = Options.ListenerPrior * scale;
        if (IsKnown(row.Segment))
        {
            var ofSegment = back / (_totals[row.Segment] + Options.SegmentPrior);
            Multiply(_shares, ofSegment * Options.SegmentPrior, scores);
            for (var at = _starts[row.Segment]; at < _starts[row.Segment + 1]; at++)
            {
                scores[_items[at]] += ofSegment * _counts[at];
            }
        }
        else
        {
            Multiply(_shares, back, scores);
        }
        for (var i = 0; i < row.Items.Length; i++)
        {
            var artist = _artists.Artists[row.Items[i]];
            if (artist < 0 || !(sums[i] > 0))
            {
                continue;
            }
            foreach (var item in _artists.ItemsOf(artist))
            {
                scores[item] += scale * sums[i] * _ofArtist[item];
            }
        }
    }

    /// <summary>Every entry's plays, if its artist is known; returns 1 / (Σ_j w_j + κ).</summary>
    private float Weigh(ListenerRow row, Span<float> sums)
    {
        RowPlaySums.Of(row, Options.Affinity, sums);
        var total = (double)Options.ListenerPrior;
        for (var i = 0; i < row.Items.Length; i++)
        {
            total += _artists.Artists[row.Items[i]] >= 0 ? sums[i] : 0;
        }
        return (float)(1 / total);
    }

    private static void Multiply(float[] shares, float factor, Span<float> scores)
    {
        for (var item = 0; item < scores.Length; item++)
        {
            scores[item] = factor * shares[item];
        }
    }

    private static (int[] Starts, int[] Items, float[] Counts) BySegment(InteractionMatrix matrix, PlayDecay recency)
    {
        var listeners = Groups.Of(matrix.Segments + 1, 0, matrix.Listeners, l => matrix.Row(l).Segment + 1);
        var starts = new int[matrix.Segments + 1];
        var (items, counts) = (new List<int>(), new List<float>());
        var sums = new double[matrix.Items];
        var newest = new float[matrix.LongestRow()];
        for (var segment = 0; segment < matrix.Segments; segment++)
        {
            var touched = new SortedSet<int>();
            foreach (var listener in listeners.Of(segment + 1))
            {
                RowPlaySums.AddListener(matrix, listener, recency, newest, sums);
                foreach (var item in matrix.RowItems(listener))
                {
                    touched.Add(item);
                }
            }
            foreach (var item in touched)
            {
                if (sums[item] > 0)
                {
                    items.Add(item);
                    counts.Add((float)sums[item]);
                }
                sums[item] = 0;
            }
            starts[segment + 1] = items.Count;
        }
        return (starts, [.. items], [.. counts]);
    }
}
