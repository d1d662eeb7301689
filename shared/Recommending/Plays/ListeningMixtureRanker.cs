namespace Nocturne.Recommending;

/// <summary>Weighs a row's plays once for all explanations of the row.</summary>
internal sealed class ListeningMixtureRanker(ListeningMixture model, RecommendationScratch scratch)
    : RowRanker(model, scratch)
{
    // Of its own: ranking another row by the shared memory must not change what is explained.
    private readonly ListeningScratch _listening = new(model.Items);
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
            model.PrepareExplaining(row, _listening);
            _isPrepared = true;
        }
        if (_parts.Length < row.Items.Length)
        {
            _parts = new float[row.Items.Length * 2];
        }
        var parts = _parts.AsSpan(0, row.Items.Length);
        return model.ExplainPrepared(row, item, _listening, parts, contributors, terms, out bias);
    }
}
