using System.Collections.Concurrent;
using Google.Cloud.PubSub.V1;
using Nocturne.Domain;

namespace Nocturne.Cloud.Tests.Publishing;

/// <summary>The C# of docs/publishing.md, on the official client.</summary>
public sealed class PublishEventsTests
{
    [Fact]
    public async Task Publish_TheExamples_IsOneMessageOfEvents()
    {
        var publisher = new RecordingPublisher();

        await PublishEvents.PublishAsync(publisher, PublishEvents.Examples);

        var taken = Parse(Assert.Single(publisher.Messages));
        Assert.Equal(["csharp-1", "csharp-2"], taken.Select(listenEvent => listenEvent.Id.Value));
    }

    [Theory]
    [InlineData(2_500, 200, 3)]
    [InlineData(400, 8_000, 4)]
    public async Task Publish_MoreThanAMessageHolds_PacksThemWithinTheBounds(int events, int bytes, int messages)
    {
        var publisher = new RecordingPublisher();
        var lines = Enumerable.Range(0, events).Select(i => Play(i, bytes));

        await PublishEvents.PublishAsync(publisher, lines);

        Assert.Equal(messages, publisher.Messages.Count);
        Assert.All(publisher.Messages, message => Assert.InRange(message.Data.Length, 1, 1 << 20));
        Assert.Equal(events, publisher.Messages.SelectMany(Parse).DistinctBy(listenEvent => listenEvent.Id).Count());
    }

    private static string Play(int number, int bytes)
    {
        var line = PublishEvents.Examples[0].Replace("csharp-1", $"many-{number}", StringComparison.Ordinal);
        return $$"""{{line[..^1]}},"own":"{{new string('x', bytes - line.Length - 9)}}"}""";
    }

    private static List<ListenEvent> Parse(PubsubMessage message)
    {
        var events = new List<ListenEvent>();
        EventParser.ParseMessage(message.Data.Memory, events.Add, rejection => Assert.Fail(rejection.Code));
        return events;
    }

    private sealed class RecordingPublisher : PublisherClient
    {
        public ConcurrentQueue<PubsubMessage> Messages { get; } = new();

        public override Task<string> PublishAsync(PubsubMessage message)
        {
            Messages.Enqueue(message);
            return Task.FromResult(Messages.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
