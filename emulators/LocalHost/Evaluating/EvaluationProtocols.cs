using System.Text.Json.Nodes;
using Nocturne.LocalHost.CommandLine;
using Nocturne.Recommending;

namespace Nocturne.LocalHost.Evaluating;

/// <summary>The three protocols, from files to outcome.</summary>
/// <param name="settings">What is asked for.</param>
internal sealed class EvaluationProtocols(EvaluationSettings settings)
{
    /// <summary>Pairs of a training and a test file.</summary>
    public async Task<EvaluationOutcome> TopNAsync(
        (string Train, string Test) files,
        Activity activity,
        CancellationToken cancellationToken
    )
    {
        var families = Chosen(ModelFamilies.All, family => family.Name);
        var (listeners, items) = (new IdTable("listeners"), new IdTable("items"));
        var train = await ReadAsync(files.Train);
        var test = await ReadAsync(files.Test);
        var keys = items.Keys();
        var folds = new Func<int, IReadOnlyList<EvaluationFold>>(seed =>
            [PairSplit.Fold(train, test, listeners.Count, keys, seed)]
        );
        var (rows, skipped) = await Models(activity).RunAsync(families, folds, cancellationToken);
        return EvaluationOutcome.Of(
            EvaluationKind.TopN,
            settings.K,
            [
                ("listeners", JsonValue.Create(listeners.Count)),
                ("items", JsonValue.Create(items.Count)),
                ("trainPairs", JsonValue.Create(train.Items.Count)),
                ("testPairs", JsonValue.Create(test.Items.Count)),
            ],
            rows,
            skipped,
            settings.Workers
        );

        Task<ListenerItemPairs> ReadAsync(string path) =>
            activity.ReadAsync(
                path,
                progress => new DataFiles(progress).ReadPairsAsync(path, listeners, items, cancellationToken)
            );
    }

    /// <summary>Timestamped events.</summary>
    public async Task<EvaluationOutcome> TimeAsync(
        (string Events, TimeCutOptions Options) input,
        Activity activity,
        CancellationToken cancellationToken
    )
    {
        var families = Chosen(ModelFamilies.All, family => family.Name);
        var log = await activity.ReadAsync(
            input.Events,
            progress => new DataFiles(progress).ReadEventsAsync(input.Events, cancellationToken)
        );
        var folds = TimeCut.Folds(log, input.Options);
        if (folds.Count == 0)
        {
            throw new CommandFailedException(
                $"'{input.Events}' has no listener with events before and after a cut of {input.Options.Horizon.TotalHours} hours before the end of a window."
            );
        }
        var (rows, skipped) = await Models(activity)
            .RunAsync(families, seed => TimeCut.Folds(log, input.Options with { Seed = seed }), cancellationToken);
        return EvaluationOutcome.Of(
            EvaluationKind.Time,
            settings.K,
            [
                ("events", JsonValue.Create(log.Count)),
                ("listeners", JsonValue.Create(log.ListenerCount)),
                ("items", JsonValue.Create(log.ItemCount)),
                ("windows", JsonValue.Create(folds.Count)),
                ("cutHours", JsonValue.Create(input.Options.Horizon.TotalHours)),
                ("newOnly", JsonValue.Create(input.Options.NewOnly)),
                ("dropped", JsonValue.Create(folds.Sum(fold => fold.Cases.Dropped))),
            ],
            rows,
            skipped,
            settings.Workers
        );
    }

    /// <summary>Clicks of training and test sessions.</summary>
    public async Task<EvaluationOutcome> SessionsAsync(
        (string Train, string Test) files,
        Activity activity,
        CancellationToken cancellationToken
    )
    {
        var families = Chosen(SessionModelFamily.All, family => family.Name);
        var items = new IdTable("items");
        var train = await ReadAsync(files.Train);
        var known = items.Count;
        var test = await ReadAsync(files.Test);
        var keys = items.Keys();
        var splits = new Func<int, SessionSplit>(seed => SessionSplit.Of(Of(train), Of(test), keys, seed));
        var rows = await new SessionModelEvaluation(settings, activity).RunAsync(families, splits, cancellationToken);
        if (rows[0].Result.Cases == 0)
        {
            throw new CommandFailedException($"'{files.Test}' has no session of two clicks or more.");
        }
        return EvaluationOutcome.Of(
            EvaluationKind.Sessions,
            settings.K,
            [
                ("trainClicks", JsonValue.Create(train.Items.Length)),
                ("testClicks", JsonValue.Create(test.Items.Length)),
                ("items", JsonValue.Create(known)),
                ("unknownTestClicks", JsonValue.Create(test.Items.Count(item => item >= known))),
            ],
            rows,
            [],
            settings.Workers
        );

        Task<Clicks> ReadAsync(string path) =>
            activity.ReadAsync(
                path,
                progress => new DataFiles(progress).ReadClicksAsync(path, items, cancellationToken)
            );

        static (int[], long[], int[]) Of(Clicks clicks) => (clicks.Sessions, clicks.Times, clicks.Items);
    }

    private ModelEvaluation Models(Activity activity) => new(settings, activity, new BlendTuner().Tune);

    private IReadOnlyList<T> Chosen<T>(IReadOnlyList<T> all, Func<T, string> nameOf)
    {
        if (settings.Models is not { } names)
        {
            return all;
        }
        var chosen = new List<T>();
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            var index = all.Select(nameOf).ToList().IndexOf(name);
            chosen.Add(
                index >= 0
                    ? all[index]
                    : throw new UsageException($"There is no model '{name}': {string.Join(", ", all.Select(nameOf))}.")
            );
        }
        return chosen.Count > 0 ? chosen : throw new UsageException("--models names no model.");
    }
}
