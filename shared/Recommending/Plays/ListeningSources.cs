namespace Nocturne.Recommending;

/// <summary>What the sources of a <see cref="ListeningMixture"/> know: counted from a matrix.</summary>
/// <param name="artists">Who is whose.</param>
/// <param name="factors">For each of <see cref="ListeningSource.Factors"/> a value for every item.</param>
/// <param name="nearArtists">Artists that are near an artist.</param>
/// <param name="near">Items that are near an item.</param>
/// <param name="popularity">For each of <see cref="ListeningSource.HalfLives"/> every item's share of all listening.</param>
internal sealed class ListeningSources(
    ArtistIndex artists,
    float[][] factors,
    Neighbourhoods nearArtists,
    Neighbourhoods near,
    float[][] popularity
)
{
    /// <summary>How many items there are.</summary>
    public int Items => artists.Artists.Length;

    /// <summary>For each half-life every item's share.</summary>
    public float[][] Popularity => popularity;

    /// <summary>Counts a matrix.</summary>
    public static ListeningSources Fit(
        InteractionMatrix matrix,
        ArtistIndex artists,
        int workers,
        CancellationToken cancellation
    )
    {
        var recencies = ListeningSource
            .Factors.Select(f => f.Recency)
            .Distinct()
            .ToDictionary(recency => recency, recency => RowPlaySums.Listeners(matrix, recency));
        return new ListeningSources(
            artists,
            [.. ListeningSource.Factors.Select(f => artists.Factors(recencies[f.Recency], f.Damping, f.Sharing))],
            artists.Neighbours(matrix, workers, cancellation),
            PlayedTogether.Fit(matrix, workers, cancellation),
            [
                .. ListeningSource.HalfLives.Select(days =>
                    Shares(RowPlaySums.Listeners(matrix, PlayDecay.Exponential(days)))
                ),
            ]
        );
    }

    /// <summary>What the listener's entries weigh by each of <see cref="ListeningSource.Decays"/>.</summary>
    public static void Weigh(ListenerRow row, ListeningScratch scratch)
    {
        for (var decay = 0; decay < ListeningSource.Decays.Length; decay++)
        {
            RowPlaySums.Of(row, ListeningSource.Decays[decay], scratch.Weights(decay, row.Items.Length));
        }
    }

    /// <summary>Adds what a source says of items, without a scale; nothing for popularity.</summary>
    /// <param name="source">The source.</param>
    /// <param name="row">The listener, weighed before.</param>
    /// <param name="scratch">Working memory.</param>
    /// <param name="sums">Receives the sums.</param>
    public void Accumulate(ListeningSource source, ListenerRow row, ListeningScratch scratch, SparseSums sums)
    {
        var weights = scratch.Weights(source.Decay, row.Items.Length);
        switch (source.Kind)
        {
            case ListeningSourceKind.Own:
                for (var i = 0; i < weights.Length; i++)
                {
                    sums.Add(row.Items[i], weights[i]);
                }
                break;
            case ListeningSourceKind.Near:
                for (var i = 0; i < weights.Length; i++)
                {
                    var (from, to) = (near.Starts[row.Items[i]], near.Starts[row.Items[i] + 1]);
                    for (var at = from; at < to && weights[i] > 0; at++)
                    {
                        sums.Add(near.Neighbours[at], weights[i] * near.Similarities[at]);
                    }
                }
                break;
            case ListeningSourceKind.Artist:
                Gather(row, weights, scratch.Artists(artists.Count));
                Spread(scratch.Artists(artists.Count), factors[source.Variant], sums);
                break;
            case ListeningSourceKind.NearArtist:
                Gather(row, weights, scratch.Artists(artists.Count));
                Step(scratch.Artists(artists.Count), scratch.NearArtists(artists.Count));
                Spread(scratch.NearArtists(artists.Count), factors[source.Variant], sums);
                break;
            default:
                break;
        }
    }

    /// <summary>What one of the listener's items adds to another item, by a source, for a weight of 1.</summary>
    public float Of(ListeningSource source, int from, int item)
    {
        var (artist, other) = (artists.Artists[from], artists.Artists[item]);
        return source.Kind switch
        {
            ListeningSourceKind.Own => from == item ? 1 : 0,
            ListeningSourceKind.Near => In(near, from, item),
            ListeningSourceKind.Artist when artist >= 0 && artist == other => factors[source.Variant][item],
            ListeningSourceKind.NearArtist when artist >= 0 && other >= 0 => In(nearArtists, artist, other)
                * factors[source.Variant][item],
            _ => 0,
        };
    }

    public static ListeningSources From(ModelArtefact artefact)
    {
        var index = ArtistIndex.Read(artefact);
        var starts = SessionArtefacts.Starts(artefact, "near_artist_starts", index.Count);
        return new ListeningSources(
            index,
            Vectors("factors", ListeningSource.Factors.Length),
            new Neighbourhoods(
                starts,
                SessionArtefacts.Below(artefact, "near_artists", starts[^1], index.Count),
                SessionArtefacts.Positive(artefact, "near_artist_similarities", starts[^1])
            ),
            Neighbourhoods.Read(artefact),
            Vectors("popularity", ListeningSource.HalfLives.Length)
        );

        float[][] Vectors(string name, int count) =>
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(i => SessionArtefacts.Positive(artefact, $"{name}_{i}", artefact.Items)),
            ];
    }

    public void Write(ModelArtefactWriter artefact)
    {
        artefact.Section("artists", artists.Artists);
        artefact.Section("near_artist_starts", nearArtists.Starts);
        artefact.Section("near_artists", nearArtists.Neighbours);
        artefact.Section("near_artist_similarities", nearArtists.Similarities);
        near.Write(artefact);
        foreach (var (i, values) in factors.Index())
        {
            artefact.Section($"factors_{i}", values);
        }
        foreach (var (i, values) in popularity.Index())
        {
            artefact.Section($"popularity_{i}", values);
        }
    }

    private static float[] Shares(double[] counts)
    {
        var total = 0d;
        foreach (var count in counts)
        {
            total += count;
        }
        return [.. counts.Select(count => total > 0 ? (float)(count / total) : 0)];
    }

    private static float In(Neighbourhoods lists, int from, int to)
    {
        var (start, end) = (lists.Starts[from], lists.Starts[from + 1]);
        var at = lists.Neighbours.AsSpan(start..end).IndexOf(to);
        return at < 0 ? 0 : lists.Similarities[start + at];
    }

    private void Gather(ListenerRow row, ReadOnlySpan<float> weights, SparseSums sums)
    {
        for (var i = 0; i < weights.Length; i++)
        {
            var artist = artists.Artists[row.Items[i]];
            if (artist >= 0 && weights[i] > 0)
            {
                sums.Add(artist, weights[i]);
            }
        }
    }

    private void Step(SparseSums from, SparseSums to)
    {
        foreach (var artist in from.Items.AsSpan(0, from.Count))
        {
            var weight = from.Take(artist);
            for (var at = nearArtists.Starts[artist]; at < nearArtists.Starts[artist + 1]; at++)
            {
                to.Add(nearArtists.Neighbours[at], weight * nearArtists.Similarities[at]);
            }
        }
        from.Reset();
    }

    private void Spread(SparseSums from, float[] values, SparseSums to)
    {
        foreach (var artist in from.Items.AsSpan(0, from.Count))
        {
            var weight = from.Take(artist);
            foreach (var item in artists.ItemsOf(artist))
            {
                to.Add(item, weight * values[item]);
            }
        }
        from.Reset();
    }
}

