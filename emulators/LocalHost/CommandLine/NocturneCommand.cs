using System.CommandLine;
using System.Text.Json;
using Nocturne.Adapters.Local;
using Nocturne.Emulators;
using Nocturne.LocalHost.Commands;
using Nocturne.Ports;

namespace Nocturne.LocalHost.CommandLine;

/// <summary>The command line: its commands, and what their failures are answered with.</summary>
internal static class NocturneCommand
{
    // Longer than what is under way takes to end: deliveries are given ten seconds.
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(30);

    /// <summary>All commands.</summary>
    public static RootCommand Create() =>
        new(
            "Nocturne from the command line: every function in one process on a data folder or on Google's emulators, or "
                + $"a deployed system (--stack). {ExitCode.Help}"
        )
        {
            GlobalOptions.Data,
            GlobalOptions.Stack,
            GlobalOptions.Project,
            GlobalOptions.Yes,
            GlobalOptions.Port,
            GlobalOptions.Json,
            GlobalOptions.Chaos,
            GlobalOptions.Verbose,
            DemoCommand.Create(),
            UpCommand.Create(),
            ImportCommand.Create(),
            PublishCommand.Create(),
            CatalogueCommand.Create(),
            NightCommand.Create(),
            ShowCommand.Create(),
            BlendCommand.Create(),
            RebuildCommand.Create(),
            RedriveCommand.Create(),
            TokenCommand.Create(),
            PrivacyCommand.Create(),
            DoctorCommand.Create(),
            EvaluateCommand.Create(),
            CostsCommand.Create(),
        };

    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> args,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken = default
    )
    {
        var line = Create().Parse(args);
        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TerminationTimeout,
        };
        try
        {
            var code = await line.InvokeAsync(configuration, cancellationToken);
            return line.Errors.Count > 0 ? ExitCode.Usage : code;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("Stopped. The data folder is usable; the same command goes on from here.");
            return ExitCode.Cancelled;
        }
        catch (UsageException e)
        {
            return await FailAsync(error, e.Message, ExitCode.Usage);
        }
        catch (FolderStateException e)
        {
            return await FailAsync(error, e.Message, ExitCode.State);
        }
        catch (FolderInUseException e)
        {
            return await FailAsync(error, e.Message, ExitCode.State);
        }
        catch (LogCorruptException e)
        {
            return await FailAsync(
                error,
                $"{e.Message} Restore the folder from a copy; or, if its archive is whole, import that into a new one.",
                ExitCode.State
            );
        }
        catch (TopicNotFoundException e)
        {
            return await FailAsync(error, $"{e.Message} See nocturne doctor.", ExitCode.Failed);
        }
        catch (Exception e)
            when (e
                    is CommandFailedException
                        or FormatException
                        or IOException
                        or UnauthorizedAccessException
                        or InvalidDataException
                        or JsonException
                        or HttpRequestException
                        or StoreUnavailableException
                        or LimitExceededException
                        or EmulatorFailedException
            )
        {
            return await FailAsync(error, e.Message, ExitCode.Failed);
        }
    }

    private static async Task<int> FailAsync(TextWriter error, string message, int code)
    {
        await error.WriteLineAsync($"nocturne: {message}");
        return code;
    }
}
