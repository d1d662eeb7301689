using System.CommandLine;
using Nocturne.Domain;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Importing;
using Nocturne.LocalHost.Operations;
using Nocturne.Nights;
using Nocturne.Population;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Topology;
using static Nocturne.LocalHost.Commands.Screens;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne demo</c>: made-up people listen for some months, then a night makes their playlists.</summary>
internal static class DemoCommand
{
    private const int TracksShown = 8;

    public static Command Create()
    {
        var defaults = new PopulationOptions();
        var seed = new Option<int>("--seed")
        {
            Description = "Which people.",
            DefaultValueFactory = _ => defaults.Seed,
        };
        var listeners = Size("--listeners", "How many people listen.", defaults.Listeners);
        var events = Size("--events", "How many events there are.", defaults.Events);
        var tracks = Size("--tracks", "How many tracks there are.", defaults.Tracks);
        var artists = Size("--artists", "How many artists there are.", defaults.Artists);
        var days = Size("--days", "For how many days they listen.", defaults.Days);
        var command = new Command(
            "demo",
            "Have made-up people listen for some months, run a night, and show what it made. Run again, it shows the "
                + "same without doing it over."
        )
        {
            seed,
            listeners,
            events,
            tracks,
            artists,
            days,
        };
        command.SetAction(
            (line, cancellationToken) => RunAsync(CommandContext.Of(line), Read(line.GetValue), cancellationToken)
        );
        return command;

        PopulationOptions Read(Func<Option<int>, int> valueOf) =>
            defaults with
            {
                Seed = valueOf(seed),
                Listeners = valueOf(listeners),
                Events = valueOf(events),
                Tracks = valueOf(tracks),
                Artists = valueOf(artists),
                Days = valueOf(days),
            };

        static Option<int> Size(string name, string description, long value) =>
            new(name)
            {
                Description = description,
                HelpName = "count",
                DefaultValueFactory = _ => (int)value,
            };
    }

    private static async Task<int> RunAsync(
        CommandContext context,
        PopulationOptions options,
        CancellationToken cancellationToken
    )
    {
        if (options.Problem is { } problem)
        {
            throw new UsageException($"There is no such population: {problem}.");
        }
        context.RequireFunctions("demo");
        var terminal = context.Terminal;
        await using var operations = await context.OpenAsync(cancellationToken);
        var population = new SyntheticPopulation(options);
        terminal.Say(
            Number(
                $"{options.Listeners:n0} people, {options.Tracks:n0} tracks of {options.Artists:n0} artists, seed {options.Seed}; data in {operations.Stack.Place}"
            )
        );
        var state = await DemoState.ReadAsync(operations.Stack, options, cancellationToken);
        if (state?.IngestSeconds is null)
        {
            state = await IngestAsync(context, operations, population, cancellationToken);
        }
        else
        {
            terminal.Say(Number($"Their {options.Events:n0} events are there already."));
        }
        var run = new RunId(options.EndDate.AddDays(1));
        var night = await NightRun.RunAsync(context, operations, run, cancellationToken);
        Show(terminal, night);

        var (listeners, totals) = await SumAsync(operations, cancellationToken);
        var rejected = await ObjectLines.CountAsync(
            operations.Stack.Objects,
            NocturneTopology.BucketNames.Rejected,
            cancellationToken
        );
        await ShowMostActiveAsync(terminal, operations, population, cancellationToken);
        var ingestRate = Math.Round(options.Events / state.IngestSeconds!.Value);
        var nightSeconds = (night.Record.EndedAt - night.Record.StartedAt)!.Value.TotalSeconds;
        terminal.Headline("In short");
        terminal.Say(
            Number(
                $"{options.Events:n0} events in {state.IngestSeconds:f1} s: {ingestRate:n0} a second, from publishing to profile and archive; {rejected:n0} lines refused"
            )
        );
        terminal.Say(
            Number(
                $"{listeners:n0} profiles of {totals.Plays:n0} plays; {night.Record.Playlists:n0} playlists in {nightSeconds:f1} s"
            )
        );
        context.SayWhatIsNotKept(operations);
        if (operations.Manner.IsKept)
        {
            terminal.Say("Next: nocturne up, then nocturne show listener " + MostActive(population).Value);
        }
        terminal.WriteJson(
            new
            {
                options.Seed,
                Listeners = listeners,
                options.Events,
                totals.Plays,
                totals.Streams,
                totals.Skips,
                IngestSeconds = Math.Round(state.IngestSeconds.Value, 3),
                IngestEventsPerSecond = ingestRate,
                night.Record.Run,
                NightSeconds = Math.Round(nightSeconds, 3),
                night.Record.Playlists,
                Rejected = rejected,
            }
        );
        return ExitCode.Done;
    }

