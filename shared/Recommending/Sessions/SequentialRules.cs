using System.Globalization;

namespace Nocturne.Recommending;

/// <summary>How <see cref="SequentialRules"/> are fitted and followed.</summary>
public sealed record SequentialRulesOptions
{
    /// <summary>How many clicks later an item still counts as following. Default: 10.</summary>
    public int Reach { get; init; } = 10;

    /// <summary>A follower n clicks later counts 1 / (1 + decay·(n - 1)). Default: 1.</summary>
    public float ReachDecay { get; init; } = 1;

    /// <summary>The rules of a click n clicks back count 1 / (1 + decay·n)². Default: 1.</summary>
    public float StepDecay { get; init; } = 1;

    /// <summary>How many of the latest clicks are looked at. Default: 10.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>A session d days before the last one counts 1 / (1 + decay·d). Default: 0.02.</summary>
    public float AgeDecay { get; init; } = 0.02f;

    /// <summary>Rules kept for each item. Default: 200.</summary>
    public int Rules { get; init; } = 200;

    internal void Check(string name)
    {
        if (
            Reach < 1
            || Rules < 1
            || Steps is < 1 or > SessionModel.LongestPrefix
            || !(ReachDecay >= 0 && StepDecay >= 0 && AgeDecay >= 0)
            || !float.IsFinite(ReachDecay + StepDecay + AgeDecay)
        )
        {
            throw new ArgumentException(
                $"{this}: reach and rules are at least 1, steps 1 to {SessionModel.LongestPrefix}, and decays not negative.",
                name
            );
        }
    }
}

/// <summary>What followed each item in sessions, and follows it now.</summary>
/// <remarks>
/// <para>
/// rule(i → j) = Σ over sessions, and over pairs of a click on i and a later one on j, of the session's weight by age
/// and the pair's by distance, divided by Σ over j: the share of what follows i that is j. An item's score is
/// Σ over the session's latest clicks of weight(steps back) · rule(i → j). Kamehkhosh, Jannach and Ludewig, "A
/// comparison of frequent pattern techniques and a deep learning method for session-based recommendation" (TempRec
/// 2017), and Ludewig and Jannach, "Evaluation of session-based recommendation algorithms" (UMUAI 2018), who follow
/// the last click alone.
/// </para>
/// </remarks>
public sealed class SequentialRules : SessionModel
{
    internal const string KindName = "sequential-rules";

    // Items per unit of parallel work.
    private const int PartitionItems = 512;

    private readonly int[] _starts;
    private readonly int[] _targets;
    private readonly float[] _weights;
    private readonly float[] _stepWeights;

    private SequentialRules(SequentialRulesOptions options, int[] starts, int[] targets, float[] weights)
        : base(starts.Length - 1)
    {
        Options = options;
        _starts = starts;
        _targets = targets;
        _weights = weights;
        _stepWeights = Decay.Table(options.StepDecay, options.Steps);
        for (var step = 0; step < _stepWeights.Length; step++)
        {
            _stepWeights[step] *= _stepWeights[step];
        }
    }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>What it was fitted with.</summary>
    public SequentialRulesOptions Options { get; }

