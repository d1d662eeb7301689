using System.Diagnostics;
using System.Diagnostics.Metrics;
using Nocturne.Ports;

namespace Nocturne.Hosting;

/// <summary>
/// The names under which Nocturne traces and measures, in one place. Whoever listens adds the source and the meter
/// <see cref="Name"/>; while nobody does, a span or a measurement is a comparison and nothing else.
/// </summary>
/// <remarks>
/// <para>Spans: <c>send TOPIC</c> (producer, one a call), <c>process SUBSCRIPTION</c> (consumer, one a delivery),
/// <c>commit profile</c> (internal, one a commit; links to all deliveries but the first that it carries).</para>
/// <para>Instruments: <c>nocturne.push.deliveries</c> {subscription, outcome}, <c>nocturne.events.ingested</c>,
/// <c>nocturne.events.rejected</c>, <c>nocturne.ingest.lag</c> (seconds), <c>nocturne.night.step.duration</c> (seconds)
/// {step, outcome}, and, by <see cref="OperationMetrics"/>, <c>nocturne.documents.*</c>, <c>nocturne.objects.*</c> and
/// <c>nocturne.messages.*</c>.</para>
/// </remarks>
public static class NocturneTelemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "Nocturne";

    private static readonly Meter Meter = new(Name);

    /// <summary>Starts Nocturne's spans.</summary>
    public static ActivitySource Activities { get; } = new(Name);

    /// <summary>
    /// Deliveries, by <c>subscription</c> and <c>outcome</c>: acknowledged, retried (503 and other infrastructure),
    /// failed (500), refused (no message; acknowledged), unauthorized, forbidden, oversized, draining.
    /// </summary>
    public static Counter<long> PushDeliveries { get; } =
        Meter.CreateCounter<long>("nocturne.push.deliveries", "{delivery}", "Deliveries that were pushed here.");

    /// <summary>Events of messages that are durable now; a message that comes again counts again.</summary>
    public static Counter<long> EventsIngested { get; } =
        Meter.CreateCounter<long>("nocturne.events.ingested", "{event}", "Events that are in their profiles.");

    /// <summary>Lines that were refused and recorded.</summary>
    public static Counter<long> EventsRejected { get; } =
        Meter.CreateCounter<long>("nocturne.events.rejected", "{event}", "Lines that went to rejected-events.");

    /// <summary>From <c>received_at</c> of a message's oldest event to its commit.</summary>
    public static Histogram<double> IngestLag { get; } =
        Meter.CreateHistogram(
            "nocturne.ingest.lag",
            "s",
            "From a message's oldest receipt to its commit.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600, 86_400],
            }
        );

    /// <summary>How long a step of a night took, by <c>step</c> and <c>outcome</c> (done, claimed, unavailable,
    /// failed, cancelled).</summary>
    public static Histogram<double> NightStepDuration { get; } =
        Meter.CreateHistogram(
            "nocturne.night.step.duration",
            "s",
            "How long a step of a night took.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.1, 0.5, 1, 5, 15, 30, 60, 120, 240, 300, 450, 600],
            }
        );
}

/// <summary>Shows what the adapters count to whoever listens to the meter.</summary>
public sealed class OperationMetrics : IDisposable
{
    private readonly Meter _meter = new(NocturneTelemetry.Name);

    /// <summary>Observes the counters until disposed of.</summary>
    public OperationMetrics(OperationCounters counters)
    {
        Observe("nocturne.documents.reads", "{document}", counts => counts.DocumentReads);
        Observe("nocturne.documents.writes", "{document}", counts => counts.DocumentWrites);
        Observe("nocturne.documents.deletes", "{document}", counts => counts.DocumentDeletes);
        Observe("nocturne.documents.commits", "{commit}", counts => counts.DocumentCommits);
        Observe("nocturne.documents.conflicts", "{commit}", counts => counts.DocumentConflicts);
        Observe("nocturne.documents.bytes_read", "By", counts => counts.DocumentBytesRead);
        Observe("nocturne.documents.bytes_written", "By", counts => counts.DocumentBytesWritten);
        Observe("nocturne.objects.class_a", "{operation}", counts => counts.ObjectClassA);
        Observe("nocturne.objects.class_b", "{operation}", counts => counts.ObjectClassB);
        Observe("nocturne.objects.deletes", "{operation}", counts => counts.ObjectDeletes);
        Observe("nocturne.objects.bytes_read", "By", counts => counts.ObjectBytesRead);
        Observe("nocturne.objects.bytes_written", "By", counts => counts.ObjectBytesWritten);
        Observe("nocturne.messages.published", "{message}", counts => counts.MessagesPublished);
        Observe("nocturne.messages.bytes_published", "By", counts => counts.MessageBytesPublished);
        Observe("nocturne.messages.delivered", "{message}", counts => counts.MessagesDelivered);
        Observe("nocturne.messages.bytes_delivered", "By", counts => counts.MessageBytesDelivered);

        void Observe(string name, string unit, Func<OperationCounts, long> read) =>
            _meter.CreateObservableCounter(name, () => read(counters.Snapshot()), unit);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
