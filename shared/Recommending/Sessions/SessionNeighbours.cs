using System.Globalization;

namespace Nocturne.Recommending;

/// <summary>The nearest sessions of the past, and what they went on with.</summary>
/// <remarks>
/// <para>
/// similarity(s, n) = a(n) · Σ over the items that both have of weight(steps back in s), where a(n) falls with the
/// neighbour's age and length; the K most similar of the sessions that share an item have a say. An item's score is
/// Σ over them of similarity · weight(steps back of the latest shared item) · weight(distance of the item from it in
/// n) · idf(item). V-SKNN of Ludewig and Jannach, "Evaluation of session-based recommendation algorithms" (UMUAI
/// 2018); age and distance as in Garg et al., "Sequence and time aware neighborhood for session-based
/// recommendations" (SIGIR 2019); the index of the latest sessions of every item as in Kersbergen, Sprangers and
/// Schelter, "Serenade" (SIGMOD 2022). All weights are rational, and so the same on every machine.
/// </para>
/// </remarks>
public sealed class SessionNeighbours : SessionModel
{
    internal const string KindName = "session-neighbours";

    /// <summary>A longer session of the past counts with its latest items; no one listens on for so long.</summary>
    internal const int LongestSession = 128;

    // Sessions are numbered from the latest, so that of equally similar ones the later is nearer.
    private readonly float[] _sessionScales;
    private readonly int[] _sessionStarts;
    private readonly int[] _sessionItems;
    private readonly float[] _itemScales;
    private readonly int[] _itemStarts;
    private readonly int[] _itemSessions;
    private readonly int[] _itemPositions;
    private readonly float[] _stepWeights;
    private readonly float[] _matchWeights;
    private readonly float[] _distanceWeights;

    internal SessionNeighbours(
        SessionNeighboursOptions options,
        float[] itemScales,
        float[] sessionScales,
        int[] sessionStarts,
        int[] sessionItems
    )
        : base(itemScales.Length)
    {
        Options = options;
        _itemScales = itemScales;
        _sessionScales = sessionScales;
        _sessionStarts = sessionStarts;
        _sessionItems = sessionItems;
        (_itemStarts, _itemSessions, _itemPositions) = SessionIndex.Of(
            Items,
            options.Sample,
            sessionStarts,
            sessionItems
        );
        _stepWeights = Decay.Table(options.StepDecay, options.Steps);
        _matchWeights = Decay.Table(options.MatchDecay, options.Steps);
        _distanceWeights = Decay.Table(options.DistanceDecay, LongestSession);
    }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>What it was fitted with.</summary>
    public SessionNeighboursOptions Options { get; }

    /// <summary>Keeps the latest sessions.</summary>
    /// <param name="log">Sessions.</param>
    /// <param name="options">How they are weighed.</param>
    public static SessionNeighbours Fit(SessionLog log, SessionNeighboursOptions options)
    {
        options.Check(nameof(options));
        var starts = new List<int> { 0 };
        var items = new List<int>();
        var scales = new List<float>();
        var frequencies = new int[log.ItemCount];
        for (var session = log.Count - 1; session >= 0 && scales.Count < options.MaxSessions; session--)
        {
            var length = AppendDistinct(log[session], items);
            foreach (var item in items.Skip(starts[^1]))
            {
                frequencies[item]++;
            }
            if (length < 2)
            {
                items.RemoveRange(starts[^1], length); // it says that an item is known, and nothing of what goes with it
                continue;
            }
            starts.Add(items.Count);
            var age = Decay.At(options.AgeDecay, log.AgeInDays(session));
            scales.Add((float)(age / Powers.Of(length, options.LengthExponent)));
        }
        var itemScales = new float[log.ItemCount];
        for (var item = 0; item < itemScales.Length; item++)
        {
            var rarity = Logarithm.Base2(1 + ((double)Math.Max(1, log.Count) / Math.Max(1, frequencies[item])));
            itemScales[item] = (float)Powers.Of(rarity, options.RarityExponent);
        }
        return new SessionNeighbours(options, itemScales, [.. scales], [.. starts], [.. items]);
    }

