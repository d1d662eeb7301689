using System.Buffers;

namespace Nocturne.Recommending;

/// <summary>How <see cref="ArtistAffinity"/> is fitted.</summary>
public sealed record ArtistAffinityOptions
{
    /// <summary>What the listener's own plays say by their age.</summary>
    public PlayDecay Affinity { get; init; } = PlayDecay.PowerLaw(0.25f, 1);

    /// <summary>What others' newest plays of an item say by their age.</summary>
    public PlayDecay Recency { get; init; } = PlayDecay.Exponential(90);

    /// <summary>δ: the power of an item's popularity; from 0 (every item of an artist alike) to 2.</summary>
    public float Damping { get; init; } = 1;

    /// <summary>
    /// ε: the power of the artist's popularity that this is divided by; from 0 to 2. At δ = ε = 1 an artist's items
    /// share their affinity.
    /// </summary>
    public float Sharing { get; init; } = 0.35f;

    internal void Check(string name)
    {
        if (!(Damping is >= 0 and <= 2) || !(Sharing is >= 0 and <= 2))
        {
            throw new ArgumentException($"{this}: the powers are from 0 to 2.", name);
        }
    }
}

/// <summary>The artists a listener plays, and of their items those that others play.</summary>
/// <remarks>
/// The score of item i is (Σ over the listener's plays of i's artist of <see cref="PlayDecay"/>) · n_i^δ / N_a^ε, with
/// n_i the item's listeners, by how recent they are, and N_a the sum of n over the artist's items. In a row without
/// plays weights stand for them. Items whose artist is not known score nothing.
/// </remarks>
public sealed class ArtistAffinity : RecommendationModel
{
    internal const string KindName = "artist-affinity";

    private readonly ArtistIndex _index;
    private readonly int[] _artists;
    private readonly float[] _factors; // n_i^δ / N_a^ε

    private ArtistAffinity(ArtistAffinityOptions options, ArtistIndex index, float[] factors)
        : base(index.Artists.Length)
    {
        Options = options;
        _index = index;
        _artists = index.Artists;
        _factors = factors;
    }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>What it was fitted with.</summary>
    public ArtistAffinityOptions Options { get; }

    /// <summary>Counts a matrix.</summary>
    /// <param name="matrix">Rows, with plays if there are any.</param>
    /// <param name="artists">The artist of every item, from 0, or -1.</param>
    /// <param name="options">Decays and powers.</param>
    /// <exception cref="ArgumentException">There are not as many artists as items, or one is below -1.</exception>
    public static ArtistAffinity Fit(
        InteractionMatrix matrix,
        IReadOnlyList<int> artists,
        ArtistAffinityOptions options
    )
    {
        options.Check(nameof(options));
        var index = ArtistIndex.Of(artists, matrix.Items);
        var listeners = RowPlaySums.Listeners(matrix, options.Recency);
        return new ArtistAffinity(options, index, index.Factors(listeners, options.Damping, options.Sharing));
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
        var entries = ArrayPool<float>.Shared.Rent(row.Items.Length);
        var (sums, touched, count) = (scratch.Sums, scratch.Touched, 0);
        Sum(row, entries.AsSpan(0, row.Items.Length));
        for (var i = 0; i < row.Items.Length; i++)
        {
            foreach (var item in ItemsOf(row, entries, i))
            {
                ref var sum = ref sums[item];
                var isNew = sum == 0;
                sum += entries[i] * _factors[item];
                touched[count] = item;
                count += isNew & sum > 0 ? 1 : 0;
            }
        }
        ArrayPool<float>.Shared.Return(entries);
        return scratch.TakeTop(count, excluded, items, scores);
    }

    /// <inheritdoc/>
    public override int Explain(ListenerRow row, int item, Span<int> contributors, Span<float> terms, out float bias)
    {
        bias = 0;
        var (sums, parts) = (new float[row.Items.Length], new float[row.Items.Length]);
        Sum(row, sums);
        AddParts(row, sums, item, 1, parts);
        return TopItems.OfParts(row.Items, parts, contributors, terms);
    }

    /// <inheritdoc/>
    public override RowRanker NewRanker(RecommendationScratch scratch) => new ArtistAffinityRanker(this, scratch);

    /// <summary>What a row's plays come to, entry by entry.</summary>
    internal void Sum(ListenerRow row, Span<float> sums) => RowPlaySums.Of(row, Options.Affinity, sums);

    /// <summary>Adds what each entry adds to an item's score, times a factor.</summary>
    internal void AddParts(ListenerRow row, ReadOnlySpan<float> sums, int item, float factor, Span<float> parts)
    {
        var artist = _artists[item];
        if (artist < 0)
        {
            return;
        }
        for (var i = 0; i < parts.Length; i++)
        {
            if (_artists[row.Items[i]] == artist)
            {
                parts[i] += factor * (sums[i] * _factors[item]);
            }
        }
    }

    internal static ArtistAffinity From(ModelArtefact artefact)
    {
        var options = new ArtistAffinityOptions
        {
            Affinity = PlayDecay.Read(artefact, "affinity"),
            Recency = PlayDecay.Read(artefact, "recency"),
            Damping = artefact.Parameter<float>("damping"),
            Sharing = artefact.Parameter<float>("sharing"),
        };
        ModelArtefact.Check(() => options.Check(nameof(artefact)));
        return new ArtistAffinity(
            options,
            ArtistIndex.Read(artefact),
            artefact.FiniteFloats("factors", artefact.Items)
        );
    }

    private protected override void Write(ModelArtefactWriter artefact)
    {
        Options.Affinity.Write(artefact, "affinity");
        Options.Recency.Write(artefact, "recency");
        artefact.Parameter("damping", Options.Damping);
        artefact.Parameter("sharing", Options.Sharing);
        artefact.Section("artists", _artists);
        artefact.Section("factors", _factors);
    }

    private void Score(ListenerRow row, Span<float> sums, Span<float> scores)
    {
        scores.Clear();
        RowPlaySums.Of(row, Options.Affinity, sums);
        for (var i = 0; i < row.Items.Length; i++)
        {
            foreach (var item in ItemsOf(row, sums, i))
            {
                scores[item] += sums[i] * _factors[item];
            }
        }
    }

    /// <summary>The items that an entry speaks for: none if its artist is not known or its plays come to nothing.</summary>
    private ReadOnlySpan<int> ItemsOf(ListenerRow row, ReadOnlySpan<float> sums, int entry) =>
        _artists[row.Items[entry]] is var artist and >= 0 && sums[entry] > 0 ? _index.ItemsOf(artist) : [];
}
