using System.Text;
using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;
using Xunit;

namespace Nocturne.Contracts;

/// <summary>What every <see cref="IObjectStore"/> does, whatever it runs on. Each test has names of its own.</summary>
public abstract class ObjectStoreContract
{
    private const string Bucket = NocturneTopology.BucketNames.Nights;
    private const string Ndjson = "application/x-ndjson";
    private const string Json = "application/json";

    /// <summary>The store under test, with the buckets of the topology.</summary>
    protected abstract IObjectStore Store { get; }

    private static CancellationToken None => CancellationToken.None;

    /// <summary>Sizes around what adapters treat differently: empty, inline, one request, several chunks.</summary>
    public static TheoryData<int, string> Contents =>
        new()
        {
            { 0, Json },
            { 0, Ndjson },
            { 1, Json },
            { 1000, Ndjson },
            { 64 << 10, Json },
            { (64 << 10) + 1, Json },
            { (256 << 10) + 3, Ndjson },
            { (5 << 20) + 7, "application/octet-stream" },
        };

    [ContractTheory]
    [MemberData(nameof(Contents))]
    public async Task Put_ThenRead_GivesTheSameContentAndMetadata(int bytes, string contentType)
    {
        var key = NewKey();
        var content = Bytes(bytes);

        var put = await Store.PutBytesAsync(key, content, contentType, IfGeneration.Any, None);

        var read = await Store.ReadBytesAsync(key, bytes, None);
        Assert.NotNull(read);
        Assert.True(read.Value.Data.AsSpan().SequenceEqual(content));
        Assert.Equal(put, read.Value.Info);
        Assert.Equal(put, await Store.HeadAsync(key, None));
        Assert.Equal((key, (long)bytes, contentType), (put.Key, put.Size, put.ContentType));
        Assert.True(put.Generation > 0);
    }

    [ContractFact]
    public async Task Put_KnownContent_HasTheCastagnoliChecksum()
    {
        // RFC 3720, appendix B.4, and the usual check value.
        var digits = await PutAsync(NewKey(), "123456789");
        var zeros = await Store.PutBytesAsync(NewKey(), new byte[32], Json, IfGeneration.Any, None);

        Assert.Equal(0xE3069283u, digits.Crc32C);
        Assert.Equal(0x8A9136AAu, zeros.Crc32C);
    }

    [ContractFact]
    public async Task Put_StreamThatGivesLittleAtATime_IsReadToItsEnd()
    {
        var key = NewKey();
        var content = Bytes(200_000);
        await using var slow = new SlowStream(content);

        var put = await Store.PutAsync(key, slow, Json, IfGeneration.Any, None);

        Assert.Equal(content.Length, put.Size);
        Assert.True(
            (await Store.ReadBytesAsync(key, content.Length, None))!.Value.Data.AsSpan().SequenceEqual(content)
        );
    }

    [ContractTheory]
    [InlineData(10)]
    [InlineData(300_000)]
    public async Task Put_StreamThatFails_LeavesTheObjectAsItWas(int bytesBefore)
    {
        var key = NewKey();
        await PutAsync(key, "old");
        await using var failing = new FailingStream(bytesBefore);

        await Assert.ThrowsAnyAsync<Exception>(async () =>
            await Store.PutAsync(key, failing, Json, IfGeneration.Any, None)
        );

        Assert.Equal("old", await TextAsync(key));
    }

    [ContractFact]
    public async Task Read_Absent_IsNull()
    {
        var key = NewKey();

        Assert.Null(await Store.HeadAsync(key, None));
        Assert.Null(await Store.OpenReadAsync(key, None));
        Assert.Null(await Store.ReadBytesAsync(key, 1, None));
    }

    [ContractFact]
    public async Task Read_LargerThanAllowed_IsRefused()
    {
        var key = NewKey();
        await PutAsync(key, "12345");

        await Assert.ThrowsAsync<LimitExceededException>(async () => await Store.ReadBytesAsync(key, 4, None));
    }

    [ContractFact]
    public async Task Put_Again_GrowsTheGenerationAndReplacesAll()
    {
        var key = NewKey();
        var first = await PutAsync(key, "first content");

        var second = await Store.PutBytesAsync(key, "second"u8.ToArray(), Ndjson, IfGeneration.Any, None);

        Assert.True(second.Generation > first.Generation);
        Assert.Equal("second", await TextAsync(key));
        Assert.Equal(second, await Store.HeadAsync(key, None));
    }

