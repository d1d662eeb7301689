using System.Text;
using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Adapters.Local.Tests;

public sealed class LocalObjectStoreTests : IDisposable
{
    private const string Bucket = NocturneTopology.BucketNames.Events;
    private const string Ndjson = "application/x-ndjson";
    private const string Json = "application/json";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken None => CancellationToken.None;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Put_Ndjson_IsAPlainFileOfThatName()
    {
        await using var store = Open();

        await PutAsync(store, "dt=2026-11-21/03_44_57Z_x.ndjson", "{}\n", Ndjson);

        var file = Path.Combine(_folder.Path, Bucket, "dt=2026-11-21", "03_44_57Z_x.ndjson");
        Assert.Equal("{}\n", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Put_SmallJson_HasNoFile()
    {
        await using var store = Open();

        await PutAsync(store, "a.json", "{}", Json);

        Assert.Empty(Files());
    }

    [Theory]
    [InlineData("../../escape")]
    [InlineData("/absolute")]
    [InlineData("a/../../../b")]
    [InlineData("~/1")]
    [InlineData("..%2f..%2fx")]
    [InlineData("back\\..\\slash")]
    public async Task Put_NameThatLooksLikeAPath_StaysInItsBucket(string name)
    {
        await using var store = Open();

        await PutAsync(store, name, "x", Ndjson);

        var inside = Path.Combine(_folder.Path, Bucket) + Path.DirectorySeparatorChar;
        Assert.StartsWith(inside, Path.GetFullPath(Assert.Single(Files())), StringComparison.Ordinal);
        Assert.Equal("x", await TextAsync(store, name));
    }

    [Fact]
    public async Task Put_UnknownBucket_IsRefused()
    {
        await using var store = Open();

        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await store.PutBytesAsync(new ObjectKey("nowhere", "x"), "x"u8.ToArray(), Json, IfGeneration.Any, None)
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("line\nbreak")]
    [InlineData("nul\0")]
    public async Task Put_IllegalName_IsRefused(string name)
    {
        await using var store = Open();

        await Assert.ThrowsAsync<ArgumentException>(async () => await PutAsync(store, name, "x", Json));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reopen_AfterCloseOrCrash_HasEveryObjectAndGeneration(bool crash)
    {
        var store = Open();
        var (expected, infos) = await ChangeAtRandomAsync(store, 400);
        using var copy = crash ? _folder.Copy() : null;
        await store.DisposeAsync();

        await using var again = Open(copy?.Path);

        foreach (var (name, text) in expected)
        {
            Assert.Equal(text, await TextAsync(again, name));
            Assert.Equal(infos[name], await again.HeadAsync(new ObjectKey(Bucket, name), None));
        }
        Assert.Equal(expected.Count, await CountAsync(again));
        Assert.Equal(0, again.OrphansRemoved);
    }

    [Fact]
    public async Task Compaction_UnderRandomChanges_LosesNothing()
    {
        var store = Open(segmentBytes: 16 << 10);
        var (expected, infos) = await ChangeAtRandomAsync(store, 3000);
        await Eventually.TrueAsync(() => !File.Exists(Path.Combine(_folder.Path, ".index", "0000000000000000.log")));
        await AssertHoldsAsync(store);
        await store.DisposeAsync();

        await using var again = Open(segmentBytes: 16 << 10);

        await AssertHoldsAsync(again);

        async Task AssertHoldsAsync(LocalObjectStore held)
        {
            Assert.Equal(expected.Count, await CountAsync(held));
            foreach (var (name, text) in expected)
            {
                Assert.Equal(text, await TextAsync(held, name));
                Assert.Equal(infos[name], await held.HeadAsync(new ObjectKey(Bucket, name), None));
            }
        }
    }

    [Fact]
    public async Task Overwrite_OfAFile_RemovesTheOldOne()
    {
        await using var store = Open();

        for (var i = 0; i < 5; i++)
        {
            await PutAsync(store, "a.ndjson", $"{i}", Ndjson);
        }

        Assert.Single(Files());
        Assert.Equal("4", await TextAsync(store, "a.ndjson"));
    }

    [Fact]
    public async Task Reopen_FilesWithoutAnObject_AreRemoved()
    {
        await using (var store = Open())
        {
            await PutAsync(store, "kept.ndjson", "kept", Ndjson);
        }
        var orphan = Path.Combine(_folder.Path, Bucket, "dt=2026-11-21", "orphan.ndjson");
        Directory.CreateDirectory(Path.GetDirectoryName(orphan)!);
        await File.WriteAllTextAsync(orphan, "a write that was not published");

        await using var again = Open();

        Assert.Equal(1, again.OrphansRemoved);
        Assert.False(File.Exists(orphan));
        Assert.Equal("kept", await TextAsync(again, "kept.ndjson"));
        Assert.Null(await again.HeadAsync(new ObjectKey(Bucket, "dt=2026-11-21/orphan.ndjson"), None));
    }

    [Fact]
    public async Task Put_FailedPrecondition_LeavesNoFile()
    {
        await using var store = Open();
        var put = await PutAsync(store, "a.ndjson", "first", Ndjson);

        await Assert.ThrowsAsync<PreconditionFailedException>(async () =>
            await store.PutBytesAsync(put.Key, "second"u8.ToArray(), Ndjson, IfGeneration.Absent, None)
        );

        Assert.Single(Files());
    }

    [Fact]
    public async Task TornPut_AtEveryByteOfItsRecord_LeavesTheGenerationBefore()
    {
        await using var store = Open();
        await PutAsync(store, "a.json", "old", Json);
        using var before = _folder.Copy();
        await PutAsync(store, "a.json", "new", Json);
        using var after = _folder.Copy();
        var log = Path.Combine(".index", "0000000000000000.log");
        var start = (int)new FileInfo(Path.Combine(before.Path, log)).Length;
        var bytes = await File.ReadAllBytesAsync(Path.Combine(after.Path, log));

        for (var length = start; length <= bytes.Length; length++)
        {
            using var folder = new TemporaryFolder();
            Directory.CreateDirectory(Path.Combine(folder.Path, ".index"));
            await File.WriteAllBytesAsync(Path.Combine(folder.Path, log), bytes[..length]);
            await using var torn = Open(folder.Path);

            Assert.Equal(length == bytes.Length ? "new" : "old", await TextAsync(torn, "a.json"));
        }
    }

    [Fact]
    public async Task Counters_Operations_AreCountedByClass()
    {
        var counters = new OperationCounters();
        await using var store = new LocalObjectStore(_folder.Path, Small.Objects() with { Counters = counters });

        var put = await PutAsync(store, "a", "1234", Json);
        await store.HeadAsync(put.Key, None);
        await TextAsync(store, "a");
        await CountAsync(store);
        await store.DeleteAsync(put.Key, IfGeneration.Any, None);

        Assert.Equal(
            new OperationCounts
            {
                ObjectClassA = 2,
                ObjectClassB = 2,
                ObjectDeletes = 1,
                ObjectBytesWritten = 4,
                ObjectBytesRead = 4,
            },
            counters.Snapshot()
        );
    }

    [Fact]
    public async Task Counters_WithinAPieceOfWork_CountThatAloneWhateverItStarts()
    {
        await using var store = Open();
        var (work, inner) = (new OperationCounters(), new OperationCounters());
        await PutAsync(store, "before", "1", Json);

        using (OperationCounters.Within(work))
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Task.Run(() => PutAsync(store, $"{i}", "12", Json))));
            using (OperationCounters.Within(inner))
            {
                await TextAsync(store, "0");
            }
            await TextAsync(store, "1");
        }
        await PutAsync(store, "after", "1", Json);

        Assert.Equal(3, work.Snapshot().ObjectClassA);
        Assert.Equal(6, work.Snapshot().ObjectBytesWritten);
        Assert.Equal(2, work.Snapshot().ObjectBytesRead);
        Assert.Equal(1, inner.Snapshot().ObjectClassB);
        Assert.Equal(work.Snapshot() - inner.Snapshot() + inner.Snapshot(), work.Snapshot());
    }

