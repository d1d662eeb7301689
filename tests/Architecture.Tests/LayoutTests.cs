using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Nocturne.Architecture.Tests;

public sealed class LayoutTests
{
    private static readonly string[] Folders = ["docs", "emulators", "functions", "infra", "shared", "tests"];

    private static readonly string[] Files =
    [
        "BannedSymbols.Libraries.txt",
        "BannedSymbols.txt",
        "CONTRIBUTING.md",
        "Directory.Build.props",
        "Directory.Build.targets",
        "Directory.Packages.props",
        "LICENSE",
        "README.md",
        "Serverless.sln",
        "cloudbuild.yaml",
        "global.json",
    ];

    [Fact]
    public void TheRoot_HoldsTheLayoutAndNothingElse()
    {
        var folders = Directory
            .EnumerateDirectories(Repository.Root)
            .Select(folder => Path.GetFileName(folder))
            .Where(folder => !Repository.IsMade(folder));
        var files = Directory
            .EnumerateFiles(Repository.Root)
            .Select(file => Path.GetFileName(file))
            .Where(file => !file.StartsWith('.') && !file.EndsWith(".user", StringComparison.Ordinal));

        Assert.Equal(Folders, folders.Order(StringComparer.Ordinal));
        Assert.Empty(files.Except(Files, StringComparer.Ordinal));
        Assert.True(File.Exists(Path.Combine(Repository.Root, ".ci", "run")));
    }

    [Fact]
    public void AProject_IsNamedAsItsFolder()
    {
        Assert.All(
            Repository.Projects,
            project => Assert.EndsWith($"{project.Name}/{project.Name}.csproj", project.Path, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void TheSolution_IsClassicAndHoldsEveryProject()
    {
        var solution = Repository.Read("Serverless.sln");

        Assert.Contains(
            "Microsoft Visual Studio Solution File, Format Version 12.00",
            solution,
            StringComparison.Ordinal
        );
        var listed = Regex
            .Matches(solution, "\"(?<path>[^\"]+[.]csproj)\"", RegexOptions.None, TimeSpan.FromSeconds(1))
            .Select(match => match.Groups["path"].Value.Replace('\\', '/'))
            .ToList();
        var present = Repository.Projects.Select(project => project.Path).ToList();
        Assert.Empty(present.Except(listed, StringComparer.Ordinal));
        Assert.Empty(listed.Except(present, StringComparer.Ordinal));
    }

    [Fact]
    public void EveryPackage_IsPinnedOnceAndExplained()
    {
        var pinned = XDocument
            .Parse(Repository.Read("Directory.Packages.props"))
            .Descendants("PackageVersion")
            .Select(element =>
                (Name: (string)element.Attribute("Include")!, Version: (string)element.Attribute("Version")!)
            )
            .ToList();
        var explained = Repository
            .Read("docs/packages.md")
            .Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1])
            .ToList();

        Assert.Equal(
            pinned.Select(package => package.Name).Order(StringComparer.OrdinalIgnoreCase),
            explained.Order(StringComparer.OrdinalIgnoreCase)
        );
        Assert.All(pinned, package => Assert.Matches("^[0-9]+([.][0-9]+)+$", package.Version));
    }
}
