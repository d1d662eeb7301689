using Nocturne.Recommending;

namespace Nocturne.Benchmarks;

/// <summary>Session neighbours as one would write them down: dictionaries, sorting, no index but item to sessions.</summary>
internal sealed class NaiveNeighbours
{
    private readonly SessionNeighboursOptions _options;
    private readonly Dictionary<int, List<int>> _sessionsOf = [];
    private readonly List<(int[] Items, double Scale)> _sessions = [];
    private readonly Dictionary<int, double> _rarity;

    public NaiveNeighbours(SessionLog log, SessionNeighboursOptions options)
    {
        _options = options;
        var frequencies = new Dictionary<int, int>();
        for (var session = log.Count - 1; session >= 0; session--)
        {
            var items = log[session].ToArray().Distinct().ToArray();
            foreach (var item in items)
            {
                frequencies[item] = frequencies.GetValueOrDefault(item) + 1;
                if (items.Length > 1)
                {
                    _sessionsOf.TryAdd(item, []);
                    _sessionsOf[item].Add(_sessions.Count);
                }
            }
            if (items.Length > 1)
            {
                _sessions.Add((items, Math.Pow(items.Length, -options.LengthExponent)));
            }
        }
        _rarity = frequencies.ToDictionary(
            f => f.Key,
            f => Math.Pow(Math.Log2(1 + ((double)log.Count / f.Value)), options.RarityExponent)
        );
    }

    public int[] Top(int[] session, int count)
    {
        var similarities = new Dictionary<int, double>();
        var latest = new Dictionary<int, (int Step, int Item)>();
        foreach (var (step, item) in session.Reverse().Distinct().Select(item => (StepOf(item), item)))
        {
            foreach (var other in _sessionsOf.GetValueOrDefault(item, []).Take(_options.Sample))
            {
                similarities[other] =
                    similarities.GetValueOrDefault(other)
                    + (_sessions[other].Scale / (1 + (_options.StepDecay * step)));
                latest.TryAdd(other, (step, item));
            }
        }
        var scores = new Dictionary<int, double>();
        foreach (
            var (other, similarity) in similarities
                .OrderByDescending(s => s.Value)
                .ThenBy(s => s.Key)
                .Take(_options.Neighbours)
        )
        {
            var items = _sessions[other].Items;
            var (step, shared) = latest[other];
            var at = Array.IndexOf(items, shared);
            foreach (var (place, item) in items.Index())
            {
                var distance = place - at;
                var near =
                    distance > 0
                        ? 1 / (1 + (_options.DistanceDecay * (distance - 1)))
                        : _options.BackwardWeight / (1 + (_options.DistanceDecay * Math.Max(0, -distance - 1)));
                scores[item] =
                    scores.GetValueOrDefault(item)
                    + (similarity / (1 + (_options.MatchDecay * step)) * near * _rarity[item]);
            }
        }
        return [.. scores.OrderByDescending(s => s.Value).ThenBy(s => s.Key).Take(count).Select(s => s.Key)];

        int StepOf(int item) => session.Length - 1 - Array.LastIndexOf(session, item);
    }
}
