using Nocturne.LocalHost.Stack.Emulated;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Tests;

/// <summary>What the emulator stack knows of the messages that wait: two subscriptions have every event.</summary>
public sealed class MessageTrackerTests
{
    private const string Topic = NocturneTopology.TopicNames.ListeningEvents;
    private const string Push = NocturneTopology.SubscriptionNames.IngestEvents;
    private const string Archive = NocturneTopology.SubscriptionNames.ArchiveEvents;

    private readonly MessageTracker _tracker = new(TimeProvider.System);

    [Fact]
    public async Task Message_Published_WaitsUntilEverySubscriptionIsDoneWithIt()
    {
        await PublishAsync("1", "2");
        var published = _tracker.Backlog;
        _tracker.Handled(Push, ["1", "2"]);
        var pushed = _tracker.Backlog;
        _tracker.Handled(Archive, ["1", "2"]);

        Assert.Equal((4, 2, 0), (published, pushed, _tracker.Backlog));
    }

    [Fact]
    public async Task Message_PushedBeforeItsPublisherHeard_IsNotWaitedForAgain()
    {
        await _tracker.PublishAsync(
            Topic,
            () =>
            {
                using (_tracker.Begin(Push, "1"))
                {
                    _tracker.Handled(Push, ["1"]);
                }
                _tracker.Handled(Archive, ["1"]);
                return ValueTask.FromResult<IReadOnlyList<string>>(["1"]);
            }
        );

        Assert.Equal(0, _tracker.Backlog);
    }

    [Fact]
    public async Task Message_RefusedAtItsLastAttempt_IsGivenUp()
    {
        var attempts = NocturneTopology.Subscriptions.Single(s => s.Name == Push).DeadLetter!.MaxAttempts;
        await PublishAsync("1");
        _tracker.Handled(Archive, ["1"]);

        for (var attempt = 1; attempt < attempts; attempt++)
        {
            _tracker.Refused(Push, "1");
        }
        var before = _tracker.Backlog;
        _tracker.Refused(Push, "1");

        Assert.Equal((1, 0), (before, _tracker.Backlog));
    }

    [Fact]
    public void Message_OfAnotherProcess_CountsWhileItIsUnderWay()
    {
        long underWay;
        using (_tracker.Begin(Push, "stranger"))
        {
            underWay = _tracker.Backlog;
            _tracker.Handled(Push, ["stranger"]);
        }

        Assert.Equal((1, 0), (underWay, _tracker.Backlog));
    }

    [Fact]
    public async Task Publication_ThatFailed_LeavesNothingToWaitFor()
    {
        await Assert.ThrowsAsync<IOException>(async () =>
            await _tracker.PublishAsync(Topic, () => throw new IOException("gone"))
        );

        Assert.Equal(0, _tracker.Backlog);
    }

    private async Task PublishAsync(params string[] ids) =>
        await _tracker.PublishAsync(Topic, () => ValueTask.FromResult<IReadOnlyList<string>>(ids));
}
