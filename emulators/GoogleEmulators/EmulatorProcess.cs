using System.Diagnostics;

namespace Nocturne.Emulators;

/// <summary>
/// One emulator's process. It ends with this object and, where there is a shell, also when this process is killed.
/// </summary>
internal sealed class EmulatorProcess : IAsyncDisposable
{
    /// <summary>What is shown when an emulator does not start.</summary>
    private const int KeptLines = 40;

    /// <summary>
    /// Runs the command and ends it when standard input closes, which the kernel does for us however this process
    /// ends. <c>read</c> is the shell's own, so that the watch is one process, which ends with the command.
    /// </summary>
    private const string Guard = """
        exec 3<&0
        "$@" </dev/null 3<&- &
        command=$!
        { read -r _ <&3; kill -9 "$command"; } 2>/dev/null &
        watch=$!
        exec 3<&-
        wait "$command"
        status=$?
        kill -9 "$watch" 2>/dev/null
        exit "$status"
        """;

    /// <summary>Killed processes are gone at once; this is for a machine that is busy beyond reason.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

    // Guards _output.
    private readonly Lock _gate = new();
    private readonly Queue<string> _output = new(KeptLines);
    private readonly Process _process;

    private EmulatorProcess(Process process) => _process = process;

    /// <summary>Starts a command line.</summary>
    public static EmulatorProcess Start(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        if (OperatingSystem.IsWindows())
        {
            start.FileName = command[0];
        }
        else
        {
            start.FileName = "/bin/sh";
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(Guard);
            start.ArgumentList.Add("sh");
            start.ArgumentList.Add(command[0]);
        }
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }
        var process = new Process { StartInfo = start };
        var emulator = new EmulatorProcess(process);
        process.OutputDataReceived += (_, line) => emulator.Keep(line.Data);
        process.ErrorDataReceived += (_, line) => emulator.Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return emulator;
    }

    /// <summary>Whether it ended by itself.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>The last lines that it printed.</summary>
    public string LastOutput()
    {
        lock (_gate)
        {
            return _output.Count == 0 ? "(it printed nothing)" : string.Join('\n', _output);
        }
    }

    /// <summary>Ends it and everything that it started.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            _process.Kill(entireProcessTree: true);
            using var patience = new CancellationTokenSource(EndPatience);
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                // Killed, but its pipes are still open somewhere: nothing more can be done about it here.
            }
        }
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }
        lock (_gate)
        {
            if (_output.Count == KeptLines)
            {
                _output.Dequeue();
            }
            _output.Enqueue(line);
        }
    }
}
