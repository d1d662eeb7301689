namespace Nocturne.Recommending;

/// <summary>Sums a row's plays once for all explanations of the row.</summary>
internal sealed class ArtistAffinityRanker(ArtistAffinity model, RecommendationScratch scratch)
    : RowRanker(model, scratch)
{
    private float[] _sums = [];
    private bool _isPrepared;

    public override void Begin(ListenerRow row, ReadOnlySpan<int> excluded)
    {
        base.Begin(row, excluded);
        _isPrepared = false;
    }

    internal override bool TryAddParts(int item, float factor, Span<float> parts, out float bias)
    {
        var row = Row;
        if (!_isPrepared)
        {
            if (_sums.Length < row.Items.Length)
            {
                _sums = new float[row.Items.Length * 2];
            }
            model.Sum(row, _sums);
            _isPrepared = true;
        }
        bias = 0;
        model.AddParts(row, _sums, item, factor, parts);
        return true;
    }
}
