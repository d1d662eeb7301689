using System.Globalization;
using Nocturne.Domain;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists.Blends;

/// <summary>Composes the joint playlists of blends: see docs/recipes.md, "Blend".</summary>
/// <remarks>
/// A pure function of catalogue, model, parameters, seed, tastes and date; the order of the members does not matter.
/// One instance serves one worker, as a <see cref="PlaylistComposer"/> does.
/// </remarks>
public sealed class BlendComposer
{
    // As for every list: the softmax halves in this many steps between candidates, which here are places.
    private const int TemperatureSteps = 5;
    private const int Whole = 1000;

    private readonly Composition _composition;
    private readonly long _seed;

    /// <summary>Prepares a worker.</summary>
    /// <param name="catalogue">All items.</param>
    /// <param name="model">Of the same items; for this worker alone.</param>
    /// <param name="parameters">What recipes depend on.</param>
    /// <param name="seed">Of the night: what explored slots are drawn by.</param>
    /// <exception cref="ArgumentException">Catalogue and model number different items, or a parameter is unusable.</exception>
    public BlendComposer(Catalogue catalogue, ITasteModel model, RecipeParameters? parameters = null, long seed = 0)
    {
        if (catalogue.Count != model.Items)
        {
            throw new ArgumentException(
                $"The catalogue has {catalogue.Count} items and the model {model.Items}: they number the same items.",
                nameof(model)
            );
        }
        _seed = seed;
        _composition = new Composition(catalogue, model, (parameters ?? RecipeParameters.Default).Validated(), seed);
    }

    private BlendParameters Parameters => _composition.Parameters.Blend;

    /// <summary>A taste as matches judge it; null where it has too few items.</summary>
    public TasteVector? VectorOf(ListenerTaste taste, DateOnly date)
    {
        _composition.Begin(taste, date);
        return TasteVector.Of(_composition);
    }

    /// <summary>Composes a blend's playlist.</summary>
    /// <param name="blend">Which blend.</param>
    /// <param name="version">Of its membership.</param>
    /// <param name="members">The members' tastes, in any order.</param>
    /// <param name="date">The day that the playlist is for.</param>
    /// <param name="scale">What similarities mean.</param>
    /// <exception cref="ArgumentException">
    /// Fewer than <see cref="BlendParameters.LeastMembers"/> or more than <see cref="BlendParameters.MostMembers"/>
    /// members, or one twice.
    /// </exception>
    public BlendPlaylist Compose(
        BlendId blend,
        int version,
        IReadOnlyList<ListenerTaste> members,
        DateOnly date,
        MatchScale scale
    )
    {
        ListenerTaste[] tastes = [.. members.OrderBy(member => member.Listener.Value, StringComparer.Ordinal)];
        CheckMembers(tastes);
        var rules = new GroupRules(_composition.Catalogue, tastes);
        var candidates = new BlendCandidates(_composition, rules, tastes.Length);
        var vectors = new TasteVector?[tastes.Length];
        var hasTaste = new bool[tastes.Length];
        for (var member = 0; member < tastes.Length; member++)
        {
            _composition.Begin(tastes[member], date);
            vectors[member] = TasteVector.Of(_composition);
            hasTaste[member] = candidates.Collect(member) > 0;
        }
        var kind = PlaylistKind.Blend(version);
        var owner = new ListenerId(blend.Value);
        var policy = new SlotPolicy(
            SlotPolicy.KeyOf(_seed, owner, kind, date),
            Parameters.Epsilon,
            Math.Max(1, FixedPoint.One / Parameters.Depth * TemperatureSteps)
        );
        var filler = new BlendFiller(
            _composition.Catalogue,
            new SlotRules(Parameters.Tracks, Parameters.ArtistCap, _composition.Parameters.ArtistSpacing),
            policy,
            tastes.Length
        );
        if (!filler.FillFrom(candidates.All, Parameters))
        {
            filler.FillFrom(candidates.Popular());
        }
        var slots = filler.Slots;
        BlendMember[] satisfied =
        [
            .. tastes.Select(
                (taste, member) =>
                    new BlendMember(taste.Listener, filler.Sums[member] / Math.Max(1, slots.Count), hasTaste[member])
            ),
        ];
        var playlist = new Playlist(
            kind,
            owner,
            date,
            "Blend",
            "",
            new BlendReasons(_composition, rules, tastes, date).TracksOf(slots)
        )
        {
            Trace = TraceOf(kind, policy, slots),
        };
        var made = new BlendPlaylist(
            blend,
            version,
            playlist,
            satisfied,
            [.. slots.Select(slot => MarksOf(slot.Candidate, tastes))]
        )
        {
            Match = scale.PercentOf(vectors),
        };
        return made with { Playlist = playlist with { Description = Describe(made) } };
    }

    private static void CheckMembers(ListenerTaste[] tastes)
    {
        if (tastes.Length is < BlendParameters.LeastMembers or > BlendParameters.MostMembers)
        {
            throw new ArgumentException(
                $"A blend is of {BlendParameters.LeastMembers} to {BlendParameters.MostMembers} members, not {tastes.Length}.",
                nameof(tastes)
            );
        }
        for (var member = 1; member < tastes.Length; member++)
        {
            if (tastes[member].Listener == tastes[member - 1].Listener)
            {
                throw new ArgumentException($"'{tastes[member].Listener}' is a member twice.", nameof(tastes));
            }
        }
    }

    private SlotTrace TraceOf(PlaylistKind kind, SlotPolicy policy, List<BlendSlot> slots) =>
        new(
            kind,
            policy,
            policy.Epsilon == 0
                ? []
                :
                [
                    .. slots.Select(slot => new SlotChoices(
                        [.. slot.Choices.Select(choice => _composition.Numbers.IdAt(choice.Index))],
                        [.. slot.Choices.Select(choice => choice.Merit)],
                        slot.Chosen
                    )),
                ]
        );

    /// <summary>Whose taste a candidate is. Shares are rounded down, and what is left goes to the first.</summary>
    private static IReadOnlyList<BlendMark> MarksOf(BlendCandidate? candidate, ListenerTaste[] tastes)
    {
        if (candidate is null)
        {
            return [];
        }
        var all = candidate.Scores.Sum();
        var marks = new List<BlendMark>();
        var left = Whole;
        foreach (var member in BlendReasons.Order(candidate))
        {
            var share = (int)(candidate.Scores[member] * Whole / all);
            marks.Add(new BlendMark(tastes[member].Listener, candidate.Scores[member], share));
            left -= share;
        }
        marks[0] = marks[0] with { Share = marks[0].Share + left };
        return marks;
    }

    private string Describe(BlendPlaylist blend)
    {
        var (match, fairness) = (blend.Match, blend.Fairness);
        var text = match is { } percent
            ? string.Create(CultureInfo.InvariantCulture, $"{blend.Members.Count} tastes, a match of {percent} %.")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{blend.Members.Count} tastes, too little known to say how alike."
            );
        if (fairness is null)
        {
            return $"{text} General: nothing is known of anyone's taste yet.";
        }
        if (!blend.IsFair(Parameters))
        {
            var without = blend.Members.Count(member => !member.HasTaste);
            text +=
                without > 0
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $" Not for all alike: nothing is known of {without} of them yet."
                    )
                    : " Not for all alike: too little of some tastes can be played to everyone.";
        }
        var everyones = blend.Marks.Count(marks => marks.Count == 0);
        return everyones == 0
            ? text
            : string.Create(CultureInfo.InvariantCulture, $"{text} {everyones} tracks are what everyone plays.");
    }
}
