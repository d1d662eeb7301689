using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>
/// For every part of the listener's local day: favourites weighted by what is played in that part on that day of the
/// week (<see cref="HourHabits"/>), and the neighbours of those.
/// </summary>
/// <remarks>
/// Nobody has one whose latest play is older than <see cref="DaylistParameters.MostDaysSilent"/>. Fall-backs: a part in which the listener does not use to listen has no playlist; where it is not known what is
/// played when, a part has the taste as it is, and the description says so.
/// </remarks>
internal sealed class Daylist : PlaylistRecipe
{
    private static readonly CandidateFilter[] FavouriteFilters =
    [
        CandidateFilter.NotBanned,
        CandidateFilter.Available,
        CandidateFilter.Music,
    ];

    private static readonly CandidateFilter[] NeighbourFilters = [CandidateFilter.NotPlayed, .. FavouriteFilters];

    public override string Name => "daylist";

    // It names the day of the week, and is for it.
    public override bool IsDueAtRest(DateOnly date) => true;

    internal override void Compose(Composition composition, SlotFiller slots, ICollection<Playlist> playlists)
    {
        if (composition.Music.Count == 0 || IsSilent(composition))
        {
            return;
        }
        composition.Habits.Read(composition);
        for (var part = DayPart.Morning; part <= DayPart.Night; part++)
        {
            if (composition.Habits.StreamsIn(part) >= composition.Parameters.Daylist.MinimumStreams)
            {
                Compose(composition, slots, part, playlists);
            }
        }
    }

    private static bool IsSilent(Composition composition) =>
        composition.Taste.RecentPlays is [var latest, ..]
        && latest.StartedAt.Date < composition.Date.AddDays(-composition.Parameters.Daylist.MostDaysSilent);

    private static void Compose(
        Composition composition,
        SlotFiller slots,
        DayPart part,
        ICollection<Playlist> playlists
    )
    {
        var parameters = composition.Parameters.Daylist;
        var kind = PlaylistKind.Daylist(part);
        var taste = composition.Habits.Weigh(composition.Music, part, parameters);
        composition.SeedWith(taste, parameters.Seeds);
        // Caps drop tracks of artists that fill the top of a ranking, so more is collected than placed.
        var wanted = parameters.Tracks * 2;
        var favourites = CandidateSource.Favourites.Collect(composition, taste, FavouriteFilters, wanted);
        var neighbours = CandidateSource.Neighbours.Collect(composition, taste, NeighbourFilters, wanted);
        var placed = slots.Fill(
            new SlotRules(parameters.Tracks, parameters.ArtistCap, composition.Parameters.ArtistSpacing),
            composition.Policy(kind, parameters.Epsilon, favourites, neighbours),
            new CandidateLane(favourites, parameters.FavouriteShare),
            new CandidateLane(neighbours, 1000 - parameters.FavouriteShare)
        );
        if (placed.Count < parameters.MinimumTracks)
        {
            return;
        }
        var when = $"{composition.Date.DayOfWeek} {ListenerDay.NameOf(part)}";
        playlists.Add(
            Finish(
                composition,
                kind,
                when,
                composition.Habits.KnowsPlays
                    ? $"What you play on a {when}, and more like it."
                    : $"Your music for a {when}, until it is known what you play then.",
                placed
            )
        );
    }
}
