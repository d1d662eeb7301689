using Nocturne.Domain;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>Makes Home and Made For You of a night's playlists.</summary>
/// <remarks>
/// <para>
/// How many of the first <see cref="HomeParameters.CalibratedCards"/> cards are music, podcasts and audiobooks is settled
/// first, greedily: each card is of the kind that leaves the least KL(p, q~) to the listener's own shares p, of what the
/// shelves have (<see cref="Divergence"/>). Rows are cut to that; shelves that it leaves out come below, whole.
/// </para>
/// <para>
/// Then shelves are drawn one after another, like slots, by a <see cref="SlotPolicy"/> over (1 - λ)·worth - λ·KL(p, q~ of
/// the cards so far and the shelf's row); then each row of playlists likewise, by its order. Cards of items stand as in
/// their list.
/// </para>
/// </remarks>
internal static class HomeComposer
{
    private const int Kinds = 3;

    // A shelf half behind the best is a sixth as likely as it.
    private const long ShelfTemperature = FixedPoint.One / 5;

    // Cards are worth one more than the next; the sixth is half as likely as the best.
    private const long CardTemperature = 5 * FixedPoint.One;

    public static HomePage Compose(Composition composition, IReadOnlyList<Playlist> playlists)
    {
        var pools = HomeShelves.Of(composition, playlists);
        var shares = SharesOf(composition, pools);
        var quota = Quota(composition.Parameters.Home, pools, shares);
        var policy = PolicyOf(composition, HomePage.Kind, ShelfTemperature);
        var shelves = new List<HomeShelf>(pools.Count);
        var choices = new List<SlotChoices>();
        Span<long> counts = stackalloc long[Kinds];
        while (pools.Count > 0)
        {
            var open = Choices(composition.Parameters.Home, pools, shares, counts, quota);
            var (chosen, propensity) = Draw(policy, shelves.Count, open.ConvertAll(choice => choice.Merit));
            var pool = open[chosen].Pool;
            if (policy.Epsilon > 0)
            {
                choices.Add(
                    new SlotChoices(
                        [.. open.Select(choice => new ItemId(choice.Pool.Name))],
                        [.. open.Select(choice => choice.Merit)],
                        chosen
                    )
                );
            }
            shelves.Add(Fill(composition, open[chosen], propensity));
            foreach (var card in open[chosen].Row)
            {
                counts[(int)card.Kind]++;
                quota[(int)card.Kind] = Math.Max(0, quota[(int)card.Kind] - 1);
            }
            pools.Remove(pool);
        }
        return new HomePage(composition.Taste.Listener, composition.Date, Hub(composition, playlists), shelves)
        {
            Listening = new KindShares(shares[0], shares[1], shares[2]),
            TimeZone = composition.Taste.TimeZone,
            Trace = new SlotTrace(HomePage.Kind, policy, choices),
        };
    }

    /// <summary>The shelves that may come next, the best first, each with the row it would show.</summary>
    private static List<ShelfChoice> Choices(
        HomeParameters parameters,
        List<ShelfPool> pools,
        long[] shares,
        ReadOnlySpan<long> counts,
        long[] quota
    )
    {
        var choices = new List<ShelfChoice>(pools.Count);
        foreach (var isCalibrated in (ReadOnlySpan<bool>)[true, false])
        {
            foreach (var pool in pools)
            {
                var row = Row(parameters, pool, isCalibrated ? quota : null);
                if (row.Count > 0)
                {
                    choices.Add(ChoiceOf(parameters, pool, row, shares, counts));
                }
            }
            if (choices.Count > 0)
            {
                break; // the others come when the first cards are full
            }
        }
        // A stable order: at equal merit as the shelves stand.
        return [.. choices.OrderByDescending(choice => choice.Merit)];
    }

    private static ShelfChoice ChoiceOf(
        HomeParameters parameters,
        ShelfPool pool,
        List<ShelfCard> row,
        long[] shares,
        ReadOnlySpan<long> counts
    )
    {
        Span<long> after = stackalloc long[Kinds];
        counts.CopyTo(after);
        foreach (var card in row)
        {
            after[(int)card.Kind]++;
        }
        var worth = (1000 - parameters.Calibration) * (long)pool.Worth * FixedPoint.One / 1_000_000;
        var calibration = -parameters.Calibration * Divergence.Of(shares, after) / 1000;
        return new ShelfChoice(pool, row, worth, calibration);
    }

    /// <summary>The best cards of a shelf, of each kind at most as many as are still to come.</summary>
    private static List<ShelfCard> Row(HomeParameters parameters, ShelfPool pool, long[]? quota)
    {
        var row = new List<ShelfCard>(Math.Min(parameters.RowCards, pool.Cards.Count));
        Span<long> taken = stackalloc long[Kinds];
        foreach (var card in pool.Cards)
        {
            if (row.Count < parameters.RowCards && (quota is null || taken[(int)card.Kind] < quota[(int)card.Kind]))
            {
                taken[(int)card.Kind]++;
                row.Add(card);
            }
        }
        return row;
    }

