using System.CommandLine;
using System.Globalization;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Costs;
using Nocturne.LocalHost.Operations;
using Nocturne.LocalHost.Stack;
using Nocturne.Population;
using Nocturne.Topology;
using Spectre.Console;
using static Nocturne.LocalHost.Commands.Screens;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne costs</c>: what is used, and what that costs at list prices.</summary>
internal static class CostsCommand
{
    private const int Listeners = 500;
    private const int Events = 100_000;
    private const int EventsPerMessage = 100;
    private const int Days = 7;
    private const decimal Million = 1_000_000;

    public static Command Create()
    {
        var listeners = Count("--listeners", "How many made-up people listen where it is measured.", Listeners);
        var events = Count("--events", "How many events they have.", Events);
        var perMessage = Count(
            "--events-per-message",
            "How many events a publisher puts into a message.",
            EventsPerMessage
        );
        var days = Count(
            "--days",
            "With --stack google: over how many whole days (UTC), up to today's midnight.",
            Days
        );
        var prices = new Option<FileInfo?>("--prices")
        {
            Description =
                $"Prices of another region, in the form of emulators/LocalHost/Costs/prices.json ({PriceList.Default().Region}).",
            HelpName = "file",
        };
        var command = new Command(
            "costs",
            "What a million events and a night for a million listeners use and cost at Google Cloud's list prices, measured "
                + "on a made-up population in a stack of its own; with --stack google, what the deployed system used and cost."
        )
        {
            listeners,
            events,
            perMessage,
            days,
            prices,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var context = CommandContext.Of(line);
                var list = ReadPrices(line.GetValue(prices));
                if (context.Stack is DeployedChoice)
                {
                    var deployment = new Deployment(line.GetValue(GlobalOptions.Project)!);
                    return await ReportAsync(context, deployment, list, line.GetValue(days), cancellationToken);
                }
                return await MeasureAsync(
                    context,
                    new PopulationOptions { Listeners = line.GetValue(listeners), Events = line.GetValue(events) },
                    line.GetValue(perMessage),
                    list,
                    cancellationToken
                );
            }
        );
        return command;

        static Option<int> Count(string name, string description, int value)
        {
            var option = new Option<int>(name)
            {
                Description = description,
                HelpName = "count",
                DefaultValueFactory = _ => value,
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

    private static PriceList ReadPrices(FileInfo? file)
    {
        if (file is null)
        {
            return PriceList.Default();
        }
        using var stream = file.OpenRead();
        return PriceList.Read(stream, file.Name);
    }

    private static async Task<int> MeasureAsync(
        CommandContext context,
        PopulationOptions options,
        int eventsPerMessage,
        PriceList prices,
        CancellationToken cancellationToken
    )
    {
        if (options.Problem is { } problem)
        {
            throw new UsageException($"There is no such population: {problem}.");
        }
        var measured = await Measurement.TakeAsync(
            context,
            new SyntheticPopulation(options),
            eventsPerMessage,
            cancellationToken
        );
        var live = Bill.Of(measured.Live.Items(), prices);
        var bulk = Bill.Of(measured.Bulk.Items(), prices);
        var night = Bill.Of(measured.Night.Items(), prices);
        Show(context.Terminal, "A million events, each before its listener's next", live);
        Show(context.Terminal, "A million events in bulk", bulk);
        Show(context.Terminal, "A night for a million listeners", night);
        context.Terminal.Say("");
        context.Terminal.Say(
            Number(
                $"Measured with {measured.Events:n0} events of {measured.Listeners:n0} listeners, {eventsPerMessage:n0} a message, and multiplied."
            )
        );
        Explain(context.Terminal, prices);
        context.Terminal.WriteJson(
            new
            {
                measured.Events,
                measured.Listeners,
                eventsPerMessage,
                prices.Region,
                PricesChecked = prices.Checked,
                MillionEvents = live,
                MillionEventsInBulk = bulk,
                NightOfMillionListeners = night,
            }
        );
        return ExitCode.Done;
    }

    private static async Task<int> ReportAsync(
        CommandContext context,
        Deployment deployment,
        PriceList prices,
        int days,
        CancellationToken cancellationToken
    )
    {
        var time = context.Settings.Time;
        var to = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var from = to.AddDays(-days);
        using var monitoring = MonitoringApi.Of(deployment.Project, time);
        var usage = await DeployedUsage.ReadAsync(
            monitoring,
            deployment,
            Midnight(from),
            Midnight(to),
            cancellationToken
        );
        await using var operations = await context.OpenAsync(cancellationToken);
        var events = await ArchivedEvents.EstimateAsync(operations.Stack.Objects, from, to, cancellationToken);
        var listeners = (await operations.ReadRunAsync(run: null, cancellationToken))?.Record.Listeners ?? 0;

        var bill = Bill.Of(usage, prices);
        var perDay = bill.TotalUsd / days;
        decimal? perMillionEvents = events == 0 ? null : bill.TotalUsd * Million / events;
        decimal? perMillionListeners = listeners == 0 ? null : perDay * Million / listeners;
        Show(context.Terminal, $"{deployment.Project}, from {from:yyyy-MM-dd} to {to.AddDays(-1):yyyy-MM-dd}", bill);
        context.Terminal.Say("");
        context.Terminal.Say(
            Number($"A day: {Dollars(perDay)}; about {events:n0} events in {days} days by the archive,")
        );
        context.Terminal.Say(Number($"{listeners:n0} listeners in the night that is served."));
        context.Terminal.Say(
            $"All of it for a million events: {Dollars(perMillionEvents)}; for a million listeners and day: {Dollars(perMillionListeners)}."
        );
        Explain(context.Terminal, prices);
        context.Terminal.WriteJson(
            new
            {
                deployment.Project,
                From = from,
                Days = days,
                prices.Region,
                PricesChecked = prices.Checked,
                Usage = bill,
                UsdPerDay = perDay,
                Events = events,
                Listeners = listeners,
                UsdPerMillionEvents = perMillionEvents,
                UsdPerMillionListenersAndDay = perMillionListeners,
            }
        );
        return ExitCode.Done;
    }

    private static void Show(Terminal terminal, string title, Bill bill)
    {
        terminal.Headline(title);
        var table = Terminal.Columns("what", "how much", "of", "dollars");
        foreach (var line in bill.Lines.Where(line => line.Quantity != 0))
        {
            table.AddRow(line.What, Quantity(line.Quantity), line.Unit, line.Usd is { } usd ? Dollars(usd) : "");
        }
        table.AddRow("together", "", "", Dollars(bill.TotalUsd));
        terminal.Screen.Write(table);
    }

    private static void Explain(Terminal terminal, PriceList prices)
    {
        terminal.Say(
            $"List prices of {prices.Region} as of {prices.Checked:yyyy-MM-dd}, without free tiers, discounts, taxes and network."
        );
        terminal.Say("docs/emulators.md says what is counted, and what is not.");
    }

    private static DateTimeOffset Midnight(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);

    private static string Quantity(decimal quantity) =>
        quantity.ToString(quantity >= 100 ? "n0" : "n3", CultureInfo.InvariantCulture);

    private static string Dollars(decimal? usd) => usd is { } known ? Dollars(known) : "unknown";

    private static string Dollars(decimal usd) =>
        usd.ToString(usd >= 100 ? "'$'#,##0" : "'$'0.0000", CultureInfo.InvariantCulture);
}
