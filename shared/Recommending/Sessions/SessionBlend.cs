using System.Globalization;

namespace Nocturne.Recommending;

/// <summary>How <see cref="SessionBlend"/> weighs its parts.</summary>
public sealed record SessionBlendOptions
{
    /// <summary>The share of the rules, from 0 to 1; the neighbours have the rest. Default: 0.3.</summary>
    public float RulesShare { get; init; } = 0.3f;

    /// <summary>
    /// What the most popular item has for that: enough to fill a list where nothing else is known. Default: 0.001.
    /// </summary>
    public float PopularityWeight { get; init; } = 0.001f;

    internal void Check(string name)
    {
        if (RulesShare is not (>= 0 and <= 1) || PopularityWeight is not (>= 0 and <= 1))
        {
            throw new ArgumentException($"{this}: the share and the weight are from 0 to 1.", name);
        }
    }
}

/// <summary>
/// Session neighbours and sequential rules together, each one's scores as a share of the best that it gives to any
/// item for the session; and popularity, where both are silent.
/// </summary>
public sealed class SessionBlend : SessionModel
{
    internal const string KindName = "session-blend";

    private readonly SessionNeighbours _neighbours;
    private readonly SequentialRules _rules;
    private readonly SessionPopularity _popularity;
    private readonly float[] _bias;

    /// <summary>Puts models of the same items together.</summary>
    /// <exception cref="ArgumentException">They are not of the same items.</exception>
    public SessionBlend(
        SessionNeighbours neighbours,
        SequentialRules rules,
        SessionPopularity popularity,
        SessionBlendOptions options
    )
        : base(neighbours.Items)
    {
        options.Check(nameof(options));
        if (rules.Items != Items || popularity.Items != Items)
        {
            throw new ArgumentException(
                $"The parts have {neighbours.Items}, {rules.Items} and {popularity.Items} items: they must agree.",
                nameof(rules)
            );
        }
        Options = options;
        _neighbours = neighbours;
        _rules = rules;
        _popularity = popularity;
        var most = popularity.Popular.IsEmpty ? 1 : popularity.Shares[popularity.Popular[0]];
        _bias = [.. popularity.Shares.ToArray().Select(share => options.PopularityWeight * (share / most))];
    }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>How the parts are weighed.</summary>
    public SessionBlendOptions Options { get; }

    private protected override ReadOnlySpan<float> Bias => _bias;

    private protected override ReadOnlySpan<int> Ranking => _popularity.Popular;

    internal static SessionBlend From(ModelArtefact artefact)
    {
        var options = new SessionBlendOptions
        {
            RulesShare = artefact.Parameter<float>("rules_share"),
            PopularityWeight = artefact.Parameter<float>("popularity_weight"),
        };
        SessionArtefacts.Check(() => options.Check(nameof(artefact)));
        return new SessionBlend(
            SessionNeighbours.From(artefact.Part("neighbours.")),
            SequentialRules.From(artefact.Part("rules.")),
            SessionPopularity.From(artefact.Part("popularity.")),
            options
        );
    }

    internal override void Accumulate(ReadOnlySpan<int> session, SessionScratch scratch, SparseSums sums)
    {
        Add(_rules, Options.RulesShare, session, scratch, sums);
        Add(_neighbours, 1 - Options.RulesShare, session, scratch, sums);
    }

    internal override void Decompose(ReadOnlySpan<int> session, int item, SessionScratch scratch, Span<float> parts)
    {
        Decompose(_rules, Options.RulesShare, session, item, scratch, parts);
        Decompose(_neighbours, 1 - Options.RulesShare, session, item, scratch, parts);
    }

    private protected override void Write(ModelArtefactWriter artefact)
    {
        var culture = CultureInfo.InvariantCulture;
        artefact.Parameter("rules_share", Options.RulesShare.ToString(culture));
        artefact.Parameter("popularity_weight", Options.PopularityWeight.ToString(culture));
        _neighbours.WritePart(artefact, "neighbours.");
        _rules.WritePart(artefact, "rules.");
        _popularity.WritePart(artefact, "popularity.");
    }

    /// <summary>A part's sums have a level of the scratch memory to themselves.</summary>
    private static void Add(
        SessionModel part,
        float share,
        ReadOnlySpan<int> session,
        SessionScratch scratch,
        SparseSums sums
    )
    {
        var own = scratch.Sums(1, part.Items);
        part.Accumulate(session, scratch, own);
        var factor = share / Most(own);
        foreach (var item in own.Items.AsSpan(0, own.Count))
        {
            sums.Add(item, own.Take(item) * factor);
        }
        own.Reset();
    }

    private static void Decompose(
        SessionModel part,
        float share,
        ReadOnlySpan<int> session,
        int item,
        SessionScratch scratch,
        Span<float> parts
    )
    {
        var own = scratch.Sums(1, part.Items);
        part.Accumulate(session, scratch, own);
        var factor = share / Most(own);
        own.Empty();
        Span<float> its = stackalloc float[LongestPrefix];
        its.Clear();
        part.Decompose(session, item, scratch, its);
        for (var step = 0; step < its.Length; step++)
        {
            parts[step] += its[step] * factor;
        }
    }

    private static float Most(SparseSums sums)
    {
        var most = 0f;
        foreach (var item in sums.Items.AsSpan(0, sums.Count))
        {
            most = Math.Max(most, sums[item]);
        }
        return most > 0 ? most : 1;
    }
}