/// <summary>A mixture's working memory.</summary>
internal sealed class ListeningScratch(int items)
{
    private readonly float[][] _weights = [.. ListeningSource.Decays.Select(_ => Array.Empty<float>())];
    private SparseSums? _artists;
    private SparseSums? _nearArtists;

    /// <summary>Sums of one source.</summary>
    public SparseSums Sums { get; } = new(items);

    /// <summary>What each source's sums were last multiplied by, to add up to 1.</summary>
    public float[] Scales { get; } = new float[ListeningSource.All.Length];

    /// <summary>1 for the listener's own items, while they are asked for; 0 otherwise.</summary>
    public byte[] IsOwn { get; } = new byte[items];

    public SparseSums Artists(int count) =>
        _artists is { } sums && sums.Capacity == count ? sums : _artists = new SparseSums(count);

    public SparseSums NearArtists(int count) =>
        _nearArtists is { } sums && sums.Capacity == count ? sums : _nearArtists = new SparseSums(count);

    /// <summary>Room for what the entries of a row weigh by a decay.</summary>
    public Span<float> Weights(int decay, int length)
    {
        ref var weights = ref _weights[decay];
        if (weights.Length < length)
        {
            weights = new float[Math.Max(64, 2 * length)];
        }
        return weights.AsSpan(0, length);
    }
}
