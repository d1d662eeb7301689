namespace Nocturne.Recommending;

/// <summary>
/// Tunes single families by <see cref="ModelTuner"/>, and a <see cref="BlendFamily"/> by tuning its components and
/// learning their weights on the fold's validation slices.
/// </summary>
/// <remarks>
/// What was chosen for a family and fold is kept, so a blend does not search again what its components were tuned to.
/// Not safe for concurrent use.
/// </remarks>
public sealed class BlendTuner
{
    private readonly Dictionary<(string Family, EvaluationFold Fold), SearchOutcome> _chosen = [];

    /// <summary>Chooses values; fits <see cref="Tuning"/>.</summary>
    public SearchOutcome Tune(
        ModelFamily family,
        EvaluationFold fold,
        TuningSettings settings,
        CancellationToken cancellation
    )
    {
        if (_chosen.TryGetValue((family.Name, fold), out var known))
        {
            return known;
        }
        var outcome = family is BlendFamily blend
            ? TuneBlend(blend, fold, settings, cancellation)
            : ModelTuner.Tune(family, fold, settings, cancellation);
        _chosen.Add((family.Name, fold), outcome);
        return outcome;
    }

    private SearchOutcome TuneBlend(
        BlendFamily blend,
        EvaluationFold fold,
        TuningSettings settings,
        CancellationToken cancellation
    )
    {
        var slices = fold.Validation.Where(slice => slice.Cases.Count > 0).ToList();
        var components = blend
            .Suited(fold.Data)
            .Where(component => slices.All(slice => component.Unsuited(slice.Data) is null))
            .ToList();
        if (slices.Count == 0 || components.Count == 0)
        {
            return new SearchOutcome(new Trial(settings.Start ?? HyperParameters.Defaults, 0), []);
        }
        var outcomes = components
            .Select(component => Tune(component, fold, Share(settings, component, components.Count), cancellation))
            .ToList();
        var values = outcomes.Select(outcome => outcome.Best.Values).ToList();
        var cuts = slices
            .Select(slice =>
            {
                var models = components
                    .Select((c, i) => c.Fit(slice.Data, values[i], settings.Seed, settings.Workers, cancellation))
                    .ToList();
                return BlendCases.Collect(models, slice, settings.Workers, cancellation);
            })
            .ToList();
        var weights = BlendLearner.Learn(cuts, settings.Workers, cancellation);
        var quality = BlendCases.Join(cuts).Quality(weights, settings.Workers);
        var best = new Trial(BlendFamily.Join(components, values, weights), quality);
        return new SearchOutcome(best, [.. outcomes.SelectMany(outcome => outcome.Trials), best]);
    }

    /// <summary>A component's part of a blend's search.</summary>
    private static TuningSettings Share(TuningSettings settings, ModelFamily component, int components)
    {
        var isSearched = settings.SearchedComponent is null || settings.SearchedComponent == component.Name;
        return settings with
        {
            Budget = new SearchBudget(isSearched ? settings.Budget.Trials : 0, settings.Budget.Time / components),
            Start = settings.Start is { } start ? BlendFamily.ValuesOf(component, start) : null,
        };
    }
}
