using Nocturne.Adapters.GoogleRest;
using Nocturne.Contracts;
using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Emulator.Tests;

/// <summary>What cannot work says what it was about and what to do.</summary>
public sealed class RefusalTests
{
    private static readonly DocumentKey Key = DocumentKey.Of("listeners", "a");
    private static readonly ObjectKey Name = new(NocturneTopology.BucketNames.Nights, "a");

    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData(401, "UNAUTHENTICATED", "gcloud auth application-default login")]
    [InlineData(403, "PERMISSION_DENIED", "may not do that in project p-wrong")]
    [InlineData(404, "NOT_FOUND", "Is it the right project?")]
    public async Task EveryStore_RefusedForGood_SaysSubjectAndRemedy(int code, string status, string remedy)
    {
        await using var server = await AnswerServer.StartAsync(code, status, "The database does not exist for project");
        await using var stores = Stores(server.Host);

        Func<Task>[] calls =
        [
            async () => await stores.Documents.GetAsync(Key, None),
            async () => await stores.Documents.CommitAsync([DocumentWrite.Put(Key, "x"u8.ToArray()).IfAbsent()], None),
            async () => await stores.Messages.PullAsync("dead-hold", 1, None),
            async () => await stores.Objects.PutBytesAsync(Name, "x"u8.ToArray(), "text/plain", 0, None),
            async () =>
                await stores.Objects.ListAsync(Name.Bucket, "", null, None).GetAsyncEnumerator().MoveNextAsync(),
        ];
        foreach (var call in calls)
        {
            var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(call);
            Assert.Contains(remedy, thrown.Message, StringComparison.Ordinal);
            Assert.Contains("The database does not exist", thrown.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Read_BucketIsMissing_IsNotAnAbsentObject()
    {
        await using var server = await AnswerServer.StartAsync(404, "", "The specified bucket does not exist.");
        await using var stores = Stores(server.Host);

        var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
            await stores.Objects.HeadAsync(Name, None)
        );

        Assert.Contains("no such bucket in project p-wrong", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_RefusedAsWrong_IsNotRepeated()
    {
        var requests = 0;
        await using var server = await AnswerServer.StartAsync(context =>
        {
            requests++;
            context.Response.StatusCode = 400;
            return Task.CompletedTask;
        });
        await using var stores = Stores(server.Host);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await stores.Documents.GetAsync(Key, None));

        Assert.Equal(1, requests);
    }

    [Fact]
    public async Task Call_AnswerIsNoJson_IsRepeatedAndThenUnavailable()
    {
        await using var server = await AnswerServer.StartAsync(async context =>
        {
            await using var body = context.Response.BodyWriter.AsStream();
            await body.WriteAsync("<html>a proxy's page</html>"u8.ToArray());
        });
        await using var stores = Stores(server.Host);

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await stores.Documents.GetAsync(Key, None));
    }

    [Fact]
    public async Task Call_CancelledWhileTheServiceHangs_IsCancelled()
    {
        var arrived = new TaskCompletionSource();
        await using var server = await AnswerServer.StartAsync(async context =>
        {
            arrived.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await using var stores = Stores(server.Host);
        using var cancelled = new CancellationTokenSource();

        var call = stores.Documents.GetAsync(Key, cancelled.Token).AsTask();
        await arrived.Task;
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Emulator_NobodyListens_IsNamedWithItsVariable()
    {
        // A port that was free a moment ago.
        await using var gone = await AnswerServer.StartAsync(_ => Task.CompletedTask);
        var host = gone.Host;
        await gone.DisposeAsync();
        await using var stores = Stores(host);

        var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
            await stores.Documents.GetAsync(Key, None)
        );

        Assert.Contains(host, thrown.Message, StringComparison.Ordinal);
        Assert.Contains("FIRESTORE_EMULATOR_HOST", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("It did not happen.", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Emulator_AddressIsNone_IsRefusedAtOnce()
    {
        var thrown = Assert.Throws<ArgumentException>(() => Stores("not a host:99999999"));

        Assert.Contains("FIRESTORE_EMULATOR_HOST", thrown.Message, StringComparison.Ordinal);
    }

    private static GoogleRestStores Stores(string host) =>
        new(
            new Deployment("p-wrong"),
            new GoogleRestOptions
            {
                Emulators = new EmulatorHosts(host, host, host),
                Retry = new RetryOptions { MaxAttempts = 2, FirstBackoff = TimeSpan.FromMilliseconds(1) },
            }
        );
}

/// <summary>The same against the emulators, which know no permissions but know what exists.</summary>
[RequiresGoogleEmulators]
public sealed class WrongProjectTests(EmulatorStores emulators) : IClassFixture<EmulatorStores>
{
    private static CancellationToken None => CancellationToken.None;

    [ContractFact]
    public async Task WrongProject_TopicSubscriptionAndBucket_SayWhichProject()
    {
        var project = Unique.Name("wrong");
        await using var stores = new GoogleRestStores(new Deployment(project), EmulatorStores.Options(emulators.Hosts));

        var topic = await Assert.ThrowsAsync<TopicNotFoundException>(async () =>
            await stores.Messages.PublishAsync("listening-events", [new OutgoingMessage("x"u8.ToArray())], None)
        );
        var subscription = await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
            await stores.Messages.PullAsync("night-steps-dead-hold", 1, None)
        );
        var bucket = await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
            await stores.Objects.OpenReadAsync(new ObjectKey("nights", "x"), None)
        );

        Assert.Contains($"Is {project} the right project?", topic.Message, StringComparison.Ordinal);
        Assert.Contains(
            $"no such topic or subscription in project {project}",
            subscription.Message,
            StringComparison.Ordinal
        );
        Assert.Contains($"no such bucket in project {project}", bucket.Message, StringComparison.Ordinal);
    }
}