    private static HomeShelf Fill(Composition composition, ShelfChoice choice, decimal propensity)
    {
        var pool = choice.Pool;
        var reason = new Reason(ReasonKind.MadeForYou, [], choice.Calibration, choice.Worth);
        var kind = HomePage.RowOf(pool.Name);
        var policy = PolicyOf(composition, kind, CardTemperature);
        if (!pool.IsDrawn)
        {
            return new HomeShelf(pool.Name, pool.Title, reason, [.. choice.Row.Select(card => card.Card)])
            {
                Propensity = propensity,
                Trace = new SlotTrace(kind, policy with { Epsilon = 0 }, []),
            };
        }
        var left = pool.Cards.ConvertAll(card => card.Card);
        var cards = new List<HomeCard>(choice.Row.Count);
        var slots = new List<SlotChoices>();
        while (cards.Count < choice.Row.Count)
        {
            var merits = left.ConvertAll(card => card.Reason.Score);
            var (chosen, probability) = Draw(policy, cards.Count, merits);
            if (policy.Epsilon > 0)
            {
                slots.Add(new SlotChoices([.. left.Select(card => new ItemId(card.Playlist.Value))], merits, chosen));
            }
            cards.Add(left[chosen] with { Propensity = probability });
            left.RemoveAt(chosen);
        }
        return new HomeShelf(pool.Name, pool.Title, reason, cards)
        {
            Propensity = propensity,
            Trace = new SlotTrace(kind, policy, slots),
        };
    }

    private static (int Chosen, decimal Propensity) Draw(SlotPolicy policy, int slot, List<long> merits)
    {
        if (policy.Epsilon == 0)
        {
            return (0, 1m);
        }
        Span<int> units = stackalloc int[SlotPolicy.MostChoices];
        units = units[..merits.Count];
        policy.Probabilities([.. merits], units);
        var chosen = policy.Draw(slot, units);
        return (chosen, SlotPolicy.PropensityOf(units[chosen]));
    }

    private static SlotPolicy PolicyOf(Composition composition, PlaylistKind kind, long temperature) =>
        new(
            SlotPolicy.KeyOf(composition.Seed, composition.Taste.Listener, kind, composition.Date),
            composition.Parameters.Home.Epsilon,
            temperature
        );

    /// <summary>
    /// The listener's shares by kind, of what streams of each are left on both horizons, as affinities take them; without
    /// any, those of what there is to show.
    /// </summary>
    private static long[] SharesOf(Composition composition, List<ShelfPool> pools)
    {
        var amounts = new long[Kinds];
        var indices = composition.Taste.IndicesIn(composition.Catalogue);
        for (var i = 0; i < indices.Length; i++)
        {
            var item = composition.Taste.Items[i];
            var mixed =
                ((Int128)item.ShortWeight * composition.Parameters.ShortShare)
                + ((Int128)item.LongWeight * (1000 - composition.Parameters.ShortShare));
            // Above any listener's own; keeps the sum inside a long.
            var bounded = (long)Int128.Clamp(mixed / 1000, 0, 1L << 48);
            amounts[(int)composition.Numbers.KindAt(indices[i], item.Kind)] += bounded;
        }
        var shares = new long[Kinds];
        if (Divergence.TryShare(amounts, shares))
        {
            return shares;
        }
        shares[0] = FixedPoint.One;
        Divergence.TryShare(Supply(composition.Parameters.Home, pools), shares);
        return shares;
    }

    /// <summary>How many of the first cards are of each kind.</summary>
    private static long[] Quota(HomeParameters parameters, List<ShelfPool> pools, long[] shares)
    {
        var supply = Supply(parameters, pools);
        var quota = new long[Kinds];
        for (var card = 0; card < parameters.CalibratedCards; card++)
        {
            var best = -1;
            var least = long.MaxValue;
            for (var kind = 0; kind < Kinds; kind++)
            {
                if (quota[kind] == supply[kind])
                {
                    continue;
                }
                quota[kind]++;
                var divergence = Divergence.Of(shares, quota);
                quota[kind]--;
                if (divergence < least)
                {
                    (best, least) = (kind, divergence);
                }
            }
            if (best < 0)
            {
                break;
            }
            quota[best]++;
        }
        return quota;
    }

    private static long[] Supply(HomeParameters parameters, List<ShelfPool> pools)
    {
        var supply = new long[Kinds];
        foreach (var pool in pools)
        {
            foreach (var card in Row(parameters, pool, null))
            {
                supply[(int)card.Kind]++;
            }
        }
        return supply;
    }

    /// <summary>All playlists: those made tonight for days to come first, then as they were composed.</summary>
    private static List<HubEntry> Hub(Composition composition, IReadOnlyList<Playlist> playlists)
    {
        var hub = new List<HubEntry>(playlists.Count);
        foreach (var isNews in (ReadOnlySpan<bool>)[true, false])
        {
            foreach (var playlist in playlists)
            {
                if (IsNews(composition, playlist) == isNews)
                {
                    var score = isNews ? 2 * FixedPoint.One : FixedPoint.One;
                    hub.Add(new HubEntry(playlist.Kind, new Reason(ReasonKind.MadeForYou, [], Base: score)));
                }
            }
        }
        return hub;
    }

    private static bool IsNews(Composition composition, Playlist playlist)
    {
        foreach (var recipe in PlaylistRecipe.Personal)
        {
            if (recipe.Makes(playlist.Kind))
            {
                // A recipe that is due again tomorrow makes nothing for days to come.
                return playlist.Date == composition.Date && !recipe.IsDue(composition.Date.AddDays(1));
            }
        }
        return false;
    }

    /// <summary>A shelf that may come next.</summary>
    private sealed record ShelfChoice(ShelfPool Pool, List<ShelfCard> Row, long Worth, long Calibration)
    {
        public long Merit => Worth + Calibration;
    }
}
