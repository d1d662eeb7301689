using System.CommandLine;
using Microsoft.Extensions.Logging;
using Nocturne.Adapters.Local;
using Nocturne.LocalHost.Operations;
using Nocturne.LocalHost.Stack;

namespace Nocturne.LocalHost.CommandLine;

/// <summary>The options that every command has.</summary>
internal static class GlobalOptions
{
    public static Option<string> Data { get; } =
        new("--data")
        {
            Description = "The data folder.",
            HelpName = "folder",
            Recursive = true,
            DefaultValueFactory = _ => ".nocturne",
        };

    public static Option<string> Stack { get; } = MakeStack();

    public static Option<string?> Project { get; } =
        new("--project")
        {
            Description =
                $"The Google Cloud project's id; needed with --stack {StackChoice.Google}. Emulators take any: "
                + $"{StackChoice.LocalProject} unless given.",
            HelpName = "id",
            Recursive = true,
        };

    public static Option<bool> Yes { get; } =
        new("--yes")
        {
            Description =
                $"Do it: with --stack {StackChoice.Google}, commands that change data or cost money only say what "
                + "they would do unless this is given.",
            Recursive = true,
        };

    public static Option<int> Port { get; } = MakePort();

    public static Option<bool> Json { get; } =
        new("--json")
        {
            Description = "Print results as JSON on standard output, and the rest on standard error.",
            Recursive = true,
        };

    public static Option<int?> Chaos { get; } =
        new("--chaos")
        {
            Description = "Have the stores and Pub/Sub misbehave by this seed: lose, double, delay, reorder, fail.",
            HelpName = "seed",
            Recursive = true,
        };

    public static Option<bool> Verbose { get; } =
        new("--verbose") { Description = "Log what the functions do, to standard error.", Recursive = true };

    private static Option<string> MakeStack()
    {
        var stack = new Option<string>("--stack")
        {
            Description =
                $"What the commands work on. {StackChoice.Embedded}: everything in one process and the data folder. "
                + $"{StackChoice.GoogleEmulators}: the same functions behind real HTTP pushes, on Google's Firestore and "
                + "Pub/Sub emulators, started from the installed gcloud or found by FIRESTORE_EMULATOR_HOST and "
                + "PUBSUB_EMULATOR_HOST (and STORAGE_EMULATOR_HOST), which hold the data while they run. "
                + $"{StackChoice.Google}: a deployed system, with application default credentials.",
            HelpName = "name",
            Recursive = true,
            DefaultValueFactory = _ => StackChoice.Embedded,
        };
        stack.AcceptOnlyFromAmong(StackChoice.Embedded, StackChoice.GoogleEmulators, StackChoice.Google);
        return stack;
    }

    private static Option<int> MakePort()
    {
        var port = new Option<int>("--port")
        {
            Description =
                "The port that 'up' listens on; 0 for any that is free. Other commands find it in the data folder.",
            HelpName = "port",
            Recursive = true,
            DefaultValueFactory = _ => 8080,
        };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > System.Net.IPEndPoint.MaxPort)
            {
                result.AddError($"A port is from 0 to {System.Net.IPEndPoint.MaxPort}.");
            }
        });
        return port;
    }
}

