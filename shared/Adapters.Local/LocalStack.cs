using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.Local;

/// <summary>Options of a <see cref="LocalStack"/>; they apply to all three stores.</summary>
public sealed record LocalStackOptions
{
    /// <summary>What a completed write survives.</summary>
    public LogDurability Durability { get; init; } = LogDurability.Disk;

    /// <summary>Options of the document store; durability, clock, counters, chaos and logger are taken from here.</summary>
    public LocalDocumentStoreOptions Documents { get; init; } = new();

    /// <summary>Options of the object store; as with <see cref="Documents"/>.</summary>
    public LocalObjectStoreOptions Objects { get; init; } = new();

    /// <summary>Options of Pub/Sub; as with <see cref="Documents"/>.</summary>
    public LocalPubSubOptions Messages { get; init; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes all three misbehave; null for none.</summary>
    public Chaos? Chaos { get; init; }

    /// <summary>Where the loggers come from.</summary>
    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;
}

/// <summary>What opening a <see cref="LocalStack"/> found.</summary>
/// <param name="Documents">In the document log.</param>
/// <param name="Objects">In the object log.</param>
/// <param name="Messages">In the message log.</param>
/// <param name="OrphansRemoved">Files of interrupted object writes.</param>
/// <param name="Backlog">Deliveries that an earlier run left to be made.</param>
public sealed record StackRecovery(
    LogRecovery Documents,
    LogRecovery Objects,
    LogRecovery Messages,
    int OrphansRemoved,
    long Backlog
);

/// <summary>
/// The embedded stack in one folder: documents, objects and messages, each in its own subfolder. One process at a
/// time.
/// </summary>
public sealed class LocalStack : IAsyncDisposable
{
    private readonly FolderLock _lock;

    private LocalStack(
        string folder,
        FolderLock folderLock,
        LocalDocumentStore documents,
        LocalObjectStore objects,
        LocalPubSub messages,
        OperationCounters counters
    )
    {
        Folder = folder;
        _lock = folderLock;
        Documents = documents;
        Objects = objects;
        Messages = messages;
        Counters = counters;
        Recovery = new StackRecovery(
            documents.Recovery,
            objects.Recovery,
            messages.Recovery,
            objects.OrphansRemoved,
            messages.Statistics().Sum(s => s.Backlog)
        );
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Documents, in <c>documents/</c>.</summary>
    public LocalDocumentStore Documents { get; }

    /// <summary>Objects, in <c>objects/</c>.</summary>
    public LocalObjectStore Objects { get; }

    /// <summary>Topics and subscriptions, in <c>messages/</c>; attach the push endpoints, then start it.</summary>
    public LocalPubSub Messages { get; }

    /// <summary>Counts the operations of all three.</summary>
    public OperationCounters Counters { get; }

    /// <summary>What opening found.</summary>
    public StackRecovery Recovery { get; }

    /// <summary>Opens a folder, creating it if need be.</summary>
    /// <exception cref="FolderInUseException">The folder is open already.</exception>
    /// <exception cref="LogCorruptException">A file in it is damaged.</exception>
    public static async Task<LocalStack> OpenAsync(string folder, LocalStackOptions? options = null)
    {
        options ??= new LocalStackOptions();
        var counters = new OperationCounters();
        var (time, chaos) = (options.Time, options.Chaos);
        folder = Path.GetFullPath(folder);
        var folderLock = FolderLock.Take(folder);
        LocalDocumentStore? documents = null;
        LocalObjectStore? objects = null;
        try
        {
            documents = new LocalDocumentStore(
                Path.Combine(folder, "documents"),
                options.Documents with
                {
                    Log = options.Documents.Log with { Durability = options.Durability },
                    Time = time,
                    Counters = counters,
                    Chaos = chaos,
                    Logger = options.Loggers.CreateLogger<LocalDocumentStore>(),
                }
            );
            objects = new LocalObjectStore(
                Path.Combine(folder, "objects"),
                options.Objects with
                {
                    Log = options.Objects.Log with { Durability = options.Durability },
                    Counters = counters,
                    Chaos = chaos,
                    Logger = options.Loggers.CreateLogger<LocalObjectStore>(),
                }
            );
            var messages = new LocalPubSub(
                Path.Combine(folder, "messages"),
                objects,
                options.Messages with
                {
                    Log = options.Messages.Log with { Durability = options.Durability },
                    Time = time,
                    Counters = counters,
                    Chaos = chaos,
                    Logger = options.Loggers.CreateLogger<LocalPubSub>(),
                }
            );
            return new LocalStack(folder, folderLock, documents, objects, messages, counters);
        }
        catch
        {
            if (objects is not null)
            {
                await objects.DisposeAsync();
            }
            if (documents is not null)
            {
                await documents.DisposeAsync();
            }
            folderLock.Dispose();
            throw;
        }
    }

    /// <summary>Stops delivery, completes what is under way and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        await Messages.DisposeAsync();
        await Objects.DisposeAsync();
        await Documents.DisposeAsync();
        _lock.Dispose();
    }
}
