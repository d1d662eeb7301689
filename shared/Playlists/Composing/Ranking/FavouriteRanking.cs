using System.Runtime.InteropServices;

namespace Nocturne.Playlists.Composing;

/// <summary>
/// Ranks favourites of one taste: an item's merit is its affinity, plus a share of its artist's by how popular the
/// item is.
/// </summary>
/// <remarks>
/// Most items of most listeners were played once, and many on the same day, so affinities tie; of those, what is by an
/// artist whom the listener plays much, and what others play too, is the likelier to be played again. The addition is
/// <see cref="RecipeParameters.MixArtistPull"/> · affinity of the artist's items · √(listeners of the item / of the most
/// popular item). The score, and so the reason, stays the affinity. Square roots are the same on every machine.
/// </remarks>
internal sealed class FavouriteRanking
{
    // Unknown artists are nobody's: their items have no addition.
    private readonly Dictionary<int, long> _masses = [];

    /// <summary>Adds up the taste that is ranked next.</summary>
    /// <returns>All affinities together, and those of the artist who has most.</returns>
    public (long All, long Heaviest) MassOf(List<TasteEntry> taste)
    {
        _masses.Clear();
        var (all, heaviest) = (0L, 0L);
        foreach (var entry in taste)
        {
            all += entry.Affinity;
            if (entry.Artist >= 0)
            {
                ref var mass = ref CollectionsMarshal.GetValueRefOrAddDefault(_masses, entry.Artist, out _);
                mass += entry.Affinity;
                heaviest = Math.Max(heaviest, mass);
            }
        }
        return (all, heaviest);
    }

    /// <summary>Puts favourites of the taste that was added up last into the order of their merits, ties by id.</summary>
    public void Rank(Composition composition, List<Candidate> favourites)
    {
        var popular = composition.Model.Popular;
        var most = popular.IsEmpty ? 0 : composition.Model.ListenersOf(popular[0]);
        var pull = composition.Parameters.MixArtistPull;
        if (most <= 0 || pull == 0)
        {
            return;
        }
        foreach (ref var favourite in CollectionsMarshal.AsSpan(favourites))
        {
            if (favourite.Index < composition.Catalogue.Count && _masses.TryGetValue(favourite.Artist, out var mass))
            {
                var share = Math.Sqrt(composition.Model.ListenersOf(favourite.Index) / (double)most);
                var addition = (long)((Int128)mass * (long)(share * FixedPoint.One) / FixedPoint.One * pull / 1000);
                favourite = favourite with { Merit = favourite.Score + addition };
            }
        }
        favourites.Sort(
            (a, b) =>
                a.Merit != b.Merit
                    ? b.Merit.CompareTo(a.Merit)
                    : string.CompareOrdinal(
                        composition.Numbers.IdAt(a.Index).Value,
                        composition.Numbers.IdAt(b.Index).Value
                    )
        );
    }
}
