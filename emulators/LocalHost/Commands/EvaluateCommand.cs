using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Evaluating;
using Nocturne.Recommending;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne evaluate</c>: how good models are, on any data.</summary>
internal static class EvaluateCommand
{
    private static readonly Option<string> Models = new("--models")
    {
        Description = "Names of models, with commas between them, or 'all'.",
        HelpName = "a,b|all",
        Recursive = true,
        DefaultValueFactory = _ => "all",
    };

    private static readonly Option<int> Seeds = Positive("--seeds", "Fit with so many seeds, and print means.", 1);

    private static readonly Option<int> Cutoff = Positive("--k", "How many items are recommended.", 20);

    private static readonly Option<int> Workers = Positive(
        "--workers",
        "Threads; no result depends on it.",
        Environment.ProcessorCount
    );

    private static readonly Option<int?> Trials = new("--trials")
    {
        Description = "Choose hyper-parameters by so many trials for each model, on slices of the training data.",
        HelpName = "n",
        Recursive = true,
    };

    private static readonly Option<double?> Budget = new("--budget")
    {
        Description = "Choose hyper-parameters for about so many seconds, shared by all models. Does not replay.",
        HelpName = "seconds",
        Recursive = true,
    };

    private static readonly Option<string?> Report = new("--report")
    {
        Description = "Write a report in Markdown to this file.",
        HelpName = "file",
        Recursive = true,
    };

    public static Command Create() =>
        new("evaluate", "Fit models to data of your own, and measure what they recommend.")
        {
            Models,
            Seeds,
            Trials,
            Budget,
            Cutoff,
            Workers,
            Report,
            TopN(),
            Time(),
            Sessions(),
            Playlists(),
            EvaluateAdaptCommand.Create(Positive, Workers),
        };

    private static Command TopN()
    {
        var (train, test) = (Needed("--train", DataFiles.PairsHelp), Needed("--test", DataFiles.PairsHelp));
        var command = new Command("top-n", "Recommend what is held out of listeners' items.") { train, test };
        command.SetAction(
            (line, cancellationToken) =>
                RunAsync(
                    line,
                    new EvaluationProtocols(SettingsOf(line)).TopNAsync,
                    (line.GetValue(train)!, line.GetValue(test)!),
                    cancellationToken
                )
        );
        return command;
    }

    private static (Option<string> Events, Option<int> Hours, Option<int> Gap) TimeCutOf() =>
        (
            Needed("--events", DataFiles.EventsHelp),
            Positive("--cut-hours", "Hold out the last hours of every window.", 36),
            Positive("--gap-days", "So many days without any event end a window.", 7)
        );

    private static Command Playlists()
    {
        var (events, hours, gap) = TimeCutOf();
        return EvaluatePlaylistsCommand.Create(events, hours, gap, Cutoff, Workers);
    }

    private static Command Time()
    {
        var (events, hours, gap) = TimeCutOf();
        var isNewOnly = new Option<bool>("--new-only") { Description = "Ask for items that are new to a listener." };
        var command = new Command("time", "Foretell what listeners play from what they played before.")
        {
            events,
            hours,
            isNewOnly,
            gap,
        };
        command.SetAction(
            (line, cancellationToken) =>
                RunAsync(
                    line,
                    new EvaluationProtocols(SettingsOf(line)).TimeAsync,
                    (
                        line.GetValue(events)!,
                        new TimeCutOptions
                        {
                            Horizon = TimeSpan.FromHours(line.GetValue(hours)),
                            NewOnly = line.GetValue(isNewOnly),
                            Gap = TimeSpan.FromDays(line.GetValue(gap)),
                        }
                    ),
                    cancellationToken
                )
        );
        return command;
    }

    private static Command Sessions()
    {
        var (train, test) = (Needed("--train", DataFiles.ClicksHelp), Needed("--test", DataFiles.ClicksHelp));
        var command = new Command("sessions", "Foretell every next item of sessions.") { train, test };
        command.SetAction(
            (line, cancellationToken) =>
                RunAsync(
                    line,
                    new EvaluationProtocols(SettingsOf(line)).SessionsAsync,
                    (line.GetValue(train)!, line.GetValue(test)!),
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> RunAsync<TInput>(
        ParseResult line,
        Func<TInput, Activity, CancellationToken, Task<EvaluationOutcome>> evaluate,
        TInput input,
        CancellationToken cancellationToken
    )
    {
        var terminal = CommandContext.Of(line).Terminal;
        var outcome = await evaluate(input, new Activity(terminal), cancellationToken);
        EvaluationReport.Show(terminal, outcome);
        if (line.GetValue(Report) is { } path)
        {
            await File.WriteAllTextAsync(path, EvaluationReport.Markdown(outcome), cancellationToken);
            terminal.Say($"The report: {Path.GetFullPath(path)}");
        }
        terminal.WriteJson<JsonObject>(EvaluationReport.Json(outcome));
        return outcome.Rows.Count == 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private static EvaluationSettings SettingsOf(ParseResult line)
    {
        var (trials, budget) = (line.GetValue(Trials), line.GetValue(Budget));
        if (trials < 0 || budget <= 0)
        {
            throw new UsageException("--trials is not negative, and --budget positive.");
        }
        var models = line.GetValue(Models)!;
        return new EvaluationSettings
        {
            Models =
                models == "all"
                    ? null
                    : models.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            K = line.GetValue(Cutoff),
            Seeds = line.GetValue(Seeds),
            Trials = trials ?? (budget is null ? 0 : null),
            Budget = budget is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Workers = line.GetValue(Workers),
        };
    }

    private static Option<string> Needed(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "file",
            Required = true,
        };

    private static Option<int> Positive(string name, string description, int otherwise)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = "n",
            Recursive = true,
            DefaultValueFactory = _ => otherwise,
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError($"{name} is at least 1.");
            }
        });
        return option;
    }
}