/// <summary>What a command works with.</summary>
/// <param name="Terminal">Where it writes.</param>
/// <param name="Stack">On which stack.</param>
/// <param name="Settings">How it opens that.</param>
/// <param name="IsConsentGiven">Whether --yes was given.</param>
internal sealed record CommandContext(
    Terminal Terminal,
    IStackChoice Stack,
    StackSettings Settings,
    bool IsConsentGiven
)
{
    /// <summary>Where files of the commands are.</summary>
    public string Folder => Stack.Folder;

    /// <summary>Reads the options of a command line.</summary>
    /// <exception cref="UsageException">They do not go together.</exception>
    public static CommandContext Of(ParseResult line)
    {
        var isJson = line.GetValue(GlobalOptions.Json);
        var output = line.InvocationConfiguration.Output;
        var isInteractive =
            ReferenceEquals(output, Console.Out)
            && !Console.IsOutputRedirected
            && !(isJson && Console.IsErrorRedirected);
        var chaos = line.GetValue(GlobalOptions.Chaos);
        return new CommandContext(
            new Terminal(output, line.InvocationConfiguration.Error, isJson, isInteractive),
            StackChoice.Of(
                line.GetValue(GlobalOptions.Stack)!,
                line.GetValue(GlobalOptions.Project),
                Path.GetFullPath(line.GetValue(GlobalOptions.Data)!),
                Environment.GetEnvironmentVariable
            ),
            new StackSettings
            {
                ChaosSeed = chaos,
                LogLevel =
                    line.GetValue(GlobalOptions.Verbose) ? LogLevel.Information
                    : chaos is null ? LogLevel.Warning
                    : LogLevel.Error, // what was asked for is no news
            },
            line.GetValue(GlobalOptions.Yes)
        );
    }

    /// <summary>Refuses a command for whose functions nobody here would be responsible.</summary>
    /// <exception cref="UsageException">The functions run elsewhere.</exception>
    public void RequireFunctions(string command)
    {
        if (!Stack.RunsFunctions)
        {
            throw new UsageException(
                $"'{command}' runs the functions in this process, and those of a deployed system run in its project. "
                    + $"Give it with --stack {StackChoice.Embedded} or {StackChoice.GoogleEmulators}."
            );
        }
    }

    /// <summary>
    /// Where doing something costs money or touches others' data: whether it was agreed to. Says what would be done
    /// if not.
    /// </summary>
    public bool IsAgreed(IOperations operations, string plan)
    {
        if (!operations.Manner.AsksConsent || IsConsentGiven)
        {
            return true;
        }
        Terminal.Say(plan);
        Terminal.Say("Nothing was done. Add --yes to do it.");
        return false;
    }

    /// <summary>Says so where what a command put in goes when it ends.</summary>
    public void SayWhatIsNotKept(IOperations operations)
    {
        if (!operations.Manner.IsKept)
        {
            Terminal.Say(
                "The emulators end with this command, and with them what they hold. To keep some running: nocturne up "
                    + $"--stack {StackChoice.GoogleEmulators}, and the other commands beside it."
            );
        }
    }

    /// <summary>Opens the stack for this process alone, and begins to deliver.</summary>
    /// <exception cref="FolderStateException">Another command has it open.</exception>
    public async Task<StackOperations> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            var stack = await Stack.OpenAsync(Settings, cancellationToken);
            try
            {
                await stack.StartAsync(cancellationToken);
            }
            catch
            {
                await stack.DisposeAsync();
                throw;
            }
            return new StackOperations(stack);
        }
        catch (FolderInUseException)
        {
            throw await InUseAsync("this command needs it for itself; stop that first", cancellationToken);
        }
    }

    /// <summary>Opens the stack, or reaches the <c>up</c> that has it open.</summary>
    /// <exception cref="FolderStateException">Another command has it open.</exception>
    public async Task<IOperations> OpenOrReachAsync(CancellationToken cancellationToken)
    {
        if (await RemoteOperations.ConnectAsync(Folder, cancellationToken) is { } remote)
        {
            return remote;
        }
        return await OpenAsync(cancellationToken);
    }

    /// <summary>Likewise, for a command that has nothing to show where there is no data.</summary>
    /// <exception cref="FolderStateException">There is none.</exception>
    public async Task<IOperations> OpenExistingAsync(CancellationToken cancellationToken)
    {
        if (await RemoteOperations.ConnectAsync(Folder, cancellationToken) is { } remote)
        {
            return remote;
        }
        return Stack.Emptiness is { } why ? throw new FolderStateException(why) : await OpenAsync(cancellationToken);
    }

    /// <summary>The error for a folder that is open elsewhere.</summary>
    public async Task<FolderStateException> InUseAsync(string consequence, CancellationToken cancellationToken)
    {
        await using var remote = await RemoteOperations.ConnectAsync(Folder, cancellationToken);
        var host = await HostFile.ReadAsync(Folder, cancellationToken);
        return new FolderStateException(
            remote is not null && host is not null
                ? $"'{Folder}' is open in 'nocturne up' (process {host.Pid}, port {host.Port}): {consequence}."
                : $"'{Folder}' is open in another command: {consequence}."
        );
    }
}
