namespace Nocturne.Recommending;

/// <summary>Training data, and what models fitted to it are asked.</summary>
public sealed class EvaluationFold
{
    private readonly Lazy<IReadOnlyList<EvaluationFold>> _validation;
    private readonly Lazy<ListMeasures> _measures;

    /// <summary>Puts training data and cases together.</summary>
    /// <param name="name">What people call it, such as the time of its cut.</param>
    /// <param name="data">Training data.</param>
    /// <param name="cases">Cases on its rows and items.</param>
    /// <param name="validation">Makes folds of the training data alone, to choose hyper-parameters on.</param>
    public EvaluationFold(
        string name,
        TrainingData data,
        RankingCases cases,
        Func<IReadOnlyList<EvaluationFold>> validation
    )
    {
        Name = name;
        Data = data;
        Cases = cases;
        _validation = new Lazy<IReadOnlyList<EvaluationFold>>(validation);
        _measures = new Lazy<ListMeasures>(() => new ListMeasures(data.Matrix, data.Artists, data.Features));
    }

    /// <summary>What people call it.</summary>
    public string Name { get; }

    /// <summary>Training data.</summary>
    public TrainingData Data { get; }

    /// <summary>What models fitted to it are asked.</summary>
    public RankingCases Cases { get; }

    /// <summary>Folds made of the training data alone, by the same protocol; made once, when first asked for.</summary>
    public IReadOnlyList<EvaluationFold> Validation => _validation.Value;

    internal ListMeasures Measures => _measures.Value;
}
