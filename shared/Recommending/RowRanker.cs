namespace Nocturne.Recommending;

/// <summary>
/// Ranks and explains for one row at a time: what depends on the row alone is worked out once, however many items are
/// explained after. The answers are those of <see cref="RecommendationModel"/>.
/// </summary>
/// <remarks>For one worker at a time; reused from row to row, so that a row costs no memory.</remarks>
public class RowRanker
{
    private readonly RecommendationModel _model;
    private int[] _items = [];
    private float[] _weights = [];
    private int[] _playEntries = [];
    private float[] _playAges = [];
    private int[] _excluded = [];
    private (int Row, int Plays, int Excluded) _counts;

    internal RowRanker(RecommendationModel model, RecommendationScratch scratch)
    {
        scratch.CheckServes(model.Items);
        _model = model;
        Scratch = scratch;
    }

    /// <summary>The row that is answered for.</summary>
    public ListenerRow Row =>
        new(
            _items.AsSpan(0, _counts.Row),
            _weights.AsSpan(0, _counts.Row),
            _playEntries.AsSpan(0, _counts.Plays),
            _playAges.AsSpan(0, _counts.Plays)
        );

    /// <summary>What is left out.</summary>
    public ReadOnlySpan<int> Excluded => _excluded.AsSpan(0, _counts.Excluded);

    private protected RecommendationScratch Scratch { get; }

    /// <summary>Takes the next row.</summary>
    /// <param name="row">It; copied.</param>
    /// <param name="excluded">Items to leave out, in any order; copied.</param>
    public virtual void Begin(ListenerRow row, ReadOnlySpan<int> excluded)
    {
        _counts = (row.Items.Length, row.PlayEntries.Length, excluded.Length);
        Copy(row.Items, ref _items);
        Copy(row.Weights, ref _weights);
        Copy(row.PlayEntries, ref _playEntries);
        Copy(row.PlayAges, ref _playAges);
        Copy(excluded, ref _excluded);
    }

    /// <summary>
    /// Announces a row that will be begun soon: a model that reads much memory for every row reads it once for those that
    /// were announced together. Changes no answer, and a row that never comes does no harm.
    /// </summary>
    /// <param name="row">It; copied.</param>
    public virtual void Expect(ListenerRow row) { }

    /// <summary>The best items, as <see cref="RecommendationModel.Top"/> gives them.</summary>
    /// <param name="items">Receives the items; its length is the K of top-K.</param>
    /// <param name="scores">Receives their scores; as long as <paramref name="items"/>.</param>
    /// <returns>How many were found.</returns>
    public virtual int Top(Span<int> items, Span<float> scores) => _model.Top(Row, Excluded, Scratch, items, scores);

    /// <summary>Why an item has its score, as <see cref="RecommendationModel.Explain(ListenerRow, int, Span{int}, Span{float}, out float)"/> says.</summary>
    /// <param name="item">The item.</param>
    /// <param name="contributors">Receives items of the row; at least as long as the row.</param>
    /// <param name="terms">Receives their terms; at least as long as the row.</param>
    /// <param name="bias">What does not come from the row.</param>
    /// <returns>How many items contributed.</returns>
    public virtual int Explain(int item, Span<int> contributors, Span<float> terms, out float bias) =>
        _model.Explain(Row, Excluded, item, contributors, terms, out bias);

    /// <summary>
    /// What <see cref="Explain"/> says, in no order: sorting a long row's contributors takes longer than finding them.
    /// </summary>
    /// <param name="item">The item.</param>
    /// <param name="contributors">Receives items of the row; at least as long as the row.</param>
    /// <param name="terms">Receives their terms; at least as long as the row.</param>
    /// <param name="bias">What does not come from the row.</param>
    /// <returns>How many items contributed.</returns>
    public virtual int ExplainUnordered(int item, Span<int> contributors, Span<float> terms, out float bias) =>
        Explain(item, contributors, terms, out bias);

    /// <summary>
    /// Adds each entry's part in an item's score to <paramref name="parts"/>, as <see cref="Explain"/> has them but in the
    /// order of the row, which is what a blend adds up.
    /// </summary>
    /// <param name="item">The item.</param>
    /// <param name="factor">What the parts are multiplied by.</param>
    /// <param name="parts">As long as the row.</param>
    /// <param name="bias">What does not come from the row; not multiplied.</param>
    /// <returns>False if the model only explains in order of strength; then nothing was added.</returns>
    internal virtual bool TryAddParts(int item, float factor, Span<float> parts, out float bias) =>
        _model.TryAddParts(Row, item, factor, parts, out bias);

    private static void Copy<T>(ReadOnlySpan<T> values, ref T[] into)
    {
        if (into.Length < values.Length)
        {
            into = new T[Math.Max(values.Length, into.Length * 2)];
        }
        values.CopyTo(into);
    }
}
