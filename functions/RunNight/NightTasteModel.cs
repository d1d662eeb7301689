using Nocturne.Playlists;
using Nocturne.Recommending;
using Nocturne.RunNight.Training;

namespace Nocturne.RunNight;

/// <summary>What composing asks of a night's models; one a worker, for it holds scratch memory.</summary>
internal sealed class NightTasteModel : ITasteModel
{
    private readonly NightModel _model;
    private readonly RecommendationScratch _scratch;
    private readonly RowRanker _ranker;
    private readonly TasteRow _row = new();

    public NightTasteModel(NightModel model)
    {
        _model = model;
        _scratch = new RecommendationScratch(model.Catalogue.Count);
        _ranker = model.Taste.NewRanker(_scratch);
    }

    public int Items => _model.Catalogue.Count;

    public ReadOnlySpan<int> Popular => _model.Popularity.Ranking;

    public long ListenersOf(int item) => (long)_model.Popularity.Counts[item];

    public bool IsEmerging(int artist) => (uint)artist < (uint)_model.Emerging.Length && _model.Emerging[artist];

    public int EmergingPrice => _model.EmergingPrice;

    public ReadOnlySpan<int> NeighboursOf(int item) => _model.Neighbours.NeighboursOf(item);

    public ReadOnlySpan<float> SimilaritiesOf(int item) => _model.Neighbours.SimilaritiesOf(item);

    public int Near(
        ReadOnlySpan<int> seeds,
        ReadOnlySpan<float> weights,
        ReadOnlySpan<int> excluded,
        Span<int> items,
        Span<float> scores
    ) => _model.Neighbours.Top(new ListenerRow(seeds, weights), excluded, _scratch, items, scores);

    public int ExplainNear(
        ReadOnlySpan<int> seeds,
        ReadOnlySpan<float> weights,
        int item,
        Span<int> contributors,
        Span<float> terms,
        out float bias
    ) => _model.Neighbours.Explain(new ListenerRow(seeds, weights), item, contributors, terms, out bias);

    public int Rank(ListenerTaste taste, ReadOnlySpan<int> excluded, Span<int> items, Span<float> scores)
    {
        _row.Read(taste, _model.Catalogue);
        _ranker.Begin(_row.Row, excluded);
        return _ranker.Top(items, scores);
    }

    public int ExplainRanked(int item, Span<int> contributors, Span<float> terms, out float bias) =>
        _ranker.ExplainUnordered(item, contributors, terms, out bias);
}
