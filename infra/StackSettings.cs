using System.Text.RegularExpressions;
using Nocturne.Topology;
using Pulumi;
using Deployment = Pulumi.Deployment;

namespace Nocturne.Infra;

/// <summary>A stack's configuration, checked as a whole before anything is declared.</summary>
public sealed partial record StackSettings
{
    /// <summary>More warm instances than this are a mistake rather than a wish.</summary>
    public const int MostMinInstances = 10;

    /// <summary>Cloud Run's own limit without asking for more.</summary>
    public const int MostMaxInstances = 100;

    private const string DefaultSource = "../artifacts/source.zip";

    /// <summary>The stack's name: <c>dev</c>, <c>prod</c>.</summary>
    public required string Stack { get; init; }

    /// <summary>The Google Cloud project's id.</summary>
    public required string Project { get; init; }

    /// <summary>The region of everything that has one.</summary>
    public required string Region { get; init; }

    /// <summary>The document database's location: a region, or a multi-region.</summary>
    public required string DocumentLocation { get; init; }

    /// <summary>The archive that the functions are built from; it exists.</summary>
    public required string SourceArchive { get; init; }

    /// <summary>Whether what holds data refuses to be destroyed.</summary>
    public required bool ProtectData { get; init; }

    /// <summary>Which adapter the functions use: <c>GoogleCloud</c> or <c>GoogleRest</c>.</summary>
    public required string Adapter { get; init; }

    /// <summary>Instances of each public function that are kept warm.</summary>
    public required int MinInstances { get; init; }

    /// <summary>The most instances of any function, which bounds what a flood can cost.</summary>
    public required int MaxInstances { get; init; }

    /// <summary>RunNight's memory: Train holds its sample in it.</summary>
    public required string NightMemory { get; init; }

    /// <summary>The share of requests that is traced.</summary>
    public required double TraceShare { get; init; }

    /// <summary>Who is mailed when something is wrong.</summary>
    public required IReadOnlyList<string> AlertEmails { get; init; }

    /// <summary>Notification channels of elsewhere (chat, pager) that are told too, by full name.</summary>
    public required IReadOnlyList<string> NotificationChannels { get; init; }

    /// <summary>Who may query the archive, as members of a policy.</summary>
    public required IReadOnlyList<string> Analysts { get; init; }

    /// <summary>Which version of each secret the functions are given; a secret that is not named is not given.</summary>
    public required IReadOnlyDictionary<string, int> SecretVersions { get; init; }

    /// <summary>The project whose Identity Platform signs listeners in; empty for the stack's own.</summary>
    public required string IdentityProject { get; init; }

    /// <summary>The claim of an ID token that is the listener's id; empty for <c>sub</c>.</summary>
    public required string ListenerClaim { get; init; }

    /// <summary>Operators, by the <c>sub</c> of their ID tokens, beside those whose tokens say so.</summary>
    public required IReadOnlyList<string> Operators { get; init; }

    /// <summary>Origins whose pages may call Serve.</summary>
    public required IReadOnlyList<string> AllowedOrigins { get; init; }

    /// <summary>The billing account whose budget is watched; empty for none.</summary>
    public required string BillingAccount { get; init; }

    /// <summary>The month's budget in the billing account's currency; 0 for none.</summary>
    public required int MonthlyBudget { get; init; }

    /// <summary>RunNight's processors, which Cloud Run ties to its memory.</summary>
    public string NightCpu =>
        NightMemory switch
        {
            "2Gi" or "4Gi" => "2",
            "8Gi" or "16Gi" => "4",
            _ => "8",
        };

    /// <summary>Names of what is deployed.</summary>
    public Topology.Deployment Deployed => new(Project);

    /// <summary>Reads the configuration of the stack that is being deployed.</summary>
    /// <exception cref="RunException">See <see cref="Parse"/>.</exception>
    public static StackSettings Read()
    {
        var (google, own) = (new Config("gcp"), new Config("nocturne"));
        return Parse(
            Deployment.Instance.StackName,
            key => key.Split(':') is ["gcp", var name] ? google.Get(name) : own.Get(key["nocturne:".Length..])
        );
    }

