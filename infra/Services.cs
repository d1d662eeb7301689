using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra;

/// <summary>The Google APIs that everything else needs, enabled.</summary>
internal sealed class Services : ComponentResource
{
    private static readonly string[] Names =
    [
        "artifactregistry",
        "bigquery",
        "bigqueryconnection",
        "billingbudgets",
        "cloudbuild",
        "cloudfunctions",
        "cloudresourcemanager",
        "cloudscheduler",
        "firestore",
        "iam",
        "logging",
        "monitoring",
        "pubsub",
        "run",
        "secretmanager",
        "storage",
        "telemetry",
    ];

    public Services(StackSettings settings)
        : base("nocturne:infra:Services", "services")
    {
        All =
        [
            .. Names.Select(name => new Gcp.Projects.Service(
                name,
                new()
                {
                    Project = settings.Project,
                    ServiceName = $"{name}.googleapis.com",
                    // Something else in the project may be using it.
                    DisableOnDestroy = false,
                },
                this.Inside()
            )),
        ];
        ProjectNumber = Gcp
            .Organizations.GetProject.Invoke(new() { ProjectId = settings.Project })
            .Apply(project => project.Number);
        RegisterOutputs();
    }

    /// <summary>Every enabled API: what the resources of other components come after.</summary>
    public Resource[] All { get; }

    /// <summary>The project's number, which is a part of its addresses.</summary>
    public Output<string> ProjectNumber { get; }
}
