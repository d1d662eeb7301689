using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Google.Apis.Auth.OAuth2;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Operations;

/// <summary>What Google answered to a question.</summary>
/// <param name="Status">The status; 0 where nobody answered.</param>
/// <param name="Body">The answer, or what went wrong.</param>
internal sealed record CloudAnswer(HttpStatusCode Status, JsonElement Body)
{
    /// <summary>Whether what was asked for exists.</summary>
    public bool IsGood => (int)Status is >= 200 and < 300;

    /// <summary>What went wrong, in Google's words.</summary>
    public string Error =>
        Body.ValueKind == JsonValueKind.Object
        && Body.TryGetProperty("error", out var error)
        && error.ValueKind == JsonValueKind.Object
        && error.TryGetProperty("message", out var message)
            ? $"{(int)Status}: {message}"
        : Status == default ? $"{Body}"
        : $"{(int)Status}: {Body}";
}

/// <summary>
/// Asks Google's APIs, or emulators in their place, what there is of a deployment. The ports do not know of that: they
/// use what Topology says exists.
/// </summary>
internal sealed class CloudInspector(Deployment deployment, EmulatorHosts hosts) : IDisposable
{
    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    // A question is one small read.
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(20);

    private readonly HttpClient _http = new() { Timeout = CallTimeout };
    private ITokenAccess? _credentials;

    /// <summary>Whether everything asked is an emulator.</summary>
    public bool IsEmulated => hosts is { Documents: not null, Messages: not null, Objects: not null };

    /// <summary>Why there are no credentials; null if there are, or none are needed.</summary>
    public async Task<string?> SignInAsync(CancellationToken cancellationToken)
    {
        if (IsEmulated)
        {
            return null;
        }
        try
        {
            var credential = await GoogleCredential.GetApplicationDefaultAsync(cancellationToken);
            _credentials = credential.CreateScoped(Scope);
            await _credentials.GetAccessTokenForRequestAsync(null, cancellationToken);
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The library has no one type for it: nothing found, a file that is none, a refresh that was refused.
            return e.Message;
        }
    }

    public Task<CloudAnswer> DatabaseAsync(CancellationToken cancellationToken) =>
        AskAsync(
            HttpMethod.Get,
            hosts.Documents is null
                ? $"https://firestore.googleapis.com/v1/projects/{deployment.Project}/databases/{deployment.Database}"
                // The emulator has every database: whether it answers is the question.
                : $"http://{hosts.Documents}/v1/{deployment.DocumentsPath}/runs",
            hosts.Documents,
            null,
            cancellationToken
        );

    public Task<CloudAnswer> TopicAsync(string topic, CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Get, PubSub(deployment.TopicPath(topic)), hosts.Messages, null, cancellationToken);

    public Task<CloudAnswer> SubscriptionAsync(string subscription, CancellationToken cancellationToken) =>
        AskAsync(
            HttpMethod.Get,
            PubSub(deployment.SubscriptionPath(subscription)),
            hosts.Messages,
            null,
            cancellationToken
        );

    public Task<CloudAnswer> BucketAsync(string bucket, CancellationToken cancellationToken) =>
        AskAsync(
            HttpMethod.Get,
            $"{(hosts.Objects is null ? "https://storage.googleapis.com" : $"http://{hosts.Objects}")}/storage/v1/b/{deployment.BucketName(bucket)}",
            hosts.Objects,
            null,
            cancellationToken
        );

    /// <summary>How many of a subscription's messages were seen, which are given back at once; or what went wrong.</summary>
    public async Task<(int Count, string? Error)> PeekAsync(
        string subscription,
        int max,
        CancellationToken cancellationToken
    )
    {
        var path = PubSub(deployment.SubscriptionPath(subscription));
        var pulled = await AskAsync(
            HttpMethod.Post,
            $"{path}:pull",
            hosts.Messages,
            new { maxMessages = max, returnImmediately = true },
            cancellationToken
        );
        if (!pulled.IsGood)
        {
            return (0, pulled.Error);
        }
        string[] ids = pulled.Body.TryGetProperty("receivedMessages", out var messages)
            ? [.. messages.EnumerateArray().Select(message => message.GetProperty("ackId").GetString()!)]
            : [];
        if (ids.Length > 0)
        {
            // Were that to fail, they would come back by themselves after the acknowledgement deadline.
            await AskAsync(
                HttpMethod.Post,
                $"{path}:modifyAckDeadline",
                hosts.Messages,
                new { ackIds = ids, ackDeadlineSeconds = 0 },
                cancellationToken
            );
        }
        return (ids.Length, null);
    }

    public void Dispose() => _http.Dispose();

    private string PubSub(string path) =>
        $"{(hosts.Messages is null ? "https://pubsub.googleapis.com" : $"http://{hosts.Messages}")}/v1/{path}";

    private async Task<CloudAnswer> AskAsync(
        HttpMethod method,
        string address,
        string? emulator,
        object? body,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(method, address);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body);
        }
        try
        {
            var token = emulator is not null
                ? "owner" // admits everything past the emulator's rules
                : await _credentials!.GetAccessTokenForRequestAsync(null, cancellationToken);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var answer = await _http.SendAsync(request, cancellationToken);
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            return new CloudAnswer(answer.StatusCode, Read(text));
        }
        catch (Exception e)
            when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new CloudAnswer(default, Read($"{request.RequestUri!.Authority} does not answer: {e.Message}"));
        }
    }

    private static JsonElement Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text.Length == 0 ? "{}" : text);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text);
        }
    }
}
