namespace Nocturne.Recommending;

/// <summary>What the sources of a <see cref="ListeningMixture"/> know: counted from a matrix.</summary>
/// <param name="artists">Who is whose.</param>
/// <param name="factors">For each of <see cref="ListeningSource.Factors"/> a value for every item.</param>
/// <param name="nearArtists">Artists that are near an artist.</param>
/// <param name="near">Items that are near an item.</param>
/// <param name="popularity">For each of <see cref="ListeningSource.HalfLives"/> every item's share of all listening.</param>
/// <param name="repeats">The share of plays that repeat one of the same listener.</param>
internal sealed class ListeningSources(
    ArtistIndex artists,
    float[][] factors,
    Neighbourhoods nearArtists,
    Neighbourhoods near,
    float[][] popularity,
    float repeats
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
            ],
            RepeatsOf(matrix)
        );
    }

    /// <summary>What the listener's entries say by each of <see cref="ListeningSource.Voices"/>.</summary>
    public void Weigh(ListenerRow row, ListeningScratch scratch)
    {
        for (var voice = 0; voice < ListeningSource.Voices.Length; voice++)
        {
            var (decay, sum) = ListeningSource.Voices[voice];
            var weights = scratch.Weights(voice, row.Items.Length);
            RowPlaySums.Of(row, decay, weights);
            if (sum == ListeningSum.RootOfItem)
            {
                foreach (ref var weight in weights)
                {
                    weight = MathF.Sqrt(weight);
                }
            }
            else if (sum == ListeningSum.RootOfArtist)
            {
                var sums = scratch.Artists(artists.Count);
                Gather(row, weights, sums);
                for (var i = 0; i < weights.Length; i++)
                {
                    var artist = artists.Artists[row.Items[i]];
                    weights[i] = artist >= 0 && weights[i] > 0 ? weights[i] / MathF.Sqrt(sums[artist]) : 0;
                }
                sums.Empty();
            }
        }
    }

    /// <summary>
    /// By how much the listener's own items are likelier, or less likely, than those of others: the root of the share
    /// of their plays that are repeats to that of everyone's, a listener of few plays taken to be like everyone.
    /// </summary>
    public float Repeats(ListenerRow row)
    {
        const float TypicalPlays = 20;
        var plays = row.PlayEntries.Length;
        if (plays == 0 || repeats <= 0)
        {
            return 1;
        }
        var own = (Math.Max(plays - row.Items.Length, 0) + (TypicalPlays * repeats)) / (plays + TypicalPlays);
        return MathF.Sqrt(own / repeats);
    }

    /// <summary>Adds what a source says of items, without a scale; nothing for popularity.</summary>
    /// <param name="source">The source.</param>
    /// <param name="row">The listener, weighed before.</param>
    /// <param name="scratch">Working memory.</param>
    /// <param name="sums">Receives the sums.</param>
    public void Accumulate(ListeningSource source, ListenerRow row, ListeningScratch scratch, SparseSums sums)
    {
        var weights = scratch.Weights(source.Voice, row.Items.Length);
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
            Vectors("popularity", ListeningSource.HalfLives.Length),
            SessionArtefacts.Positive(artefact, "repeats", 1)[0]
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
        artefact.Section("repeats", [repeats]);
    }

    private static float RepeatsOf(InteractionMatrix matrix)
    {
        var (plays, again) = (0L, 0L);
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var row = matrix.Row(listener);
            plays += row.PlayEntries.Length;
            again += Math.Max(row.PlayEntries.Length - row.Items.Length, 0);
        }
        return plays == 0 ? 0 : (float)((double)again / plays);
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