    private LocalObjectStore Open(string? folder = null, int segmentBytes = 256 << 10) =>
        new(
            folder ?? _folder.Path,
            Small.Objects() with
            {
                Log = Small.Log(segmentBytes) with { RecentBytes = 1 << 20 },
            }
        );

    private string[] Files() =>
        Directory.GetFiles(Path.Combine(_folder.Path, Bucket), "*", SearchOption.AllDirectories);

    /// <summary>Puts and deletes small, larger and NDJSON objects over a few dozen names; returns what there is then.</summary>
    private static async Task<(
        Dictionary<string, string> Expected,
        Dictionary<string, ObjectInfo> Infos
    )> ChangeAtRandomAsync(LocalObjectStore store, int changes)
    {
        var random = new Random(changes);
        var expected = new Dictionary<string, string>(StringComparer.Ordinal);
        var infos = new Dictionary<string, ObjectInfo>(StringComparer.Ordinal);
        for (var i = 0; i < changes; i++)
        {
            var name = $"dt={random.Next(5)}/{random.Next(8)}";
            if (random.Next(5) == 0)
            {
                await store.DeleteAsync(new ObjectKey(Bucket, name), IfGeneration.Any, None);
                expected.Remove(name);
                continue;
            }
            var text = $"{i}:" + new string('x', random.Next(100) == 0 ? 70_000 : random.Next(300));
            infos[name] = await PutAsync(store, name, text, random.Next(20) == 0 ? Ndjson : Json);
            expected[name] = text;
        }
        return (expected, infos);
    }

    private static ValueTask<ObjectInfo> PutAsync(LocalObjectStore store, string name, string text, string type) =>
        store.PutBytesAsync(new ObjectKey(Bucket, name), Encoding.UTF8.GetBytes(text), type, IfGeneration.Any, None);

    private static async Task<string> TextAsync(LocalObjectStore store, string name) =>
        Encoding.UTF8.GetString((await store.ReadBytesAsync(new ObjectKey(Bucket, name), 1 << 20, None))!.Value.Data);

    private static async Task<int> CountAsync(LocalObjectStore store)
    {
        var count = 0;
        await foreach (var _ in store.ListAsync(Bucket, "", null, None))
        {
            count++;
        }
        return count;
    }
}
