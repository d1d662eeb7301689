using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Nocturne.LocalHost.CommandLine;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Tests;

/// <summary>emulators/compose.yaml, Containerfile and up name what exists, and agree with each other.</summary>
public sealed partial class ContainersTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Folder(), "..", ".."));
    private static readonly string Compose = Read("compose.yaml");
    private static readonly string Containerfile = Read("Containerfile");

    private static readonly (string Variable, string Service)[] Emulators =
    [
        (EmulatorHosts.DocumentsVariable, "firestore"),
        (EmulatorHosts.MessagesVariable, "pubsub"),
        (EmulatorHosts.ObjectsVariable, "storage"),
    ];

    [Fact]
    public void Compose_OfNocturne_IsACommandLineThatExists()
    {
        var arguments = Command("nocturne");

        var line = NocturneCommand.Create().Parse(arguments);

        Assert.Empty(line.Errors);
        Assert.Equal("up", line.CommandResult.Command.Name);
        Assert.Equal("google-emulators", line.GetValue(GlobalOptions.Stack));
    }

    [Fact]
    public void Compose_PointsNocturneToWhereTheEmulatorsListen()
    {
        Assert.All(
            Emulators,
            emulator =>
            {
                var host = Regex
                    .Match(Compose, $@"^      {emulator.Variable}: (?<host>\S+)$", RegexOptions.Multiline, Limit)
                    .Groups["host"]
                    .Value;
                Assert.StartsWith("127.0.0.1:", host, StringComparison.Ordinal);
                Assert.Contains(
                    Command(emulator.Service),
                    argument => argument == $"--host-port={host}" || argument == host.Split(':')[1]
                );
                Assert.Contains($"export {emulator.Variable}={host}\"\n", Read("up"), StringComparison.Ordinal);
            }
        );
    }

    [Fact]
    public void Compose_ListensOnLoopbackOnly()
    {
        Assert.DoesNotContain("0.0.0.0", Compose, StringComparison.Ordinal);
        Assert.DoesNotContain("ports:", Compose, StringComparison.Ordinal);
        Assert.Equal(3, Compose.Split("network_mode: host").Length - 1); // two emulators share theirs
    }

    [Fact]
    public void Compose_BuildsTargetsOfTheContainerfile()
    {
        var targets = Target().Matches(Compose).Select(match => match.Groups["name"].Value).ToList();

        Assert.Equal(["storage", "nocturne"], targets);
        Assert.All(targets, target => Assert.Contains($" AS {target}\n", Containerfile, StringComparison.Ordinal));
        Assert.All(
            Built().Matches(Compose).Select(match => match.Groups["path"].Value),
            path => Assert.True(File.Exists(Path.Combine(Root, path)), path)
        );
        // Images are pinned to a version; nobody's tests ran on 'latest'.
        Assert.All(
            Image().Matches(Compose + Containerfile).Select(match => match.Groups["tag"].Value),
            tag => Assert.Matches("^[0-9]+[.][0-9]", tag)
        );
    }

    [Fact]
    public void Containerfile_PublishesProjectsThatExistAndStartsWhatTheyMake()
    {
        var projects = Published().Matches(Containerfile).Select(match => match.Groups["path"].Value).ToList();

        Assert.Equal(["emulators/LocalHost/LocalHost.csproj", "emulators/Storage/Storage.csproj"], projects);
        foreach (var (project, assembly) in projects.Zip(["nocturne", "Nocturne.StorageEmulator"]))
        {
            Assert.Contains(
                $"<AssemblyName>{assembly}</AssemblyName>",
                File.ReadAllText(Path.Combine(Root, project)),
                StringComparison.Ordinal
            );
            Assert.Contains($"[\"dotnet\", \"/app/{assembly}.dll\"]", Containerfile, StringComparison.Ordinal);
        }
    }

    [PosixTheory]
    [InlineData(
        "",
        "compose --file compose.yaml up --build --detach --wait",
        "export PUBSUB_EMULATOR_HOST=127.0.0.1:8085"
    )]
    [InlineData("--only-emulators", "--wait firestore pubsub storage", "export STORAGE_EMULATOR_HOST=127.0.0.1:9199")]
    [InlineData("--down", "compose --file compose.yaml down", "")]
    public async Task Up_Run_HasTheEngineDoIt(string option, string called, string printed)
    {
        var (code, output) = await UpAsync(engineExists: true, option);

        Assert.Equal(0, code);
        Assert.Contains(called, output, StringComparison.Ordinal);
        Assert.Contains(printed, output, StringComparison.Ordinal);
    }

    [PosixTheory]
    [InlineData("", 1, "--stack google-emulators")]
    [InlineData("--nonsense", 2, "emulators/up --only-emulators")]
    public async Task Up_ThatCannotBeDone_SaysWhatCan(string option, int expected, string printed)
    {
        var (code, output) = await UpAsync(engineExists: false, option);

        Assert.Equal(expected, code);
        Assert.Contains(printed, output, StringComparison.Ordinal);
    }

    /// <summary>Runs the script with an engine that only says what it was called with, or that fails.</summary>
    private static async Task<(int Code, string Output)> UpAsync(bool engineExists, string option)
    {
        using var folder = new Testing.TemporaryFolder();
        foreach (var engine in new[] { "docker", "podman" })
        {
            var path = Path.Combine(folder.Path, engine);
            await File.WriteAllTextAsync(path, engineExists ? "#!/bin/sh\necho \"$@\"\n" : "#!/bin/sh\nexit 125\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        var start = new ProcessStartInfo(
            "bash",
            [Path.Combine(Root, "emulators", "up"), .. option.Split(' ', StringSplitOptions.RemoveEmptyEntries)]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["PATH"] = $"{folder.Path}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>The arguments that a service's container is started with.</summary>
    private static string[] Command(string service)
    {
        var from = Compose.IndexOf($"\n  {service}:\n", StringComparison.Ordinal);
        var line = Regex.Match(Compose[from..], @"^    command: (?<list>\[.*\])$", RegexOptions.Multiline, Limit);
        return JsonSerializer.Deserialize<string[]>(line.Groups["list"].Value)!;
    }

    private static TimeSpan Limit => TimeSpan.FromSeconds(1);

    private static string Read(string name) => File.ReadAllText(Path.Combine(Root, "emulators", name));

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;

    [GeneratedRegex(@"^      target: (?<name>\S+)$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Target();

    [GeneratedRegex(@"^      dockerfile: (?<path>\S+)$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Built();

    [GeneratedRegex(@"(?:image: |FROM )[^\s:]+:(?<tag>\S+)", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Image();

    [GeneratedRegex(@"dotnet publish (?<path>\S+)", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Published();

    /// <summary>The script is for a POSIX shell.</summary>
    private sealed class PosixTheoryAttribute : TheoryAttribute
    {
        public PosixTheoryAttribute()
        {
            if (OperatingSystem.IsWindows())
            {
                Skip = "emulators/up is for a POSIX shell.";
            }
        }
    }
}
