using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Adapters.Local.Tests;

public sealed class LocalStackTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken None => CancellationToken.None;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_EmptyFolder_HasNothingToRecover()
    {
        await using var stack = await LocalStack.OpenAsync(_folder.Path, Small.Stack());

        Assert.Equal(new StackRecovery(default, default, default, 0, 0), stack.Recovery);
        Assert.True(Directory.Exists(Path.Combine(_folder.Path, "documents")));
        Assert.True(Directory.Exists(Path.Combine(_folder.Path, "objects")));
        Assert.True(Directory.Exists(Path.Combine(_folder.Path, "messages")));
    }

    [Fact]
    public async Task Open_Twice_IsRefusedAndLeavesTheFirstAlone()
    {
        await using var stack = await LocalStack.OpenAsync(_folder.Path, Small.Stack());

        var e = await Assert.ThrowsAsync<FolderInUseException>(async () =>
            await LocalStack.OpenAsync(_folder.Path, Small.Stack())
        );

        Assert.Equal(_folder.Path, e.Folder);
        await stack.Documents.CommitAsync([DocumentWrite.Put(DocumentKey.Of("c", "d"), "x"u8.ToArray())], None);
    }

    [Fact]
    public async Task Open_DamagedPart_ReleasesTheOthers()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "messages"));
        var damaged = Path.Combine(_folder.Path, "messages", "0000000000000000.log");
        await File.WriteAllBytesAsync(damaged, new byte[100]);
        var next = Path.Combine(_folder.Path, "messages", "0000000000000064.log");
        await File.WriteAllBytesAsync(next, []);

        await Assert.ThrowsAsync<LogCorruptException>(async () =>
            await LocalStack.OpenAsync(_folder.Path, Small.Stack())
        );
        File.Delete(damaged);
        File.Delete(next);

        await using var stack = await LocalStack.OpenAsync(_folder.Path, Small.Stack());
    }

    [Fact]
    public async Task Reopen_AfterACrashOfAll_ReportsAndHoldsEverything()
    {
        await using var stack = await LocalStack.OpenAsync(_folder.Path, Small.Stack());
        var document = DocumentKey.Of("listeners", "a");
        var model = new ObjectKey(NocturneTopology.BucketNames.Nights, "model");
        await stack.Documents.CommitAsync([DocumentWrite.Put(document, "x"u8.ToArray())], None);
        await stack.Objects.PutBytesAsync(model, new byte[100_000], "application/octet-stream", IfGeneration.Any, None);
        await stack.Messages.PublishAsync(
            NocturneTopology.TopicNames.ListeningEvents,
            [new OutgoingMessage("{}"u8.ToArray())],
            None
        );
        using var crashed = _folder.Copy();
        var log = Path.Combine(crashed.Path, "documents", "0000000000000000.log");
        await File.AppendAllBytesAsync(log, new byte[7]);

        await using var again = await LocalStack.OpenAsync(crashed.Path, Small.Stack());

        Assert.NotNull(await again.Documents.GetAsync(document, None));
        Assert.NotNull(await again.Objects.HeadAsync(model, None));
        Assert.Equal((1, 7), (again.Recovery.Documents.Records, again.Recovery.Documents.TruncatedBytes));
        Assert.Equal((1, 0), (again.Recovery.Objects.Records, again.Recovery.Objects.TruncatedBytes));
        Assert.Equal(2, again.Recovery.Backlog); // one message for each subscription of the topic
    }

    [Fact]
    public async Task Counters_AllThreeStores_CountIntoOne()
    {
        await using var stack = await LocalStack.OpenAsync(_folder.Path, Small.Stack());

        await stack.Documents.GetAsync(DocumentKey.Of("c", "d"), None);
        await stack.Objects.HeadAsync(new ObjectKey(NocturneTopology.BucketNames.Nights, "x"), None);
        await stack.Messages.PublishAsync(
            NocturneTopology.TopicNames.PlaylistsReady,
            [new OutgoingMessage("{}"u8.ToArray())],
            None
        );

        var counts = stack.Counters.Snapshot();
        Assert.Equal((1, 1, 1), (counts.DocumentReads, counts.ObjectClassB, counts.MessagesPublished));
    }
}
