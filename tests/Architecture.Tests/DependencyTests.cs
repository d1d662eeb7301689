using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Nocturne.Architecture.Tests;

public sealed class DependencyTests
{
    private static readonly Dictionary<string, Project> ByPath = Repository.Projects.ToDictionary(
        project => project.Path,
        StringComparer.Ordinal
    );

    [Fact]
    public void EveryProject_IsCoveredByARule()
    {
        Assert.All(
            Repository.Projects,
            project => Assert.True(DependencyRules.Cover(project), $"{project} has no rule in DependencyRules.cs.")
        );
    }

    [Fact]
    public void ProjectReferences_PointInward()
    {
        var wrong =
            from project in Repository.Projects
            from reference in project.References
            where !ByPath.TryGetValue(reference, out var target) || !DependencyRules.Allow(project, target)
            select $"{project} -> {reference}";

        Assert.Empty(wrong);
    }

    [Fact]
    public void Assemblies_PointInward()
    {
        var byAssembly = Repository
            .Projects.Where(project => project.Area is "shared" or "functions")
            .ToDictionary(project => $"Nocturne.{project.Name}", StringComparer.Ordinal);

        var wrong =
            from project in byAssembly
            from reference in AssemblyReferences(project.Key)
            where reference.StartsWith("Nocturne.", StringComparison.Ordinal)
            where !byAssembly.TryGetValue(reference, out var target) || !DependencyRules.Allow(project.Value, target)
            select $"{project.Key} -> {reference}";

        Assert.Empty(wrong);
    }

    [Fact]
    public void NothingButHostsAndTests_PointsAtAFunction()
    {
        Assert.All(
            Repository.Projects.Where(project => project.Area is not ("emulators" or "tests")),
            project =>
                Assert.DoesNotContain(
                    project.References,
                    reference => reference.StartsWith("functions/", StringComparison.Ordinal)
                )
        );
    }

    [Fact]
    public void Rules_ReferenceNoPackageButTheirOwn()
    {
        foreach (var (name, packages) in DependencyRules.PackagesOfRules)
        {
            var project = ByPath[$"shared/{name}/{name}.csproj"];

            Assert.Equal(packages, project.Packages);
            Assert.All(
                AssemblyReferences($"Nocturne.{name}").Except(packages, StringComparer.Ordinal),
                reference => Assert.Matches("^(System|Nocturne)[.]", reference)
            );
        }
    }

    [Fact]
    public void CloudPackages_AreReferencedBehindTheSwitchAlone()
    {
        string[] cloud = ["Google.Cloud.", "Google.Events.", "Pulumi"];

        var wrong = Repository
            .Projects.Where(project => project.Packages.Any(IsCloud))
            .Where(project =>
                !Repository.Read(project.Path).Contains("RequiresCloudPackages>true", StringComparison.Ordinal)
                && !Repository.Read(project.Path).Contains("'$(CloudPackages)' == 'true'", StringComparison.Ordinal)
            );

        Assert.Empty(wrong);

        bool IsCloud(string package) =>
            Array.Exists(cloud, prefix => package.StartsWith(prefix, StringComparison.Ordinal));
    }

    private static List<string> AssemblyReferences(string assembly)
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll"));
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        return
        [
            .. metadata.AssemblyReferences.Select(handle =>
                metadata.GetString(metadata.GetAssemblyReference(handle).Name)
            ),
        ];
    }
}
