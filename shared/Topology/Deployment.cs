namespace Nocturne.Topology;

/// <summary>Where Nocturne is deployed: turns Topology's names into Google Cloud's.</summary>
/// <param name="Project">The project's id.</param>
/// <param name="Database">The Firestore database's name.</param>
public sealed record Deployment(string Project, string Database = Deployment.DefaultDatabase)
{
    /// <summary>The database that the Pulumi program makes; not <c>(default)</c>, which may be something else's.</summary>
    public const string DefaultDatabase = "nocturne";

    /// <summary>A topic's full name.</summary>
    public string TopicPath(string topic) => $"projects/{Project}/topics/{topic}";

    /// <summary>A subscription's full name.</summary>
    public string SubscriptionPath(string subscription) => $"projects/{Project}/subscriptions/{subscription}";

    /// <summary>A bucket's name: bucket names are one space for all of Cloud Storage.</summary>
    public string BucketName(string bucket) => $"{Project}-{bucket}";

    /// <summary>The full name under which all documents are.</summary>
    public string DocumentsPath => $"projects/{Project}/databases/{Database}/documents";
}

/// <summary>
/// Where emulators listen, as <c>host:port</c>; null where the service itself is meant. The names are those that
/// Google's own libraries read.
/// </summary>
/// <param name="Documents"><c>FIRESTORE_EMULATOR_HOST</c>.</param>
/// <param name="Messages"><c>PUBSUB_EMULATOR_HOST</c>.</param>
/// <param name="Objects"><c>STORAGE_EMULATOR_HOST</c>.</param>
public sealed record EmulatorHosts(string? Documents = null, string? Messages = null, string? Objects = null)
{
    /// <summary>The variable of <see cref="Documents"/>.</summary>
    public const string DocumentsVariable = "FIRESTORE_EMULATOR_HOST";

    /// <summary>The variable of <see cref="Messages"/>.</summary>
    public const string MessagesVariable = "PUBSUB_EMULATOR_HOST";

    /// <summary>The variable of <see cref="Objects"/>.</summary>
    public const string ObjectsVariable = "STORAGE_EMULATOR_HOST";

    /// <summary>No emulators: the services themselves.</summary>
    public static EmulatorHosts None { get; } = new();

    /// <summary>Whether any is an emulator.</summary>
    public bool Any => Documents is not null || Messages is not null || Objects is not null;
}

/// <summary>How a document of the port is a document of Firestore, whichever adapter writes it.</summary>
public static class DocumentFields
{
    /// <summary>The packed bytes; exempt from indexes.</summary>
    public const string Data = "data";

    /// <summary>The time from which on the document no longer exists; the TTL field, absent for never.</summary>
    public const string ExpiresAt = "expires_at";

    /// <summary>
    /// A string that no other commit writes; exempt from indexes. Firestore leaves a document's update time as it is
    /// when a write changes nothing: without this field two writers of the same bytes would not notice each other, nor
    /// what else their commits wrote. It also tells a writer that got no answer whether its commit happened.
    /// </summary>
    public const string Commit = "commit";
}
