using System.Globalization;
using Nocturne.LocalHost.Stack;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Operations;

/// <summary>What doctor looks at in a stack that is open.</summary>
internal sealed class Examination(EmbeddedStack stack, PublishedPlaylists published, TimeProvider time)
{
    private const long LeastFreeBytes = 1L << 30;
    private static readonly TimeSpan OldMessage = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan OldNight = TimeSpan.FromHours(36);

    public async ValueTask<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken) =>
        [
            Room(),
            Recovered(),
            .. Subscriptions(),
            await RejectedAsync(cancellationToken),
            .. await RunsAsync(cancellationToken),
        ];

    private Finding Room()
    {
        var free = new DriveInfo(stack.Local.Folder).AvailableFreeSpace;
        var detail = $"{stack.Local.Folder}; {free >> 20:n0} MiB are free on its disk";
        return free < LeastFreeBytes
            ? new Finding("folder", Gravity.Warning, detail, "Make room: writes fail when the disk is full.")
            : new Finding("folder", Gravity.Good, detail);
    }

    private Finding Recovered()
    {
        var recovery = stack.Local.Recovery;
        var all = recovery.Documents + recovery.Objects + recovery.Messages;
        var detail = $"{all.Records:n0} records in {all.Bytes >> 20:n0} MiB, all checksums match";
        return all.TruncatedBytes > 0
            ? new Finding(
                "logs",
                Gravity.Good,
                $"{detail}; {all.TruncatedBytes} bytes of a write that never completed were dropped at opening"
            )
            : new Finding("logs", Gravity.Good, detail);
    }

    private IEnumerable<Finding> Subscriptions()
    {
        var holds = DeadLetters.Holds.ToDictionary(
            hold => hold.Subscription,
            hold => hold.Source,
            StringComparer.Ordinal
        );
        var kinds = NocturneTopology.Subscriptions.ToDictionary(s => s.Name, s => s.Delivery, StringComparer.Ordinal);
        foreach (var statistics in stack.Local.Messages.Statistics())
        {
            if (holds.TryGetValue(statistics.Name, out var source))
            {
                yield return statistics.Backlog == 0
                    ? new Finding(statistics.Name, Gravity.Good, "no dead letters")
                    : new Finding(
                        statistics.Name,
                        Gravity.Bad,
                        $"{statistics.Backlog:n0} messages of {source} were given up",
                        "Look at the log for why, then send them back: nocturne redrive"
                    );
            }
            else if (kinds[statistics.Name] is not Delivery.Pull)
            {
                var isOld = statistics.OldestAge > OldMessage;
                var detail =
                    statistics.Backlog == 0
                        ? "nothing waits"
                        : $"{statistics.Backlog:n0} messages wait, the oldest for {Age(statistics.OldestAge)}";
                yield return isOld
                    ? new Finding(
                        statistics.Name,
                        Gravity.Warning,
                        detail,
                        "They are delivered while a command such as 'nocturne up' runs."
                    )
                    : new Finding(statistics.Name, Gravity.Good, detail);
            }
        }
    }

    private async ValueTask<Finding> RejectedAsync(CancellationToken cancellationToken)
    {
        var lines = await ObjectLines.CountAsync(
            stack.Local.Objects,
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

    private async ValueTask<IReadOnlyList<Finding>> RunsAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        await foreach (
            var document in stack.Local.Documents.ListAsync(NightObjects.Runs, null, null, cancellationToken)
        )
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
        var run = await stack.Local.Documents.GetAsync(
            NightObjects.Record(RunId.Parse(pointer.Run)),
            cancellationToken
        );
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

    private static string Age(TimeSpan age) =>
        age.TotalDays >= 2
            ? string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:f0} days")
            : $"{age:hh\\:mm\\:ss}";
}
