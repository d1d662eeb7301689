namespace Nocturne.Recommending;

/// <summary>
/// What one listener did: items and weights in the same order, no item twice; and, where they are known, the plays
/// behind them with their ages.
/// </summary>
public readonly ref struct ListenerRow
{
    /// <summary>Items and weights, without plays.</summary>
    /// <exception cref="ArgumentException">Their lengths differ.</exception>
    public ListenerRow(ReadOnlySpan<int> items, ReadOnlySpan<float> weights)
        : this(items, weights, [], []) { }

    /// <summary>Items and weights, and plays of them.</summary>
    /// <param name="items">Items.</param>
    /// <param name="weights">Signed weights: see <see cref="EvidenceWeights"/>.</param>
    /// <param name="playEntries">For each play the position of its item in <paramref name="items"/>, newest first.</param>
    /// <param name="playAges">Its age in days when the listener is served, not negative.</param>
    /// <exception cref="ArgumentException">Lengths that should be equal differ.</exception>
    public ListenerRow(
        ReadOnlySpan<int> items,
        ReadOnlySpan<float> weights,
        ReadOnlySpan<int> playEntries,
        ReadOnlySpan<float> playAges
    )
    {
        if (items.Length != weights.Length || playEntries.Length != playAges.Length)
        {
            throw new ArgumentException(
                $"A row of {items.Length} items has {weights.Length} weights, and {playEntries.Length} plays {playAges.Length} ages.",
                nameof(weights)
            );
        }
        Items = items;
        Weights = weights;
        PlayEntries = playEntries;
        PlayAges = playAges;
        Segment = -1;
    }

    /// <summary>Item indices.</summary>
    public ReadOnlySpan<int> Items { get; }

    /// <summary>Their weights.</summary>
    public ReadOnlySpan<float> Weights { get; }

    /// <summary>Positions in <see cref="Items"/>, a play each, newest first; empty where plays are not known.</summary>
    public ReadOnlySpan<int> PlayEntries { get; }

    /// <summary>The plays' ages in days.</summary>
    public ReadOnlySpan<float> PlayAges { get; }

    /// <summary>The listener's segment (a market, a cluster), from 0; -1 where it is not known.</summary>
    public int Segment { get; init; }
}

/// <summary>A fitted model that scores items for any listener, given the listener's row.</summary>
/// <remarks>
/// <para>
/// A listener is known to a model only by the row handed in, so a listener who was not in the training data is
/// folded in by construction. Models are immutable and may be shared by threads; scratch memory may not.
/// </para>
/// <para>
/// A score is a bias (what does not come from the row) plus one term per contributing item of the row. Scores are
/// never NaN, comparable within one row, and the same on every machine: scalar IEEE arithmetic in a fixed order.
/// </para>
/// </remarks>
public abstract class RecommendationModel
{
    private protected RecommendationModel(int items) => Items = items;

    /// <summary>The name of the kind of model, as artefacts store it.</summary>
    public abstract string Kind { get; }

    /// <summary>How many items there are; items are 0 to this, exclusive.</summary>
    public int Items { get; }

    /// <summary>The score of every item.</summary>
    /// <param name="row">The listener; items outside the model are not allowed.</param>
    /// <param name="scores">Receives <see cref="Items"/> scores; 0 where the model knows nothing.</param>
    public abstract void Score(ListenerRow row, Span<float> scores);

    /// <summary>
    /// The best items that the model knows anything of (their score is not 0), strongest first, ties by lower item.
    /// </summary>
    /// <param name="row">The listener.</param>
    /// <param name="excluded">Items to leave out, in any order; usually the row's own and the hated.</param>
    /// <param name="scratch">Working memory of the calling worker, made for this number of items.</param>
    /// <param name="items">Receives the items; its length is the K of top-K.</param>
    /// <param name="scores">Receives their scores; as long as <paramref name="items"/>.</param>
    /// <returns>How many were found: fewer than asked when no further item has evidence.</returns>
    public abstract int Top(
        ListenerRow row,
        ReadOnlySpan<int> excluded,
        RecommendationScratch scratch,
        Span<int> items,
        Span<float> scores
    );

