using Nocturne.Topology;
using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra;

/// <summary>
/// The secrets and who may read each. Their values are never here: operators add versions, and the configuration says
/// which version the functions are given (docs/operations.md).
/// </summary>
internal sealed class Secrets : ComponentResource
{
    private readonly Dictionary<string, Gcp.SecretManager.Secret> _secrets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Resource>> _grants = new(StringComparer.Ordinal);
    private readonly StackSettings _settings;

    public Secrets(StackSettings settings, Services services, Identities identities)
        : base("nocturne:infra:Secrets", "secrets")
    {
        _settings = settings;
        foreach (var secret in NocturneTopology.Secrets)
        {
            var declared = new Gcp.SecretManager.Secret(
                secret.Name,
                new()
                {
                    Project = settings.Project,
                    SecretId = secret.Name,
                    DeletionProtection = settings.ProtectData,
                    Replication = new Gcp.SecretManager.Inputs.SecretReplicationArgs
                    {
                        UserManaged = new Gcp.SecretManager.Inputs.SecretReplicationUserManagedArgs
                        {
                            Replicas =
                            {
                                new Gcp.SecretManager.Inputs.SecretReplicationUserManagedReplicaArgs
                                {
                                    Location = settings.Region,
                                },
                            },
                        },
                    },
                },
                this.Holding(settings, services.All)
            );
            _secrets.Add(secret.Name, declared);
            foreach (var name in secret.Functions)
            {
                var account = NocturneTopology.Functions.Single(function => function.Name == name).Account;
                var grant = new Gcp.SecretManager.SecretIamMember(
                    $"{account}-reads-{secret.Name}",
                    new()
                    {
                        Project = settings.Project,
                        SecretId = declared.SecretId,
                        Role = "roles/secretmanager.secretAccessor",
                        Member = identities.Member(account),
                    },
                    this.Inside()
                );
                if (!_grants.TryGetValue(name, out var grants))
                {
                    _grants.Add(name, grants = []);
                }
                grants.Add(grant);
            }
        }
        RegisterOutputs();
    }

    /// <summary>What a function is given: those of its secrets of which the configuration names a version.</summary>
    public IEnumerable<Gcp.CloudFunctionsV2.Inputs.FunctionServiceConfigSecretEnvironmentVariableArgs> Variables(
        Function function
    )
    {
        foreach (var secret in NocturneTopology.Secrets)
        {
            if (
                secret.Functions.Contains(function.Name, StringComparer.Ordinal)
                && _settings.SecretVersions.TryGetValue(secret.Name, out var version)
            )
            {
                yield return new()
                {
                    Key = secret.Variable,
                    ProjectId = _settings.Project,
                    Secret = _secrets[secret.Name].SecretId,
                    // A number, not `latest`: a rotation is a deployment, and can be taken back like one.
                    Version = FormattableString.Invariant($"{version}"),
                };
            }
        }
    }

    /// <summary>What must be granted before a function can start with its secrets.</summary>
    public IReadOnlyList<Resource> Grants(Function function) =>
        _grants.TryGetValue(function.Name, out var grants) ? grants : [];
}
