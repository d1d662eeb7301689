using Nocturne.Ports;

namespace Nocturne.LocalHost.Costs;

/// <summary>How the processor time of a function is billed.</summary>
/// <param name="Utilisation">Which part of the billed processors does work.</param>
/// <param name="GiBPerCpu">An instance's memory for each of its processors.</param>
internal sealed record FunctionShape(decimal Utilisation, decimal GiBPerCpu)
{
    /// <summary>
    /// IngestEvents: Cloud Run adds instances where processors are busy for more than 60 %; 512 MiB and one processor.
    /// </summary>
    public static FunctionShape Ingest { get; } = new(0.6m, 0.5m);

    /// <summary>RunNight: one step at a time, most of it on one of two processors; 4 GiB.</summary>
    public static FunctionShape Night { get; } = new(0.5m, 2m);
}

/// <summary>What a measured piece of work used, in units that are billed.</summary>
/// <param name="Counts">What the stores counted.</param>
/// <param name="Cpu">This process's processor time.</param>
/// <param name="Scale">By how much the work is multiplied.</param>
/// <param name="Shape">Of the function that does it.</param>
internal sealed record MeasuredUsage(OperationCounts Counts, TimeSpan Cpu, decimal Scale, FunctionShape Shape)
{
    /// <summary>Pub/Sub bills each request for at least so many bytes.</summary>
    public const int LeastRequestBytes = 1_000;

    private const decimal BytesPerGiB = 1 << 30;

    /// <summary>Whether what was published is events, which Pub/Sub also writes to the archive.</summary>
    public required bool IsArchived { get; init; }

    /// <summary>
    /// Whether pushes are among the deliveries counted, as on the embedded stack. Where Google's emulator pushes, it
    /// does not tell: it is one push for each message then.
    /// </summary>
    public required bool CountsPushes { get; init; }

    /// <summary>The items of a bill.</summary>
    public IEnumerable<UsageItem> Items()
    {
        var (archived, archivedBytes) = IsArchived ? (Counts.MessagesPublished, Counts.MessageBytesPublished) : (0, 0);
        var (pushed, pushedBytes) = CountsPushes
            ? (Counts.MessagesDelivered - archived, Counts.MessageBytesDelivered - archivedBytes)
            : (Counts.MessagesPublished, Counts.MessageBytesPublished);
        var cpuSeconds = (decimal)Cpu.TotalSeconds / Shape.Utilisation;
        yield return Item("documents read", Counts.DocumentReads, PriceIds.DocumentRead);
        yield return Item("documents written", Counts.DocumentWrites, PriceIds.DocumentWrite);
        yield return Item("documents deleted", Counts.DocumentDeletes, PriceIds.DocumentDelete);
        if (IsArchived)
        {
            // Its files are as many as the clock has them: not what a measurement in a hurry can tell.
            yield return Item("the archive, kept a month", archivedBytes / BytesPerGiB, PriceIds.ObjectBytes);
            yield return Item("written to it by Pub/Sub", archivedBytes / BytesPerGiB, PriceIds.Export);
        }
        else
        {
            yield return Item("objects written, pages listed", Counts.ObjectClassA, PriceIds.ObjectClassA);
            yield return Item("objects read", Counts.ObjectClassB, PriceIds.ObjectClassB);
            yield return Item("objects, kept a month", Counts.ObjectBytesWritten / BytesPerGiB, PriceIds.ObjectBytes);
        }
        yield return new UsageItem("messages", Counts.MessagesPublished * Scale, PriceId: null, "messages");
        yield return Item(
            "published",
            Billable(Counts.MessagesPublished, Counts.MessageBytesPublished),
            PriceIds.Throughput
        );
        yield return Item("pushed to functions", Billable(pushed, pushedBytes), PriceIds.Throughput);
        yield return Item("requests of functions", pushed, PriceIds.Request);
        yield return new UsageItem(
            "processor time used here, stores included",
            (decimal)Cpu.TotalSeconds * Scale,
            PriceId: null,
            "CPU-seconds"
        );
        yield return Item("processors of instances", cpuSeconds, PriceIds.Cpu);
        yield return Item("memory of instances", cpuSeconds * Shape.GiBPerCpu, PriceIds.Memory);
    }

    private UsageItem Item(string what, decimal quantity, string price) => new(what, quantity * Scale, price);

    private static decimal Billable(long messages, long bytes) =>
        Math.Max(bytes, messages * LeastRequestBytes) / BytesPerGiB;
}
