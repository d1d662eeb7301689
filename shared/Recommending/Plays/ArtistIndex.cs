namespace Nocturne.Recommending;

/// <summary>The artist of every item, and every artist's items.</summary>
internal sealed class ArtistIndex
{
    private readonly int[] _starts;
    private readonly int[] _items;

    /// <summary>Indexes artists that are dense already: from 0, below the number of items, or -1.</summary>
    public ArtistIndex(int[] artists)
    {
        Artists = artists;
        _starts = new int[(artists.Length == 0 ? 0 : artists.Max() + 1) + 1];
        foreach (var artist in artists)
        {
            if (artist >= 0)
            {
                _starts[artist + 1]++;
            }
        }
        for (var artist = 1; artist < _starts.Length; artist++)
        {
            _starts[artist] += _starts[artist - 1];
        }
        var next = _starts.ToArray();
        _items = new int[_starts[^1]];
        for (var item = 0; item < artists.Length; item++)
        {
            if (artists[item] >= 0)
            {
                _items[next[artists[item]]++] = item;
            }
        }
    }

    /// <summary>Of every item, or -1.</summary>
    public int[] Artists { get; }

    /// <summary>How many artists there are.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>An artist's items, ascending.</summary>
    public ReadOnlySpan<int> ItemsOf(int artist) => _items.AsSpan(_starts[artist].._starts[artist + 1]);

    /// <summary>Artists renumbered by their first item, so that there are no more of them than items.</summary>
    /// <param name="artists">From 0, or -1; null if none is known.</param>
    /// <param name="items">How many items there are.</param>
    /// <exception cref="ArgumentException">There are not as many artists as items, or one is below -1.</exception>
    public static ArtistIndex Of(IReadOnlyList<int>? artists, int items)
    {
        var dense = new int[items];
        Array.Fill(dense, -1);
        if (artists is null)
        {
            return new ArtistIndex(dense);
        }
        if (artists.Count != items || artists.Any(a => a < -1))
        {
            throw new ArgumentException(
                $"{artists.Count} artists are given for {items} items: one each is needed, from 0, or -1.",
                nameof(artists)
            );
        }
        var numbers = new Dictionary<int, int>();
        for (var item = 0; item < items; item++)
        {
            if (artists[item] >= 0)
            {
                numbers.TryAdd(artists[item], numbers.Count);
                dense[item] = numbers[artists[item]];
            }
        }
        return new ArtistIndex(dense);
    }

    /// <summary>Reads an artefact's section <c>artists</c>.</summary>
    /// <exception cref="ModelArtefactException">It is no such index.</exception>
    public static ArtistIndex Read(ModelArtefact artefact)
    {
        var artists = artefact.Ints("artists", artefact.Items);
        foreach (var artist in artists)
        {
            if (artist < -1 || artist >= artefact.Items)
            {
                throw new ModelArtefactException($"The artefact's section 'artists' names artist {artist}.");
            }
        }
        return new ArtistIndex(artists);
    }

    /// <summary>n_i^δ / N_a^ε of every item; see <see cref="ArtistAffinity"/>.</summary>
    /// <param name="listeners">n.</param>
    /// <param name="damping">δ.</param>
    /// <param name="sharing">ε.</param>
    public float[] Factors(double[] listeners, float damping, float sharing)
    {
        var totals = new double[Count];
        for (var item = 0; item < Artists.Length; item++)
        {
            if (Artists[item] >= 0)
            {
                totals[Artists[item]] += listeners[item];
            }
        }
        var factors = new float[Artists.Length];
        for (var item = 0; item < factors.Length; item++)
        {
            if (Artists[item] >= 0 && listeners[item] > 0)
            {
                factors[item] = (float)(
                    Powers.Of(listeners[item], damping) / Powers.Of(totals[Artists[item]], sharing)
                );
            }
        }
        return factors;
    }

    /// <summary>For every artist those that the same listeners play, by shrunk cosine.</summary>
    public Neighbourhoods Neighbours(InteractionMatrix matrix, int workers, CancellationToken cancellation)
    {
        const int Keep = 50;
        const float Shrinkage = 5;
        const int RowCap = 500;
        var builder = new InteractionMatrixBuilder(Count);
        var row = new SortedSet<int>();
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            row.Clear();
            var items = matrix.RowItems(listener);
            var weights = matrix.RowWeights(listener);
            for (var i = 0; i < items.Length; i++)
            {
                if (weights[i] > 0 && Artists[items[i]] >= 0)
                {
                    row.Add(Artists[items[i]]);
                }
            }
            // A listener of many artists says less about each pair of them.
            var weight = row.Count == 0 ? 0 : (float)(1 / Math.Sqrt(Math.Sqrt(row.Count)));
            builder.AppendRow([.. row], [.. row.Select(_ => weight)]);
        }
        var artists = builder.Build().WithRowsCapped(RowCap);
        var counts = new float[Count];
        for (var artist = 0; artist < Count; artist++)
        {
            counts[artist] = (float)Math.Sqrt(artists.ColumnListeners(artist).Length);
        }
        return NeighbourSearch.Run(artists, new Cosine(counts, Shrinkage), Keep, workers, cancellation);
    }

    private readonly struct Cosine(float[] norms, float shrinkage) : ISimilarity
    {
        public float Of(float sum, int item, int other) => sum / ((norms[item] * norms[other]) + shrinkage);
    }
}