    [ContractFact]
    public async Task Put_AfterDelete_StillGrowsTheGeneration()
    {
        var key = NewKey();
        var first = await PutAsync(key, "first");
        await Store.DeleteAsync(key, IfGeneration.Any, None);

        var second = await PutAsync(key, "second");

        Assert.True(second.Generation > first.Generation);
    }

    [ContractTheory]
    [InlineData(Json)]
    [InlineData(Ndjson)]
    public async Task IfAbsent_SecondCreate_FailsAndChangesNothing(string contentType)
    {
        var key = NewKey();
        await Store.PutBytesAsync(key, "first"u8.ToArray(), contentType, IfGeneration.Absent, None);

        await Assert.ThrowsAsync<PreconditionFailedException>(async () =>
            await Store.PutBytesAsync(key, "second"u8.ToArray(), contentType, IfGeneration.Absent, None)
        );

        Assert.Equal("first", await TextAsync(key));
    }

    [ContractFact]
    public async Task TryCreate_Twice_TellsWhoCreated()
    {
        var key = NewKey();

        Assert.True(await Store.TryCreateAsync(key, "mine"u8.ToArray(), Json, None));
        Assert.False(await Store.TryCreateAsync(key, "theirs"u8.ToArray(), Json, None));

        Assert.Equal("mine", await TextAsync(key));
    }

    [ContractFact]
    public async Task TryCreate_Concurrently_HasOneWinner()
    {
        var key = NewKey();

        var created = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(i =>
                    Task.Run(async () =>
                        await Store.TryCreateAsync(key, Encoding.UTF8.GetBytes($"writer {i}"), Ndjson, None)
                            ? $"writer {i}"
                            : null
                    )
                )
        );

