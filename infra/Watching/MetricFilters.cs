namespace Nocturne.Infra.Watching;

/// <summary>Cloud Monitoring's filters for what Nocturne is made of.</summary>
internal static class MetricFilters
{
    /// <summary>Requests to a function.</summary>
    public static string Requests(string function) =>
        $"metric.type=\"run.googleapis.com/request_count\" {OfService(function)}";

    /// <summary>How long requests to a function take.</summary>
    public static string Latencies(string function) =>
        $"metric.type=\"run.googleapis.com/request_latencies\" {OfService(function)}";

    /// <summary>Instances of a function.</summary>
    public static string Instances(string function) =>
        $"metric.type=\"run.googleapis.com/container/instance_count\" {OfService(function)}";

    /// <summary>The age of the oldest message that a subscription has not delivered.</summary>
    public static string OldestUnacked(string subscription) =>
        $"metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" {OfSubscription(subscription)}";

    /// <summary>How many messages a subscription has not delivered.</summary>
    public static string Undelivered(string subscription) =>
        $"metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" {OfSubscription(subscription)}";

    /// <summary>Messages published to a topic.</summary>
    public static string Published(string topic) =>
        "metric.type=\"pubsub.googleapis.com/topic/send_message_operation_count\" resource.type=\"pubsub_topic\" "
        + $"resource.labels.topic_id=\"{topic}\"";

    /// <summary>A metric that is made of logs.</summary>
    public static string Logged(string metric) =>
        $"metric.type=\"{LogMetrics.TypeOf(metric)}\" resource.type=\"cloud_run_revision\"";

    private static string OfService(string function) =>
        $"resource.type=\"cloud_run_revision\" resource.labels.service_name=\"{Functions.ServiceName(function)}\"";

    private static string OfSubscription(string subscription) =>
        $"resource.type=\"pubsub_subscription\" resource.labels.subscription_id=\"{subscription}\"";
}
