namespace Nocturne.LocalHost.CommandLine;

/// <summary>What a command's exit code means.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Tried and failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The data folder is in use, or not in a state for this command.</summary>
    public const int State = 3;

    /// <summary>Stopped by Ctrl-C; the folder is usable.</summary>
    public const int Cancelled = 130;

    /// <summary>For --help.</summary>
    public const string Help =
        "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the data folder is in use or not in a state for the command; "
        + "130 stopped by Ctrl-C (the folder stays usable).";
}

/// <summary>The options do not go together.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The command failed for a reason that its message tells whole.</summary>
internal sealed class CommandFailedException(string message) : Exception(message);

/// <summary>The data folder is not in a state for the command; the message says which command changes that.</summary>
internal sealed class FolderStateException(string message) : Exception(message);
