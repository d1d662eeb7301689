using System.Text;
using Nocturne.Ports;
using Nocturne.Testing;

namespace Nocturne.Adapters.Local.Tests;

public sealed class LocalDocumentStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken None => CancellationToken.None;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reopen_AfterCloseOrCrash_HasEveryCommitAndVersion(bool crash)
    {
        var store = Open();
        var expected = await ChangeAtRandomAsync(store, commits: 300, seed: 1);
        var versions = new Dictionary<DocumentKey, DocumentVersion>();
        foreach (var key in expected.Keys)
        {
            versions[key] = (await store.GetAsync(key, None))!.Version;
        }
        using var copy = crash ? _folder.Copy() : null;
        await store.DisposeAsync();

        await using var again = Open(copy?.Path);

        await AssertHoldsAsync(again, expected);
        foreach (var (key, version) in versions)
        {
            Assert.Equal(version, (await again.GetAsync(key, None))!.Version);
        }
        Assert.Equal(0, again.Recovery.TruncatedBytes);
    }

    [Fact]
    public async Task Reopen_VersionsKeepGrowing()
    {
        var key = DocumentKey.Of("c", "d");
        var last = 0L;
        for (var run = 0; run < 5; run++)
        {
            await using var store = Open();
            await store.CommitAsync([Write(key, "x")], None);
            var version = (await store.GetAsync(key, None))!.Version.Value;
            Assert.True(version > last);
            last = version;
            await store.CommitAsync([DocumentWrite.Delete(key)], None);
        }
    }

    [Fact]
    public async Task TornCommitOfSeveralDocuments_AtEveryByte_IsAbsentWhole()
    {
        var (a, b) = (DocumentKey.Of("c", "a"), DocumentKey.Of("c/a/days", "b"));
        await using var store = Open();
        await store.CommitAsync([Write(a, "old a"), Write(b, "old b")], None);
        using var before = _folder.Copy();
        await store.CommitAsync([Write(a, "new a"), Write(b, "new b")], None);
        using var after = _folder.Copy();
        var file = Path.GetFileName(Directory.GetFiles(after.Path, "*.log").Single());
        var start = new FileInfo(Path.Combine(before.Path, file)).Length;
        var bytes = await File.ReadAllBytesAsync(Path.Combine(after.Path, file));

        for (var length = start; length <= bytes.Length; length++)
        {
            using var folder = new TemporaryFolder();
            await File.WriteAllBytesAsync(Path.Combine(folder.Path, file), bytes[..(int)length]);
            await using var torn = Open(folder.Path);

            var expected = length == bytes.Length ? "new" : "old";
            Assert.Equal($"{expected} a", Text(await torn.GetAsync(a, None)));
            Assert.Equal($"{expected} b", Text(await torn.GetAsync(b, None)));
        }
    }

    [Fact]
    public async Task Compaction_UnderRandomChanges_LosesNothingAndStaysBounded()
    {
        var store = Open(segmentBytes: 64 << 10);
        var expected = await ChangeAtRandomAsync(store, commits: 4000, seed: 2);
        await AssertHoldsAsync(store, expected);
        var live = expected.Values.Sum(v => (long)v.Length + 100);
        await Eventually.TrueAsync(() => store.FileBytes < (2 * live) + (3 * (64 << 10)));
        using var crashed = _folder.Copy();
        await store.DisposeAsync();

        await using var closed = Open(segmentBytes: 64 << 10);
        await using var fromCrash = Open(crashed.Path, segmentBytes: 64 << 10);

        await AssertHoldsAsync(closed, expected);
        await AssertHoldsAsync(fromCrash, expected);
    }

    [Fact]
    public async Task Compaction_DocumentThatNobodyWrites_KeepsItsVersion()
    {
        await using var store = Open(segmentBytes: 64 << 10);
        var quiet = DocumentKey.Of("c", "quiet");
        await store.CommitAsync([Write(quiet, "quiet")], None);
        var read = await store.GetAsync(quiet, None);

        for (var i = 0; i < 100; i++)
        {
            await store.CommitAsync([DocumentWrite.Put(DocumentKey.Of("c", "busy"), new byte[10_000])], None);
        }

        await Eventually.TrueAsync(() => !File.Exists(Path.Combine(_folder.Path, "0000000000000000.log")));
        await store.CommitAsync([Write(quiet, "changed").IfUnchangedSince(read)], None);
        Assert.Equal("changed", Text(await store.GetAsync(quiet, None)));
    }

    [Fact]
    public async Task Compaction_DeletedDocuments_DoNotComeBack()
    {
        var keys = Enumerable.Range(0, 50).Select(i => DocumentKey.Of("c", $"{i}")).ToArray();
        await using (var store = Open(segmentBytes: 64 << 10))
        {
            await store.CommitAsync([.. keys.Select(k => Write(k, new string('x', 1000)))], None);
            await store.CommitAsync([.. keys.Select(DocumentWrite.Delete)], None);
            for (var i = 0; i < 100; i++)
            {
                await store.CommitAsync([DocumentWrite.Put(DocumentKey.Of("c", "busy"), new byte[10_000])], None);
            }
        }

        await using var again = Open(segmentBytes: 64 << 10);

        Assert.Equal(1, again.Count);
        Assert.All(await again.GetManyAsync(keys, None), Assert.Null);
    }

    [Fact]
    public async Task Reads_DuringCommitsAndCompaction_SeeWholeDocuments()
    {
        await using var store = Open(segmentBytes: 64 << 10);
        var keys = Enumerable.Range(0, 20).Select(i => DocumentKey.Of("c", $"{i:d2}")).ToArray();
        await store.CommitAsync([.. keys.Select(k => DocumentWrite.Put(k, Filled(k, 1)))], None);

        var writer = Task.Run(async () =>
        {
            for (var i = 2; i < 2000; i++)
            {
                await store.CommitAsync([DocumentWrite.Put(keys[i * 7 % 19], Filled(keys[i * 7 % 19], i))], None);
            }
        });
        while (!writer.IsCompleted)
        {
            foreach (var key in keys)
            {
                AssertFilled((await store.GetAsync(key, None))!);
            }
            await foreach (var document in store.ListAsync("c", null, null, None))
            {
                AssertFilled(document);
            }
        }
        await writer;

        static byte[] Filled(DocumentKey key, int round)
        {
            var data = new byte[500 + (round % 700)];
            data.AsSpan().Fill((byte)round);
            data[0] = (byte)key.Id[0];
            data[1] = (byte)key.Id[1];
            return data;
        }

        static void AssertFilled(Document document)
        {
            var data = document.Data.Span;
            Assert.Equal((document.Key.Id[0], document.Key.Id[1]), ((char)data[0], (char)data[1]));
            Assert.False(data[2..].ContainsAnyExcept(data[2]));
        }
    }

    [Fact]
    public async Task Expiry_ClockPassesIt_DocumentGoes()
    {
        var time = new ManualTimeProvider();
        var key = DocumentKey.Of("leases", "night");
        await using var store = Open(time: time);
        await store.CommitAsync(
            [Write(key, "mine") with { ExpiresAt = time.GetUtcNow() + TimeSpan.FromMinutes(1) }],
            None
        );

        time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
        Assert.NotNull(await store.GetAsync(key, None));
        time.Advance(TimeSpan.FromTicks(1));

        Assert.Null(await store.GetAsync(key, None));
        await store.CommitAsync([Write(key, "yours").IfAbsent()], None);
        Assert.Equal("yours", Text(await store.GetAsync(key, None)));
    }

    [Fact]
    public async Task Expiry_BeforeReopening_FreesTheIndex()
    {
        var time = new ManualTimeProvider();
        await using (var store = Open(time: time))
        {
            var write = Write(DocumentKey.Of("leases", "night"), "x");
            await store.CommitAsync([write with { ExpiresAt = time.GetUtcNow().AddSeconds(1) }], None);
            Assert.Equal(1, store.Count);
        }
        time.Advance(TimeSpan.FromSeconds(2));

        await using var again = Open(time: time);

        Assert.Equal(0, again.Count);
    }

    [Fact]
    public async Task Get_JustWritten_CompletesSynchronously()
    {
        await using var store = Open();
        var key = DocumentKey.Of("c", "d");
        await store.CommitAsync([Write(key, "x")], None);

        Assert.True(store.GetAsync(key, None).IsCompletedSuccessfully);
        Assert.True(store.GetAsync(DocumentKey.Of("c", "absent"), None).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Data_DamagedOnDiskWhileOpen_IsNoticed()
    {
        await using var store = Open(recentBytes: 16 << 20);
        var key = DocumentKey.Of("c", "d");
        await store.CommitAsync([Write(key, "content")], None);
        // Push it out of memory, so that the next read is from the file.
        for (var i = 0; i < 20; i++)
        {
            await store.CommitAsync([DocumentWrite.Put(DocumentKey.Of("c", $"{i}"), new byte[1 << 20 >> 1])], None);
            await store.CommitAsync([DocumentWrite.Put(DocumentKey.Of("c", $"{i}x"), new byte[1 << 20 >> 1])], None);
        }
        var file = Path.Combine(_folder.Path, "0000000000000000.log");
        await using (var damage = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            var bytes = new byte[damage.Length];
            await damage.ReadExactlyAsync(bytes);
            damage.Position = bytes.AsSpan().IndexOf("content"u8);
            damage.WriteByte((byte)'C');
        }

        var e = await Assert.ThrowsAsync<LogCorruptException>(async () => await store.GetAsync(key, None));

        Assert.Equal(file, e.File);
    }

    [Fact]
    public async Task Counters_CommitsAndReads_AreCounted()
    {
        var counters = new OperationCounters();
        await using var store = new LocalDocumentStore(_folder.Path, Small.Documents() with { Counters = counters });
        var (a, b) = (DocumentKey.Of("c", "a"), DocumentKey.Of("c", "b"));
        await store.CommitAsync([Write(a, "1234"), DocumentWrite.Delete(b)], None);
        var before = counters.Snapshot();

        await store.GetManyAsync([a, b], None);
        await Assert.ThrowsAsync<DocumentConflictException>(async () =>
            await store.CommitAsync([Write(a, "x").IfAbsent()], None)
        );

        Assert.Equal(
            new OperationCounts
            {
                DocumentCommits = 1,
                DocumentWrites = 1,
                DocumentDeletes = 1,
                DocumentBytesWritten = 4,
            },
            before
        );
        Assert.Equal(
            new OperationCounts
            {
                DocumentReads = 2,
                DocumentBytesRead = 4,
                DocumentConflicts = 1,
            },
            counters.Snapshot() - before
        );
    }

    private LocalDocumentStore Open(
        string? folder = null,
        int segmentBytes = 256 << 10,
        int recentBytes = 16 << 20,
        TimeProvider? time = null
    ) =>
        new(
            folder ?? _folder.Path,
            new LocalDocumentStoreOptions
            {
                Log = Small.Log(segmentBytes) with { RecentBytes = recentBytes },
                Time = time ?? TimeProvider.System,
            }
        );

    /// <summary>Makes commits of several puts and deletes over a few hundred keys; returns what there is then.</summary>
    private static async Task<Dictionary<DocumentKey, string>> ChangeAtRandomAsync(
        LocalDocumentStore store,
        int commits,
        int seed
    )
    {
        var random = new Random(seed);
        var expected = new Dictionary<DocumentKey, string>();
        for (var i = 0; i < commits; i++)
        {
            var writes = new Dictionary<DocumentKey, DocumentWrite>();
            for (var n = random.Next(1, 5); n > 0; n--)
            {
                var key = DocumentKey.Of($"listeners/{random.Next(20)}/days", $"{random.Next(15)}");
                if (random.Next(4) == 0)
                {
                    writes[key] = DocumentWrite.Delete(key);
                    expected.Remove(key);
                }
                else
                {
                    var text = $"{i}:" + new string((char)('a' + (i % 26)), random.Next(300));
                    writes[key] = Write(key, text);
                    expected[key] = text;
                }
            }
            await store.CommitAsync([.. writes.Values], None);
        }
        return expected;
    }

    private static async Task AssertHoldsAsync(LocalDocumentStore store, Dictionary<DocumentKey, string> expected)
    {
        Assert.Equal(expected.Count, store.Count);
        foreach (var (key, text) in expected)
        {
            Assert.Equal(text, Text(await store.GetAsync(key, None)));
        }
    }

    private static DocumentWrite Write(DocumentKey key, string text) =>
        DocumentWrite.Put(key, Encoding.UTF8.GetBytes(text));

    private static string Text(Document? document) => Encoding.UTF8.GetString(document!.Data.Span);
}