    private static async Task<DemoState> IngestAsync(
        CommandContext context,
        StackOperations operations,
        SyntheticPopulation population,
        CancellationToken cancellationToken
    )
    {
        var state = new DemoState(population.Options, IngestSeconds: null);
        await state.WriteAsync(operations.Stack, context.Settings.Time, cancellationToken);
        var counted = operations.Stack.Counters.Snapshot();
        await WorkMeter.RunAsync(
            context.Terminal,
            "listening",
            "events",
            population.Options.Events,
            async meter =>
            {
                var packer = new MessagePacker(operations, operations.Manner.EventsPerMessage, cancellationToken);
                // Everyone at once, by time, as it would come; in another order they are the same profiles.
                var together = operations.Manner.ListenersTogether ?? population.Options.Listeners;
                foreach (var listenEvent in population.Events(together))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    await packer.AddAsync(listenEvent);
                    meter.Report(packer.Events);
                }
                await packer.FlushAsync();
                await operations.DrainAsync(cancellationToken);
                state = state with { IngestSeconds = meter.Elapsed.TotalSeconds };
            }
        );
        await state.WriteAsync(operations.Stack, context.Settings.Time, cancellationToken);
        var costs = operations.Stack.Counters.Snapshot() - counted;
        var thousands = population.Options.Events / 1_000.0;
        context.Terminal.Say(
            Number(
                $"{population.Options.Events:n0} events are in, in {state.IngestSeconds:f1} s; for every thousand {costs.DocumentReads / thousands:n0} documents were read and {costs.DocumentWrites / thousands:n0} written"
            )
        );
        return state;
    }

    private static async Task<(int Listeners, Totals Totals)> SumAsync(
        StackOperations operations,
        CancellationToken cancellationToken
    )
    {
        var store = operations.Stack.Documents;
        var listeners = 0;
        var sum = default(Totals);
        await foreach (var head in store.ListAsync(ListenerDocuments.Heads, null, null, cancellationToken))
        {
            var listener = new ListenerId(StorageName.IdOf(head.Key.Id));
            var totals = ListenerProfile.Read(listener, head.Data).Totals;
            listeners++;
            sum = sum with
            {
                Plays = sum.Plays + totals.Plays,
                Streams = sum.Streams + totals.Streams,
                Skips = sum.Skips + totals.Skips,
            };
        }
        return (listeners, sum);
    }

    private static async Task ShowMostActiveAsync(
        Terminal terminal,
        StackOperations operations,
        SyntheticPopulation population,
        CancellationToken cancellationToken
    )
    {
        var listener = MostActive(population);
        terminal.Headline($"What {listener} gets");
        if (await operations.ReadPlaylistsAsync(listener, cancellationToken) is not { } playlists)
        {
            terminal.Say("Nothing: the night of a later date is served.");
            return;
        }
        foreach (var playlist in playlists.Playlists)
        {
            Show(terminal, playlist, TracksShown);
        }
    }

    private static ListenerId MostActive(SyntheticPopulation population) =>
        population.ListenerAt(Enumerable.Range(0, population.Options.Listeners).MaxBy(population.EventsOf));
}
