using System.Text;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Ports;

namespace Nocturne.IngestEvents.Tests.Publishing;

/// <summary>IngestEvents accepts what docs/publishing.md has people send.</summary>
public sealed class PublishingTests
{
    [Theory]
    [InlineData("What to send", "json", 2)]
    [InlineData("gcloud", "sh", 1)]
    [InlineData("curl to Pub/Sub", "sh", 2)]
    [InlineData("C#", "csharp", 2)]
    [InlineData("Python", "python", 2)]
    [InlineData("Java", "java", 2)]
    public async Task EventsOfASnippet_AsOneMessage_AreAccepted(string heading, string language, int count)
    {
        var events = PublishingPage.Events(PublishingPage.Block(heading, language));
        Assert.Equal(count, events.Count);

        await AssertAcceptedAsync(events, new OutgoingMessage(Encoding.UTF8.GetBytes(string.Join('\n', events))));
    }

    [Fact]
    public void CSharp_IsTheFileThatTheCloudBuildCompilesAndRuns()
    {
        var file = PublishingPage.Source("tests/Cloud.Tests/Publishing/PublishEvents.cs");

        Assert.Equal(
            file.Replace("namespace Nocturne.Cloud.Tests.Publishing;\n\n", "", StringComparison.Ordinal),
            PublishingPage.Block("C#", "csharp")
        );
    }

    [ToolFact("bash", "curl")]
    public async Task CurlToCollect_Run_IsAnsweredAsThePageSaysAndAccepted()
    {
        await using var host = await PublishersHost.StartAsync();
        var command = PublishingPage.Block("curl to Collect", "sh");

        var answer = await host.RunShellAsync(command);

        Assert.Equal(PublishingPage.Block("curl to Collect", "json").Trim(), answer.Trim());
        var message = Assert.Single(host.Messages);
        await AssertAcceptedAsync(PublishingPage.Events(command), message);
    }

    [ToolFact("bash", "curl", "base64")]
    public async Task CurlToPubSub_Run_PublishesAMessageThatIsAccepted()
    {
        await using var host = await PublishersHost.StartAsync();
        var command = PublishingPage.Block("curl to Pub/Sub", "sh");

        await host.RunShellAsync(command);

        var message = Assert.Single(host.Messages);
        Assert.Equal(55, message.Attributes["googclient_traceparent"].Length);
        await AssertAcceptedAsync(PublishingPage.Events(command), message);
    }

    [ToolFact("bash", "gcloud")]
    public async Task Gcloud_Run_PublishesAMessageThatIsAccepted()
    {
        await using var host = await PublishersHost.StartAsync();
        var command = PublishingPage.Block("gcloud", "sh");

        await host.RunShellAsync(command);

        await AssertAcceptedAsync(PublishingPage.Events(command), Assert.Single(host.Messages));
    }

    [ToolFact("python3")]
    public async Task Python_Run_PublishesAMessageThatIsAccepted()
    {
        await using var host = await PublishersHost.StartAsync();
        var program = PublishingPage.Block("Python", "python");

        await host.RunAsync("python3", await host.WriteAsync("publish_events.py", program));

        await AssertAcceptedAsync(PublishingPage.Events(program), Assert.Single(host.Messages));
    }

    [ToolFact("java", "javac")]
    public async Task Java_CompiledAndRun_PublishesAMessageThatIsAccepted()
    {
        await using var host = await PublishersHost.StartAsync();
        var program = PublishingPage.Block("Java", "java");
        var source = await host.WriteAsync("PublishEvents.java", program);
        var libraries = Path.Combine(PublishingPage.StandIns, "java");

        await host.RunAsync("javac", "-encoding", "UTF-8", "-sourcepath", libraries, "-d", "classes", source);
        await host.RunAsync("java", "-cp", "classes", "PublishEvents");

        await AssertAcceptedAsync(PublishingPage.Events(program), Assert.Single(host.Messages));
    }

    /// <summary>The message, pushed as Pub/Sub pushes it, is acknowledged, nothing of it refused, all of it taken in.</summary>
    private static async Task AssertAcceptedAsync(IReadOnlyList<string> expected, OutgoingMessage message)
    {
        await using var ingest = new IngestFixture();

        var status = await ingest.PushAsync(Bodies.Envelope(message.Data.Span));

        Assert.Equal(204, status);
        Assert.Empty(ingest.Published.Rejects);
        var taken = new List<ListenEvent>();
        EventParser.ParseMessage(message.Data, taken.Add, rejection => Assert.Fail(rejection.Code));
        Assert.Equal(expected.Select(IdOf), taken.Select(listenEvent => listenEvent.Id.Value));
        var profile = await ingest.Store.ReadProfileAsync(new ListenerId("alice"), CancellationToken.None);
        Assert.Equal(taken.OfType<PlayEvent>().Count(), profile!.Totals.Plays);
    }

    private static string IdOf(string line) =>
        JsonDocument.Parse(line).RootElement.GetProperty("event_id").GetString()!;
}
