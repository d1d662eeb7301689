using Nocturne.Contracts;
using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Emulator.Tests;

/// <summary>Uploads and downloads that go on where a connection broke.</summary>
[RequiresGoogleEmulators]
public sealed class LargeObjectTests(EmulatorStores emulators) : IClassFixture<EmulatorStores>
{
    private const int Chunk = 256 << 10;
    private const string Type = "application/octet-stream";

    private static CancellationToken None => CancellationToken.None;

    [ContractTheory]
    [InlineData(Fault.KillBefore, 3)]
    [InlineData(Fault.KillRequest, 3)]
    [InlineData(Fault.KillAfter, 3)]
    [InlineData(Fault.UnavailableBefore, 3)]
    [InlineData(Fault.TooManyRequests, 3)]
    [InlineData(Fault.KillRequest, 5)]
    [InlineData(Fault.KillAfter, 5)]
    [InlineData(Fault.KillAnswer, 5)]
    public async Task Upload_OneChunkFails_GoesOnWhereItWas(Fault fault, int failing)
    {
        var content = Bytes((4 * Chunk) + 1);
        var key = NewKey();
        var chunks = 0;
        var plan = new FaultPlan().Next(fault, request => IsChunk(request) && ++chunks == failing);
        await using var faulty = await FaultyStores.StartAsync(emulators, plan);

        var put = await faulty.Stores.Objects.PutBytesAsync(key, content, Type, IfGeneration.Absent, None);

        Assert.Equal(1, plan.Met(fault));
        Assert.Equal(content.Length, put.Size);
        var read = await emulators.Stores.Objects.ReadBytesAsync(key, content.Length, None);
        Assert.True(read!.Value.Data.AsSpan().SequenceEqual(content));
    }

    [ContractTheory]
    [InlineData(Chunk)]
    [InlineData(2 * Chunk)]
    [InlineData((2 * Chunk) - 1)]
    [InlineData((2 * Chunk) + 1)]
    public async Task Upload_AroundTheChunkSize_IsWhole(int bytes)
    {
        var key = NewKey();

        var put = await emulators.Stores.Objects.PutBytesAsync(key, Bytes(bytes), Type, IfGeneration.Absent, None);

        Assert.Equal((bytes, Crc32C.Compute(Bytes(bytes))), (put.Size, put.Crc32C));
        Assert.Equal(put, await emulators.Stores.Objects.HeadAsync(key, None));
    }

    [ContractFact]
    public async Task Upload_AnotherCreatedTheObjectMeanwhile_IsRefused()
    {
        var key = NewKey();
        var chunks = 0;
        var plan = new FaultPlan
        {
            Before = async request =>
            {
                if (IsChunk(request) && ++chunks == 2)
                {
                    await emulators.Stores.Objects.PutBytesAsync(key, Bytes(1), Type, IfGeneration.Any, None);
                }
            },
        };
        await using var faulty = await FaultyStores.StartAsync(emulators, plan);

        await Assert.ThrowsAsync<PreconditionFailedException>(async () =>
            await faulty.Stores.Objects.PutBytesAsync(key, Bytes(3 * Chunk), Type, IfGeneration.Absent, None)
        );

        Assert.Equal(1, (await emulators.Stores.Objects.HeadAsync(key, None))!.Size);
    }

    [ContractTheory]
    [InlineData(1000)]
    [InlineData((2 * Chunk) + 1000)]
    public async Task Upload_DamagedOnTheWay_IsNoObject(int bytes)
    {
        var key = NewKey();
        var plan = new FaultPlan().Next(
            Fault.DamageRequest,
            request => IsChunk(request) || EmulatorStores.IsUpload(request)
        );
        await using var faulty = await FaultyStores.StartAsync(emulators, plan);

        await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
            await faulty.Stores.Objects.PutBytesAsync(key, Bytes(bytes), Type, IfGeneration.Absent, None)
        );

        Assert.Null(await emulators.Stores.Objects.HeadAsync(key, None));
    }

    [ContractTheory]
    [InlineData(Fault.KillAnswer)]
    [InlineData(Fault.Trickle)]
    public async Task Download_ConnectionBreaksTwice_GoesOnWhereItWas(Fault fault)
    {
        var content = Bytes(3 << 20);
        var key = NewKey();
        var put = await emulators.Stores.Objects.PutBytesAsync(key, content, Type, IfGeneration.Absent, None);
        var plan = new FaultPlan().Next(fault, IsDownload).Next(Fault.KillAnswer, IsDownload);
        await using var faulty = await FaultyStores.StartAsync(emulators, plan);

        var read = await faulty.Stores.Objects.ReadBytesAsync(key, content.Length, None);

        Assert.Equal(put, read!.Value.Info);
        Assert.True(read.Value.Data.AsSpan().SequenceEqual(content));
    }

    [ContractFact]
    public async Task Download_DamagedOnTheWay_IsToldAtTheEnd()
    {
        var key = NewKey();
        await emulators.Stores.Objects.PutBytesAsync(key, Bytes(5000), Type, IfGeneration.Absent, None);
        await using var faulty = await FaultyStores.StartAsync(
            emulators,
            new FaultPlan().Next(Fault.DamageAnswer, IsDownload)
        );

        var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
            await faulty.Stores.Objects.ReadBytesAsync(key, 5000, None)
        );

        Assert.Contains("damaged", thrown.Message, StringComparison.Ordinal);
    }

    [ContractFact]
    public async Task Download_BrokenAndReplacedMeanwhile_IsNotMixed()
    {
        var key = NewKey();
        await emulators.Stores.Objects.PutBytesAsync(key, Bytes(2 << 20), Type, IfGeneration.Absent, None);
        var downloads = 0;
        var plan = new FaultPlan().Next(Fault.KillAnswer, IsDownload);
        plan.Before = async request =>
        {
            if (IsDownload(request) && ++downloads == 2)
            {
                await emulators.Stores.Objects.PutBytesAsync(key, Bytes(3 << 20), Type, IfGeneration.Any, None);
            }
        };
        await using var faulty = await FaultyStores.StartAsync(emulators, plan);

        var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
            await faulty.Stores.Objects.ReadBytesAsync(key, 2 << 20, None)
        );

        Assert.Contains("replaced or deleted", thrown.Message, StringComparison.Ordinal);
    }

    [ContractFact]
    public async Task Download_ReadSynchronously_IsTheSame()
    {
        var content = Bytes(600_000);
        var key = NewKey();
        await emulators.Stores.Objects.PutBytesAsync(key, content, Type, IfGeneration.Absent, None);

        await using var opened = await emulators.Stores.Objects.OpenReadAsync(key, None);
        using var copy = new MemoryStream();
#pragma warning disable VSTHRD103 // what is tested
        opened!.Stream.CopyTo(copy);
#pragma warning restore VSTHRD103

        Assert.True(copy.ToArray().AsSpan().SequenceEqual(content));
    }

    private static bool IsChunk(string request) => request.StartsWith("PUT ", StringComparison.Ordinal);

    private static bool IsDownload(string request) => request.Contains("alt=media", StringComparison.Ordinal);

    private static ObjectKey NewKey() => new(NocturneTopology.BucketNames.Nights, Unique.Name("large"));

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
