namespace Nocturne.Recommending;

/// <summary>Solves a row's system once for all explanations of the row.</summary>
internal sealed class AlsRanker(ImplicitAls model, AlsRowSolver solver, RecommendationScratch scratch)
    : RowRanker(model, scratch)
{
    private readonly AlsRowSolver.Scratch _solving = new(model.Vectors.Dimensions);
    private float[] _parts = [];
    private bool _isPrepared;

    public override void Begin(ListenerRow row, ReadOnlySpan<int> excluded)
    {
        base.Begin(row, excluded);
        _isPrepared = false;
    }

    public override int Explain(int item, Span<int> contributors, Span<float> terms, out float bias)
    {
        var row = Row;
        if (!_isPrepared)
        {
            solver.PrepareExplaining(row.Items, row.Weights, _solving);
            _isPrepared = true;
        }
        if (_parts.Length < row.Items.Length)
        {
            _parts = new float[row.Items.Length * 2];
        }
        bias = 0;
        var parts = _parts.AsSpan(0, row.Items.Length);
        solver.ExplainPrepared(row.Items, row.Weights, item, _solving, parts);
        var gain = model.GainOf(item);
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] *= gain;
        }
        return TopItems.OfParts(row.Items, parts, contributors, terms);
    }
}
