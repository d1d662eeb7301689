namespace Nocturne.Recommending;

/// <summary>A hyper-parameter that may be searched.</summary>
/// <param name="Name">As it is shown and stored, such as <c>regularization</c>.</param>
/// <param name="Default">The value that is good without tuning.</param>
/// <param name="Least">The least value that is tried.</param>
/// <param name="Most">The greatest value that is tried.</param>
/// <param name="IsLogarithmic">Whether orders of magnitude are what matters.</param>
/// <param name="IsInteger">Whether only whole values have a meaning.</param>
public sealed record HyperParameter(
    string Name,
    double Default,
    double Least,
    double Most,
    bool IsLogarithmic = false,
    bool IsInteger = false
);

/// <summary>Values of hyper-parameters by name; those not given have their default.</summary>
public sealed class HyperParameters(IReadOnlyDictionary<string, double> values)
{
    /// <summary>All defaults.</summary>
    public static HyperParameters Defaults { get; } =
        new(System.Collections.Frozen.FrozenDictionary<string, double>.Empty);

    /// <summary>The values given.</summary>
    public IReadOnlyDictionary<string, double> Values { get; } = values;

    /// <summary>A parameter's value.</summary>
    public double this[HyperParameter parameter] =>
        Values.TryGetValue(parameter.Name, out var value) ? value : parameter.Default;

    /// <summary>A whole parameter's value.</summary>
    public int Whole(HyperParameter parameter) => (int)Math.Round(this[parameter]);
}

/// <summary>A kind of model that can be fitted and tuned.</summary>
public abstract class ModelFamily
{
    /// <summary>As commands name it, such as <c>als</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What may be searched, each independent of the others.</summary>
    public abstract IReadOnlyList<HyperParameter> Parameters { get; }

    /// <summary>Why this cannot be fitted to such data (no ages, no artists, too large for memory); null if it can.</summary>
    public virtual string? Unsuited(TrainingData data) => null;

    /// <summary>Fits a model.</summary>
    /// <param name="data">The data.</param>
    /// <param name="values">Hyper-parameters.</param>
    /// <param name="seed">Of what is random in the fit.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public abstract RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    );
}
