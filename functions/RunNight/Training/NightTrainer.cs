using System.Reflection;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.Recommending;

namespace Nocturne.RunNight.Training;

/// <summary>Trains a night's model: looks for a better configuration, decides, fits the winner on everything.</summary>
/// <remarks>
/// <para>
/// A night and its snapshot are as good as a cut in time: the snapshot of the night before is all data before the
/// newest day, and what listeners want in tonight's snapshot and did not in that one is what the newest day brought.
/// So configurations are chosen on the days before (three cuts of the latest four snapshots; a share of each
/// listener's items while there are fewer), and compared on the newest.
/// </para>
/// <para>
/// A night searches one component, in turn, beginning with the values in use, and learns the blend's weights anew.
/// All that the result depends on is in the stores and in the run's record, so a night that is run again trains the
/// same.
/// </para>
/// </remarks>
internal sealed class NightTrainer(NightContext context)
{
    private const int Cuts = 3;
    private const int MaxSummaryBytes = 16 << 20;

    private static readonly PromotionRules Rules = new();
    private static readonly HashSet<string> Prior = new(StringComparer.Ordinal)
    {
        "artist-affinity",
        "listening-mixture",
        "rp3beta",
        "als",
    };

    private readonly SnapshotReadings _snapshots = new(context);

    /// <summary>What a night's model is made from and was decided by.</summary>
    public sealed record Outcome(
        RecommendationModel Taste,
        InteractionMatrix Matrix,
        int Listeners,
        ModelRecord Record
    );

    /// <summary>Trains.</summary>
    public async ValueTask<Outcome> TrainAsync(
        RunId run,
        RunRecord record,
        Catalogue catalogue,
        CancellationToken cancellationToken
    )
    {
        var options = context.Options;
        var blend = ModelFamilies.BlendOf(options.Models, options.Bounds);
        var earlier = await PredecessorsAsync(record, cancellationToken);
        var seed = run.Date.DayNumber;
        var all = await _snapshots.MatrixAsync(
            run,
            record.Shards,
            catalogue,
            options.MaxTrainingListeners,
            names: false,
            cancellationToken
        );
        var data = Describe(all.Matrix, catalogue);
        var reigning = earlier.Count > 0 ? earlier[0].Summary.Model : null;
        var days = await DaysAsync(run, record, earlier, catalogue, cancellationToken);
        // The newest day is for the decision, so that it has not been chosen on.
        var isRolling = days.Count > Cuts;
        IReadOnlyList<EvaluationFold> validation = isRolling
            ? days[1..]
            : [await SliceAsync(run, record, catalogue, seed, cancellationToken)];
        var newest = days.Count > 0 ? days[0] : null;
        var tuning = new TuningSettings(
            new SearchBudget(reigning is null ? 0 : options.Trials),
            seed,
            options.Workers,
            context.Time
        )
        {
            Start = reigning is null ? null : new HyperParameters(reigning.Values),
            SearchedComponent = blend.Components[seed % blend.Components.Count].Name,
        };
        var fold = new EvaluationFold(
            "night",
            data,
            new RankingCasesBuilder(excludesOwn: true).Build(),
            () => validation
        );
        var candidate = HasEnough(all.Matrix.Listeners, reigning, newest)
            ? new BlendTuner().Tune(blend, fold, tuning, cancellationToken).Best
            : new Trial(reigning is null ? PriorOf(blend) : new HyperParameters(reigning.Values), 0);
        var (values, decision) = Decide(blend, reigning, candidate.Values, newest, seed, cancellationToken);
        var start = await WarmStartAsync(run, earlier, catalogue, cancellationToken);
        var taste = blend.Fit(data with { Start = start }, values, seed, options.Workers, cancellationToken);
        return new Outcome(
            taste,
            all.Matrix,
            all.Seen,
            new ModelRecord
            {
                Families = [.. blend.Components.Select(component => component.Name)],
                Values = new SortedDictionary<string, double>(
                    values.Values.ToDictionary(value => value.Key, value => value.Value),
                    StringComparer.Ordinal
                ),
                Seed = seed,
                DataVersion = all.Version,
                CodeVersion = CodeVersion,
                WarmStart = start is null ? null : earlier[0].Run.ToString(),
                Validation = isRolling ? "rolling" : "slice",
                ValidationQuality = candidate.Score,
                Searched = reigning is null ? null : tuning.SearchedComponent,
                Trials = tuning.Budget.Trials,
                Decision = decision,
                Qualities =
                [
                    .. decision.Outcome == PromotionOutcome.First ? Array.Empty<double>() : [decision.Quality],
                    .. (reigning?.Qualities ?? []).Take(Rules.Nights - 1),
                ],
            }
        );
    }

