using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Nocturne.Collect;
using Nocturne.Domain;
using Nocturne.Identity;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Stack;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Ports;

namespace Nocturne.LocalHost.Operations;

/// <summary>Operations on the stack that an <c>up</c> has open; the other side is <see cref="OperatorApi"/>.</summary>
internal sealed class RemoteOperations : IOperations
{
    private static readonly TimeSpan Answers = TimeSpan.FromSeconds(2);

    private readonly HttpClient _client;

    private RemoteOperations(HostFile host) =>
        _client = new HttpClient
        {
            BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{host.Port}/")),
            DefaultRequestHeaders = { { OperatorApi.TokenHeader, host.Token } },
            Timeout = Timeout.InfiniteTimeSpan, // draining takes what it takes; Ctrl-C ends it
        };

    /// <summary>The host delivers, not this process.</summary>
    public StackManner Manner { get; } = new() { DeliversHere = false };

    /// <summary>Connects to the host of a folder; null where nobody answers for it.</summary>
    public static async Task<RemoteOperations?> ConnectAsync(string folder, CancellationToken cancellationToken)
    {
        if (await HostFile.ReadAsync(folder, cancellationToken) is not { } host)
        {
            return null;
        }
        var operations = new RemoteOperations(host);
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(Answers);
            if (await operations._client.GetFromJsonAsync<int>("operator/host", timeout.Token) == host.Pid)
            {
                return operations;
            }
        }
        catch (Exception e)
            when (e is HttpRequestException or JsonException
                || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            // A file that a killed host left; whoever has the folder now is another command.
        }
        await operations.DisposeAsync();
        return null;
    }

    public async ValueTask PublishAsync(IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken)
    {
        foreach (var message in messages)
        {
            using var content = new ReadOnlyMemoryContent(message.Data);
            using var response = await _client.PostAsync(Address("publish"), content, cancellationToken);
            await CheckAsync(response, cancellationToken);
        }
    }

    public async ValueTask<CollectOutcome> CollectAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var content = new ReadOnlyMemoryContent(body);
        using var response = await _client.PostAsync(
            new Uri("v1/events", UriKind.Relative),
            content,
            cancellationToken
        );
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.BadRequest))
        {
            await CheckAsync(response, cancellationToken);
        }
        var outcome = await response.Content.ReadFromJsonAsync<CollectOutcome>(CommandJson.Line, cancellationToken);
        return outcome is { Lines: not null } ? outcome : new CollectOutcome(0, 0, []);
    }

    public async ValueTask<long?> BacklogAsync(CancellationToken cancellationToken) =>
        await _client.GetFromJsonAsync<long?>(Address("backlog"), cancellationToken);

    public ValueTask DrainAsync(CancellationToken cancellationToken) => PostAsync("drain", cancellationToken);

    public ValueTask StartNightAsync(RunId run, CancellationToken cancellationToken) =>
        PostAsync($"runs/{run}", cancellationToken);

    public ValueTask ControlNightAsync(NightStep step, RunId run, CancellationToken cancellationToken) =>
        PostAsync($"runs/{run}/{NightMessage.NameOf(step)}", cancellationToken);

    public ValueTask<RunView?> ReadRunAsync(RunId? run, CancellationToken cancellationToken) =>
        GetAsync<RunView>($"runs/{run?.ToString() ?? "published"}", cancellationToken);

    public ValueTask<ListenerView?> ReadListenerAsync(ListenerId listener, CancellationToken cancellationToken) =>
        GetAsync<ListenerView>($"listeners/{Uri.EscapeDataString(listener.Value)}", cancellationToken);

    public ValueTask<PlaylistsView?> ReadPlaylistsAsync(ListenerId listener, CancellationToken cancellationToken) =>
        GetAsync<PlaylistsView>($"listeners/{Uri.EscapeDataString(listener.Value)}/playlists", cancellationToken);

    public async ValueTask<BlendOutcome> ChangeBlendAsync(
        BlendAction action,
        BlendId blend,
        ListenerId listener,
        CancellationToken cancellationToken
    )
    {
        var (id, who) = (Uri.EscapeDataString(blend.Value), Uri.EscapeDataString(listener.Value));
        using var response = await _client.PostAsync(
            Address($"blends/{action}?blend={id}&listener={who}"),
            content: null,
            cancellationToken
        );
        await CheckAsync(response, cancellationToken);
        return await response.Content.ReadFromJsonAsync<BlendOutcome>(CommandJson.Line, cancellationToken);
    }

    public ValueTask<BlendView?> ReadBlendAsync(BlendId blend, CancellationToken cancellationToken) =>
        GetAsync<BlendView>($"blends?blend={Uri.EscapeDataString(blend.Value)}", cancellationToken);

    public async ValueTask UploadCatalogueAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        using var body = new StreamContent(content);
        using var response = await _client.PutAsync(
            Address($"catalogue/{Uri.EscapeDataString(name)}"),
            body,
            cancellationToken
        );
        await CheckAsync(response, cancellationToken);
    }

    public async ValueTask<NewListenerToken> CreateTokenAsync(
        ListenerId listener,
        string name,
        CancellationToken cancellationToken
    )
    {
        var address = Address($"{TokensOf(listener)}/{Uri.EscapeDataString(name)}");
        using var response = await _client.PostAsync(address, content: null, cancellationToken);
        await CheckAsync(response, cancellationToken);
        return (await response.Content.ReadFromJsonAsync<NewListenerToken>(CommandJson.Line, cancellationToken))!;
    }

    public async ValueTask<IReadOnlyList<ListenerToken>> ListTokensAsync(
        ListenerId listener,
        CancellationToken cancellationToken
    ) => await GetAsync<ListenerToken[]>(TokensOf(listener), cancellationToken) ?? [];

    public async ValueTask<bool> RevokeTokenAsync(ListenerId listener, string id, CancellationToken cancellationToken)
    {
        var address = Address($"{TokensOf(listener)}/{Uri.EscapeDataString(id)}");
        using var response = await _client.DeleteAsync(address, cancellationToken);
        await CheckAsync(response, cancellationToken);
        return await response.Content.ReadFromJsonAsync<bool>(CommandJson.Line, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<RedrivenTopic>> RedriveAsync(CancellationToken cancellationToken)
    {
        using var response = await _client.PostAsync(Address("redrive"), content: null, cancellationToken);
        await CheckAsync(response, cancellationToken);
        return (await response.Content.ReadFromJsonAsync<RedrivenTopic[]>(CommandJson.Line, cancellationToken))!;
    }

    public async ValueTask<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) =>
        (await GetAsync<Finding[]>("findings", cancellationToken))!;

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string TokensOf(ListenerId listener) => $"listeners/{Uri.EscapeDataString(listener.Value)}/tokens";

    private static Uri Address(string path) => new($"operator/{path}", UriKind.Relative);

    private async ValueTask PostAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await _client.PostAsync(Address(path), content: null, cancellationToken);
        await CheckAsync(response, cancellationToken);
    }

    private async ValueTask<T?> GetAsync<T>(string path, CancellationToken cancellationToken)
        where T : class
    {
        using var response = await _client.GetAsync(Address(path), cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        await CheckAsync(response, cancellationToken);
        return await response.Content.ReadFromJsonAsync<T>(CommandJson.Line, cancellationToken);
    }

    private static async ValueTask CheckAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new CommandFailedException($"The running host answered {(int)response.StatusCode}: {text}");
        }
    }
}
