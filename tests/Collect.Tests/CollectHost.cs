using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Collect.Tests;

/// <summary>Collect behind a test server, with a topic that can be read and a clock that stands still.</summary>
internal sealed class CollectHost : IAsyncDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

    private readonly WebApplication _application;

    private CollectHost(WebApplication application, ListedTopic topic)
    {
        _application = application;
        Topic = topic;
        Client = application.GetTestClient();
    }

    public HttpClient Client { get; }

    public ListedTopic Topic { get; }

    public static async Task<CollectHost> StartAsync(Action<CollectOptions>? configure = null)
    {
        var topic = new ListedTopic();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton<TimeProvider>(new StillClock());
        builder.Services.AddSingleton<IEventPublisher>(topic);
        builder.Services.AddCollect(configure);
        var application = builder.Build();
        application.MapCollect();
        await application.StartAsync();
        return new CollectHost(application, topic);
    }

    public async Task<HttpResponseMessage> PostAsync(string body, string? contentType = null)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (contentType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }
        return await Client.PostAsync(new Uri("/v1/events", UriKind.Relative), content);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _application.DisposeAsync();
    }

    private sealed class StillClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}

/// <summary>Keeps what is published; fails on demand.</summary>
internal sealed class ListedTopic : IEventPublisher
{
    public List<byte[]> Messages { get; } = [];

    public bool IsUnavailable { get; set; }

    public IEnumerable<string> Lines =>
        Messages.SelectMany(m => Encoding.UTF8.GetString(m).Split('\n', StringSplitOptions.RemoveEmptyEntries));

    public List<ListenEvent> Events
    {
        get
        {
            var events = new List<ListenEvent>();
            Messages.ForEach(m => EventParser.ParseMessage(m, events.Add, r => Assert.Fail(r.ToString())));
            return events;
        }
    }

    public ValueTask<IReadOnlyList<string>> PublishAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    )
    {
        if (IsUnavailable)
        {
            throw new StoreUnavailableException("The topic does not answer.");
        }
        Assert.Equal(NocturneTopology.TopicNames.ListeningEvents, topic);
        Assert.InRange(messages.Count, 1, PublishLimits.MaxMessagesPerCall);
        Messages.AddRange(messages.Select(m => m.Data.ToArray()));
        return ValueTask.FromResult<IReadOnlyList<string>>([.. messages.Select((_, i) => $"{i}")]);
    }
}
