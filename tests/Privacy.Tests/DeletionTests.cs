using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.RunNight.Tests;
using Nocturne.Topology;

namespace Nocturne.Privacy.Tests;

/// <summary>Deleting a listener's data: all of it, once, whatever dies, and nobody else's.</summary>
public sealed class DeletionTests
{
    private static ListenerId Gone => PrivacyWorld.Listeners[0];

    [Fact]
    public async Task Delete_OfAListenerInEveryStore_LeavesNothingAnywhere()
    {
        await using var world = await PrivacyWorld.MakeAsync();
        var before = await world.SearchAsync(Gone);

        var receipt = await world.DeleteAsync(Gone);
        await world.Night.DeliverChangesAsync();

        Assert.Contains(
            before,
            place => place.StartsWith("nights/runs/2026-04-02/snapshot/", StringComparison.Ordinal)
        );
        Assert.Contains(before, place => place.StartsWith("playlists/blends/", StringComparison.Ordinal));
        Assert.Contains("dead letter", before);
        Assert.Empty(await world.SearchAsync(Gone));
        Assert.NotNull(receipt.CompletedAt);
        Assert.Null(receipt.Listener);
        Assert.Equal(DeletionSteps.All, receipt.Done.Select(done => done.Store));
        Assert.All(
            receipt.Done.Where(done => done.Store != DeletionSteps.TombstoneCopies),
            done => Assert.True(done.Removed > 0, done.Store)
        );
        Assert.All(receipt.Retained, copy => Assert.True(copy.Until > receipt.CompletedAt));
        Assert.True((await CheckAsync(world, Gone)).IsClean);
    }