    /// <summary>Counts what follows what.</summary>
    /// <param name="log">Sessions.</param>
    /// <param name="options">Reach, decays and how many rules are kept.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public static SequentialRules Fit(
        SessionLog log,
        SequentialRulesOptions options,
        int workers,
        CancellationToken cancellation = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        options.Check(nameof(options));
        var occurrences = new SessionOccurrences(log);
        var near = Decay.Table(options.ReachDecay, options.Reach);
        var partitions = new (int[] Lengths, int[] Targets, float[] Weights)[
            (log.ItemCount + PartitionItems - 1) / PartitionItems
        ];
        Parallel.For(
            0,
            partitions.Length,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            () => new SparseSums(log.ItemCount),
            (partition, _, sums) =>
            {
                var from = partition * PartitionItems;
                var to = Math.Min(log.ItemCount, from + PartitionItems);
                var (lengths, targets, weights) = (new int[to - from], new List<int>(), new List<float>());
                var top = (Items: new int[options.Rules], Scores: new float[options.Rules]);
                for (var item = from; item < to; item++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var total = Follow(log, occurrences, item, near, options, sums);
                    var kept = Keep(sums, top.Items, top.Scores);
                    lengths[item - from] = kept;
                    targets.AddRange(top.Items.AsSpan(0, kept));
                    foreach (var weight in top.Scores.AsSpan(0, kept))
                    {
                        weights.Add((float)(weight / total));
                    }
                }
                partitions[partition] = (lengths, [.. targets], [.. weights]);
                return sums;
            },
            static _ => { }
        );
        var starts = new int[log.ItemCount + 1];
        foreach (var (item, length) in partitions.SelectMany(p => p.Lengths).Index())
        {
            starts[item + 1] = starts[item] + length;
        }
        return new SequentialRules(
            options,
            starts,
            [.. partitions.SelectMany(p => p.Targets)],
            [.. partitions.SelectMany(p => p.Weights)]
        );
    }

    internal static SequentialRules From(ModelArtefact artefact)
    {
        var options = new SequentialRulesOptions
        {
            Reach = artefact.Parameter<int>("reach"),
            ReachDecay = artefact.Parameter<float>("reach_decay"),
            StepDecay = artefact.Parameter<float>("step_decay"),
            Steps = artefact.Parameter<int>("steps"),
            AgeDecay = artefact.Parameter<float>("age_decay"),
            Rules = artefact.Parameter<int>("rules"),
        };
        SessionArtefacts.Check(() => options.Check(nameof(artefact)));
        var starts = SessionArtefacts.Starts(artefact, "starts", artefact.Items);
        var targets = SessionArtefacts.Below(artefact, "targets", starts[^1], artefact.Items);
        return new SequentialRules(
            options,
            starts,
            targets,
            SessionArtefacts.Positive(artefact, "weights", starts[^1])
        );
    }

    internal override void Accumulate(ReadOnlySpan<int> session, SessionScratch scratch, SparseSums sums)
    {
        var steps = Math.Min(session.Length, _stepWeights.Length);
        for (var step = 0; step < steps; step++)
        {
            var item = session[session.Length - 1 - step];
            if (item < 0)
            {
                continue;
            }
            for (var rule = _starts[item]; rule < _starts[item + 1]; rule++)
            {
                sums.Add(_targets[rule], _stepWeights[step] * _weights[rule]);
            }
        }
    }

    internal override void Decompose(ReadOnlySpan<int> session, int item, SessionScratch scratch, Span<float> parts)
    {
        var steps = Math.Min(session.Length, _stepWeights.Length);
        for (var step = 0; step < steps; step++)
        {
            var from = session[session.Length - 1 - step];
            if (from < 0)
            {
                continue;
            }
            var at = _targets.AsSpan(_starts[from].._starts[from + 1]).IndexOf(item);
            parts[step] = at < 0 ? 0 : _stepWeights[step] * _weights[_starts[from] + at];
        }
    }

    private protected override void Write(ModelArtefactWriter artefact)
    {
        var culture = CultureInfo.InvariantCulture;
        artefact.Parameter("reach", Options.Reach.ToString(culture));
        artefact.Parameter("reach_decay", Options.ReachDecay.ToString(culture));
        artefact.Parameter("step_decay", Options.StepDecay.ToString(culture));
        artefact.Parameter("steps", Options.Steps.ToString(culture));
        artefact.Parameter("age_decay", Options.AgeDecay.ToString(culture));
        artefact.Parameter("rules", Options.Rules.ToString(culture));
        artefact.Section("starts", _starts);
        artefact.Section("targets", _targets);
        artefact.Section("weights", _weights);
    }

    private static double Follow(
        SessionLog log,
        SessionOccurrences occurrences,
        int item,
        float[] near,
        SequentialRulesOptions options,
        SparseSums sums
    )
    {
        var total = 0d;
        foreach (var (session, position) in occurrences.Of(item))
        {
            var clicks = log[session];
            var weight = Decay.At(options.AgeDecay, log.AgeInDays(session));
            var end = Math.Min(clicks.Length, position + 1 + near.Length);
            for (var later = position + 1; later < end; later++)
            {
                if (clicks[later] >= 0 && clicks[later] != item)
                {
                    var value = (float)(weight * near[later - position - 1]);
                    sums.Add(clicks[later], value);
                    total += value;
                }
            }
        }
        return total;
    }

    private static int Keep(SparseSums sums, int[] items, float[] scores)
    {
        var top = new TopItems(items, scores);
        foreach (var target in sums.Items.AsSpan(0, sums.Count))
        {
            top.Offer(target, sums.Take(target));
        }
        sums.Reset();
        return top.Sort();
    }
}
