using Nocturne.Infra.Watching;
using Pulumi;
using static Nocturne.Topology.NocturneTopology;

namespace Nocturne.Infra;

/// <summary>Everything that one deployment owns, in the order in which it comes to be.</summary>
public sealed class NocturneStack : Stack
{
    /// <summary>Reads the stack's configuration and declares its resources.</summary>
    /// <exception cref="RunException">The configuration is incomplete or wrong; the message names every key.</exception>
    public NocturneStack()
        : this(null) { }

    /// <summary>The same, seen by tests.</summary>
    /// <param name="options">The stack's options.</param>
    internal NocturneStack(StackOptions? options)
        : base(options)
    {
        var settings = StackSettings.Read();

        var services = new Services(settings);
        var identities = new Identities(settings, services);
        var storage = new Storage(settings, services, identities);
        var documents = new Documents(settings, services, identities);
        var secrets = new Secrets(settings, services, identities);
        var registry = new Registry(settings, services);
        var functions = new Functions(settings, services, identities, registry, documents, secrets);
        var messaging = new Messaging(settings, services, identities, storage, functions);
        _ = new Schedules(settings, services, messaging);
        var analytics = new Analytics(settings, services, storage);

        var notifications = new Notifications(settings, services);
        var metrics = new LogMetrics(settings, services);
        var alerting = new Alerting(settings, services, metrics, notifications);
        _ = new Objectives(settings, services, metrics, alerting);
        var dashboard = new Dashboard(settings, services, metrics);

        ServeUrl = functions.Address("Serve");
        CollectUrl = functions.Address("Collect");
        ListeningEventsTopic = messaging.Topic(TopicNames.ListeningEvents).Id;
        PlaylistsReadyTopic = messaging.Topic(TopicNames.PlaylistsReady).Id;
        PlaylistsReadySubscription = Output.Create(
            settings.Deployed.SubscriptionPath(SubscriptionNames.PlaylistsReady)
        );
        EventsBucket = storage.Bucket(BucketNames.Events).Name;
        PlaylistsBucket = storage.Bucket(BucketNames.Playlists).Name;
        CatalogueBucket = storage.Bucket(BucketNames.Catalogue).Name;
        Database = documents.Database;
        Dataset = analytics.Dataset;
        EventsView = analytics.EventsView;
        DashboardUrl = dashboard.Link;
        Region = Output.Create(settings.Region);
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

    /// <summary>A subscription of that topic for whoever has none of their own, by its full name.</summary>
    [Output("playlistsReadySubscription")]
    public Output<string> PlaylistsReadySubscription { get; private set; }

    /// <summary>The bucket of the archive.</summary>
    [Output("eventsBucket")]
    public Output<string> EventsBucket { get; private set; }

    /// <summary>The bucket of playlists.</summary>
    [Output("playlistsBucket")]
    public Output<string> PlaylistsBucket { get; private set; }

    /// <summary>The bucket that catalogue files are uploaded to, under <c>uploads/</c>.</summary>
    [Output("catalogueBucket")]
    public Output<string> CatalogueBucket { get; private set; }

    /// <summary>The document database.</summary>
    [Output("database")]
    public Output<string> Database { get; private set; }

    /// <summary>The dataset of the archive, as SQL names it.</summary>
    [Output("dataset")]
    public Output<string> Dataset { get; private set; }

    /// <summary>The view of the events that hold, as SQL names it.</summary>
    [Output("eventsView")]
    public Output<string> EventsView { get; private set; }

    /// <summary>The page that shows how it all is.</summary>
    [Output("dashboardUrl")]
    public Output<string> DashboardUrl { get; private set; }

    /// <summary>The region of all of it.</summary>
    [Output("region")]
    public Output<string> Region { get; private set; }
}
