using System.Runtime.InteropServices;

namespace Nocturne.Playlists.Composing;

/// <summary>
/// What a listener's music is classed by, and the share of each class: genres where the catalogue knows them for most
/// of what is played, else the parts of the taste. Scratch memory of one worker.
/// </summary>
/// <remarks>
/// An item has at most <see cref="GenreTable.MostOfItem"/> classes and counts for them alike: in sixths, which two and
/// three divide. A candidate is of the part that it is most similar to.
/// </remarks>
internal sealed class TasteClasses(int items)
{
    /// <summary>An item's weight over all of its classes.</summary>
    public const int Whole = 6;

    private readonly Dictionary<int, int> _classOf = [];
    private readonly List<(int Genre, long Amount)> _genres = [];

    // By item, from 1.
    private readonly RoundTable _partOf = new(items);
    private int[] _parts = [];
    private long[] _amounts = [];
    private long[] _shares = [];
    private bool _hasGenres;
    private int _count;

    /// <summary>p of every class, in fixed point; less than two say nothing.</summary>
    public ReadOnlySpan<long> Shares => _shares.AsSpan(0, _count);

    /// <summary>Takes the next listener.</summary>
    public void Read(Composition composition)
    {
        _count = 0;
        _hasGenres = TryGenres(composition);
        if (!_hasGenres)
        {
            CutParts(composition);
        }
    }

    /// <summary>A candidate's classes; -1 is one that the listener has not.</summary>
    /// <returns>How many: 0 if nothing is known of it.</returns>
    public int Of(Composition composition, int item, Span<int> classes)
    {
        if (_hasGenres)
        {
            var genres = composition.Catalogue.Genres.Of(item);
            for (var i = 0; i < genres.Length; i++)
            {
                classes[i] = _classOf.GetValueOrDefault(genres[i], -1);
            }
            return genres.Length;
        }
        Span<long> likeness = stackalloc long[_count];
        likeness.Clear();
        var neighbours = composition.Model.NeighboursOf(item);
        var similarities = composition.Model.SimilaritiesOf(item);
        for (var i = 0; i < neighbours.Length; i++)
        {
            if (_partOf[neighbours[i]] is var part and > 0)
            {
                likeness[part - 1] += FixedPoint.Of(similarities[i]);
            }
        }
        var most = 0;
        for (var part = 1; part < _count; part++)
        {
            most = likeness[part] > likeness[most] ? part : most;
        }
        classes[0] = most;
        return likeness[most] > 0 ? 1 : 0;
    }

    private bool TryGenres(Composition composition)
    {
        _classOf.Clear();
        _genres.Clear();
        var table = composition.Catalogue.Genres;
        if (table.Count == 0)
        {
            return false;
        }
        Int128 known = 0;
        Int128 all = 0;
        foreach (var entry in composition.Music)
        {
            all += entry.Affinity;
            var genres = table.Of(entry.Index);
            known += genres.IsEmpty ? 0 : entry.Affinity;
            foreach (var genre in genres)
            {
                ref var at = ref CollectionsMarshal.GetValueRefOrAddDefault(_classOf, genre, out var exists);
                if (!exists)
                {
                    at = _genres.Count;
                    _genres.Add((genre, 0));
                }
                CollectionsMarshal.AsSpan(_genres)[at].Amount += entry.Affinity / genres.Length;
            }
        }
        if (known * 1000 < all * composition.Parameters.Calibration.KnownShare || _genres.Count == 0)
        {
            return false;
        }
        // Numbers of genres are the catalogue's, so ties do not depend on the listener.
        _genres.Sort(static (a, b) => a.Amount != b.Amount ? b.Amount.CompareTo(a.Amount) : a.Genre.CompareTo(b.Genre));
        _classOf.Clear();
        Begin(Math.Min(_genres.Count, composition.Parameters.Calibration.Genres));
        for (var i = 0; i < _count; i++)
        {
            _classOf.Add(_genres[i].Genre, i);
            _amounts[i] = _genres[i].Amount;
        }
        return TryShare();
    }

    private void CutParts(Composition composition)
    {
        _partOf.Clear();
        if (composition.Clusters.Wanted(composition.Music.Count) < 2)
        {
            return;
        }
        if (_parts.Length < composition.Music.Count)
        {
            _parts = new int[composition.Music.Count * 2];
        }
        var parts = _parts.AsSpan(0, composition.Music.Count);
        Begin(composition.Clusters.Assign(composition, composition.Music, parts));
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] >= 0)
            {
                _partOf[composition.Music[i].Index] = parts[i] + 1;
                _amounts[parts[i]] += composition.Music[i].Affinity;
            }
        }
        TryShare();
    }

    private void Begin(int count)
    {
        _count = count;
        if (_amounts.Length < count)
        {
            (_amounts, _shares) = (new long[count], new long[count]);
        }
        _amounts.AsSpan(0, count).Clear();
    }

    private bool TryShare()
    {
        if (Divergence.TryShare(_amounts.AsSpan(0, _count), _shares.AsSpan(0, _count)))
        {
            return true;
        }
        _count = 0;
        return false;
    }
}
