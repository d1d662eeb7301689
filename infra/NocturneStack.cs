using Pulumi;
using static Nocturne.Topology.NocturneTopology;

namespace Nocturne.Infra;

/// <summary>Everything that one deployment owns, in the order in which it comes to be.</summary>
public sealed class NocturneStack : Stack
{
    /// <summary>Reads the stack's configuration and declares its resources.</summary>
    /// <exception cref="RunException">The configuration is incomplete or wrong; the message names every key.</exception>
    public NocturneStack()
    {
        var settings = StackSettings.Read();

        var services = new Services(settings);
        var identities = new Identities(settings, services);
        var storage = new Storage(settings, services, identities);
        var documents = new Documents(settings, services, identities);
        var functions = new Functions(settings, services, identities, documents);
        var messaging = new Messaging(settings, services, identities, storage, functions);
        _ = new Schedules(settings, services, messaging);

        ServeUrl = functions.Address("Serve");
        CollectUrl = functions.Address("Collect");
        ListeningEventsTopic = messaging.Topic(TopicNames.ListeningEvents).Id;
        PlaylistsReadyTopic = messaging.Topic(TopicNames.PlaylistsReady).Id;
        EventsBucket = storage.Bucket(BucketNames.Events).Name;
    }

    /// <summary>Where apps ask for playlists.</summary>
    [Output("serveUrl")]
    public Output<string> ServeUrl { get; private set; }

    /// <summary>Where events are posted over HTTP.</summary>
    [Output("collectUrl")]
    public Output<string> CollectUrl { get; private set; }

    /// <summary>The topic that publishers send events to, by its full name.</summary>
    [Output("listeningEventsTopic")]
    public Output<string> ListeningEventsTopic { get; private set; }

    /// <summary>The topic that says when a night's playlists are out, by its full name.</summary>
    [Output("playlistsReadyTopic")]
    public Output<string> PlaylistsReadyTopic { get; private set; }

    /// <summary>The bucket of the archive.</summary>
    [Output("eventsBucket")]
    public Output<string> EventsBucket { get; private set; }
}