    /// <summary>Reads a configuration by its full keys (<c>gcp:project</c>).</summary>
    /// <param name="stack">The stack's name.</param>
    /// <param name="get">A key's value, or null.</param>
    /// <exception cref="RunException">Something is missing or wrong; the message has one line for each key.</exception>
    public static StackSettings Parse(string stack, Func<string, string?> get)
    {
        var read = new SettingsReader(get);
        var region = read.Required("gcp:region", "a region such as europe-west1", RegionName());
        var settings = new StackSettings
        {
            Stack = stack,
            Project = read.Required("gcp:project", "the project's id", ProjectId()),
            Region = region,
            DocumentLocation = read.Formed(
                "nocturne:documentLocation",
                region,
                "a region, eur3 or nam5",
                LocationName()
            ),
            SourceArchive = Path.GetFullPath(read.Optional("nocturne:source", DefaultSource)),
            ProtectData = read.Flag("nocturne:protectData", otherwise: true),
            Adapter = read.Choice("nocturne:adapter", "GoogleRest", "GoogleRest", "GoogleCloud"),
            MinInstances = read.Number("nocturne:minInstances", 0, 0, MostMinInstances),
            MaxInstances = read.Number("nocturne:maxInstances", 20, 1, MostMaxInstances),
            NightMemory = read.Choice("nocturne:nightMemory", "4Gi", "2Gi", "4Gi", "8Gi", "16Gi", "32Gi"),
            TraceShare = read.Share("nocturne:traceShare", 0.1),
            AlertEmails = read.Texts("nocturne:alertEmails", "an address such as ops@example.org", Email()),
            NotificationChannels = read.Texts(
                "nocturne:notificationChannels",
                "projects/PROJECT/notificationChannels/NUMBER",
                ChannelName()
            ),
            Analysts = read.Texts("nocturne:analysts", "a member such as group:analysts@example.org", Member()),
            SecretVersions = read.Numbers(
                "nocturne:secretVersions",
                NocturneTopology.Secrets.Select(secret => secret.Name)
            ),
            IdentityProject = read.Formed("nocturne:identityProject", "", "a project's id", ProjectId()),
            ListenerClaim = read.Formed("nocturne:listenerClaim", "", "a claim's name", ClaimName()),
            Operators = read.Texts("nocturne:operators", "the 'sub' of an operator's ID token", Subject()),
            AllowedOrigins = read.Texts(
                "nocturne:allowedOrigins",
                "an origin such as https://app.example.org, or *",
                Origin()
            ),
            BillingAccount = read.Formed(
                "nocturne:billingAccount",
                "",
                "an account's id (0A1B2C-3D4E5F-607182)",
                BillingAccountId()
            ),
            MonthlyBudget = read.Number("nocturne:monthlyBudget", 0, 0, 1_000_000),
        };
        if (!File.Exists(settings.SourceArchive))
        {
            read.Problem(
                $"nocturne:source names '{settings.SourceArchive}', which does not exist; infra/package makes it."
            );
        }
        if (settings.MinInstances > settings.MaxInstances)
        {
            read.Problem(
                $"nocturne:minInstances is {settings.MinInstances}, more than nocturne:maxInstances, {settings.MaxInstances}."
            );
        }
        if (settings.BillingAccount.Length > 0 != settings.MonthlyBudget > 0)
        {
            read.Problem(
                "nocturne:billingAccount and nocturne:monthlyBudget are of use together only: set both or none."
            );
        }
        read.ThrowIfWrong();
        return settings;
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ProjectId();

    [GeneratedRegex("^[a-z]+-[a-z]+[0-9]+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RegionName();

    [GeneratedRegex("^([a-z]+-[a-z]+[0-9]+|eur3|nam5)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LocationName();

    [GeneratedRegex("^[^@\\s]+@[^@\\s]+[.][^@\\s]+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Email();

    [GeneratedRegex("^projects/[^/]+/notificationChannels/[0-9]+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ChannelName();

    [GeneratedRegex("^(user|group|serviceAccount|domain):[^\\s]+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Member();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ClaimName();

    [GeneratedRegex("^[^,\\s]{1,128}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Subject();

    [GeneratedRegex("^([*]|https?://[^/,\\s]+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Origin();

    [GeneratedRegex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex BillingAccountId();
}
