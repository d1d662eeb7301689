namespace Nocturne.Architecture.Tests;

/// <summary>Who may point at whom. A project that is not covered here may point at nothing until it is.</summary>
internal static class DependencyRules
{
    /// <summary>The shared projects that may be referenced from where the rule says, by name.</summary>
    private static readonly Dictionary<string, string[]> Shared = new(StringComparer.Ordinal)
    {
        ["Domain"] = [],
        ["Recommending"] = [],
        ["Topology"] = [],
        ["Playlists"] = ["Domain"],
        ["Ports"] = ["Domain"],
        ["Importing"] = ["Domain"],
        ["Profiles"] = ["Domain", "Ports"],
        ["Identity"] = ["Domain", "Ports"],
        // Names of buckets and topics are Topology's; so are those of a night's objects.
        ["Nights"] = ["Domain", "Ports", "Playlists", "Recommending", "Topology"],
        // Deleting and exporting go through every store that holds something of a listener.
        ["Privacy"] = ["Domain", "Identity", "Nights", "Playlists", "Ports", "Profiles", "Topology"],
        ["Hosting"] = ["Domain", "Identity", "Ports", "Topology"],
        // The composition root of deployed functions: it alone chooses an adapter for them.
        ["Hosting.Functions"] =
        [
            "Hosting",
            "Identity",
            "Ports",
            "Profiles",
            "Topology",
            "Adapters.GoogleCloud",
            "Adapters.GoogleRest",
        ],
    };

    private static readonly string[] Adapter = ["Ports", "Topology", "Domain"];

    /// <summary>Projects that hold rules and data alone, and the packages that are part of a rule.</summary>
    public static IReadOnlyDictionary<string, string[]> PackagesOfRules { get; } =
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["Domain"] = [],
            ["Recommending"] = [],
            // Which hour it is for a listener is a rule, and zones are data that come with the package.
            ["Playlists"] = ["NodaTime"],
            ["Ports"] = [],
            ["Importing"] = [],
            ["Topology"] = [],
        };

    /// <summary>Whether one project may point at another.</summary>
    public static bool Allow(Project from, Project to) =>
        from.Area switch
        {
            "shared" when IsAdapter(from) => to.Area is "shared" && Adapter.Contains(to.Name, StringComparer.Ordinal),
            "shared" => to.Area is "shared"
                && Shared.TryGetValue(from.Name, out var allowed)
                && allowed.Contains(to.Name, StringComparer.Ordinal),
            "functions" => to.Area is "shared" && !IsAdapter(to),
            "infra" => to is { Area: "shared", Name: "Topology" },
            "emulators" => to.Area is not ("tests" or "infra"),
            "tests" => true,
            _ => false,
        };

    /// <summary>Whether the rules say anything of a project.</summary>
    public static bool Cover(Project project) =>
        project.Area is "functions" or "infra" or "emulators" or "tests"
        || (project.Area is "shared" && (IsAdapter(project) || Shared.ContainsKey(project.Name)));

    /// <summary>Whether a project is an adapter of the ports.</summary>
    public static bool IsAdapter(Project project) =>
        project.Area is "shared" && project.Name.StartsWith("Adapters.", StringComparison.Ordinal);
}
