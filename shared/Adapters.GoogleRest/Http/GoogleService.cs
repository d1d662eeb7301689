using System.Globalization;
using System.Net;
using Nocturne.Topology;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>One of the three services: where it is and what to call its parts.</summary>
internal sealed record GoogleService(
    string Name,
    string Scope,
    string Container,
    string OperatorRole,
    string HostVariable,
    Uri Root,
    bool IsEmulator
)
{
    /// <summary>Reads and writes of documents; there is no narrower scope for Firestore.</summary>
    public static GoogleService Firestore(string? emulator) =>
        Make(
            "Firestore",
            "https://www.googleapis.com/auth/datastore",
            "database",
            "roles/datastore.user",
            EmulatorHosts.DocumentsVariable,
            "https://firestore.googleapis.com/",
            emulator
        );

    /// <summary>Publishing and pulling.</summary>
    public static GoogleService PubSub(string? emulator) =>
        Make(
            "Pub/Sub",
            "https://www.googleapis.com/auth/pubsub",
            "topic or subscription",
            "roles/pubsub.publisher and roles/pubsub.subscriber",
            EmulatorHosts.MessagesVariable,
            "https://pubsub.googleapis.com/",
            emulator
        );

    /// <summary>Reads and writes of objects, not of permissions.</summary>
    public static GoogleService Storage(string? emulator) =>
        Make(
            "Cloud Storage",
            "https://www.googleapis.com/auth/devstorage.read_write",
            "bucket",
            "roles/storage.objectUser",
            EmulatorHosts.ObjectsVariable,
            "https://storage.googleapis.com/",
            emulator
        );

    /// <summary>Where it is, for messages.</summary>
    public string Host => Root.Authority;

    /// <summary>An address under <see cref="Root"/>, from an escaped path and query.</summary>
    public Uri At(string path) => new(Root, path);

    /// <summary>A request in the version of HTTP that the service speaks.</summary>
    public HttpRequestMessage Request(HttpMethod method, Uri address, HttpContent? content = null) =>
        new(method, address)
        {
            Content = content,
            Version = IsEmulator ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };

    private static GoogleService Make(
        string name,
        string scope,
        string container,
        string role,
        string variable,
        string production,
        string? emulator
    )
    {
        if (string.IsNullOrEmpty(emulator))
        {
            return new GoogleService(name, scope, container, role, variable, new Uri(production), IsEmulator: false);
        }
        // STORAGE_EMULATOR_HOST is by custom also given as an address.
        var text = emulator.Contains("://", StringComparison.Ordinal) ? emulator : $"http://{emulator}";
        return Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var root)
            ? new GoogleService(name, scope, container, role, variable, root, IsEmulator: true)
            : throw new ArgumentException($"{variable} is '{emulator}'; it must be host:port.", nameof(emulator));
    }
}
