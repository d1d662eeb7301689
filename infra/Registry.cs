using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra;

/// <summary>Where the functions' images are kept, and the account that builds them.</summary>
internal sealed class Registry : ComponentResource
{
    private const string BuilderAccount = "nocturne-build";

    // What a roll back needs; older images are made again from their commit.
    private const int ImagesKept = 5;
    private static readonly TimeSpan ImageAge = TimeSpan.FromDays(30);

    public Registry(StackSettings settings, Services services)
        : base("nocturne:infra:Registry", "registry")
    {
        var images = new Gcp.ArtifactRegistry.Repository(
            "images",
            new()
            {
                Project = settings.Project,
                Location = settings.Region,
                RepositoryId = "nocturne",
                Description = "Images of the functions, made by their builds.",
                Format = "DOCKER",
                CleanupPolicyDryRun = false,
                CleanupPolicies =
                {
                    // Keeping wins over deleting.
                    new Gcp.ArtifactRegistry.Inputs.RepositoryCleanupPolicyArgs
                    {
                        Id = "keep-latest",
                        Action = "KEEP",
                        MostRecentVersions =
                            new Gcp.ArtifactRegistry.Inputs.RepositoryCleanupPolicyMostRecentVersionsArgs
                            {
                                KeepCount = ImagesKept,
                            },
                    },
                    new Gcp.ArtifactRegistry.Inputs.RepositoryCleanupPolicyArgs
                    {
                        Id = "delete-old",
                        Action = "DELETE",
                        Condition = new Gcp.ArtifactRegistry.Inputs.RepositoryCleanupPolicyConditionArgs
                        {
                            OlderThan = ImageAge.Seconds(),
                        },
                    },
                },
            },
            this.Inside(services.All)
        );
        Images = Output.Format(
            $"projects/{settings.Project}/locations/{settings.Region}/repositories/{images.RepositoryId}"
        );
        var builder = new Gcp.ServiceAccount.Account(
            BuilderAccount,
            new()
            {
                Project = settings.Project,
                AccountId = BuilderAccount,
                DisplayName = "Builds the functions.",
            },
            this.Inside(services.All)
        );
        Builder = Output.Format($"projects/{settings.Project}/serviceAccounts/{builder.Email}");
        BuilderMember = Output.Format($"serviceAccount:{builder.Email}");
        Grants =
        [
            new Gcp.ArtifactRegistry.RepositoryIamMember(
                $"{BuilderAccount}-writes-images",
                new()
                {
                    Project = settings.Project,
                    Location = settings.Region,
                    Repository = images.Name,
                    Role = "roles/artifactregistry.writer",
                    Member = BuilderMember,
                },
                this.Inside()
            ),
            // Cloud Functions copies the source into a bucket of its own, which exists from the first deployment on:
            // there is nothing to grant on before it, but a condition narrows the role to it.
            new Gcp.Projects.IAMMember(
                $"{BuilderAccount}-reads-copied-source",
                new()
                {
                    Project = settings.Project,
                    Role = "roles/storage.objectViewer",
                    Member = BuilderMember,
                    Condition = new Gcp.Projects.Inputs.IAMMemberConditionArgs
                    {
                        Title = "Only the functions' source",
                        Expression = services.ProjectNumber.Apply(number =>
                            $"resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-{number}-{settings.Region}\")"
                        ),
                    },
                },
                this.Inside()
            ),
            // Logs have no resource that a build's are written to.
            new Gcp.Projects.IAMMember(
                $"{BuilderAccount}-logs",
                new()
                {
                    Project = settings.Project,
                    Role = "roles/logging.logWriter",
                    Member = BuilderMember,
                },
                this.Inside()
            ),
        ];
        RegisterOutputs();
    }

    /// <summary>The repository's full name.</summary>
    public Output<string> Images { get; }

    /// <summary>The builder's full name.</summary>
    public Output<string> Builder { get; }

    /// <summary>The builder as the member of a policy.</summary>
    public Output<string> BuilderMember { get; }

    /// <summary>What a build needs before it can start.</summary>
    public Resource[] Grants { get; }
}