    [Fact]
    public async Task Delete_OfAListener_LeavesTheOthersToTheByte()
    {
        await using var world = await PrivacyWorld.MakeAsync();
        var other = PrivacyWorld.Listeners[4];
        var before = await world.ContentsAsync();
        var found = await CheckAsync(world, other);

        await world.DeleteAsync(Gone);

        var after = await world.ContentsAsync();
        var name = StorageName.Of(other.Value);
        Assert.All(
            before.Where(entry => entry.Key.Contains(name, StringComparison.Ordinal)),
            entry => Assert.Equal(entry.Value, after[entry.Key])
        );
        Assert.Equal(found.Stores, (await CheckAsync(world, other)).Stores);
        foreach (var bucket in new[] { NocturneTopology.BucketNames.Nights, NocturneTopology.BucketNames.Playlists })
        {
            Assert.DoesNotContain(
                before.Keys.Except(after.Keys),
                key =>
                    key.StartsWith(bucket, StringComparison.Ordinal)
                    && key.Contains("/manifests/", StringComparison.Ordinal)
            );
        }
        var archive = await ReadAsync(world, NocturneTopology.BucketNames.Events);
        var kept = PrivacyWorld.Events.GroupBy(e => e.Listener).Where(of => of.Key != Gone).SelectMany(of => of);
        Assert.Equal(PrivacyWorld.Lines(kept), archive);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Delete_KilledAgainAndAgain_EndsAsOneThatWasNot(bool afterItsEffect)
    {
        await using var whole = await PrivacyWorld.MakeAsync();
        await whole.DeleteAsync(Gone);
        var expected = await whole.ContentsAsync();
        await using var world = await PrivacyWorld.MakeAsync();
        var deaths = 0;

        // Each attempt lives one operation longer than the one before, and dies in every store on the way.
        for (var lives = 1; ; lives++)
        {
            world.Crash.After(lives, afterItsEffect);
            try
            {
                await world.DeleteAsync(Gone);
                break;
            }
            catch (CrashException)
            {
                deaths++;
                world.Crash.Never();
            }
        }
        world.Crash.Never();

        Assert.True(deaths >= DeletionSteps.All.Count, $"{deaths}");
        Assert.Empty(await world.SearchAsync(Gone));
        Assert.Equal(WithoutTokens(expected), WithoutTokens(await world.ContentsAsync()));
    }

    [Fact]
    public async Task Delete_Twice_IsOnce()
    {
        await using var world = await PrivacyWorld.MakeAsync();
        var first = await world.DeleteAsync(Gone);
        var contents = await world.ContentsAsync();
        world.Night.Time.Advance(TimeSpan.FromHours(1));

        var second = await world.DeleteAsync(Gone);

        Assert.Equal(first.ToBytes(), second.ToBytes());
        Assert.Equal(contents, await world.ContentsAsync());
    }

    [Fact]
    public async Task Delete_OfOneWhoCameBack_IsAnotherDeletion()
    {
        await using var world = await PrivacyWorld.MakeAsync();
        await world.DeleteAsync(Gone);
        world.Night.Time.Advance(TimeSpan.FromHours(1));
        await ApplyAsync(world, Play("back", world.Night.Time.GetUtcNow()));
        world.Night.Time.Advance(TimeSpan.FromHours(1));

        var second = await world.DeleteAsync(Gone);

        Assert.Equal(1, second.Earlier);
        Assert.Empty(await world.SearchAsync(Gone));
    }

    [Fact]
    public async Task Delete_OfSeveral_IsOnePass()
    {
        await using var world = await PrivacyWorld.MakeAsync();
        var deletions = new Deletions(world.Stores);
        foreach (var listener in PrivacyWorld.Listeners.Take(5))
        {
            await deletions.RequestAsync(listener, default);
        }
        var files = 0;

        var ended = await deletions.RunAsync(
            (step, n) => files += step == DeletionSteps.Archive && n > 0 ? 1 : 0,
            default
        );

        Assert.Equal(5, ended.Count(deletion => deletion.CompletedAt is not null));
        Assert.Equal(1, files);
        foreach (var listener in PrivacyWorld.Listeners.Take(5))
        {
            Assert.Empty(await world.SearchAsync(listener));
        }
    }

    [Fact]
    public async Task Delete_WhileANightIsUnderWay_WaitsForItAndEndsAfterIt()
    {
        await using var world = await PrivacyWorld.MakeAsync(secondNight: false);
        await world.Night.Handler.HandleAsync(
            new NightMessage(NightStep.Start, RunId.Parse(PrivacyWorld.SecondNight), 0),
            default
        );
        await world.Night.DeliverAsync(seed: null, atMost: 4); // its snapshot is taken
        world.Night.Time.Advance(TimeSpan.FromMinutes(1));

        var waiting = await world.DeleteAsync(Gone);
        await world.Night.DeliverAsync(seed: null);
        var complete = await world.DeleteAsync(Gone);

        Assert.Null(waiting.CompletedAt);
        Assert.Contains("run 2026-04-02", waiting.WaitsFor, StringComparison.Ordinal);
        Assert.Equal(waiting.Epoch, complete.Epoch);
        Assert.NotNull(complete.CompletedAt);
        Assert.Empty(await world.SearchAsync(Gone));
    }

    [Fact]
    public async Task Delete_BeforeTheArchiveHasAll_WaitsWithIt()
    {
        await using var world = await PrivacyWorld.MakeAsync();
        var deletions = new Deletions(world.Stores) { ArchiveDelay = TimeSpan.FromMinutes(10) };
        await deletions.RequestAsync(Gone, default);

        await deletions.RunAsync((_, _) => { }, default);
        var early = await deletions.ReadAsync(Gone, default);
        world.Night.Time.Advance(TimeSpan.FromMinutes(10));
        await deletions.RunAsync((_, _) => { }, default);
        var late = await deletions.ReadAsync(Gone, default);

        Assert.Null(early!.CompletedAt);
        Assert.True(early.IsDone(DeletionSteps.Nights));
        Assert.False(early.IsDone(DeletionSteps.Archive));
        Assert.NotNull(late!.CompletedAt);
        Assert.Empty(await world.SearchAsync(Gone));
    }

    [Fact]
    public async Task Night_AfterADeletion_RunsWithoutTheListener()
    {
        await using var world = await PrivacyWorld.MakeAsync(secondNight: false);
        await world.DeleteAsync(Gone);
        await world.Night.DeliverChangesAsync();

        var run = await world.Night.RunAsync(PrivacyWorld.SecondNight);

        Assert.Equal(RunState.Finished, run.State);
        Assert.Equal(PrivacyWorld.Listeners.Count - 1, run.Listeners);
        Assert.Empty(await world.SearchAsync(Gone));
        Assert.Equal(2, (await world.Night.ReadBlendAsync(PrivacyWorld.Pair))!.Members.Count);
    }

    [Fact]
    public async Task Replay_AfterTheDocumentsWereRestored_DeletesAgain()
    {
        await using var world = await PrivacyWorld.MakeAsync();
        var saved = world.Night.Documents.Contents();
        await world.DeleteAsync(Gone);
        await world.DeleteAsync(PrivacyWorld.Listeners[1]);
        foreach (var document in world.Night.Documents.Contents())
        {
            await world.Night.Documents.CommitAsync([DocumentWrite.Delete(document.Key)], default);
        }
        foreach (var document in saved)
        {
            await world.Night.Documents.CommitAsync([DocumentWrite.Put(document.Key, document.Data)], default);
        }
        var deletions = new Deletions(world.Stores);

        var replayed = await deletions.ReplayAsync(default);
        await deletions.RunAsync((_, _) => { }, default);

        Assert.Equal(2, replayed);
        Assert.Empty(await world.SearchAsync(Gone));
        Assert.Empty(await world.SearchAsync(PrivacyWorld.Listeners[1]));
        Assert.Equal(0, await deletions.ReplayAsync(default));
    }

    [Fact]
    public async Task Events_OfADeletedListener_CountOnlyIfTheyWereReceivedAfterIt()
    {
        await using var world = await PrivacyWorld.MakeAsync();
        var receipt = await world.DeleteAsync(Gone);
        world.Night.Time.Advance(TimeSpan.FromMinutes(1));
        var old = PrivacyWorld.Events.Where(e => e.Listener == Gone).ToList();

        await ApplyAsync(world, [.. old]);
        var nothing = await world.SearchAsync(Gone);
        await ApplyAsync(world, [.. old, Play("at", receipt.Epoch), Play("after", receipt.Epoch.AddMilliseconds(1))]);
        var profile = await world.Night.Listeners.ReadProfileAsync(Gone, default);

        Assert.Empty(nothing);
        Assert.Equal(1, profile!.Totals.Plays);
        var findings = await CheckAsync(world, Gone);
        Assert.True(findings.IsClean);
        Assert.True(findings.Stores.Single(store => store.Store == DeletionSteps.Profile).Since > 0);
    }

    /// <summary>Tokens are random, so those of the others differ between two worlds.</summary>
    private static IEnumerable<KeyValuePair<string, string>> WithoutTokens(
        IReadOnlyDictionary<string, string> contents
    ) => contents.Where(entry => !entry.Key.StartsWith("token", StringComparison.Ordinal));

    internal static PlayEvent Play(string id, DateTimeOffset receivedAt) =>
        new()
        {
            Listener = Gone,
            Id = new EventId(id),
            StartedAt = Instant.From(receivedAt.AddDays(-30)),
            ReceivedAt = Instant.From(receivedAt),
            Item = new ItemId("track-1"),
            MsPlayed = 60_000,
        };

    internal static async Task ApplyAsync(PrivacyWorld world, params ListenEvent[] events) =>
        await world.Night.Listeners.ApplyReceivedAsync(
            Gone,
            [.. events.Select(e => new ReceivedRow(HistoryRow.Of(e), e.ReceivedAt))],
            default
        );

    internal static async Task<PrivacyFindings> CheckAsync(PrivacyWorld world, ListenerId listener) =>
        await new PrivacyCheck(world.Stores).RunAsync(listener, (_, _) => { }, default);

    private static async Task<byte[]> ReadAsync(PrivacyWorld world, string bucket)
    {
        var all = new List<byte>();
        await foreach (var info in world.Night.Objects.ListAsync(bucket, "dt=", null, default))
        {
            all.AddRange((await world.Night.Objects.ReadBytesAsync(info.Key, int.MaxValue, default))!.Value.Data);
        }
        return [.. all];
    }
}
