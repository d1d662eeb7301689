using Nocturne.Topology;
using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra;

/// <summary>The document database, and the functions that use it.</summary>
internal sealed class Documents : ComponentResource
{
    /// <summary>The database's name; not the default one, which may belong to something else in the project.</summary>
    public const string DatabaseName = "nocturne";

    public Documents(StackSettings settings, Services services, Identities identities)
        : base("nocturne:infra:Documents", "documents")
    {
        var database = new Gcp.Firestore.Database(
            DatabaseName,
            new()
            {
                Project = settings.Project,
                Name = DatabaseName,
                LocationId = settings.DocumentLocation,
                Type = "FIRESTORE_NATIVE",
                PointInTimeRecoveryEnablement = "POINT_IN_TIME_RECOVERY_ENABLED",
                DeleteProtectionState = settings.ProtectData
                    ? "DELETE_PROTECTION_ENABLED"
                    : "DELETE_PROTECTION_DISABLED",
            },
            this.Holding(settings, services.All)
        );
        Database = database.Name;
        foreach (var function in NocturneTopology.Functions.Where(function => function.UsesDocuments))
        {
            // A database has no policy of its own: a condition on the project's narrows the role to this one.
            _ = new Gcp.Projects.IAMMember(
                $"{function.Account}-documents",
                new()
                {
                    Project = settings.Project,
                    Role = "roles/datastore.user",
                    Member = identities.Member(function.Account),
                    Condition = new Gcp.Projects.Inputs.IAMMemberConditionArgs
                    {
                        Title = $"Only the database {DatabaseName}",
                        Expression = $"resource.name == \"projects/{settings.Project}/databases/{DatabaseName}\"",
                    },
                },
                this.Inside(database)
            );
        }
        RegisterOutputs();
    }

    /// <summary>The database's name, once it exists.</summary>
    public Output<string> Database { get; }
}
