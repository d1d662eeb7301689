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
        bias = 0;
        return TopItems.OfParts(Row.Items, Parts(item), contributors, terms);
    }

    internal override bool TryAddParts(int item, float factor, Span<float> parts, out float bias)
    {
        bias = 0;
        var own = Parts(item);
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] += factor * own[i];
        }
        return true;
    }

    private ReadOnlySpan<float> Parts(int item)
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
        var parts = _parts.AsSpan(0, row.Items.Length);
        solver.ExplainPrepared(row.Items, row.Weights, item, _solving, parts);
        var gain = model.GainOf(item);
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] *= gain;
        }
        return parts;
    }
}