        Assert.Equal(Assert.Single(created, c => c is not null), await TextAsync(key));
    }

    [ContractFact]
    public async Task IfGeneration_Current_Replaces()
    {
        var key = NewKey();
        var first = await PutAsync(key, "first");

        await Store.PutBytesAsync(key, "second"u8.ToArray(), Json, first.Generation, None);

        Assert.Equal("second", await TextAsync(key));
    }

    [ContractFact]
    public async Task IfGeneration_Older_FailsAndChangesNothing()
    {
        var key = NewKey();
        var first = await PutAsync(key, "first");
        await PutAsync(key, "second");

        await Assert.ThrowsAsync<PreconditionFailedException>(async () =>
            await Store.PutBytesAsync(key, "third"u8.ToArray(), Json, first.Generation, None)
        );
        await Assert.ThrowsAsync<PreconditionFailedException>(async () =>
            await Store.DeleteAsync(key, first.Generation, None)
        );

        Assert.Equal("second", await TextAsync(key));
    }

    [ContractFact]
    public async Task IfGeneration_OfAnObjectThatIsGone_Fails()
    {
        var key = NewKey();
        var first = await PutAsync(key, "first");
        await Store.DeleteAsync(key, IfGeneration.Any, None);

        await Assert.ThrowsAsync<PreconditionFailedException>(async () =>
            await Store.PutBytesAsync(key, "second"u8.ToArray(), Json, first.Generation, None)
        );

        Assert.Null(await Store.HeadAsync(key, None));
    }

    [ContractFact]
    public async Task Delete_Existing_TellsOnce()
    {
        var key = NewKey();
        var put = await PutAsync(key, "x");

        Assert.True(await Store.DeleteAsync(key, put.Generation, None));
        Assert.False(await Store.DeleteAsync(key, IfGeneration.Any, None));

        Assert.Null(await Store.HeadAsync(key, None));
        Assert.Empty(await ListAsync(key.Name, null));
    }

    [ContractTheory]
    [InlineData(100)]
    [InlineData(3 << 20)]
    public async Task Read_OverwrittenMeanwhile_GivesTheGenerationThatWasOpened(int bytes)
    {
        var key = NewKey();
        var first = Bytes(bytes);
        var put = await Store.PutBytesAsync(key, first, Json, IfGeneration.Any, None);
        await using var opened = await Store.OpenReadAsync(key, None);
        var start = new byte[10];
        await opened!.Stream.ReadExactlyAsync(start);

        await PutAsync(key, "second");
        var rest = new byte[bytes - start.Length];
        await opened.Stream.ReadExactlyAsync(rest);

        Assert.Equal(put, opened.Info);
        Assert.True(first.AsSpan().SequenceEqual([.. start, .. rest]));
        Assert.Equal("second", await TextAsync(key));
    }

    [ContractTheory]
    [InlineData(100)]
    [InlineData(3 << 20)]
    public async Task Read_DeletedMeanwhile_IsCompleted(int bytes)
    {
        var key = NewKey();
        var content = Bytes(bytes);
        await Store.PutBytesAsync(key, content, Json, IfGeneration.Any, None);
        await using var opened = await Store.OpenReadAsync(key, None);

        await Store.DeleteAsync(key, IfGeneration.Any, None);
        var read = new byte[bytes];
        await opened!.Stream.ReadExactlyAsync(read);

        Assert.True(content.AsSpan().SequenceEqual(read));
    }

    [ContractFact]
    public async Task Read_WhileOverwritten_SeesWholeGenerationsOnly()
    {
        const int Rounds = 40;
        var key = NewKey();
        await PutFilledAsync(0);

        var writer = Task.Run(async () =>
        {
            for (var i = 1; i <= Rounds; i++)
            {
                await PutFilledAsync((byte)i);
            }
        });
        while (!writer.IsCompleted)
        {
            var (info, data) = (await Store.ReadBytesAsync(key, 1 << 20, None))!.Value;
            Assert.Equal(info.Size, data.Length);
            Assert.False(data.AsSpan().ContainsAnyExcept(data[0]));
        }
        await writer;

        Assert.Equal(Rounds, (await Store.ReadBytesAsync(key, 1 << 20, None))!.Value.Data[0]);

        async Task PutFilledAsync(byte value)
        {
            // Contents alternate between small and large.
            var content = new byte[value % 2 == 0 ? 1000 : 100_000];
            content.AsSpan().Fill(value);
            await Store.PutBytesAsync(key, content, Json, IfGeneration.Any, None);
        }
    }

    [ContractFact]
    public async Task List_Prefix_IsInByteOrderWithMetadata()
    {
        var prefix = Unique.Name("list") + "/";
        string[] names = ["A", "a", "a/b", "a0", "ä", "\ue000", "🎵"];
        var infos = new List<ObjectInfo>();
        foreach (var name in names.Reverse())
        {
            infos.Insert(0, await PutAsync(new ObjectKey(Bucket, prefix + name), name));
        }
        await PutAsync(new ObjectKey(Bucket, prefix[..^1] + "0"), "not under the prefix");

        Assert.Equal(infos, await ListAsync(prefix, null));
    }

    [ContractTheory]
    [InlineData(null, "1,2,3,4")]
    [InlineData("1", "2,3,4")]
    [InlineData("25", "3,4")]
    [InlineData("4", "")]
    public async Task List_StartAfter_IsExclusive(string? startAfter, string expected)
    {
        var prefix = Unique.Name("after") + "/";
        foreach (var name in new[] { "1", "2", "3", "4" })
        {
            await PutAsync(new ObjectKey(Bucket, prefix + name), name);
        }

        var listed = await ListAsync(prefix, startAfter is null ? null : prefix + startAfter);

        Assert.Equal(expected, string.Join(',', listed.Select(o => o.Key.Name[prefix.Length..])));
    }

    [ContractFact]
    public async Task List_StartAfterBeforeThePrefix_GivesAllOfThePrefix()
    {
        var prefix = Unique.Name("mmm") + "/";
        await PutAsync(new ObjectKey(Bucket, prefix + "x"), "x");

        Assert.Single(await ListAsync(prefix, "aaa"));
        Assert.Empty(await ListAsync(prefix, "zzz"));
    }

    [ContractFact]
    public async Task List_ManyObjects_CrossesPages()
    {
        const int Count = 1050;
        var prefix = Unique.Name("pages") + "/";
        var names = Enumerable.Range(0, Count).Select(i => $"{prefix}{i:d5}").ToArray();
        await Parallel.ForEachAsync(
            names,
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (name, _) => await PutAsync(new ObjectKey(Bucket, name), "x")
        );

        Assert.Equal(names, (await ListAsync(prefix, null)).Select(o => o.Key.Name));
    }

    [ContractFact]
    public async Task Buckets_SameName_AreApart()
    {
        var key = NewKey();
        await PutAsync(key, "here");

        Assert.Null(await Store.HeadAsync(key with { Bucket = NocturneTopology.BucketNames.Catalogue }, None));
    }

    [ContractTheory]
    [InlineData("plain.ndjson")]
    [InlineData("dt=2026-11-21/03_44_57Z_x.ndjson")]
    [InlineData("with space & + % # ? = : ; ' \" \\ | * < >")]
    [InlineData("ümläut/日本語/🎵")]
    [InlineData("../../escape")]
    [InlineData("a/../b/./c")]
    [InlineData("double//slash")]
    [InlineData("trailing/")]
    [InlineData("%2e%2e%2f")]
    [InlineData("tilde~1")]
    [InlineData(".hidden/.temporary/.index")]
    public async Task Names_OfAllKinds_RoundTrip(string name)
    {
        var key = new ObjectKey(Bucket, Unique.Name("names") + "/" + name);

        await Store.PutBytesAsync(key, "x"u8.ToArray(), Ndjson, IfGeneration.Absent, None);

        Assert.Equal("x", await TextAsync(key));
        Assert.Equal(key, Assert.Single(await ListAsync(key.Name, null)).Key);
        Assert.True(await Store.DeleteAsync(key, IfGeneration.Any, None));
        Assert.Null(await Store.HeadAsync(key, None));
    }

    [ContractFact]
    public async Task Names_OneIsAnothersFolder_AreBothObjects()
    {
        var name = Unique.Name("folder");
        var (outer, inner) = (new ObjectKey(Bucket, name), new ObjectKey(Bucket, name + "/inner"));

        await Store.PutBytesAsync(outer, "outer"u8.ToArray(), Ndjson, IfGeneration.Absent, None);
        await Store.PutBytesAsync(inner, "inner"u8.ToArray(), Ndjson, IfGeneration.Absent, None);
        await Store.PutBytesAsync(outer, "outer 2"u8.ToArray(), Ndjson, IfGeneration.Any, None);

        Assert.Equal("outer 2", await TextAsync(outer));
        Assert.Equal("inner", await TextAsync(inner));
    }

    [ContractFact]
    public async Task Names_AsLongAsAllowed_RoundTrip()
    {
        var prefix = Unique.Name("long") + "/";
        var key = new ObjectKey(Bucket, prefix + new string('x', 1024 - prefix.Length));

        await Store.PutBytesAsync(key, "x"u8.ToArray(), Ndjson, IfGeneration.Absent, None);

        Assert.Equal("x", await TextAsync(key));
    }

    [ContractFact]
    public async Task Cancelled_WhileWriting_LeavesTheObjectAsItWas()
    {
        var key = NewKey();
        await PutAsync(key, "old");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await Store.PutBytesAsync(key, Bytes(300_000), Json, IfGeneration.Any, cancelled.Token)
        );

        Assert.Equal("old", await TextAsync(key));
    }

    private static ObjectKey NewKey() => new(Bucket, Unique.Name("contract") + "/object");

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private ValueTask<ObjectInfo> PutAsync(ObjectKey key, string text) =>
        Store.PutBytesAsync(key, Encoding.UTF8.GetBytes(text), Json, IfGeneration.Any, None);

    private async Task<string> TextAsync(ObjectKey key)
    {
        var read = await Store.ReadBytesAsync(key, 1 << 20, None);
        Assert.NotNull(read);
        return Encoding.UTF8.GetString(read.Value.Data);
    }

    private async Task<List<ObjectInfo>> ListAsync(string prefix, string? startAfter)
    {
        var objects = new List<ObjectInfo>();
        await foreach (var info in Store.ListAsync(Bucket, prefix, startAfter, None))
        {
            objects.Add(info);
        }
        return objects;
    }

    /// <summary>Gives at most a thousand bytes a read, and cannot be sought.</summary>
    private sealed class SlowStream(byte[] content) : MemoryStream(content, writable: false)
    {
        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, 1000));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 1000)]);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 1000)], cancellationToken);
    }

    /// <summary>Fails after some bytes, as a connection may.</summary>
    private sealed class FailingStream(int bytesBefore) : MemoryStream(new byte[bytesBefore], writable: false)
    {
        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count) =>
            Position < Length ? base.Read(buffer, offset, count) : throw new IOException("The connection ended.");

        public override int Read(Span<byte> buffer) =>
            Position < Length ? base.Read(buffer) : throw new IOException("The connection ended.");

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            await Task.Yield();
            return Position < Length
                ? await base.ReadAsync(buffer, cancellationToken)
                : throw new IOException("The connection ended.");
        }
    }
}
