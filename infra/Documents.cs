using Nocturne.Topology;
using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra;

/// <summary>The document database, its fields and backups, and the functions that use it.</summary>
/// <remarks>
/// No composite index: the adapters read documents by key, and collections in the order of their names, which is the
/// one index that every collection has.
/// </remarks>
internal sealed class Documents : ComponentResource
{
    /// <summary>The database's name; not the default one, which may belong to something else in the project.</summary>
    public const string DatabaseName = Topology.Deployment.DefaultDatabase;

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
                // Commits go by update-time preconditions: a lock would only make others wait.
                ConcurrencyMode = "OPTIMISTIC",
                PointInTimeRecoveryEnablement = "POINT_IN_TIME_RECOVERY_ENABLED",
                DeleteProtectionState = settings.ProtectData
                    ? "DELETE_PROTECTION_ENABLED"
                    : "DELETE_PROTECTION_DISABLED",
                DeletionPolicy = settings.ProtectData ? "ABANDON" : "DELETE",
            },
            this.Holding(settings, services.All)
        );
        Database = database.Name;
        foreach (var group in NocturneTopology.CollectionGroups)
        {
            // Packed bytes: an index entry of every document that nothing would ever look up.
            Exempt(group, DocumentFields.Data, timeToLive: false);
            Exempt(group, DocumentFields.Commit, timeToLive: false);
            if (group.Expires)
            {
                // Times only grow: indexed, they would make one hot spot of all writes.
                Exempt(group, DocumentFields.ExpiresAt, timeToLive: true);
            }
        }
        _ = new Gcp.Firestore.BackupSchedule(
            "daily",
            new()
            {
                Project = settings.Project,
                Database = database.Name,
                Retention = NocturneTopology.DailyBackupsKept.Seconds(),
                DailyRecurrence = new Gcp.Firestore.Inputs.BackupScheduleDailyRecurrenceArgs(),
            },
            this.Holding(settings)
        );
        _ = new Gcp.Firestore.BackupSchedule(
            "weekly",
            new()
            {
                Project = settings.Project,
                Database = database.Name,
                Retention = NocturneTopology.WeeklyBackupsKept.Seconds(),
                WeeklyRecurrence = new Gcp.Firestore.Inputs.BackupScheduleWeeklyRecurrenceArgs { Day = "SUNDAY" },
            },
            this.Holding(settings)
        );
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

        void Exempt(CollectionGroup group, string field, bool timeToLive)
        {
            var args = new Gcp.Firestore.FieldArgs
            {
                Project = settings.Project,
                Database = database.Name,
                Collection = group.Name,
                FieldId = field,
                // Said and empty: no index at all.
                IndexConfig = new Gcp.Firestore.Inputs.FieldIndexConfigArgs(),
            };
            if (timeToLive)
            {
                args.TtlConfig = new Gcp.Firestore.Inputs.FieldTtlConfigArgs();
            }
            _ = new Gcp.Firestore.Field($"{group.Name}-{field}", args, this.Inside());
        }
    }

    /// <summary>The database's name, once it exists.</summary>
    public Output<string> Database { get; }
}
