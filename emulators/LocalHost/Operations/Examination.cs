using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Nocturne.LocalHost.Stack;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Operations;

/// <summary>What doctor looks at in every stack: what was refused, how the nights are.</summary>
internal static class Examination
{
    private static readonly TimeSpan OldNight = TimeSpan.FromHours(36);

    /// <summary>Refused lines, counted one by one: where reading them costs nothing.</summary>
    public static async ValueTask<Finding> RejectedAsync(IStack stack, CancellationToken cancellationToken)
    {
        var lines = await ObjectLines.CountAsync(
            stack.Objects,
            NocturneTopology.BucketNames.Rejected,
            cancellationToken
        );
        return lines == 0
            ? new Finding("rejected-events", Gravity.Good, "no line was refused")
            : new Finding(
                "rejected-events",
                Gravity.Warning,
                $"{lines:n0} lines were refused",
                "Each is in the bucket 'rejected' with its reason; mend the publisher and publish them again."
            );
    }

    /// <summary>Nights that failed or are under way, and how old the playlists are that are served.</summary>
    public static async ValueTask<IReadOnlyList<Finding>> RunsAsync(IStack stack, CancellationToken cancellationToken)
    {
        var time = stack.Services.GetRequiredService<TimeProvider>();
        var published = stack.Services.GetRequiredService<PublishedPlaylists>();
        var findings = new List<Finding>();
        await foreach (var document in stack.Documents.ListAsync(NightObjects.Runs, null, null, cancellationToken))
        {
            var record = RunRecord.Read(document.Data);
            if (record.State == RunState.Running)
            {
                findings.Add(
                    new Finding(
                        $"night {record.Run}",
                        Gravity.Warning,
                        $"under way since {record.StartedAt:u}",
                        $"Unless it is being worked on, resume it: nocturne night --date {record.Run}"
                    )
                );
            }
            else if (record.State == RunState.Failed)
            {
                findings.Add(
                    new Finding(
                        $"night {record.Run}",
                        Gravity.Warning,
                        $"failed: {record.Failure}",
                        "The playlists published before it are served; run the night of the next date."
                    )
                );
            }
        }
        var pointer = await published.ReadPointerAsync(cancellationToken);
        if (pointer is null)
        {
            findings.Add(
                new Finding("playlists", Gravity.Warning, "none are published", "Run a night: nocturne night")
            );
            return findings;
        }
        var run = await stack.Documents.GetAsync(NightObjects.Record(RunId.Parse(pointer.Run)), cancellationToken);
        var ended = run is null ? null : RunRecord.Read(run.Data).EndedAt;
        var age = time.GetUtcNow() - ended;
        findings.Add(
            age > OldNight
                ? new Finding(
                    "playlists",
                    Gravity.Warning,
                    $"those of {pointer.Run} are served, made {Age(age.Value)} ago",
                    "Run a night: nocturne night"
                )
                : new Finding("playlists", Gravity.Good, $"those of {pointer.Run} are served")
        );
        return findings;
    }

    /// <summary>An age for people.</summary>
    public static string Age(TimeSpan age) =>
        age.TotalDays >= 2
            ? string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:f0} days")
            : $"{age:hh\\:mm\\:ss}";
}