    internal static SessionNeighbours From(ModelArtefact artefact)
    {
        var options = new SessionNeighboursOptions
        {
            Sample = artefact.Parameter<int>("sample"),
            Neighbours = artefact.Parameter<int>("neighbours"),
            Steps = artefact.Parameter<int>("steps"),
            StepDecay = artefact.Parameter<float>("step_decay"),
            MatchDecay = artefact.Parameter<float>("match_decay"),
            DistanceDecay = artefact.Parameter<float>("distance_decay"),
            BackwardWeight = artefact.Parameter<float>("backward_weight"),
            LengthExponent = artefact.Parameter<float>("length_exponent"),
            RarityExponent = artefact.Parameter<float>("rarity_exponent"),
            AgeDecay = artefact.Parameter<float>("age_decay"),
            RepeatWeight = artefact.Parameter<float>("repeat_weight"),
            MaxSessions = artefact.Parameter<int>("max_sessions"),
        };
        SessionArtefacts.Check(() => options.Check(nameof(artefact)));
        var sessions = artefact.Parameter<int>("sessions");
        if (sessions < 0)
        {
            throw new ModelArtefactException($"The artefact has {sessions} sessions.");
        }
        var starts = SessionArtefacts.Starts(artefact, "session_starts", sessions);
        for (var session = 0; session < sessions; session++)
        {
            if (starts[session + 1] - starts[session] > LongestSession)
            {
                throw new ModelArtefactException($"The artefact's session {session} is longer than {LongestSession}.");
            }
        }
        return new SessionNeighbours(
            options,
            SessionArtefacts.Positive(artefact, "item_scales", artefact.Items),
            SessionArtefacts.Positive(artefact, "session_scales", sessions),
            starts,
            SessionArtefacts.Below(artefact, "session_items", starts[^1], artefact.Items)
        );
    }

    internal override void Accumulate(ReadOnlySpan<int> session, SessionScratch scratch, SparseSums sums)
    {
        var nearest = FindNearest(session, scratch);
        for (var n = 0; n < nearest; n++)
        {
            var neighbour = scratch.Nearest[n];
            var factor = scratch.Similarities[n] * _matchWeights[scratch.Steps[neighbour]];
            var shared = scratch.Positions[neighbour];
            var start = _sessionStarts[neighbour];
            for (var at = start; at < _sessionStarts[neighbour + 1]; at++)
            {
                var item = _sessionItems[at];
                sums.Add(item, factor * DistanceWeight(at - start - shared) * _itemScales[item]);
            }
        }
        for (var step = 0; step < Math.Min(session.Length, _stepWeights.Length); step++)
        {
            var item = session[session.Length - 1 - step];
            if (item >= 0 && IsLatest(session, step) && !sums.IsNew(item))
            {
                sums.Scale(item, Options.RepeatWeight);
            }
        }
    }

    internal override void Decompose(ReadOnlySpan<int> session, int item, SessionScratch scratch, Span<float> parts)
    {
        var nearest = FindNearest(session, scratch);
        var factors = scratch.Sessions(_sessionScales.Length, Options.Neighbours);
        for (var n = 0; n < nearest; n++)
        {
            var neighbour = scratch.Nearest[n];
            var start = _sessionStarts[neighbour];
            var at = _sessionItems.AsSpan(start.._sessionStarts[neighbour + 1]).IndexOf(item);
            if (at >= 0)
            {
                var distance = DistanceWeight(at - scratch.Positions[neighbour]);
                var match = _matchWeights[scratch.Steps[neighbour]];
                factors.Add(neighbour, _sessionScales[neighbour] * match * distance * _itemScales[item]);
            }
        }
        var steps = Math.Min(session.Length, _stepWeights.Length);
        var repeat = session[^steps..].Contains(item) ? Options.RepeatWeight : 1;
        for (var step = 0; step < steps; step++)
        {
            var shared = session[session.Length - 1 - step];
            if (shared < 0 || !IsLatest(session, step))
            {
                continue;
            }
            var sum = 0f;
            foreach (var neighbour in _itemSessions.AsSpan(_itemStarts[shared].._itemStarts[shared + 1]))
            {
                sum += factors[neighbour];
            }
            parts[step] = sum * _stepWeights[step] * repeat;
        }
        factors.Empty();
    }

