using System.Globalization;
using System.Text.RegularExpressions;
using Pulumi;

namespace Nocturne.Infra;

/// <summary>A stack's configuration, checked as a whole before anything is declared.</summary>
/// <param name="Project">The Google Cloud project's id.</param>
/// <param name="Region">The region of everything that has one.</param>
/// <param name="DocumentLocation">The document database's location: a region, or a multi-region.</param>
/// <param name="SourceArchive">The archive that the functions are built from; it exists.</param>
/// <param name="ProtectData">Whether what holds data refuses to be destroyed.</param>
/// <param name="MinInstances">Instances of each public function that are kept warm.</param>
public sealed partial record StackSettings(
    string Project,
    string Region,
    string DocumentLocation,
    string SourceArchive,
    bool ProtectData,
    int MinInstances
)
{
    /// <summary>More warm instances than this are a mistake rather than a wish.</summary>
    public const int MostMinInstances = 10;

    private const string DefaultSource = "../artifacts/source.zip";

    /// <summary>Reads the configuration of the stack that is being deployed.</summary>
    /// <exception cref="RunException">See <see cref="Parse"/>.</exception>
    public static StackSettings Read()
    {
        var (google, own) = (new Config("gcp"), new Config("nocturne"));
        return Parse(key =>
            key.Split(':') is ["gcp", var name] ? google.Get(name) : own.Get(key["nocturne:".Length..])
        );
    }

    /// <summary>Reads a configuration by its full keys (<c>gcp:project</c>).</summary>
    /// <param name="get">A key's value, or null.</param>
    /// <exception cref="RunException">Something is missing or wrong; the message has one line for each key.</exception>
    public static StackSettings Parse(Func<string, string?> get)
    {
        var problems = new List<string>();
        var project = Required("gcp:project", "the project's id", ProjectId());
        var region = Required("gcp:region", "a region such as europe-west1", RegionName());
        var location = Optional("nocturne:documentLocation", region);
        if (location.Length > 0 && !LocationName().IsMatch(location))
        {
            problems.Add($"nocturne:documentLocation is '{location}'; a region, eur3 or nam5 is wanted.");
        }
        var source = Path.GetFullPath(Optional("nocturne:source", DefaultSource));
        if (!File.Exists(source))
        {
            problems.Add($"nocturne:source names '{source}', which does not exist; infra/package makes it.");
        }
        var protect = Optional("nocturne:protectData", "true");
        if (protect is not ("true" or "false"))
        {
            problems.Add($"nocturne:protectData is '{protect}'; true or false is wanted.");
        }
        var warm = Optional("nocturne:minInstances", "0");
        if (
            !int.TryParse(warm, NumberStyles.None, CultureInfo.InvariantCulture, out var instances)
            || instances > MostMinInstances
        )
        {
            problems.Add($"nocturne:minInstances is '{warm}'; a number from 0 to {MostMinInstances} is wanted.");
        }
        return problems.Count == 0
            ? new StackSettings(project, region, location, source, protect is "true", instances)
            : throw new RunException($"The stack's configuration is not usable:\n{string.Join('\n', problems)}");

        string Optional(string key, string otherwise) => get(key) is { Length: > 0 } value ? value : otherwise;

        string Required(string key, string what, Regex form)
        {
            var value = get(key) ?? "";
            if (value.Length == 0)
            {
                problems.Add($"{key} is not set; `pulumi config set {key} VALUE` sets {what}.");
            }
            else if (!form.IsMatch(value))
            {
                problems.Add($"{key} is '{value}', which is not {what}.");
            }
            return value;
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ProjectId();

    [GeneratedRegex("^[a-z]+-[a-z]+[0-9]+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RegionName();

    [GeneratedRegex("^([a-z]+-[a-z]+[0-9]+|eur3|nam5)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LocationName();
}
