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

    // Rows of expected listeners, so that they are read once.
    private readonly List<(ListenerTaste Taste, TasteRow Row)> _expected = [];
    private int _expectedCount;

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

    public void ExpectNeighboursOf(int item) => _model.Neighbours.Prefetch(item);

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
    )
    {
        bias = 0;
        return _model.Neighbours.ExplainInOrder(new ListenerRow(seeds, weights), item, contributors, terms);
    }

    public void Expect(IReadOnlyList<ListenerTaste> tastes)
    {
        _expectedCount = tastes.Count;
        for (var i = 0; i < tastes.Count; i++)
        {
            var row = i < _expected.Count ? _expected[i].Row : new TasteRow();
            row.Read(tastes[i], _model.Catalogue);
            if (i < _expected.Count)
            {
                _expected[i] = (tastes[i], row);
            }
            else
            {
                _expected.Add((tastes[i], row));
            }
            _ranker.Expect(row.Row);
        }
    }

    public int Rank(ListenerTaste taste, ReadOnlySpan<int> excluded, Span<int> items, Span<float> scores)
    {
        _ranker.Begin(RowOf(taste), excluded);
        return _ranker.Top(items, scores);
    }

    private ListenerRow RowOf(ListenerTaste taste)
    {
        for (var i = 0; i < _expectedCount; i++)
        {
            if (ReferenceEquals(_expected[i].Taste, taste))
            {
                return _expected[i].Row.Row;
            }
        }
        _row.Read(taste, _model.Catalogue);
        return _row.Row;
    }

    public int ExplainRanked(int item, Span<int> contributors, Span<float> terms, out float bias) =>
        _ranker.ExplainUnordered(item, contributors, terms, out bias);
}