    /// <summary>
    /// Whether there are listeners enough to learn from: too few cannot tell configurations apart, so the reigning one
    /// is kept whatever a search would find, and before there is one the prior is taken.
    /// </summary>
    private static bool HasEnough(int listeners, ModelRecord? reigning, EvaluationFold? newest) =>
        reigning is null || newest is null
            ? listeners >= Rules.LeastListeners
            : Enumerable.Range(0, newest.Cases.Count).Select(newest.Cases.Listener).Distinct().Count()
                >= Rules.LeastListeners;

    /// <summary>A blend for populations too small to learn one from: models that differ in kind, alike.</summary>
    private static HyperParameters PriorOf(BlendFamily blend)
    {
        string[] named = [.. blend.Components.Select(c => c.Name).Where(Prior.Contains)];
        return named.Length == 0
            ? HyperParameters.Defaults
            : new HyperParameters(
                named
                    .SelectMany(name => Enumerable.Range(0, BlendWeights.Knots), BlendFamily.NameOfWeight)
                    .ToDictionary(name => name, _ => 1d / named.Length, StringComparer.Ordinal)
            );
    }

    private static string CodeVersion { get; } =
        typeof(NightTrainer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? "unknown";

    private sealed record Predecessor(RunId Run, RunRecord Record, TrainingSummary Summary);

    /// <summary>The runs before, latest first: as many as cuts in time need.</summary>
    private async ValueTask<List<Predecessor>> PredecessorsAsync(RunRecord record, CancellationToken cancellationToken)
    {
        var runs = new List<Predecessor>();
        for (var previous = record.Previous; previous is not null && runs.Count <= Cuts; )
        {
            var run = RunId.Parse(previous);
            if (
                await context.ReadRunAsync(run, cancellationToken) is not { } known
                || await context.Objects.ReadBytesAsync(NightObjects.Trained(run), MaxSummaryBytes, cancellationToken)
                    is not { } trained
            )
            {
                break; // its outputs have expired
            }
            var summary = JsonSerializer.Deserialize(trained.Data, NightJson.Default.TrainingSummary)!;
            runs.Add(new Predecessor(run, known, summary));
            previous = known.Previous;
        }
        return runs;
    }

    /// <summary>What each night asked of the night before, latest first; empty without a night before.</summary>
    private async ValueTask<List<EvaluationFold>> DaysAsync(
        RunId run,
        RunRecord record,
        List<Predecessor> earlier,
        Catalogue catalogue,
        CancellationToken cancellationToken
    )
    {
        var folds = new List<EvaluationFold>();
        if (earlier.Count == 0)
        {
            return folds;
        }
        var after = await TuningMatrixAsync(run, record, catalogue, cancellationToken);
        foreach (var predecessor in earlier)
        {
            var before = await TuningMatrixAsync(predecessor.Run, predecessor.Record, catalogue, cancellationToken);
            folds.Add(DayAfter(before, after, catalogue));
            after = before;
        }
        return folds;
    }

    private ValueTask<SnapshotMatrix> TuningMatrixAsync(
        RunId run,
        RunRecord record,
        Catalogue catalogue,
        CancellationToken cancellationToken
    ) =>
        _snapshots.MatrixAsync(
            run,
            record.Shards,
            catalogue,
            context.Options.MaxTuningListeners,
            names: true,
            cancellationToken
        );

    private async ValueTask<EvaluationFold> SliceAsync(
        RunId run,
        RunRecord record,
        Catalogue catalogue,
        int seed,
        CancellationToken cancellationToken
    )
    {
        var some = await TuningMatrixAsync(run, record, catalogue, cancellationToken);
        return PairSplit.HoldOut(Describe(some.Matrix, catalogue), PairSplit.ValidationShare, seed);
    }

    /// <summary>Asks for what listeners want after, and did not before; they are the same numbering of items.</summary>
    private static EvaluationFold DayAfter(SnapshotMatrix before, SnapshotMatrix after, Catalogue catalogue)
    {
        var rows = new Dictionary<ListenerId, int>(before.Listeners.Count);
        for (var row = 0; row < before.Listeners.Count; row++)
        {
            rows.Add(before.Listeners[row], row);
        }
        var cases = new RankingCasesBuilder(excludesOwn: true);
        var wanted = new List<int>();
        var known = new HashSet<int>();
        for (var row = 0; row < after.Listeners.Count; row++)
        {
            if (!rows.TryGetValue(after.Listeners[row], out var earlier))
            {
                cases.Dropped++;
                continue;
            }
            known.Clear();
            known.UnionWith(before.Matrix.RowItems(earlier).ToArray());
            wanted.Clear();
            var now = after.Matrix.Row(row);
            for (var i = 0; i < now.Items.Length; i++)
            {
                if (now.Weights[i] > 0 && !known.Contains(now.Items[i]))
                {
                    wanted.Add(now.Items[i]);
                }
            }
            cases.Add(earlier, earlier, wanted.ToArray());
        }
        return new EvaluationFold("day", Describe(before.Matrix, catalogue), cases.Build(), static () => []);
    }

    private (HyperParameters Values, PromotionDecision Decision) Decide(
        BlendFamily blend,
        ModelRecord? reigning,
        HyperParameters candidate,
        EvaluationFold? newest,
        int seed,
        CancellationToken cancellationToken
    )
    {
        if (reigning is null || newest is null)
        {
            return (candidate, new PromotionDecision(PromotionOutcome.First, 0, 0, 0, default, 0));
        }
        var before = new HyperParameters(reigning.Values);
        var old = Measure(before);
        var same = candidate.Values.Count == reigning.Values.Count && !candidate.Values.Except(reigning.Values).Any();
        var decision = PromotionGate.Decide(
            same ? old : Measure(candidate),
            old,
            reigning.Qualities,
            Rules,
            seed,
            context.Options.Workers
        );
        decision =
            same && decision.Outcome != PromotionOutcome.TooFewListeners
                ? decision with
                {
                    Outcome = PromotionOutcome.Unchanged,
                }
                : decision;
        return (decision.IsPromoted ? candidate : before, decision);

        RankingReport Measure(HyperParameters values)
        {
            var model = blend.Fit(newest.Data, values, seed, context.Options.Workers, cancellationToken);
            return RankingEvaluation.Accuracy(model, newest, ModelTuner.K, context.Options.Workers, cancellationToken);
        }
    }

    /// <summary>The model of the night before to go on from; null once a week, so that no error lasts.</summary>
    private async ValueTask<WarmStart?> WarmStartAsync(
        RunId run,
        List<Predecessor> earlier,
        Catalogue catalogue,
        CancellationToken cancellationToken
    )
    {
        if (run.Date.DayOfWeek == DayOfWeek.Monday || earlier.Count == 0 || earlier[0].Summary.Model is null)
        {
            return null;
        }
        var before = earlier[0].Run;
        await using var content = await context.Objects.OpenReadAsync(
            NightObjects.Model(before, NightModel.TasteName),
            cancellationToken
        );
        if (content is null)
        {
            return null;
        }
        var numbers = new int[catalogue.Count];
        Array.Fill(numbers, -1);
        var lines = await NightModel.ReadCatalogueAsync(context.Objects, before, cancellationToken);
        for (var number = 0; number < lines.Count; number++)
        {
            var item = catalogue.IndexOf(new ItemId(lines[number].Item!));
            if (item >= 0)
            {
                numbers[item] = number;
            }
        }
        return new WarmStart(RecommendationModel.Load(content.Stream), numbers);
    }

    /// <summary>The matrix with what the catalogue knows of its items.</summary>
    private static TrainingData Describe(InteractionMatrix matrix, Catalogue catalogue) =>
        new(matrix)
        {
            Artists = [.. Enumerable.Range(0, catalogue.Count).Select(catalogue.ArtistOf)],
            Features = ItemFeatures.Of(catalogue),
        };
}
