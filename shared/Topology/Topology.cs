namespace Nocturne.Topology;

/// <summary>A Pub/Sub topic.</summary>
/// <param name="Name">Logical and deployed name.</param>
/// <param name="Purpose">One sentence for operators.</param>
public sealed record Topic(string Name, string Purpose);

/// <summary>How a subscription's messages leave it.</summary>
public abstract record Delivery
{
    private Delivery() { }

    /// <summary>Pushed over HTTP to a function of ours, with an OIDC token of <paramref name="Account"/>.</summary>
    /// <param name="Function">The function's name in <see cref="NocturneTopology.Functions"/>.</param>
    /// <param name="Account">The service account whose identity the push carries.</param>
    public sealed record Push(string Function, string Account) : Delivery;

    /// <summary>Written by Pub/Sub itself into a bucket, a line a message, under <c>dt=YYYY-MM-DD/</c>.</summary>
    /// <param name="Bucket">The bucket's name in <see cref="NocturneTopology.Buckets"/>.</param>
    /// <param name="MaxBytes">A file is closed at this size.</param>
    /// <param name="MaxDuration">A file is closed this long after its first message.</param>
    public sealed record CloudStorage(string Bucket, long MaxBytes, TimeSpan MaxDuration) : Delivery;

    /// <summary>Held until an operator pulls (dead letters).</summary>
    public sealed record Pull : Delivery;
}

/// <summary>A Pub/Sub subscription.</summary>
/// <param name="Name">Logical and deployed name.</param>
/// <param name="Topic">The topic's name.</param>
/// <param name="Delivery">How messages leave it.</param>
/// <param name="AckDeadline">A delivery not answered by then is made again; 10 to 600 s.</param>
/// <param name="MinBackoff">The first pause after a refused delivery; it doubles up to <paramref name="MaxBackoff"/>.</param>
/// <param name="MaxBackoff">The longest pause.</param>
/// <param name="DeadLetter">Where a message goes after its last attempt; null only where nothing is pushed.</param>
public sealed record Subscription(
    string Name,
    string Topic,
    Delivery Delivery,
    TimeSpan AckDeadline,
    TimeSpan MinBackoff,
    TimeSpan MaxBackoff,
    DeadLetterPolicy? DeadLetter
);

/// <summary>When a message is given up and where it goes.</summary>
/// <param name="Topic">The dead-letter topic's name; it has a subscription of its own.</param>
/// <param name="MaxAttempts">Deliveries before it is moved; 5 to 100.</param>
public sealed record DeadLetterPolicy(string Topic, int MaxAttempts);

/// <summary>A Cloud Storage bucket.</summary>
/// <param name="Name">Logical name; deployed as <c>{project}-{name}</c>.</param>
/// <param name="Purpose">One sentence for operators.</param>
public sealed record Bucket(string Name, string Purpose)
{
    /// <summary>What becomes of its objects as they age.</summary>
    public ObjectLife Life { get; init; } = new();
}

/// <summary>What becomes of a bucket's objects as they age.</summary>
public sealed record ObjectLife
{
    /// <summary>How long a version that was replaced or deleted is kept; long enough to notice a mistake.</summary>
    public TimeSpan OldVersions { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long an object can be undeleted after its last version is gone; zero for not at all.</summary>
    public TimeSpan SoftDelete { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Cheaper classes that an object moves to, youngest first.</summary>
    public IReadOnlyList<ColderClass> Colder { get; init; } = [];

    /// <summary>Objects that are deleted by age; by none unless said.</summary>
    public ObjectExpiry? Expiry { get; init; }
}

/// <summary>A storage class for objects that are rarely read.</summary>
/// <param name="StorageClass">Cloud Storage's name of it.</param>
/// <param name="After">The age at which an object moves to it.</param>
public sealed record ColderClass(string StorageClass, TimeSpan After);

/// <summary>Objects that are deleted when they are old.</summary>
/// <param name="Prefixes">Only under these prefixes; none means everywhere.</param>
/// <param name="After">The age.</param>
public sealed record ObjectExpiry(IReadOnlyList<string> Prefixes, TimeSpan After);

/// <summary>A secret, of which Topology knows everything but the value: operators add that themselves.</summary>
/// <param name="Name">Logical and deployed name.</param>
/// <param name="Purpose">One sentence for operators.</param>
/// <param name="Variable">The environment variable that hands it to a function.</param>
/// <param name="Functions">The functions that may read it.</param>
public sealed record Secret(string Name, string Purpose, string Variable, IReadOnlyList<string> Functions);

/// <summary>A count of the lines that one function logs with one template.</summary>
/// <param name="Name">Its name, deployed below <c>logging.googleapis.com/user/nocturne/</c>.</param>
/// <param name="Purpose">One sentence for operators.</param>
/// <param name="Function">The function's name.</param>
/// <param name="Template">The message template in the function's source; a test finds it there.</param>
/// <param name="Label">The placeholder by which lines are told apart, if any.</param>
/// <param name="Value">The placeholder whose number is counted; null counts lines.</param>
public sealed record LogMetric(
    string Name,
    string Purpose,
    string Function,
    string Template,
    string? Label = null,
    string? Value = null
);

/// <summary>A collection group of documents: every collection of that name, wherever it is.</summary>
/// <param name="Name">The last segment of the collections' paths.</param>
/// <param name="Purpose">One sentence for operators.</param>
/// <param name="Expires">Whether its documents may have a time to live, <see cref="DocumentFields.ExpiresAt"/>.</param>
public sealed record CollectionGroup(string Name, string Purpose, bool Expires = false);

/// <summary>A function that is deployed on its own.</summary>
/// <param name="Name">Its folder under functions/.</param>
/// <param name="Account">The service account that it runs as.</param>
/// <param name="PublicInvoker">Whether <c>allUsers</c> may call it; it then authenticates every route itself.</param>
/// <param name="Publishes">Topics that its account may publish to.</param>
/// <param name="ReadsBuckets">Buckets that its account may read.</param>
/// <param name="WritesBuckets">Buckets that its account may write (and read).</param>
/// <param name="UsesDocuments">Whether its account may use the document database.</param>
public sealed record Function(
    string Name,
    string Account,
    bool PublicInvoker,
    IReadOnlyList<string> Publishes,
    IReadOnlyList<string> ReadsBuckets,
    IReadOnlyList<string> WritesBuckets,
    bool UsesDocuments
);

/// <summary>A Cloud Scheduler job that publishes one message.</summary>
/// <param name="Name">Logical and deployed name.</param>
/// <param name="Cron">Unix cron, in UTC.</param>
/// <param name="Topic">The topic that it publishes to.</param>
/// <param name="Message">The message body.</param>
public sealed record Schedule(string Name, string Cron, string Topic, string Message);
