namespace Nocturne.Recommending;

/// <summary>A kind of session model that can be fitted and tuned.</summary>
public abstract class SessionModelFamily
{
    /// <summary>Every kind there is, simplest first.</summary>
    public static IReadOnlyList<SessionModelFamily> All { get; } =
    [
        new SessionPopularityFamily(),
        new SequentialRulesFamily(),
        new SessionNeighboursFamily(),
        new SessionBlendFamily(),
    ];

    /// <summary>As commands name it, such as <c>session-knn</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What may be searched, each independent of the others.</summary>
    public abstract IReadOnlyList<HyperParameter> Parameters { get; }

    /// <summary>Fits a model.</summary>
    /// <param name="log">Sessions.</param>
    /// <param name="values">Hyper-parameters.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public abstract SessionModel Fit(
        SessionLog log,
        HyperParameters values,
        int workers,
        CancellationToken cancellation
    );
}

/// <summary>Fits <see cref="SessionPopularity"/>.</summary>
public sealed class SessionPopularityFamily : SessionModelFamily
{
    /// <inheritdoc/>
    public override string Name => "popularity";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } = [];

    /// <inheritdoc/>
    public override SessionModel Fit(
        SessionLog log,
        HyperParameters values,
        int workers,
        CancellationToken cancellation
    ) => SessionPopularity.Fit(log);
}

/// <summary>Fits <see cref="SequentialRules"/>.</summary>
public sealed class SequentialRulesFamily : SessionModelFamily
{
    private static readonly SequentialRulesOptions Defaults = new();
    private static readonly HyperParameter Reach = new("rules_reach", Defaults.Reach, 1, 20, true, IsInteger: true);
    private static readonly HyperParameter ReachDecay = new("rules_reach_decay", Defaults.ReachDecay, 0.1, 5, true);
    private static readonly HyperParameter StepDecay = new("rules_step_decay", Defaults.StepDecay, 0.1, 10, true);
    private static readonly HyperParameter AgeDecay = new("rules_age_decay", Defaults.AgeDecay, 0.001, 1, true);

    /// <inheritdoc/>
    public override string Name => "rules";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } = [Reach, ReachDecay, StepDecay, AgeDecay];

    /// <inheritdoc/>
    public override SessionModel Fit(
        SessionLog log,
        HyperParameters values,
        int workers,
        CancellationToken cancellation
    ) => SequentialRules.Fit(log, Options(values), workers, cancellation);

    internal static SequentialRulesOptions Options(HyperParameters values) =>
        new()
        {
            Reach = values.Whole(Reach),
            ReachDecay = (float)values[ReachDecay],
            StepDecay = (float)values[StepDecay],
            AgeDecay = (float)values[AgeDecay],
        };
}

/// <summary>Fits <see cref="SessionNeighbours"/>.</summary>
public sealed class SessionNeighboursFamily : SessionModelFamily
{
    private static readonly SessionNeighboursOptions Defaults = new();
    private static readonly HyperParameter Neighbours = new(
        "neighbours",
        Defaults.Neighbours,
        50,
        1_000,
        true,
        IsInteger: true
    );
    private static readonly HyperParameter StepDecay = new("step_decay", Defaults.StepDecay, 0.05, 5, true);
    private static readonly HyperParameter MatchDecay = new("match_decay", Defaults.MatchDecay, 0.05, 5, true);
    private static readonly HyperParameter DistanceDecay = new("distance_decay", Defaults.DistanceDecay, 0.02, 2, true);
    private static readonly HyperParameter Backward = new("backward_weight", Defaults.BackwardWeight, 0, 1);
    private static readonly HyperParameter Length = new("length_exponent", Defaults.LengthExponent, 0, 1);
    private static readonly HyperParameter Rarity = new("rarity_exponent", Defaults.RarityExponent, 0, 1);
    private static readonly HyperParameter AgeDecay = new("age_decay", Defaults.AgeDecay, 0.001, 1, true);
    private static readonly HyperParameter Repeat = new("repeat_weight", Defaults.RepeatWeight, 0, 2);

    /// <inheritdoc/>
    public override string Name => "session-knn";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } =
    [Neighbours, StepDecay, MatchDecay, DistanceDecay, Backward, Length, Rarity, AgeDecay, Repeat];

    /// <inheritdoc/>
    public override SessionModel Fit(
        SessionLog log,
        HyperParameters values,
        int workers,
        CancellationToken cancellation
    ) => SessionNeighbours.Fit(log, Options(values));

    internal static SessionNeighboursOptions Options(HyperParameters values) =>
        new()
        {
            Neighbours = values.Whole(Neighbours),
            StepDecay = (float)values[StepDecay],
            MatchDecay = (float)values[MatchDecay],
            DistanceDecay = (float)values[DistanceDecay],
            BackwardWeight = (float)values[Backward],
            LengthExponent = (float)values[Length],
            RarityExponent = (float)values[Rarity],
            AgeDecay = (float)values[AgeDecay],
            RepeatWeight = (float)values[Repeat],
        };
}

/// <summary>Fits <see cref="SessionBlend"/>.</summary>
public sealed class SessionBlendFamily : SessionModelFamily
{
    private static readonly HyperParameter Share = new("rules_share", new SessionBlendOptions().RulesShare, 0, 1);

    /// <inheritdoc/>
    public override string Name => "blend";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } =
    [Share, .. new SequentialRulesFamily().Parameters, .. new SessionNeighboursFamily().Parameters];

    /// <inheritdoc/>
    public override SessionModel Fit(
        SessionLog log,
        HyperParameters values,
        int workers,
        CancellationToken cancellation
    ) =>
        new SessionBlend(
            SessionNeighbours.Fit(log, SessionNeighboursFamily.Options(values)),
            SequentialRules.Fit(log, SequentialRulesFamily.Options(values), workers, cancellation),
            SessionPopularity.Fit(log),
            new SessionBlendOptions { RulesShare = (float)values[Share] }
        );
}
