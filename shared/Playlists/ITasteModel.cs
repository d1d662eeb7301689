namespace Nocturne.Playlists;

/// <summary>
/// What composing asks of a trained model, over the item numbers of <see cref="Catalogue"/>. The night implements it
/// on its models, tests on tables.
/// </summary>
/// <remarks>One instance serves one worker: implementations hold scratch memory.</remarks>
public interface ITasteModel
{
    /// <summary>How many items the model numbers; the catalogue has as many.</summary>
    int Items { get; }

    /// <summary>Items that anyone plays, most popular first.</summary>
    ReadOnlySpan<int> Popular { get; }

    /// <summary>How many listeners play an item.</summary>
    long ListenersOf(int item);

    /// <summary>
    /// Whether an artist is emerging, by its audience and growth; none are for a model that does not know either.
    /// </summary>
    /// <param name="artist">The artist's number in the catalogue; -1 is nobody.</param>
    bool IsEmerging(int artist) => false;

    /// <summary>
    /// What the model's scores of emerging artists' items are multiplied by to rank them, in thousandths, at least
    /// 1000: the price of the exposure that they are to get together. 1000 changes nothing.
    /// </summary>
    int EmergingPrice => 1000;

    /// <summary>The items most like one item, most alike first; mixes are cut along these.</summary>
    ReadOnlySpan<int> NeighboursOf(int item);

    /// <summary>The similarities of <see cref="NeighboursOf"/>, not negative, in the same order.</summary>
    ReadOnlySpan<float> SimilaritiesOf(int item);

    /// <summary>Announces an item whose neighbours are asked for next but one: they may lie anywhere in memory.</summary>
    void ExpectNeighboursOf(int item) { }

    /// <summary>Announces listeners whom <see cref="Rank"/> will be asked about soon, in any order, or never.</summary>
    /// <remarks>Changes no answer: a model may read for all of them at once what it would read for each.</remarks>
    void Expect(IReadOnlyList<ListenerTaste> tastes) { }

    /// <summary>The best items for all of a listener's taste, strongest first, ties by lower item.</summary>
    /// <param name="taste">The listener.</param>
    /// <param name="excluded">Items to leave out.</param>
    /// <param name="items">Receives items; its length is how many are wanted at most.</param>
    /// <param name="scores">Receives their scores.</param>
    /// <returns>How many there are.</returns>
    int Rank(ListenerTaste taste, ReadOnlySpan<int> excluded, Span<int> items, Span<float> scores);

    /// <summary>Why an item scores as it does in the latest <see cref="Rank"/>: the history's part, in any order.</summary>
    /// <param name="item">The item.</param>
    /// <param name="contributors">Receives items of the history; as long as all that the taste names.</param>
    /// <param name="terms">Receives their terms; as long.</param>
    /// <param name="bias">What does not come from the history; bias + Σ terms is the score.</param>
    /// <returns>How many items contribute.</returns>
    int ExplainRanked(int item, Span<int> contributors, Span<float> terms, out float bias);

    /// <summary>The items near some that were played, strongest first, ties by lower item.</summary>
    /// <param name="seeds">Items, each once.</param>
    /// <param name="weights">How much each counts, in the same order, not negative.</param>
    /// <param name="excluded">Items to leave out.</param>
    /// <param name="items">Receives items; its length is how many are wanted at most.</param>
    /// <param name="scores">Receives their scores.</param>
    /// <returns>How many there are.</returns>
    int Near(
        ReadOnlySpan<int> seeds,
        ReadOnlySpan<float> weights,
        ReadOnlySpan<int> excluded,
        Span<int> items,
        Span<float> scores
    );

    /// <summary>Why an item scores as it does in <see cref="Near"/>: the contributing seeds, in any order.</summary>
    /// <param name="seeds">The seeds it was scored with.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="item">The item.</param>
    /// <param name="contributors">Receives seeds; as long as <paramref name="seeds"/>.</param>
    /// <param name="terms">Receives their terms; as long as <paramref name="seeds"/>.</param>
    /// <param name="bias">What does not come from the seeds; bias + Σ terms is the score.</param>
    /// <returns>How many seeds contribute.</returns>
    int ExplainNear(
        ReadOnlySpan<int> seeds,
        ReadOnlySpan<float> weights,
        int item,
        Span<int> contributors,
        Span<float> terms,
        out float bias
    );
}