    /// <summary>Why an item has its score: the row's contributing items and their terms, strongest first.</summary>
    /// <param name="row">The listener.</param>
    /// <param name="item">The item to explain; it need not be a recommended one.</param>
    /// <param name="contributors">Receives items of the row; at least as long as the row.</param>
    /// <param name="terms">Receives their terms; at least as long as the row.</param>
    /// <param name="bias">What does not come from the row: bias + Σ terms is the score, to rounding.</param>
    /// <returns>How many items contributed.</returns>
    public abstract int Explain(ListenerRow row, int item, Span<int> contributors, Span<float> terms, out float bias);

    /// <summary>The score of every item where some are left out of the ranking.</summary>
    /// <remarks>Only a model that compares an item's score with those beside it needs to know which; see Blend.</remarks>
    /// <param name="row">The listener.</param>
    /// <param name="excluded">As handed to <see cref="Top"/>.</param>
    /// <param name="scores">Receives the scores.</param>
    public virtual void Score(ListenerRow row, ReadOnlySpan<int> excluded, Span<float> scores) => Score(row, scores);

    /// <summary>Why an item has its score where some are left out of the ranking.</summary>
    /// <param name="row">The listener.</param>
    /// <param name="excluded">As handed to <see cref="Top"/>.</param>
    /// <param name="item">The item to explain.</param>
    /// <param name="contributors">Receives items of the row; at least as long as the row.</param>
    /// <param name="terms">Receives their terms; at least as long as the row.</param>
    /// <param name="bias">What does not come from the row.</param>
    /// <returns>How many items contributed.</returns>
    public virtual int Explain(
        ListenerRow row,
        ReadOnlySpan<int> excluded,
        int item,
        Span<int> contributors,
        Span<float> terms,
        out float bias
    ) => Explain(row, item, contributors, terms, out bias);

    /// <summary>Each entry's part in an item's score: see <see cref="RowRanker.TryAddParts"/>.</summary>
    internal virtual bool TryAddParts(ListenerRow row, int item, float factor, Span<float> parts, out float bias)
    {
        bias = 0;
        return false;
    }

    /// <summary>What ranks and explains for one row after another; cheaper than asking the model anew each time.</summary>
    /// <param name="scratch">Working memory of the calling worker, which has it to itself.</param>
    public virtual RowRanker NewRanker(RecommendationScratch scratch) => new(this, scratch);

    /// <summary>Writes the model as an artefact (see <see cref="ModelArtefact"/>).</summary>
    /// <param name="stream">Where to; need not seek, stays open.</param>
    /// <param name="notes">What the caller wants kept with it: versions of data and code, seed, metrics.</param>
    public void Save(Stream stream, IReadOnlyDictionary<string, string>? notes = null)
    {
        var artefact = new ModelArtefactWriter(Kind, Items, notes);
        Write(artefact);
        artefact.WriteTo(stream);
    }

    /// <summary>Reads whichever model an artefact holds.</summary>
    /// <param name="stream">Positioned at the artefact's start; need not seek, stays open.</param>
    /// <exception cref="ModelArtefactException">Truncated, damaged, of a newer format or an unknown kind.</exception>
    public static RecommendationModel Load(Stream stream) => Restore(ModelArtefact.Read(stream));

    internal static RecommendationModel Restore(ModelArtefact artefact) =>
        artefact.Kind switch
        {
            BackOff.KindName => BackOff.From(artefact),
            Blend.KindName => Blend.From(artefact),
            GfCf.KindName => GfCf.From(artefact),
            ImplicitAls.KindName => ImplicitAls.From(artefact),
            ListeningMixture.KindName => ListeningMixture.From(artefact),
            ItemNeighbours.KindName => ItemNeighbours.From(artefact),
            Ease.KindName => Ease.From(artefact),
            ArtistAffinity.KindName => ArtistAffinity.From(artefact),
            OwnPlays.KindName => OwnPlays.From(artefact),
            Rp3Beta.KindName => Rp3Beta.From(artefact),
            Popularity.KindName => Popularity.From(artefact),
            _ => throw new ModelArtefactException($"The artefact holds an unknown kind of model, '{artefact.Kind}'."),
        };

