using Nocturne.LocalHost.Stack;
using Nocturne.Topology;
using static Nocturne.LocalHost.Operations.Examination;

namespace Nocturne.LocalHost.Operations;

/// <summary>What doctor looks at in a folder that is open.</summary>
internal sealed class EmbeddedExamination(EmbeddedStack stack)
{
    private const long LeastFreeBytes = 1L << 30;
    private static readonly TimeSpan OldMessage = TimeSpan.FromMinutes(5);

    public async ValueTask<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken) =>
        [
            Room(),
            Recovered(),
            .. Subscriptions(),
            await RejectedAsync(stack, cancellationToken),
            .. await RunsAsync(stack, cancellationToken),
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
}
