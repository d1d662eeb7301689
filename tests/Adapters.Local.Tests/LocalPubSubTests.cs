using System.Text;
using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Adapters.Local.Tests;

public sealed class LocalPubSubTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Push_Message_HasTheServicesEnvelope()
    {
        var time = new ManualTimeProvider();
        await using var harness = new PubSubHarness(o => o with { Time = time });
        harness.Start();
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal) { ["source"] = "tést" };

        var ids = await harness.PubSub.PublishAsync(
            PubSubHarness.Topic,
            [new OutgoingMessage("héllo"u8.ToArray(), attributes)],
            None
        );
        await harness.PubSub.DrainAsync(None);

        var pushed = Assert.Single(harness.Pushes);
        var message = pushed.Envelope.GetProperty("message");
        Assert.Equal("héllo", pushed.Text);
        Assert.Equal("tést", message.GetProperty("attributes").GetProperty("source").GetString());
        Assert.Equal(ids[0], message.GetProperty("messageId").GetString());
        Assert.Equal(ids[0], message.GetProperty("message_id").GetString());
        Assert.Equal(time.GetUtcNow(), message.GetProperty("publishTime").GetDateTimeOffset());
        Assert.Equal(time.GetUtcNow(), message.GetProperty("publish_time").GetDateTimeOffset());
        Assert.Equal(
            "projects/local/subscriptions/events-push",
            pushed.Envelope.GetProperty("subscription").GetString()
        );
        Assert.Equal(1, pushed.Attempt);
        Assert.Equal("application/json", pushed.Request.Headers["content-type"]);
    }

    [Theory]
    [InlineData(102)]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(202)]
    [InlineData(204)]
    public async Task Push_AcknowledgingStatus_IsDeliveredOnce(int status)
    {
        await using var harness = new PubSubHarness();
        harness.Endpoint = (_, _) => new(status);
        harness.Start();

        await harness.PublishAsync("a", "b");
        await harness.PubSub.DrainAsync(None);

        Assert.Equal(["a", "b"], harness.Pushes.Select(p => p.Text).Order(StringComparer.Ordinal));
        Assert.Equal((2, 0), (Acknowledged(harness), Refused(harness)));
    }

    [Theory]
    [InlineData(203)]
    [InlineData(206)]
    [InlineData(301)]
    [InlineData(400)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(0)]
    public async Task Push_AnyOtherStatus_IsDeliveredAgain(int status)
    {
        await using var harness = new PubSubHarness(o => o with { BackoffScale = 0 });
        harness.Endpoint = (pushed, _) => new(pushed.Attempt < 3 ? status : 204);
        harness.Start();

        await harness.PublishAsync("a");
        await harness.PubSub.DrainAsync(None);

        Assert.Equal([1, 2, 3], harness.Pushes.Select(p => p.Attempt!.Value));
        Assert.Equal((1, 2), (Acknowledged(harness), Refused(harness)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Push_EndpointThrows_IsDeliveredAgain(bool synchronously)
    {
        await using var harness = new PubSubHarness(o => o with { BackoffScale = 0 });
        harness.Endpoint = async (pushed, _) =>
        {
            if (!synchronously)
            {
                await Task.Yield();
            }
            return pushed.Attempt == 1 ? throw new InvalidOperationException("failed") : 204;
        };
        harness.Start();

        await harness.PublishAsync("a");
        await harness.PubSub.DrainAsync(None);

        Assert.Equal(2, harness.Pushes.Count);
    }

    [Fact]
    public async Task Push_Refused_PausesDoubleUpToTheLongest()
    {
        var time = new ManualTimeProvider();
        await using var harness = new PubSubHarness(o => o with { Time = time });
        harness.Endpoint = (_, _) => new(500);
        harness.Start();
        await harness.PublishAsync("a");

        // 1, 2, 4 and again 4 seconds, as the subscription has it.
        var delivered = 1;
        foreach (var seconds in new[] { 1, 2, 4, 4 })
        {
            await Eventually.TrueAsync(() => Refused(harness) == delivered);
            time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            await Task.Yield();
            Assert.Equal(delivered, harness.Pushes.Count);
            time.Advance(TimeSpan.FromMilliseconds(1));
            delivered++;
            await Eventually.TrueAsync(() => harness.Pushes.Count == delivered);
        }
    }

    [Fact]
    public async Task Push_RefusedEveryTime_GoesToTheDeadLetters()
    {
        await using var harness = new PubSubHarness(o => o with { BackoffScale = 0 });
        harness.Endpoint = (pushed, _) => new(pushed.Text == "bad" ? 500 : 204);
        harness.Start();

        var attributes = new Dictionary<string, string>(StringComparer.Ordinal) { ["source"] = "x" };
        await harness.PubSub.PublishAsync(
            PubSubHarness.Topic,
            [new OutgoingMessage("bad"u8.ToArray(), attributes), new OutgoingMessage("good"u8.ToArray())],
            None
        );
        await harness.PubSub.DrainAsync(None);

        var dead = await PullOneDeadAsync(harness);
        Assert.Equal("bad", Encoding.UTF8.GetString(dead.Data.Span));
        Assert.Equal("x", dead.Attributes["source"]);
        Assert.Equal(PubSubHarness.Push, dead.Attributes["CloudPubSubDeadLetterSourceSubscription"]);
        Assert.Equal($"{PubSubHarness.MaxAttempts}", dead.Attributes["CloudPubSubDeadLetterSourceDeliveryCount"]);
        Assert.Equal(PubSubHarness.MaxAttempts, harness.Pushes.Count(p => p.Text == "bad"));
        Assert.Equal(1, harness.Statistics(PubSubHarness.Push).DeadLettered);
    }

    [Fact]
    public async Task DeadLetter_AfterACrash_IsThereOnceAndNotDeliveredAgain()
    {
        await using var harness = new PubSubHarness(o => o with { BackoffScale = 0 });
        harness.Endpoint = (_, _) => new(500);
        harness.Start();
        await harness.PublishAsync("bad");
        await harness.PubSub.DrainAsync(None);
        var pushes = harness.Pushes.Count;

        await harness.CrashAsync();
        harness.Start();
        await harness.PubSub.DrainAsync(None);

        Assert.Equal(pushes, harness.Pushes.Count);
        Assert.Equal("bad", Encoding.UTF8.GetString((await PullOneDeadAsync(harness)).Data.Span));
    }

    [Fact]
    public async Task Push_NotAnsweredInTime_IsCancelledAndDeliveredAgain()
    {
        var time = new ManualTimeProvider();
        await using var harness = new PubSubHarness(o => o with { Time = time });
        var cancelled = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        harness.Endpoint = async (pushed, cancellationToken) =>
        {
            if (pushed.Attempt == 1)
            {
                using var registration = cancellationToken.Register(() => cancelled.TrySetResult());
                await release.Task;
            }
            return 204;
        };
        harness.Start();
        await harness.PublishAsync("slow");
        await Eventually.TrueAsync(() => harness.Pushes.Count == 1);

        time.Advance(PubSubHarness.AckDeadline);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => Acknowledged(harness) == 1);
        release.SetResult(); // its late answer changes nothing

        await harness.PubSub.DrainAsync(None);
        Assert.Equal([1, 2], harness.Pushes.Select(p => p.Attempt!.Value));
        Assert.Equal((1, 1), (Acknowledged(harness), Refused(harness)));
    }

    [Fact]
    public async Task Push_StuckEndpoints_LeaveRoomAfterTheDeadline()
    {
        var time = new ManualTimeProvider();
        await using var harness = new PubSubHarness(o => o with { Time = time, MaxOutstandingMessages = 2 });
        harness.Endpoint = async (pushed, cancellationToken) =>
        {
            if (pushed.Text.StartsWith("stuck", StringComparison.Ordinal) && pushed.Attempt == 1)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }
            return 204;
        };
        harness.Start();
        await harness.PublishAsync("stuck 1", "stuck 2", "waits");
        await Eventually.TrueAsync(() => harness.Pushes.Count == 2);

        time.Advance(PubSubHarness.AckDeadline);
        await Eventually.TrueAsync(() => harness.Pushes.Any(p => p.Text == "waits"));
        time.Advance(TimeSpan.FromSeconds(1));

        await harness.PubSub.DrainAsync(None);
        Assert.Equal(3, Acknowledged(harness));
    }

    [Theory]
    [InlineData(3, 1 << 20)]
    [InlineData(100, 25_000)]
    public async Task Push_ManyMessages_StayWithinTheBounds(int maxMessages, long maxBytes)
    {
        await using var harness = new PubSubHarness(o =>
            o with
            {
                MaxOutstandingMessages = maxMessages,
                MaxOutstandingBytes = maxBytes,
            }
        );
        var (now, most) = (0, 0);
        harness.Endpoint = async (_, _) =>
        {
            var current = Interlocked.Increment(ref now);
            InterlockedMax(ref most, current);
            await Task.Delay(1);
            Interlocked.Decrement(ref now);
            return 204;
        };
        harness.Start();

        var text = new string('x', 10_000);
        await harness.PublishAsync([.. Enumerable.Range(0, 100).Select(_ => text)]);
        await harness.PubSub.DrainAsync(None);

        Assert.Equal(100, Acknowledged(harness));
        Assert.InRange(most, 2, Math.Min(maxMessages, (int)(maxBytes / 10_000)));
    }

    [Fact]
    public async Task Push_MessageOverTheByteBound_IsStillDelivered()
    {
        await using var harness = new PubSubHarness(o => o with { MaxOutstandingBytes = 10 });
        harness.Start();

        await harness.PublishAsync(new string('x', 1000), new string('y', 1000));
        await harness.PubSub.DrainAsync(None);

        Assert.Equal(2, Acknowledged(harness));
    }

    [Fact]
    public async Task Start_WithoutAnEndpoint_NamesTheSubscription()
    {
        await using var harness = new PubSubHarness();

        var e = Assert.Throws<InvalidOperationException>(harness.PubSub.Start);

        Assert.Contains(PubSubHarness.Push, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reopen_UnacknowledgedMessages_AreDelivered(bool crash)
    {
        await using var harness = new PubSubHarness();
        await harness.PublishAsync("a", "b");
        await harness.PublishAsync("c");

        await (crash ? harness.CrashAsync() : harness.ReopenAsync());
        Assert.Equal(3, harness.Statistics(PubSubHarness.Push).Backlog);
        harness.Start();
        await harness.PubSub.DrainAsync(None);

        Assert.Equal(["a", "b", "c"], harness.Pushes.Select(p => p.Text).Order(StringComparer.Ordinal));
        Assert.Equal(["a", "b", "c"], (await harness.ArchivedAsync()).SelectMany(f => f.Value).Order());
    }

    [Fact]
    public async Task Reopen_AcknowledgedMessages_AreNotDeliveredAgain()
    {
        await using var harness = new PubSubHarness();
        harness.Start();
        await harness.PublishAsync("a", "b");
        await harness.PubSub.DrainAsync(None);

        await harness.CrashAsync();
        harness.Start();
        await harness.PublishAsync("c");
        await harness.PubSub.DrainAsync(None);

        Assert.Equal(["a", "b", "c"], harness.Pushes.Select(p => p.Text).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Compaction_StuckMessage_SurvivesWhileTheRestGoes()
    {
        await using var harness = new PubSubHarness(o =>
            o with
            {
                Log = Small.Log(64 << 10),
                BackoffScale = 0,
                MinBackoff = TimeSpan.FromHours(1),
            }
        );
        harness.Endpoint = (pushed, _) => new(pushed.Text.StartsWith("stuck", StringComparison.Ordinal) ? 500 : 204);
        harness.Start();
        await harness.PublishAsync("stuck");
        for (var i = 0; i < 100; i++)
        {
            await harness.PublishAsync($"{i}:" + new string('x', 10_000));
        }
        await Eventually.TrueAsync(() => Acknowledged(harness) == 100);
        await Eventually.TrueAsync(() => harness.Statistics(PubSubHarness.Archive).Backlog < 20);
        var first = Path.Combine(harness.Folder, "messages", "0000000000000000.log");
        for (var i = 0; File.Exists(first); i++)
        {
            Assert.True(i < 1000, "The oldest segment stays.");
            await harness.PublishAsync(new string('y', 10_000));
        }

        await harness.ReopenAsync();
        harness.Endpoint = (_, _) => new(204);
        harness.Pushes.Clear();
        harness.Start();
        await harness.PubSub.DrainAsync(None);

        Assert.Single(harness.Pushes, p => p.Text == "stuck");
    }

    [Fact]
    public async Task Archive_Drained_HasEveryMessageAsALineUnderItsDay()
    {
        var time = new ManualTimeProvider();
        await using var harness = new PubSubHarness(o => o with { Time = time });
        harness.Start();

        await harness.PublishAsync("""{"a":1}""", "{\"b\":2}\n{\"c\":3}\n");
        time.Advance(TimeSpan.FromSeconds(1));
        await harness.PublishAsync("""{"d":4}""");
        await harness.PubSub.DrainAsync(None);

        var (name, lines) = Assert.Single(await harness.ArchivedAsync());
        Assert.StartsWith("dt=2026-11-21/03_44_57Z_", name, StringComparison.Ordinal);
        Assert.EndsWith(".ndjson", name, StringComparison.Ordinal);
        Assert.Equal(["""{"a":1}""", """{"b":2}""", """{"c":3}""", """{"d":4}"""], lines);
    }

    [Fact]
    public async Task Archive_FileIsDue_ClosesByItself()
    {
        var time = new ManualTimeProvider();
        await using var harness = new PubSubHarness(o => o with { Time = time });
        harness.Start();
        await harness.PublishAsync("a");

        time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        await Task.Yield();
        Assert.Empty(await harness.ArchivedAsync());
        time.Advance(TimeSpan.FromTicks(1));

        await Eventually.TrueAsync(() => harness.Statistics(PubSubHarness.Archive).Backlog == 0);
        Assert.Single(await harness.ArchivedAsync());
    }

    [Fact]
    public async Task Archive_ManyBytes_CloseFilesAtTheirSize()
    {
        await using var harness = new PubSubHarness(o => o with { Time = new ManualTimeProvider() });
        harness.Start();

        var texts = Enumerable.Range(0, 55).Select(i => $"{i:d2}" + new string('x', 9_000)).ToArray();
        await harness.PublishAsync(texts);
        await Eventually.TrueAsync(() => harness.Statistics(PubSubHarness.Archive).Acknowledged >= 44);
        await harness.PubSub.DrainAsync(None);

        var files = await harness.ArchivedAsync();
        Assert.All(files.Values, lines => Assert.True(lines.Sum(l => l.Length + 1) <= 100_000));
        Assert.Equal(5, files.Count);
        Assert.Equal(texts, files.SelectMany(f => f.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Archive_MessagesOfTwoDays_AreInTwoFiles()
    {
        var time = new ManualTimeProvider(new DateTimeOffset(2026, 11, 21, 23, 59, 59, TimeSpan.Zero));
        await using var harness = new PubSubHarness(o => o with { Time = time });
        await harness.PublishAsync("late");
        time.Advance(TimeSpan.FromSeconds(1));
        await harness.PublishAsync("early");
        harness.Start();

        await harness.PubSub.DrainAsync(None);

        var files = (await harness.ArchivedAsync()).ToArray();
        Assert.Equal(
            ["dt=2026-11-21/23_59_59Z", "dt=2026-11-22/00_00_00Z"],
            files.Select(f => f.Key[..f.Key.LastIndexOf('_')])
        );
        Assert.Equal(["late", "early"], files.SelectMany(f => f.Value));
    }

    [Fact]
    public async Task Archive_Stop_ClosesTheFile()
    {
        await using var harness = new PubSubHarness(o => o with { Time = new ManualTimeProvider() });
        harness.Start();
        await harness.PublishAsync("a", "b");

        await harness.PubSub.StopAsync();

        Assert.Equal(["a", "b"], Assert.Single(await harness.ArchivedAsync()).Value);
    }

    [Fact]
    public async Task Archive_AcknowledgementsLost_WritesAgainUnderOtherNames()
    {
        await using var harness = new PubSubHarness(o =>
            o with
            {
                Chaos = new Chaos(1, Calm.With(o => o with { AcknowledgementLost = 1 })),
                MaxArchiveDuration = TimeSpan.Zero,
                BackoffScale = 0,
            }
        );
        harness.Start();
        await harness.PublishAsync("a", "b");

        // A file is closed at once, so the messages may come together or apart; each comes again and again.
        await Eventually.TrueAsync(async () =>
        {
            var lines = (await harness.ArchivedAsync()).SelectMany(file => file.Value).ToList();
            return lines.Count(line => line == "a") >= 3 && lines.Count(line => line == "b") >= 3;
        });

        Assert.All(
            (await harness.ArchivedAsync()).Values,
            lines => Assert.Contains(string.Concat(lines.Order()), new[] { "a", "b", "ab" })
        );
    }

    [Fact]
    public async Task Pull_NotAcknowledged_ComesBackAfterTheDeadline()
    {
        var time = new ManualTimeProvider();
        await using var harness = new PubSubHarness(o => o with { Time = time });
        await harness.PubSub.PublishAsync(PubSubHarness.Dead, [new OutgoingMessage("a"u8.ToArray())], None);

        var first = Assert.Single(await harness.PullDeadAsync());
        Assert.Empty(await harness.PullDeadAsync());
        time.Advance(PubSubHarness.AckDeadline);
        var second = Assert.Single(await harness.PullDeadAsync());
        await harness.PubSub.AcknowledgeAsync(PubSubHarness.Held, [second.AckId, "unknown", "17"], None);
        time.Advance(PubSubHarness.AckDeadline);

        Assert.Equal(first.AckId, second.AckId);
        Assert.Empty(await harness.PullDeadAsync());
        await harness.CrashAsync();
        Assert.Empty(await harness.PullDeadAsync());
    }

    [Fact]
    public async Task Pull_OtherKinds_AreRefused()
    {
        await using var harness = new PubSubHarness();

        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await harness.PubSub.PullAsync(PubSubHarness.Push, 1, None)
        );
    }

    [Fact]
    public async Task Stop_DeliveryUnderWay_IsWaitedFor()
    {
        await using var harness = new PubSubHarness();
        var release = new TaskCompletionSource();
        harness.Endpoint = async (_, _) =>
        {
            await release.Task;
            return 204;
        };
        harness.Start();
        await harness.PublishAsync("a");
        await Eventually.TrueAsync(() => harness.Pushes.Count == 1);

        var stopping = harness.PubSub.StopAsync();
        Assert.False(stopping.IsCompleted);
        release.SetResult();
        await stopping;

        Assert.Equal(1, Acknowledged(harness));
    }

    [Fact]
    public async Task Stop_DeliveryThatDoesNotEnd_IsCancelledAndKept()
    {
        await using var harness = new PubSubHarness(o => o with { StopTimeout = TimeSpan.FromMilliseconds(50) });
        harness.Endpoint = async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return 204;
        };
        harness.Start();
        await harness.PublishAsync("a");
        await Eventually.TrueAsync(() => harness.Pushes.Count == 1);

        await harness.PubSub.StopAsync();
        await harness.ReopenAsync();

        Assert.Equal(1, harness.Statistics(PubSubHarness.Push).Backlog);
    }

    [Fact]
    public async Task Publish_BacklogOverItsBound_WaitsForConsumersButNotForEver()
    {
        await using var harness = new PubSubHarness(o =>
            o with
            {
                MaxBacklogBytes = 10_000,
                MaxPublishWait = TimeSpan.FromMilliseconds(200),
            }
        );
        var release = new TaskCompletionSource();
        harness.Endpoint = async (_, _) =>
        {
            await release.Task;
            return 204;
        };
        harness.Start();
        await harness.PublishAsync(new string('x', 20_000));

        var started = TimeProvider.System.GetTimestamp();
        await harness.PublishAsync("goes ahead");
        Assert.True(TimeProvider.System.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(190));

        release.SetResult();
        await harness.PubSub.DrainAsync(None);
        Assert.Equal(2, Acknowledged(harness));
    }

    [Fact]
    public async Task Statistics_Backlog_HasCountAndAge()
    {
        var time = new ManualTimeProvider();
        await using var harness = new PubSubHarness(o => o with { Time = time });
        await harness.PublishAsync("a");
        time.Advance(TimeSpan.FromSeconds(10));
        await harness.PublishAsync("b");
        time.Advance(TimeSpan.FromSeconds(5));

        var statistics = harness.Statistics(PubSubHarness.Push);

        Assert.Equal(
            new SubscriptionStatistics(
                PubSubHarness.Push,
                PubSubHarness.Topic,
                Backlog: 2,
                OldestAge: TimeSpan.FromSeconds(15),
                Acknowledged: 0,
                Refused: 0,
                DeadLettered: 0
            ),
            statistics
        );
    }

    [Fact]
    public async Task Counters_PublishedAndDelivered_AreCounted()
    {
        var counters = new OperationCounters();
        await using var harness = new PubSubHarness(o => o with { Counters = counters });
        harness.Start();

        await harness.PublishAsync("1234", "5678");
        await harness.PubSub.DrainAsync(None);

        var counts = counters.Snapshot();
        Assert.Equal((2, 8, 4), (counts.MessagesPublished, counts.MessageBytesPublished, counts.MessagesDelivered));
    }

    private static long Acknowledged(PubSubHarness harness) => harness.Statistics(PubSubHarness.Push).Acknowledged;

    private static long Refused(PubSubHarness harness) => harness.Statistics(PubSubHarness.Push).Refused;

    private static async Task<PulledMessage> PullOneDeadAsync(PubSubHarness harness)
    {
        var pulled = await harness.PullDeadAsync();
        return Assert.Single(pulled);
    }

    private static void InterlockedMax(ref int most, int current)
    {
        int seen;
        while (
            (seen = Volatile.Read(ref most)) < current && Interlocked.CompareExchange(ref most, current, seen) != seen
        ) { }
    }
}
