using System.Text;
using Nocturne.Contracts;
using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Emulator.Tests;

/// <summary>A write that happened, though its answer was lost, is recognised or said to be unknown; never a conflict.</summary>
[RequiresGoogleEmulators]
public sealed class AmbiguousWriteTests(EmulatorStores emulators) : IClassFixture<EmulatorStores>
{
    private static CancellationToken None => CancellationToken.None;

    [ContractTheory]
    [InlineData(Fault.KillAfter)]
    [InlineData(Fault.UnavailableAfter)]
    [InlineData(Fault.HangAfter)]
    [InlineData(Fault.KillAnswer)]
    [InlineData(Fault.KillBefore)]
    [InlineData(Fault.KillRequest)]
    [InlineData(Fault.TooManyRequests)]
    [InlineData(Fault.UnavailableBefore)]
    public async Task Commit_WithConditions_HappensOnceWhateverBecomesOfTheAnswer(Fault fault)
    {
        var (created, changed) = (NewKey(), NewKey());
        await emulators.Stores.Documents.CommitAsync([DocumentWrite.Put(changed, "old"u8.ToArray())], None);
        var plan = new FaultPlan().Next(fault, IsCommit);
        await using var faulty = await FaultyStores.StartAsync(emulators, plan);
        var read = await faulty.Stores.Documents.GetAsync(changed, None);

        await faulty.Stores.Documents.CommitAsync(
            [
                DocumentWrite.Put(created, "new"u8.ToArray()).IfAbsent(),
                DocumentWrite.Put(changed, "new"u8.ToArray()).IfUnchangedSince(read),
            ],
            None
        );

        Assert.Equal(1, plan.Met(fault));
        Assert.Equal(["new", "new"], [await TextAsync(created), await TextAsync(changed)]);
        var counts = faulty.Stores.Counters.Snapshot();
        Assert.Equal((1, 0), (counts.DocumentCommits, counts.DocumentConflicts));
    }

    [ContractFact]
    public async Task Commit_AnswerLostAndAnotherWroteSince_IsUnknown()
    {
        var key = NewKey();
        var commits = 0;
        var plan = new FaultPlan().Next(Fault.KillAfter, IsCommit);
        plan.Before = async request =>
        {
            if (IsCommit(request) && ++commits == 2)
            {
                await emulators.Stores.Documents.CommitAsync([DocumentWrite.Put(key, "theirs"u8.ToArray())], None);
            }
        };
        await using var faulty = await FaultyStores.StartAsync(emulators, plan);

        var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
            await faulty.Stores.Documents.CommitAsync([DocumentWrite.Put(key, "ours"u8.ToArray()).IfAbsent()], None)
        );

        Assert.Contains("whether it happened is unknown", thrown.Message, StringComparison.Ordinal);
        Assert.Equal("theirs", await TextAsync(key));
    }

    [ContractFact]
    public async Task Commit_NotDoneAndRefusedForAnotherDocument_IsAConflict()
    {
        var (unchanged, changed) = (NewKey(), NewKey());
        await emulators.Stores.Documents.CommitAsync(
            [DocumentWrite.Put(unchanged, "1"u8.ToArray()), DocumentWrite.Put(changed, "1"u8.ToArray())],
            None
        );
        var read = await emulators.Stores.Documents.GetManyAsync([unchanged, changed], None);
        await emulators.Stores.Documents.CommitAsync([DocumentWrite.Put(changed, "2"u8.ToArray())], None);
        await using var faulty = await FaultyStores.StartAsync(
            emulators,
            new FaultPlan().Next(Fault.UnavailableBefore, IsCommit)
        );

        // The first document still has the version that was read, so the unanswered attempt cannot have happened.
        await Assert.ThrowsAsync<DocumentConflictException>(async () =>
            await faulty.Stores.Documents.CommitAsync(
                [
                    DocumentWrite.Put(unchanged, "3"u8.ToArray()).IfUnchangedSince(read[0]),
                    DocumentWrite.Put(changed, "3"u8.ToArray()).IfUnchangedSince(read[1]),
                ],
                None
            )
        );

        Assert.Equal(["1", "2"], [await TextAsync(unchanged), await TextAsync(changed)]);
    }

    [ContractTheory]
    [InlineData(Fault.KillAfter)]
    [InlineData(Fault.UnavailableAfter)]
    [InlineData(Fault.KillAnswer)]
    [InlineData(Fault.KillRequest)]
    public async Task Create_AnswerLost_IsRecognised(Fault fault)
    {
        var key = NewObject();
        var plan = new FaultPlan().Next(fault, EmulatorStores.IsUpload);
        await using var faulty = await FaultyStores.StartAsync(emulators, plan);

        var put = await faulty.Stores.Objects.PutBytesAsync(
            key,
            "x"u8.ToArray(),
            "text/plain",
            IfGeneration.Absent,
            None
        );

        Assert.Equal(1, plan.Met(fault));
        Assert.Equal(put, await emulators.Stores.Objects.HeadAsync(key, None));
    }

    [ContractFact]
    public async Task Create_RefusedAtOnce_IsAFailedPrecondition()
    {
        var key = NewObject();
        await emulators.Stores.Objects.PutBytesAsync(key, "x"u8.ToArray(), "text/plain", IfGeneration.Any, None);
        await using var faulty = await FaultyStores.StartAsync(emulators, new FaultPlan().Next(Fault.TooManyRequests));

        await Assert.ThrowsAsync<PreconditionFailedException>(async () =>
            await faulty.Stores.Objects.PutBytesAsync(key, "x"u8.ToArray(), "text/plain", IfGeneration.Absent, None)
        );
    }

    [ContractFact]
    public async Task Delete_AnswerLost_TellsThatItDeleted()
    {
        var key = NewObject();
        await emulators.Stores.Objects.PutBytesAsync(key, "x"u8.ToArray(), "text/plain", IfGeneration.Any, None);
        await using var faulty = await FaultyStores.StartAsync(emulators, new FaultPlan().Next(Fault.KillAfter));

        Assert.True(await faulty.Stores.Objects.DeleteAsync(key, IfGeneration.Any, None));

        Assert.Null(await emulators.Stores.Objects.HeadAsync(key, None));
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static bool IsCommit(string request) => request.Contains(":commit", Ordinal);

    private static DocumentKey NewKey() => DocumentKey.Of(Unique.Name("ambiguous"), "d");

    private static ObjectKey NewObject() => new(NocturneTopology.BucketNames.Nights, Unique.Name("ambiguous"));

    private async Task<string> TextAsync(DocumentKey key) =>
        Encoding.UTF8.GetString((await emulators.Stores.Documents.GetAsync(key, None))!.Data.Span);
}
