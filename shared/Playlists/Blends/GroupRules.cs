using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists.Blends;

/// <summary>What keeps the rules of every member of a group: nobody's ban is played, and everybody may play it.</summary>
internal sealed class GroupRules
{
    private readonly Catalogue _catalogue;
    private readonly HashSet<int> _recordings = [];
    private readonly HashSet<int> _artists = [];
    private readonly List<string> _markets = [];
    private readonly bool _allowsExplicit = true;

    public GroupRules(Catalogue catalogue, IReadOnlyList<ListenerTaste> members)
    {
        _catalogue = catalogue;
        foreach (var member in members)
        {
            Ban(member.Hated);
            Ban(member.Excluded);
            foreach (var artist in member.HatedArtists)
            {
                _artists.Add(catalogue.ArtistNumber(artist));
            }
            // The catalogue may not know the artist that an event named.
            Ban(
                member
                    .Items.Where(item => item.Artist is { } artist && member.HatedArtists.Contains(artist))
                    .Select(item => item.Item)
            );
            _allowsExplicit &= member.AllowsExplicit;
            if (member.Market is { } market && !_markets.Contains(market))
            {
                _markets.Add(market);
            }
        }
        Filter = new CandidateFilter("for every member", (_, in candidate) => IsAllowed(candidate.Index));
    }

    /// <summary>The rules as composing takes them.</summary>
    public CandidateFilter Filter { get; }

    /// <summary>Whether an item may be played. What the catalogue does not know may not: nobody can tell its market.</summary>
    public bool IsAllowed(int item)
    {
        if (item >= _catalogue.Count || IsBanned(item))
        {
            return false;
        }
        var traits = _catalogue.Traits(item);
        return traits.HasFlag(CatalogueTraits.Music)
            && (_allowsExplicit || !traits.HasFlag(CatalogueTraits.Explicit))
            && (
                !traits.HasFlag(CatalogueTraits.SomeMarkets) || _markets.TrueForAll(_catalogue[item].Markets!.Contains)
            );
    }

    /// <summary>Whether any member banned an item, which is then named nowhere.</summary>
    public bool IsBanned(int item) =>
        _recordings.Contains(_catalogue.RecordingOf(item))
        || (_catalogue.ArtistOf(item) is >= 0 and var artist && _artists.Contains(artist));

    private void Ban(IEnumerable<Domain.ItemId> items)
    {
        foreach (var item in items)
        {
            if (_catalogue.IndexOf(item) is >= 0 and var index)
            {
                _recordings.Add(_catalogue.RecordingOf(index));
            }
        }
    }
}
