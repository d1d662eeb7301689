using Nocturne.Domain;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>A card that a shelf may show.</summary>
/// <param name="Card">It.</param>
/// <param name="Kind">What it counts as: a playlist as music.</param>
internal readonly record struct ShelfCard(HomeCard Card, ItemKind Kind);

/// <summary>A shelf before its row is cut.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Worth">In thousandths.</param>
/// <param name="Cards">The best first; at most <see cref="SlotPolicy.MostChoices"/>.</param>
internal sealed record ShelfPool(string Name, string Title, int Worth, List<ShelfCard> Cards)
{
    /// <summary>Whether the row is drawn: of playlists. Items stand as in their list, which was drawn.</summary>
    public bool IsDrawn => Cards[0].Card.Item is null;
}

/// <summary>What the shelves of Home may show, of a night's playlists.</summary>
internal static class HomeShelves
{
    /// <summary>The shelves that have something, in the order that settles ties.</summary>
    public static List<ShelfPool> Of(Composition composition, IReadOnlyList<Playlist> playlists)
    {
        var parameters = composition.Parameters.Home;
        var shelves = new List<ShelfPool>();
        var continued = Items(composition, playlists, PlaylistKind.ContinueListening, []);
        Add("continue-listening", "Continue listening", parameters.ContinueListening, continued);
        var daylist = Any(playlists, PlaylistRecipe.Daylist)
            ? [Card(PlaylistKind.DaylistNow, 1)]
            : new List<ShelfCard>();
        Add("daylist", "Right now", parameters.Daylist, daylist);
        Add("mixes", "Made for you", parameters.Mixes, Lists(composition, playlists, PlaylistRecipe.DailyMix));
        Add(
            "new",
            "New for you",
            parameters.New,
            Lists(
                composition,
                playlists,
                PlaylistRecipe.DiscoverWeekly,
                PlaylistRecipe.ReleaseRadar,
                PlaylistRecipe.FreshFinds
            )
        );
        Add(
            "again",
            "Once more",
            parameters.Again,
            Lists(composition, playlists, PlaylistRecipe.OnRepeat, PlaylistRecipe.RepeatRewind)
        );
        Add(
            "your-episodes",
            "Your episodes",
            parameters.YourEpisodes,
            Items(composition, playlists, PlaylistKind.YourEpisodes, continued)
        );
        Add("on-repeat", "On repeat", parameters.OnRepeat, Items(composition, playlists, PlaylistKind.OnRepeat, []));
        Add("general", "Popular right now", parameters.General, Lists(composition, playlists, PlaylistRecipe.General));
        return shelves;

        void Add(string name, string title, int worth, List<ShelfCard> cards)
        {
            if (cards.Count > 0)
            {
                shelves.Add(new ShelfPool(name, title, worth, cards));
            }
        }
    }

    private static bool Any(IReadOnlyList<Playlist> playlists, PlaylistRecipe recipe) =>
        playlists.Any(playlist => recipe.Makes(playlist.Kind) && playlist.Tracks.Count > 0);

    /// <summary>The lists of some recipes: those made today first, then as the recipes stand.</summary>
    private static List<ShelfCard> Lists(
        Composition composition,
        IReadOnlyList<Playlist> playlists,
        params ReadOnlySpan<PlaylistRecipe> recipes
    )
    {
        var kinds = new List<PlaylistKind>();
        foreach (var isToday in (ReadOnlySpan<bool>)[true, false])
        {
            foreach (var recipe in recipes)
            {
                foreach (var playlist in playlists)
                {
                    if (
                        recipe.Makes(playlist.Kind)
                        && playlist.Tracks.Count > 0
                        && (playlist.Date == composition.Date) == isToday
                        && kinds.Count < SlotPolicy.MostChoices
                    )
                    {
                        kinds.Add(playlist.Kind);
                    }
                }
            }
        }
        var cards = new List<ShelfCard>(kinds.Count);
        foreach (var kind in kinds)
        {
            cards.Add(Card(kind, kinds.Count - cards.Count));
        }
        return cards;
    }

    private static ShelfCard Card(PlaylistKind kind, int worth) =>
        new(new HomeCard(kind, new Reason(ReasonKind.MadeForYou, [], Base: worth * FixedPoint.One)), ItemKind.Track);

    /// <summary>What an item is by the list it is in, and by what events say.</summary>
    private static ItemKind Named(Composition composition, PlaylistKind kind, ItemId item)
    {
        if (kind == PlaylistKind.OnRepeat)
        {
            return ItemKind.Track;
        }
        foreach (var unfinished in composition.Taste.Unfinished)
        {
            if (unfinished.Item == item)
            {
                return unfinished.Kind;
            }
        }
        return ItemKind.Episode;
    }

    /// <summary>The first items of a list that are on no shelf before.</summary>
    private static List<ShelfCard> Items(
        Composition composition,
        IReadOnlyList<Playlist> playlists,
        PlaylistKind kind,
        List<ShelfCard> before
    )
    {
        var cards = new List<ShelfCard>();
        foreach (var playlist in playlists)
        {
            if (playlist.Kind != kind)
            {
                continue;
            }
            foreach (var track in playlist.Tracks)
            {
                if (cards.Count < SlotPolicy.MostChoices && !before.Exists(card => card.Card.Item == track.Item))
                {
                    cards.Add(
                        new ShelfCard(
                            new HomeCard(kind, track),
                            composition.Numbers.KindOf(track.Item, Named(composition, kind, track.Item))
                        )
                    );
                }
            }
        }
        return cards;
    }
}
