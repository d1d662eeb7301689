using Nocturne.Domain;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>What a list of what to play next rests on.</summary>
public enum NextBasis
{
    /// <summary>Nothing personal: popular items, or the few that the listener played.</summary>
    General = 0,

    /// <summary>The listener's taste; no session is under way.</summary>
    Taste = 1,

    /// <summary>The session, and the taste behind it.</summary>
    Session = 2,
}

/// <summary>What to play now.</summary>
/// <param name="Basis">What it rests on.</param>
/// <param name="Playlist">The list; its slots' reasons and propensities recompute as those of any playlist.</param>
public sealed record NextList(NextBasis Basis, Playlist Playlist);

/// <summary>Composes what to play now: <see cref="NextScorer"/>'s candidates in slots that keep the rules of a list.</summary>
/// <remarks>
/// Where the candidates run out: what the listener plays, then what everyone does, and at last what was just played. A
/// pure function of its arguments: who asks again without having played anything gets the same list. One instance
/// serves one worker, for it holds scratch memory.
/// </remarks>
public sealed class NextComposer
{
    /// <summary>The most slots of one list.</summary>
    public const int MostTracks = 100;

    private static readonly CandidateFilter[] NotJustPlayed = [.. NextScorer.Rules, CandidateFilter.NotPlacedToday];

    private readonly NextScorer _scorer;
    private readonly NextParameters _parameters;
    private readonly SlotFiller _slots;
    private readonly long _seed;

    /// <summary>Prepares a worker.</summary>
    /// <param name="catalogue">All items.</param>
    /// <param name="model">Of the same items; for this worker alone.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="recipes">What affinities depend on.</param>
    /// <param name="parameters">What the score depends on.</param>
    /// <exception cref="ArgumentException">A parameter is unusable; the message names it.</exception>
    public NextComposer(
        Catalogue catalogue,
        ITasteModel model,
        long seed = 0,
        RecipeParameters? recipes = null,
        NextParameters? parameters = null
    )
    {
        _parameters = (parameters ?? NextParameters.Default).Validated();
        _scorer = new NextScorer(catalogue, model, recipes, _parameters);
        _slots = new SlotFiller(_scorer.Composition);
        _seed = seed;
    }

    /// <summary>Composes a list.</summary>
    /// <param name="taste">The listener, with the latest plays.</param>
    /// <param name="now">The time.</param>
    /// <param name="tracks">How many are wanted, 1 to <see cref="MostTracks"/>.</param>
    /// <returns>Empty where nothing at all may be played.</returns>
    public NextList Compose(ListenerTaste taste, Instant now, int tracks)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tracks);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tracks, MostTracks);
        var near = _scorer.Collect(taste, now);
        var composition = _scorer.Composition;
        var wanted = tracks * 2;
        var played = CandidateSource.Favourites.Collect(composition, composition.Music, NotJustPlayed, wanted);
        var popular = CandidateSource.Popular.Collect(composition, composition.Music, NotJustPlayed, wanted);
        var again = CandidateSource.Favourites.Collect(composition, composition.Music, NextScorer.Rules, wanted);
        var drawn = composition.Policy(PlaylistKind.Next, _parameters.Epsilon, near, played) with
        {
            // Other draws after every play: nobody is shown the same exploration all day.
            Key = SlotPolicy.KeyOf(
                _seed ^ (taste.RecentPlays.Count > 0 ? taste.RecentPlays[0].StartedAt.UnixMilliseconds : 0),
                taste.Listener,
                PlaylistKind.Next,
                now.Date
            ),
        };
        var filled = _slots.Fill(
            new SlotRules(
                tracks,
                Math.Max(1, tracks * _parameters.ArtistShare / 1000),
                Math.Min(_parameters.ArtistSpacing, tracks - 1)
            ),
            drawn,
            new CandidateLane(near, 1000),
            CandidateLane.Fallback(played),
            CandidateLane.Fallback(popular),
            CandidateLane.Fallback(again)
        );
        var basis =
            !filled.Candidates.Any(candidate => candidate.Kind == ReasonKind.Neighbour) ? NextBasis.General
            : _scorer.HasSession ? NextBasis.Session
            : NextBasis.Taste;
        return new NextList(
            basis,
            new Playlist(
                PlaylistKind.Next,
                taste.Listener,
                now.Date,
                "Next",
                DescriptionOf(basis, filled.Count),
                [.. filled.Slots.Select(Track)]
            )
        );
    }

    private static string DescriptionOf(NextBasis basis, int tracks) =>
        basis switch
        {
            NextBasis.Session => "What goes with what you are playing.",
            NextBasis.Taste => "What goes with what you like.",
            _ when tracks == 0 => "A general list, empty: nothing is known yet that may be played.",
            _ => "A general list: there is not enough of your own listening yet for a personal one.",
        };

    private PlaylistTrack Track(Placement placement)
    {
        var track = _scorer.Composition.Track(placement, reasonOf: null);
        return
            placement.Candidate.Kind == ReasonKind.Neighbour
            && _scorer.PushOf(placement.Candidate.Index) is > 0 and var push
            ? track with
            {
                Reason = track.Reason with { Others = track.Reason.Others - push },
            }
            : track;
    }
}
