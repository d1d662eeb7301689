namespace Nocturne.Recommending;

/// <summary>Where every item occurs: sessions, oldest first, and positions in them.</summary>
internal sealed class SessionOccurrences
{
    private readonly int[] _starts;
    private readonly (int Session, int Position)[] _places;

    public SessionOccurrences(SessionLog log)
    {
        _starts = new int[log.ItemCount + 1];
        var count = 0;
        for (var session = 0; session < log.Count; session++)
        {
            foreach (var item in log[session])
            {
                if (item >= 0)
                {
                    _starts[item + 1]++;
                    count++;
                }
            }
        }
        for (var item = 0; item < log.ItemCount; item++)
        {
            _starts[item + 1] += _starts[item];
        }
        var next = _starts.AsSpan(0, log.ItemCount).ToArray();
        _places = new (int Session, int Position)[count];
        for (var session = 0; session < log.Count; session++)
        {
            var items = log[session];
            for (var position = 0; position < items.Length; position++)
            {
                if (items[position] >= 0)
                {
                    _places[next[items[position]]++] = (session, position);
                }
            }
        }
    }

    /// <summary>Where an item occurs.</summary>
    public ReadOnlySpan<(int Session, int Position)> Of(int item) => _places.AsSpan(_starts[item].._starts[item + 1]);
}
