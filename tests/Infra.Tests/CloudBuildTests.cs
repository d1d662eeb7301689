using System.Text.RegularExpressions;

namespace Nocturne.Infra.Tests;

/// <summary>What can be known of cloudbuild.yaml, the scripts and the stacks' files without the cloud.</summary>
public sealed partial class CloudBuildTests
{
    private static readonly string[] Scripts =
    [
        "infra/bootstrap",
        "infra/install-emulators",
        "infra/package",
        "infra/smoke",
    ];

    [Fact]
    public async Task EveryScript_IsBash()
    {
        foreach (var script in Scripts)
        {
            var (exitCode, output) = await Sources.BashAsync(["-n", script]);

            Assert.True(exitCode == 0, output);
            Assert.StartsWith("#!/usr/bin/env bash\n", Sources.Read(script), StringComparison.Ordinal);
            Assert.Contains("\nset -euo pipefail\n", Sources.Read(script), StringComparison.Ordinal);
            Assert.True(
                OperatingSystem.IsWindows()
                    || File.GetUnixFileMode(Sources.At(script)).HasFlag(UnixFileMode.UserExecute),
                script
            );
        }
    }

    [Fact]
    public async Task EveryStepsScript_IsBashOnceCloudBuildHasSubstituted()
    {
        var scripts = StepScripts().ToList();

        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            // Cloud Build puts its own variables in, and makes $$ a $.
            var bash = Substitution().Replace(script, "x").Replace("$$", "$", StringComparison.Ordinal);

            var (exitCode, output) = await Sources.BashAsync(["-n", "-c", bash]);

            Assert.True(exitCode == 0, $"{output}\n{script}");
        }
    }

    [Fact]
    public void EveryVariable_IsCloudBuildsOwnOrHasADefault()
    {
        string[] own = ["PROJECT_ID"];
        var defaults = Keys(Section("substitutions"));

        Assert.All(
            Substitution().Matches(Build()).Select(match => match.Groups["name"].Value).Distinct(),
            name => Assert.True(own.Contains(name) || defaults.Contains(name), $"${name} is set nowhere")
        );
        Assert.All(defaults, name => Assert.Matches($@"[$]\{{?{name}\b", Build()));
    }

    [Fact]
    public void Steps_AreThoseOfADeploymentInTheirOrder()
    {
        Assert.Equal(
            ["fetch-packages", "restore", "format", "build", "test", "package", "pulumi", "smoke", "store-packages"],
            StepIds().Matches(Build()).Select(match => match.Groups["id"].Value)
        );
    }

    [Fact]
    public void EveryFileItRuns_Exists()
    {
        var named = Paths().Matches(Build()).Select(match => match.Value).Distinct().ToList();

        Assert.Contains("infra/smoke", named);
        Assert.All(named, path => Assert.True(Path.Exists(Sources.At(path)), path));
        Assert.Contains("dir: infra\n", Build(), StringComparison.Ordinal);
    }

    [Fact]
    public void ItsTests_AreTheReadmesAndItsFormatTheContributors()
    {
        Assert.Contains("dotnet test Serverless.sln -c Release\n", Sources.Read("README.md"), StringComparison.Ordinal);
        Assert.Contains("dotnet test Serverless.sln -c Release ", Build(), StringComparison.Ordinal);
        Assert.Contains("dotnet tool restore", Sources.Read("CONTRIBUTING.md"), StringComparison.Ordinal);
        Assert.Contains("dotnet tool restore\n", Build(), StringComparison.Ordinal);
        Assert.Contains("dotnet csharpier format .", Sources.Read("CONTRIBUTING.md"), StringComparison.Ordinal);
        Assert.Contains("args: [csharpier, check, .]\n", Build(), StringComparison.Ordinal);
    }

    [Fact]
    public void APullRequest_RunsAsAnAccountThatCannotDeploy()
    {
        var defaults = Section("substitutions");
        var bootstrap = Sources.Read("infra/bootstrap");

        Assert.Contains("  _PULUMI: preview\n", defaults, StringComparison.Ordinal);
        Assert.Contains("  _ACCOUNT: nocturne-preview\n", defaults, StringComparison.Ordinal);
        Assert.Contains(
            "\nserviceAccount: projects/$PROJECT_ID/serviceAccounts/${_ACCOUNT}@$PROJECT_ID.iam.gserviceaccount.com\n",
            Build(),
            StringComparison.Ordinal
        );
        Assert.Contains("previewing=(roles/browser roles/logging.logWriter)\n", bootstrap, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("infra/Pulumi.dev.yaml", false)]
    [InlineData("infra/Pulumi.prod.yaml", true)]
    public void TheStacksFiles_AreUsableOnceAProjectIsSet(string file, bool isProtected)
    {
        var declared = Keys(Section("config", "infra/Pulumi.yaml"));
        var values = KeyValues()
            .Matches(Section("config", file))
            .ToDictionary(match => match.Groups["key"].Value, match => match.Groups["value"].Value.Trim('"'));

        Assert.All(values.Keys, key => Assert.True(key is "gcp:region" || declared.Contains(key), key));

        values["gcp:project"] = "night-music";
        values["nocturne:source"] = Sources.At("infra/Pulumi.yaml");
        var settings = StackSettings.Parse("any", values.GetValueOrDefault);

        Assert.Equal(isProtected, settings.ProtectData);
    }

    [Fact]
    public void EverySettingThatIsDeclared_HasTheDefaultThatTheProgramHas()
    {
        var declared = Section("config", "infra/Pulumi.yaml");
        var defaults = Defaults()
            .Matches(declared)
            .ToDictionary(match => match.Groups["key"].Value, match => match.Groups["value"].Value.Trim('"'));
        defaults["nocturne:source"] = Sources.At("infra/Pulumi.yaml");
        string? Required(string key) =>
            key switch
            {
                "gcp:project" => "night-music",
                "gcp:region" => "europe-west4",
                "nocturne:source" => Sources.At("infra/Pulumi.yaml"),
                _ => null,
            };

        var without = StackSettings.Parse("any", Required);
        var with = StackSettings.Parse("any", key => defaults.GetValueOrDefault(key) ?? Required(key));

        Assert.Equal(Keys(declared).Order(StringComparer.Ordinal), defaults.Keys.Order(StringComparer.Ordinal));
        Assert.Equivalent(without, with, strict: true);
    }

    private static string Build() => Sources.Read("cloudbuild.yaml");

    /// <summary>The lines below a top-level key.</summary>
    private static string Section(string key, string file = "cloudbuild.yaml") =>
        string.Join(
            '\n',
            Sources
                .Read(file)
                .Split('\n')
                .SkipWhile(line => line != $"{key}:")
                .Skip(1)
                .TakeWhile(line => line.Length == 0 || line[0] is ' ' or '#')
        ) + "\n";

    private static HashSet<string> Keys(string section) =>
        [.. KeyValues().Matches(section).Select(match => match.Groups["key"].Value)];

    /// <summary>The literal blocks of the steps' arguments.</summary>
    private static IEnumerable<string> StepScripts() =>
        Build()
            .Split("      - |\n")
            .Skip(1)
            .Select(rest =>
                string.Join(
                    '\n',
                    rest.Split('\n').TakeWhile(line => line.StartsWith("        ", StringComparison.Ordinal))
                )
            );

    [GeneratedRegex(@"(?<![$])[$]\{?(?<name>[A-Z_][A-Z0-9_]*)\}?", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Substitution();

    [GeneratedRegex(@"^  - id: (?<id>\S+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex StepIds();

    [GeneratedRegex(
        @"\b(infra/[a-z-]+|Serverless[.]sln|Directory[.]Packages[.]props)",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Paths();

    [GeneratedRegex(
        @"^  (?<key>[A-Za-z_][\w:]*): ?(?<value>.*)$",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline,
        1000
    )]
    private static partial Regex KeyValues();

    [GeneratedRegex(
        @"^  (?<key>nocturne:\w+):\n(    .*\n|      .*\n)*?    default: (?<value>.*)$",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline,
        1000
    )]
    private static partial Regex Defaults();
}
