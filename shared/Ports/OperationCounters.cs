using System.Runtime.InteropServices;

namespace Nocturne.Ports;

/// <summary>
/// Counts what a cloud bill counts, in every adapter alike, so that a command can say what a million events or a
/// million listeners cost. Safe for concurrent use.
/// </summary>
/// <remarks>
/// An adapter's counters are those of the process. What a piece of work does, through whichever adapter and in however
/// many tasks, is counted within <see cref="Within"/> as well.
/// </remarks>
public sealed class OperationCounters
{
    private static readonly AsyncLocal<OperationCounters?> Work = new();

    private long _documentReads;
    private long _documentWrites;
    private long _documentDeletes;
    private long _documentCommits;
    private long _documentConflicts;
    private long _documentBytesRead;
    private long _documentBytesWritten;
    private long _objectClassA;
    private long _objectClassB;
    private long _objectDeletes;
    private long _objectBytesRead;
    private long _objectBytesWritten;
    private long _messagesPublished;
    private long _messageBytesPublished;
    private long _messagesDelivered;
    private long _messageBytesDelivered;

    private OperationCounters? Other => Work.Value is { } work && work != this ? work : null;

    /// <summary>Counts what follows in this flow of control with these counters too, until it is disposed.</summary>
    public static IDisposable Within(OperationCounters counters)
    {
        var before = Work.Value;
        Work.Value = counters;
        return new Scope(before);
    }

    /// <summary>Documents asked for by key or listed; one that is absent counts too, as in Firestore.</summary>
    public void CountDocumentReads(long documents, long bytes)
    {
        Interlocked.Add(ref _documentReads, documents);
        Interlocked.Add(ref _documentBytesRead, bytes);
        Other?.CountDocumentReads(documents, bytes);
    }

    /// <summary>One commit that was applied.</summary>
    public void CountCommit(long writes, long deletes, long bytes)
    {
        Interlocked.Increment(ref _documentCommits);
        Interlocked.Add(ref _documentWrites, writes);
        Interlocked.Add(ref _documentDeletes, deletes);
        Interlocked.Add(ref _documentBytesWritten, bytes);
        Other?.CountCommit(writes, deletes, bytes);
    }

    /// <summary>One commit that was refused because a condition did not hold.</summary>
    public void CountConflict()
    {
        Interlocked.Increment(ref _documentConflicts);
        Other?.CountConflict();
    }

    /// <summary>One write of an object (class A).</summary>
    public void CountObjectWrite(long bytes)
    {
        Interlocked.Increment(ref _objectClassA);
        Interlocked.Add(ref _objectBytesWritten, bytes);
        Other?.CountObjectWrite(bytes);
    }

    /// <summary>One page of a listing (class A).</summary>
    public void CountObjectList()
    {
        Interlocked.Increment(ref _objectClassA);
        Other?.CountObjectList();
    }

    /// <summary>One read of an object or of its metadata (class B).</summary>
    public void CountObjectRead(long bytes)
    {
        Interlocked.Increment(ref _objectClassB);
        Interlocked.Add(ref _objectBytesRead, bytes);
        Other?.CountObjectRead(bytes);
    }

    /// <summary>One delete of an object (free of charge).</summary>
    public void CountObjectDelete()
    {
        Interlocked.Increment(ref _objectDeletes);
        Other?.CountObjectDelete();
    }

    /// <summary>Messages accepted by a topic.</summary>
    public void CountPublished(long messages, long bytes)
    {
        Interlocked.Add(ref _messagesPublished, messages);
        Interlocked.Add(ref _messageBytesPublished, bytes);
        Other?.CountPublished(messages, bytes);
    }

    /// <summary>Deliveries by a subscription, repeated ones included.</summary>
    public void CountDelivered(long messages, long bytes)
    {
        Interlocked.Add(ref _messagesDelivered, messages);
        Interlocked.Add(ref _messageBytesDelivered, bytes);
        Other?.CountDelivered(messages, bytes);
    }

