using System.Text;
using Nocturne.Topology;
using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra;

/// <summary>The clock: jobs that publish one message each.</summary>
internal sealed class Schedules : ComponentResource
{
    // A missed start would cost the night, and a second start finds the first one's run.
    private const int Retries = 3;

    public Schedules(StackSettings settings, Services services, Messaging messaging)
        : base("nocturne:infra:Schedules", "schedules")
    {
        foreach (var schedule in NocturneTopology.Schedules)
        {
            _ = new Gcp.CloudScheduler.Job(
                schedule.Name,
                new()
                {
                    Project = settings.Project,
                    Region = settings.Region,
                    Name = schedule.Name,
                    Schedule = schedule.Cron,
                    TimeZone = "Etc/UTC",
                    RetryConfig = new Gcp.CloudScheduler.Inputs.JobRetryConfigArgs { RetryCount = Retries },
                    PubsubTarget = new Gcp.CloudScheduler.Inputs.JobPubsubTargetArgs
                    {
                        TopicName = messaging.Topic(schedule.Topic).Id,
                        Data = Convert.ToBase64String(Encoding.UTF8.GetBytes(schedule.Message)),
                    },
                },
                this.Inside(services.All)
            );
        }
        RegisterOutputs();
    }
}
