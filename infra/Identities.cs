using Nocturne.Topology;
using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra;

/// <summary>
/// One service account for each function, with leave to report on itself; those that pushes carry; Pub/Sub's agent.
/// </summary>
internal sealed class Identities : ComponentResource
{
    // Traces and metrics have no resource to be granted on; these two may write them and nothing else.
    private static readonly string[] TelemetryRoles = ["tracesWriter", "metricsWriter"];

    private readonly Dictionary<string, Gcp.ServiceAccount.Account> _accounts = new(StringComparer.Ordinal);

    public Identities(StackSettings settings, Services services)
        : base("nocturne:infra:Identities", "identities")
    {
        foreach (var function in NocturneTopology.Functions)
        {
            Add(function.Account, $"Runs {function.Name}.");
            foreach (var role in TelemetryRoles)
            {
                _ = new Gcp.Projects.IAMMember(
                    $"{function.Account}-{role}",
                    new()
                    {
                        Project = settings.Project,
                        Role = $"roles/telemetry.{role}",
                        Member = Member(function.Account),
                    },
                    this.Inside()
                );
            }
        }
        PushAccounts =
        [
            .. NocturneTopology
                .Subscriptions.Select(subscription => subscription.Delivery)
                .OfType<Delivery.Push>()
                .Select(push => push.Account)
                .Distinct(StringComparer.Ordinal),
        ];
        foreach (var account in PushAccounts)
        {
            Add(account, "The identity that Pub/Sub's pushes carry.");
        }
        var agent = new Gcp.Projects.ServiceIdentity(
            "pubsub-agent",
            new() { Project = settings.Project, Service = "pubsub.googleapis.com" },
            this.Inside(services.All)
        );
        PubSubAgent = Output.Format($"serviceAccount:{agent.Email}");
        // Projects older than April 2021 do not have this by default; elsewhere it changes nothing.
        foreach (var account in PushAccounts)
        {
            _ = new Gcp.ServiceAccount.IAMMember(
                $"{account}-tokens",
                new()
                {
                    ServiceAccountId = Account(account).Name,
                    Role = "roles/iam.serviceAccountTokenCreator",
                    Member = PubSubAgent,
                },
                this.Inside()
            );
        }
        RegisterOutputs();

        void Add(string account, string purpose) =>
            _accounts.Add(
                account,
                new(
                    account,
                    new()
                    {
                        Project = settings.Project,
                        AccountId = account,
                        DisplayName = purpose,
                    },
                    this.Inside(services.All)
                )
            );
    }

    /// <summary>The accounts, by name, whose tokens pushes carry.</summary>
    public IReadOnlyList<string> PushAccounts { get; }

    /// <summary>Pub/Sub's service agent, as a member: what writes archives and moves dead letters.</summary>
    public Output<string> PubSubAgent { get; }

    /// <summary>A service account by its name in Topology.</summary>
    public Gcp.ServiceAccount.Account Account(string name) => _accounts[name];

    /// <summary>A service account as the member of a policy.</summary>
    public Output<string> Member(string name) => Output.Format($"serviceAccount:{Account(name).Email}");
}