    internal void WriteInto(ModelArtefactWriter artefact) => Write(artefact);

    private protected abstract void Write(ModelArtefactWriter artefact);

    private protected static void CheckSpans(ReadOnlySpan<int> items, ReadOnlySpan<float> scores)
    {
        if (items.Length != scores.Length)
        {
            throw new ArgumentException(
                $"There are {items.Length} places for items and {scores.Length} for scores: they must be as many.",
                nameof(scores)
            );
        }
    }
}

/// <summary>Working memory for one worker: dense accumulators that are clean between calls.</summary>
/// <remarks>Eight bytes an item and a list of touched ones, allocated once; not thread-safe.</remarks>
public sealed class RecommendationScratch
{
    private readonly GreatestKeys _greatest = new(0);
    private int _round;
    private float[]? _scores;
    private AlsRowSolver.Scratch? _solving;
    private RoundedSearch? _rounded;
    private BlendScratch? _blending;
    private ListeningScratch? _listening;

    /// <summary>Allocates for models of <paramref name="items"/> items.</summary>
    public RecommendationScratch(int items)
    {
        Items = items;
        Sums = new float[items];
        Touched = new int[items + 1];
        Marks = new int[items];
    }

    /// <summary>The number of items this serves.</summary>
    public int Items { get; }

    /// <summary>Accumulators; all zero between calls.</summary>
    internal float[] Sums { get; }

    /// <summary>Room to list the accumulators in use, and to write one place ahead.</summary>
    internal int[] Touched { get; }

    /// <summary>An item is marked in this round when its entry equals the round.</summary>
    internal int[] Marks { get; }

    /// <summary>Memory of models that ask other models; those have the rest of this.</summary>
    internal BlendScratch Blending => _blending ??= new BlendScratch(Items);

    /// <summary>Memory of a mixture of listening.</summary>
    internal ListeningScratch Listening => _listening ??= new ListeningScratch(Items);

    /// <summary>Scores of all items, for models that score all of them.</summary>
    internal float[] Scores => _scores ??= new float[Items];

    /// <summary>Memory of a search of rounded vectors.</summary>
    internal RoundedSearch Rounded => _rounded ??= new RoundedSearch();

    /// <summary>Memory for folding a row in to vectors of so many dimensions.</summary>
    internal AlsRowSolver.Scratch Solving(int dimensions) =>
        _solving is { } scratch && scratch.Dimensions == dimensions
            ? scratch
            : _solving = new AlsRowSolver.Scratch(dimensions);

    /// <summary>Marks <paramref name="items"/> and nothing else; returns the value that means marked.</summary>
    internal int Mark(ReadOnlySpan<int> items)
    {
        if (_round == int.MaxValue)
        {
            Array.Clear(Marks);
            _round = 0;
        }
        _round++;
        foreach (var item in items)
        {
            Marks[item] = _round;
        }
        return _round;
    }

    /// <summary>The best of the sums that were listed as touched, which are over zero; all sums are zero after.</summary>
    /// <param name="touched">How many were listed.</param>
    /// <param name="excluded">Items to leave out.</param>
    /// <param name="items">Receives items, ties by lower item.</param>
    /// <param name="scores">Receives their sums.</param>
    /// <returns>How many there are.</returns>
    internal int TakeTop(int touched, ReadOnlySpan<int> excluded, Span<int> items, Span<float> scores)
    {
        foreach (var item in excluded)
        {
            Sums[item] = 0;
        }
        _greatest.Clear(items.Length);
        foreach (var item in Touched.AsSpan(0, touched))
        {
            var score = Sums[item];
            Sums[item] = 0;
            if (score > 0)
            {
                _greatest.Offer(GreatestKeys.KeyOf(score, item));
            }
        }
        return _greatest.Sorted(items, scores);
    }

    internal void CheckServes(int items)
    {
        if (Items != items)
        {
            throw new ArgumentException(
                $"The scratch memory is for {Items} items and the model has {items}.",
                nameof(items)
            );
        }
    }
}
