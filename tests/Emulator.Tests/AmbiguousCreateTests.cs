using Nocturne.Contracts;
using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Emulator.Tests;

/// <summary>
/// Objects written by one request. Whoever writes them by resumable sessions is told what the session has made, whatever
/// another has written since.
/// </summary>
[RequiresGoogleEmulators]
public sealed class AmbiguousCreateTests(EmulatorStores emulators) : IClassFixture<EmulatorStores>
{
    [ContractFact]
    public async Task Create_AnswerLostAndAnotherWroteTheSameBytesSince_IsUnknown()
    {
        var key = new ObjectKey(NocturneTopology.BucketNames.Nights, Unique.Name("ambiguous"));
        var writes = 0;
        var plan = new FaultPlan().Next(Fault.KillAfter, EmulatorStores.IsUpload);
        plan.Before = async request =>
        {
            if (EmulatorStores.IsUpload(request) && ++writes == 2)
            {
                await emulators.Stores.Objects.PutBytesAsync(
                    key,
                    "x"u8.ToArray(),
                    "text/plain",
                    IfGeneration.Any,
                    CancellationToken.None
                );
            }
        };
        await using var faulty = await FaultyStores.StartAsync(emulators, plan);

        await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
            await faulty.Stores.Objects.PutBytesAsync(
                key,
                "x"u8.ToArray(),
                "text/plain",
                IfGeneration.Absent,
                CancellationToken.None
            )
        );
    }
}