    /// <summary>The counts so far.</summary>
    public OperationCounts Snapshot() =>
        new()
        {
            DocumentReads = Interlocked.Read(ref _documentReads),
            DocumentWrites = Interlocked.Read(ref _documentWrites),
            DocumentDeletes = Interlocked.Read(ref _documentDeletes),
            DocumentCommits = Interlocked.Read(ref _documentCommits),
            DocumentConflicts = Interlocked.Read(ref _documentConflicts),
            DocumentBytesRead = Interlocked.Read(ref _documentBytesRead),
            DocumentBytesWritten = Interlocked.Read(ref _documentBytesWritten),
            ObjectClassA = Interlocked.Read(ref _objectClassA),
            ObjectClassB = Interlocked.Read(ref _objectClassB),
            ObjectDeletes = Interlocked.Read(ref _objectDeletes),
            ObjectBytesRead = Interlocked.Read(ref _objectBytesRead),
            ObjectBytesWritten = Interlocked.Read(ref _objectBytesWritten),
            MessagesPublished = Interlocked.Read(ref _messagesPublished),
            MessageBytesPublished = Interlocked.Read(ref _messageBytesPublished),
            MessagesDelivered = Interlocked.Read(ref _messagesDelivered),
            MessageBytesDelivered = Interlocked.Read(ref _messageBytesDelivered),
        };

    private sealed class Scope(OperationCounters? before) : IDisposable
    {
        public void Dispose() => Work.Value = before;
    }
}

/// <summary>Counts at one moment, or between two.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct OperationCounts
{
    /// <summary>Documents read, absent ones included.</summary>
    public long DocumentReads { get; init; }

    /// <summary>Documents put.</summary>
    public long DocumentWrites { get; init; }

    /// <summary>Documents deleted.</summary>
    public long DocumentDeletes { get; init; }

    /// <summary>Commits applied.</summary>
    public long DocumentCommits { get; init; }

    /// <summary>Commits refused by a condition.</summary>
    public long DocumentConflicts { get; init; }

    /// <summary>Bytes of document data read.</summary>
    public long DocumentBytesRead { get; init; }

    /// <summary>Bytes of document data written.</summary>
    public long DocumentBytesWritten { get; init; }

    /// <summary>Object writes and pages of listings.</summary>
    public long ObjectClassA { get; init; }

    /// <summary>Object reads, of content or metadata.</summary>
    public long ObjectClassB { get; init; }

    /// <summary>Object deletes.</summary>
    public long ObjectDeletes { get; init; }

    /// <summary>Bytes of objects opened for reading.</summary>
    public long ObjectBytesRead { get; init; }

    /// <summary>Bytes of objects written.</summary>
    public long ObjectBytesWritten { get; init; }

    /// <summary>Messages published.</summary>
    public long MessagesPublished { get; init; }

    /// <summary>Bytes of messages published, attributes included.</summary>
    public long MessageBytesPublished { get; init; }

    /// <summary>Deliveries, repeated ones included.</summary>
    public long MessagesDelivered { get; init; }

    /// <summary>Bytes of deliveries.</summary>
    public long MessageBytesDelivered { get; init; }

    /// <summary>What happened between <paramref name="earlier"/> and <paramref name="later"/>.</summary>
    public static OperationCounts operator -(OperationCounts later, OperationCounts earlier) =>
        new()
        {
            DocumentReads = later.DocumentReads - earlier.DocumentReads,
            DocumentWrites = later.DocumentWrites - earlier.DocumentWrites,
            DocumentDeletes = later.DocumentDeletes - earlier.DocumentDeletes,
            DocumentCommits = later.DocumentCommits - earlier.DocumentCommits,
            DocumentConflicts = later.DocumentConflicts - earlier.DocumentConflicts,
            DocumentBytesRead = later.DocumentBytesRead - earlier.DocumentBytesRead,
            DocumentBytesWritten = later.DocumentBytesWritten - earlier.DocumentBytesWritten,
            ObjectClassA = later.ObjectClassA - earlier.ObjectClassA,
            ObjectClassB = later.ObjectClassB - earlier.ObjectClassB,
            ObjectDeletes = later.ObjectDeletes - earlier.ObjectDeletes,
            ObjectBytesRead = later.ObjectBytesRead - earlier.ObjectBytesRead,
            ObjectBytesWritten = later.ObjectBytesWritten - earlier.ObjectBytesWritten,
            MessagesPublished = later.MessagesPublished - earlier.MessagesPublished,
            MessageBytesPublished = later.MessageBytesPublished - earlier.MessageBytesPublished,
            MessagesDelivered = later.MessagesDelivered - earlier.MessagesDelivered,
            MessageBytesDelivered = later.MessageBytesDelivered - earlier.MessageBytesDelivered,
        };

    /// <summary>Both together.</summary>
    public static OperationCounts operator +(OperationCounts one, OperationCounts other) =>
        one - (default(OperationCounts) - other);
}
