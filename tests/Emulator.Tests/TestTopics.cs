using System.Net.Http.Json;

namespace Nocturne.Emulator.Tests;

/// <summary>Topics and subscriptions that only one test knows.</summary>
internal static class TestTopics
{
    /// <summary>Longer than any test: what is pulled does not come back meanwhile.</summary>
    private const int AckDeadlineSeconds = 600;

    /// <summary>Creates a topic and a pull subscription on it.</summary>
    public static async Task CreateAsync(EmulatorStores emulators, string topic, string subscription)
    {
        var topicPath = emulators.Deployment.TopicPath(topic);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{emulators.Hosts.Messages}/v1/") };
        await PutAsync(topicPath, new { });
        await PutAsync(
            emulators.Deployment.SubscriptionPath(subscription),
            new { topic = topicPath, ackDeadlineSeconds = AckDeadlineSeconds }
        );

        async Task PutAsync(string path, object body)
        {
            using var answer = await http.PutAsJsonAsync(path, body);
            answer.EnsureSuccessStatusCode();
        }
    }
}