    private protected override void Write(ModelArtefactWriter artefact)
    {
        var culture = CultureInfo.InvariantCulture;
        artefact.Parameter("sample", Options.Sample.ToString(culture));
        artefact.Parameter("neighbours", Options.Neighbours.ToString(culture));
        artefact.Parameter("steps", Options.Steps.ToString(culture));
        artefact.Parameter("step_decay", Options.StepDecay.ToString(culture));
        artefact.Parameter("match_decay", Options.MatchDecay.ToString(culture));
        artefact.Parameter("distance_decay", Options.DistanceDecay.ToString(culture));
        artefact.Parameter("backward_weight", Options.BackwardWeight.ToString(culture));
        artefact.Parameter("length_exponent", Options.LengthExponent.ToString(culture));
        artefact.Parameter("rarity_exponent", Options.RarityExponent.ToString(culture));
        artefact.Parameter("age_decay", Options.AgeDecay.ToString(culture));
        artefact.Parameter("repeat_weight", Options.RepeatWeight.ToString(culture));
        artefact.Parameter("max_sessions", Options.MaxSessions.ToString(culture));
        artefact.Parameter("sessions", _sessionScales.Length.ToString(culture));
        artefact.Section("item_scales", _itemScales);
        artefact.Section("session_scales", _sessionScales);
        artefact.Section("session_starts", _sessionStarts);
        artefact.Section("session_items", _sessionItems);
    }

    /// <summary>Leaves the nearest sessions and their similarities in the scratch memory, in no order.</summary>
    private int FindNearest(ReadOnlySpan<int> session, SessionScratch scratch)
    {
        var similarities = scratch.Sessions(_sessionScales.Length, Options.Neighbours);
        var steps = scratch.Steps;
        var positions = scratch.Positions;
        for (var step = 0; step < Math.Min(session.Length, _stepWeights.Length); step++)
        {
            var item = session[session.Length - 1 - step];
            if (item < 0 || !IsLatest(session, step))
            {
                continue;
            }
            var weight = _stepWeights[step];
            for (var at = _itemStarts[item]; at < _itemStarts[item + 1]; at++)
            {
                var neighbour = _itemSessions[at];
                if (similarities.IsNew(neighbour))
                {
                    steps[neighbour] = step;
                    positions[neighbour] = _itemPositions[at];
                }
                similarities.Add(neighbour, weight);
            }
        }
        var top = new TopItems(
            scratch.Nearest.AsSpan(0, Options.Neighbours),
            scratch.Similarities.AsSpan(0, Options.Neighbours)
        );
        foreach (var neighbour in similarities.Items.AsSpan(0, similarities.Count))
        {
            top.Offer(neighbour, similarities.Take(neighbour) * _sessionScales[neighbour]);
        }
        similarities.Reset();
        return top.Count;
    }

    /// <summary>Whether an item is not clicked again later: each counts once, where it was last.</summary>
    private static bool IsLatest(ReadOnlySpan<int> session, int step) =>
        !session[(session.Length - step)..].Contains(session[session.Length - 1 - step]);

    private float DistanceWeight(int distance) =>
        distance > 0
            ? _distanceWeights[distance - 1]
            : Options.BackwardWeight * _distanceWeights[Math.Max(0, -distance - 1)];

    /// <summary>Appends a session's latest items, each where it first occurs among them; returns how many.</summary>
    private static int AppendDistinct(ReadOnlySpan<int> session, List<int> items)
    {
        var start = items.Count;
        foreach (var item in session[Math.Max(0, session.Length - LongestSession)..])
        {
            if (item >= 0 && items.IndexOf(item, start) < 0)
            {
                items.Add(item);
            }
        }
        return items.Count - start;
    }
}
