using System.Runtime.InteropServices;
using Nocturne.Domain;
using Nocturne.Playlists;
using Nocturne.Serve.Serving;

namespace Nocturne.Serve.Search;

/// <summary>How much a listener is drawn to artists and items, from 0 to 1, and what they must not be shown.</summary>
internal sealed class SearchTaste
{
    // What was said outright counts like the strongest of what was played.
    private const float Said = 1;
    private readonly Dictionary<int, float> _artists = [];
    private readonly Dictionary<int, float> _items = [];
    private string? _market;
    private bool _allowsExplicit = true;

    /// <summary>Nobody's.</summary>
    public static SearchTaste None { get; } = new();

    public bool IsEmpty => _artists.Count == 0 && _items.Count == 0;

    public static SearchTaste Of(ListenerTaste own, ListenerProfile? profile, ServingIndex index)
    {
        var taste = new SearchTaste { _market = own.Market, _allowsExplicit = own.AllowsExplicit };
        if (profile is null)
        {
            return taste;
        }
        taste.AddStrengths(profile.Items, taste._items, id => index.Catalogue.IndexOf(new ItemId(id)));
        taste.AddStrengths(profile.Artists, taste._artists, index.Artists.NumberOf);
        Say(taste._items, own.Liked.Select(item => index.Catalogue.IndexOf(item)), Said);
        Say(taste._artists, own.FollowedArtists.Select(artist => index.Artists.NumberOf(artist.Value)), Said);
        Say(taste._items, own.Hated.Select(item => index.Catalogue.IndexOf(item)), -Said);
        Say(taste._artists, own.HatedArtists.Select(artist => index.Artists.NumberOf(artist.Value)), -Said);
        return taste;
    }

    /// <summary>How much, from -1 (hated) to 1; of an artist alone where <paramref name="item"/> is -1.</summary>
    public float For(int artist, int item) =>
        Math.Clamp(_artists.GetValueOrDefault(artist) + (item < 0 ? 0 : _items.GetValueOrDefault(item)), -1, 1);

    /// <summary>Whether an item may be shown to the listener at all.</summary>
    public bool Allows(CatalogueTrack track) =>
        (_allowsExplicit || !track.Explicit)
        && (_market is null || track.Markets is null || track.Markets.Contains(_market));

    private static void Say(Dictionary<int, float> strengths, IEnumerable<int> numbers, float strength)
    {
        foreach (var number in numbers.Where(number => number >= 0))
        {
            strengths[number] = strength;
        }
    }

    /// <summary>By the root of short and long horizon together, the strongest being 1.</summary>
    private void AddStrengths(
        IReadOnlyList<Affinity> affinities,
        Dictionary<int, float> strengths,
        Func<string, int> numberOf
    )
    {
        var most = affinities.Count == 0 ? 0 : affinities.Max(affinity => affinity.Short + affinity.Long);
        if (most <= 0)
        {
            return;
        }
        foreach (var affinity in affinities)
        {
            if (numberOf(affinity.Id) is >= 0 and var number)
            {
                ref var strength = ref CollectionsMarshal.GetValueRefOrAddDefault(strengths, number, out _);
                strength = Math.Max(strength, (float)Math.Sqrt((affinity.Short + affinity.Long) / (double)most));
            }
        }
    }
}
