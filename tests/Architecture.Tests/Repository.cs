using System.Xml.Linq;

namespace Nocturne.Architecture.Tests;

/// <summary>The repository that these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] Made = ["bin", "obj", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts"];

    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every project, by its path from the root.</summary>
    public static IReadOnlyList<Project> Projects { get; } =
    [.. ProjectFiles(Root).Order(StringComparer.Ordinal).Select(Project.Read)];

    /// <summary>Reads a file by its path from the root.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Whether a folder holds what tools make, and not what people write.</summary>
    public static bool IsMade(string folder) => folder.StartsWith('.') || Made.Contains(folder, StringComparer.Ordinal);

    private static IEnumerable<string> ProjectFiles(string folder) =>
        Directory
            .EnumerateFiles(folder, "*.csproj")
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Concat(
                Directory
                    .EnumerateDirectories(folder)
                    .Where(child => !IsMade(Path.GetFileName(child)))
                    .SelectMany(ProjectFiles)
            );

    private static string FindRoot()
    {
        // The tests' own folder is below the root, unless the build was told to put its output elsewhere.
        foreach (var start in new[] { AppContext.BaseDirectory, SourceFolder() })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Serverless.sln")))
                {
                    return folder.FullName;
                }
            }
        }
        throw new InvalidOperationException(
            $"No folder above '{AppContext.BaseDirectory}' or '{SourceFolder()}' holds Serverless.sln."
        );
    }

    private static string SourceFolder([System.Runtime.CompilerServices.CallerFilePath] string file = "") =>
        Path.GetDirectoryName(file)!;
}

/// <summary>A project as its file says.</summary>
/// <param name="Path">From the root, with forward slashes.</param>
/// <param name="References">The paths of the projects that it references, from the root.</param>
/// <param name="Packages">The packages that it references.</param>
internal sealed record Project(string Path, IReadOnlyList<string> References, IReadOnlyList<string> Packages)
{
    /// <summary>The file's name without its extension: <c>Domain</c>.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>The top-level folder: <c>shared</c>.</summary>
    public string Area => Path.Split('/')[0];

    public override string ToString() => Path;

    /// <summary>Reads a project's file; a wildcard stands for what it finds.</summary>
    public static Project Read(string path)
    {
        var document = XDocument.Parse(Repository.Read(path));
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.Combine(Repository.Root, path))!;
        return new Project(
            path,
            [.. Included("ProjectReference").SelectMany(Expand)],
            [.. Included("PackageReference")]
        );

        IEnumerable<string> Included(string item) =>
            document
                .Descendants(item)
                .Select(element => (string?)element.Attribute("Include"))
                .OfType<string>()
                .SelectMany(include => include.Split(';', StringSplitOptions.RemoveEmptyEntries));

        IEnumerable<string> Expand(string include)
        {
            include = include.Replace('\\', '/');
            if (!include.EndsWith("/**/*.csproj", StringComparison.Ordinal))
            {
                return [FromRoot(include)];
            }
            return Directory
                .EnumerateFiles(
                    System.IO.Path.Combine(folder, include[..^"/**/*.csproj".Length]),
                    "*.csproj",
                    SearchOption.AllDirectories
                )
                .Select(FromRoot);
        }

        string FromRoot(string file) =>
            System
                .IO.Path.GetRelativePath(
                    Repository.Root,
                    System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, file))
                )
                .Replace('\\', '/');
    }
}
