using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nocturne.Topology;

namespace Nocturne.Emulators;

/// <summary>Makes the topics and subscriptions of Topology on a Pub/Sub emulator.</summary>
public static class EmulatorTopology
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Makes what is missing; a push subscription that exists is pointed to its address anew, because hosts come back
    /// on other ports. A subscription that Pub/Sub would write to Cloud Storage is a pull subscription here: the
    /// emulator accepts one but writes nothing.
    /// </summary>
    /// <param name="hosts">Where the emulator is, <see cref="EmulatorHosts.Messages"/>.</param>
    /// <param name="deployment">Whose names.</param>
    /// <param name="pushTo">The address that a push subscription's messages are posted to.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="EmulatorFailedException">The emulator did not answer or refused.</exception>
    public static async Task CreateAsync(
        EmulatorHosts hosts,
        Deployment deployment,
        Func<Subscription, Uri> pushTo,
        CancellationToken cancellationToken
    )
    {
        var host =
            hosts.Messages
            ?? throw new ArgumentException("There is no emulator for messages to make topics on.", nameof(hosts));
        using var http = new HttpClient { BaseAddress = new Uri($"http://{host}/v1/"), Timeout = CallTimeout };
        foreach (var topic in NocturneTopology.Topics)
        {
            await CreateAsync(http, deployment.TopicPath(topic.Name), [], cancellationToken);
        }
        foreach (var subscription in NocturneTopology.Subscriptions)
        {
            var path = deployment.SubscriptionPath(subscription.Name);
            var push = subscription.Delivery is Delivery.Push ? pushTo(subscription) : null;
            var created = await CreateAsync(http, path, Body(subscription, deployment, push), cancellationToken);
            if (!created && push is not null)
            {
                var body = new JsonObject { ["pushConfig"] = PushConfig(push) };
                await SendAsync(http, HttpMethod.Post, $"{path}:modifyPushConfig", body, cancellationToken);
            }
        }
    }

    private static JsonObject Body(Subscription subscription, Deployment deployment, Uri? push)
    {
        var body = new JsonObject
        {
            ["topic"] = deployment.TopicPath(subscription.Topic),
            ["ackDeadlineSeconds"] = (int)subscription.AckDeadline.TotalSeconds,
            ["retryPolicy"] = new JsonObject
            {
                ["minimumBackoff"] = Seconds(subscription.MinBackoff),
                ["maximumBackoff"] = Seconds(subscription.MaxBackoff),
            },
        };
        if (push is not null)
        {
            body["pushConfig"] = PushConfig(push);
        }
        if (subscription.DeadLetter is { } dead)
        {
            body["deadLetterPolicy"] = new JsonObject
            {
                ["deadLetterTopic"] = deployment.TopicPath(dead.Topic),
                ["maxDeliveryAttempts"] = dead.MaxAttempts,
            };
        }
        return body;
    }

    private static JsonObject PushConfig(Uri push) => new() { ["pushEndpoint"] = push.AbsoluteUri };

    private static string Seconds(TimeSpan time) => FormattableString.Invariant($"{time.TotalSeconds:0.###}s");

    /// <summary>Creates a topic or subscription; false where it exists.</summary>
    private static async Task<bool> CreateAsync(
        HttpClient http,
        string path,
        JsonObject body,
        CancellationToken cancellationToken
    ) => await SendAsync(http, HttpMethod.Put, path, body, cancellationToken) != HttpStatusCode.Conflict;

    private static async Task<HttpStatusCode> SendAsync(
        HttpClient http,
        HttpMethod method,
        string path,
        JsonObject body,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative))
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        HttpResponseMessage answer;
        try
        {
            answer = await http.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new EmulatorFailedException($"The Pub/Sub emulator at {http.BaseAddress} does not answer.", e);
        }
        using (answer)
        {
            if (
                answer.IsSuccessStatusCode || (method == HttpMethod.Put && answer.StatusCode == HttpStatusCode.Conflict)
            )
            {
                return answer.StatusCode;
            }
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            throw new EmulatorFailedException($"The Pub/Sub emulator refused {method} {path}: {Reason(text)}");
        }
    }

    private static string Reason(string text)
    {
        try
        {
            return JsonNode.Parse(text)?["error"]?["message"]?.GetValue<string>() ?? text;
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
