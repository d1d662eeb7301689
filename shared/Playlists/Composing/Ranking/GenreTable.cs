namespace Nocturne.Playlists.Composing;

/// <summary>The catalogue's genres by number, and those of every item, the most fitting first. Immutable.</summary>
internal sealed class GenreTable
{
    /// <summary>The most genres of an item that count: what follows the third is a nuance.</summary>
    public const int MostOfItem = 3;

    private readonly int[] _firsts;
    private readonly int[] _genres;

    public GenreTable(Catalogue catalogue)
    {
        var numbers = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var genres = new List<int>();
        _firsts = new int[catalogue.Count + 1];
        for (var item = 0; item < catalogue.Count; item++)
        {
            _firsts[item] = genres.Count;
            foreach (var name in catalogue[item].Genres)
            {
                if (genres.Count - _firsts[item] == MostOfItem)
                {
                    break;
                }
                if (string.IsNullOrWhiteSpace(name))
                {
                    continue;
                }
                if (!numbers.TryGetValue(name.Trim(), out var number))
                {
                    numbers.Add(name.Trim(), number = numbers.Count);
                }
                if (genres.IndexOf(number, _firsts[item]) < 0)
                {
                    genres.Add(number);
                }
            }
        }
        _firsts[^1] = genres.Count;
        _genres = [.. genres];
        Count = numbers.Count;
    }

    /// <summary>How many genres there are.</summary>
    public int Count { get; }

    /// <summary>An item's genres; none of what is not in the catalogue.</summary>
    public ReadOnlySpan<int> Of(int item) =>
        (uint)item < (uint)(_firsts.Length - 1) ? _genres.AsSpan(_firsts[item].._firsts[item + 1]) : [];
}
