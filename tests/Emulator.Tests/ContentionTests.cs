using System.Buffers.Binary;
using Nocturne.Contracts;
using Nocturne.Ports;
using Nocturne.Testing;

namespace Nocturne.Emulator.Tests;

[RequiresGoogleEmulators]
public sealed class ContentionTests(EmulatorStores emulators) : IClassFixture<EmulatorStores>
{
    private static readonly TimeSpan Allowed = TimeSpan.FromMinutes(1);

    [ContractFact]
    public async Task Increments_HundredAtOnce_EndAtHundredWithinAMinute()
    {
        const int Increments = 100;
        var store = emulators.Stores.Documents;
        var key = DocumentKey.Of(Unique.Name("contention"), "counter");
        using var allowed = new CancellationTokenSource(Allowed);

        await Task.WhenAll(
            Enumerable
                .Range(0, Increments)
                .Select(_ =>
                    Task.Run(async () => await store.UpdateAsync(key, Increment, TimeProvider.System, allowed.Token))
                )
        );

        Assert.Equal(Increments, Count(await store.GetAsync(key, CancellationToken.None)));

        static ReadOnlyMemory<byte>? Increment(Document? read)
        {
            var data = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(data, Count(read) + 1);
            return data;
        }

        static int Count(Document? read) => read is null ? 0 : BinaryPrimitives.ReadInt32LittleEndian(read.Data.Span);
    }
}
