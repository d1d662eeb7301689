using System.Text;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Privacy.Tests;

/// <summary>Lines, tombstones and races, each by itself.</summary>
public sealed class TraceTests
{
    private static readonly ListenerId Anna = new("änna \"x\"");
    private static readonly Instant Epoch = Instant.From(new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("""{"listener":"\u00e4nna \"x\"","kind":"walk"}""", true)]
    [InlineData("""{"kind":"play", "listener" : "änna \"x\"" , "item":""", true)]
    [InlineData("""{"listener":"somebody","item":"änna \"x\""}""", false)]
    [InlineData("""{"listener":"änna \"x""", false)]
    [InlineData("""{"listener":7,"x":{"listener":"änna \"x\""}}""", true)]
    [InlineData("nonsense", false)]
    [InlineData("", false)]
    public void LineOwner_OfWhatIsNoEvent_IsWhoItNames(string line, bool isDeleted)
    {
        var tombstones = TombstoneSet.Of([new(Tombstone.HashOf(Anna), Epoch)]);

        Assert.Equal(isDeleted, LineOwner.IsDeleted(Encoding.UTF8.GetBytes(line), tombstones));
    }

    [Fact]
    public async Task Pass_OverAnObjectThatIsWrittenMeanwhile_LosesNothing()
    {
        await using var world = await PrivacyWorld.MakeAsync(secondNight: false);
        var gone = PrivacyWorld.Listeners[0];
        var late = DeletionTests.Play("late", world.Night.Time.GetUtcNow()) with { Listener = new ListenerId("late") };
        var objects = new WritingObjects(world.Night.Objects, PrivacyWorld.Lines([late]));

        var deletions = new Deletions(world.Stores with { Objects = objects });
        await deletions.RequestAsync(gone, default);
        await deletions.RunAsync((_, _) => { }, default);

        Assert.True(objects.HasWritten);
        Assert.Empty(await world.SearchAsync(gone));
        Assert.Contains(
            await world.SearchAsync(new ListenerId("late")),
            place => place.StartsWith("events/", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Erasure_WhileNewEventsComeIn_KeepsThoseAndNothingElse()
    {
        var documents = new InMemoryDocumentStore { Interleaves = true };
        var store = new ListenerStore(documents, TimeProvider.System);
        for (var round = 0; round < 50; round++)
        {
            var listener = new ListenerId($"listener-{round}");
            var erasure = new ListenerErasure(documents, TimeProvider.System);
            if (round % 2 == 0)
            {
                await ApplyAsync(listener, "before", Epoch);
            }

            await Task.WhenAll(
                Task.Run(() => ApplyAsync(listener, "old", Epoch)),
                Task.Run(async () =>
                {
                    await erasure.BeginAsync(listener, Epoch, [], default);
                    await erasure.FinishAsync(listener, default);
                }),
                Task.Run(() => ApplyAsync(listener, "new", Epoch + TimeSpan.FromSeconds(1))),
                Task.Run(() => ApplyAsync(listener, "old too", Epoch))
            );
            await erasure.FinishAsync(listener, default);
            // What came in before the tombstone went with it, also if it was new: its message is not acknowledged twice.
            await ApplyAsync(listener, "new", Epoch + TimeSpan.FromSeconds(1));

            Assert.Equal(["new"], await IdsAsync(listener));
        }

        async Task ApplyAsync(ListenerId listener, string id, Instant receivedAt)
        {
            var play = DeletionTests.Play(id, receivedAt.ToDateTimeOffset()) with { Listener = listener };
            await store.ApplyReceivedAsync(listener, [new ReceivedRow(HistoryRow.Of(play), receivedAt)], default);
        }

        async Task<List<string>> IdsAsync(ListenerId listener)
        {
            var ids = new List<string>();
            await foreach (var day in store.ReadHistoryAsync(listener, null, null, default))
            {
                ids.AddRange(day.Rows.Select(row => row.Id.Value));
            }
            return ids;
        }
    }

    [Fact]
    public void CollectionGroups_AreEachKnownToDeletions()
    {
        // A new one belongs here once DeletionSteps, PrivacyCheck and ListenerExport know of it, or it names nobody.
        string[] gone = ["listeners", "days", "impressions", "months", "statements", "listeners-rebuilt"];
        string[] others = ["blends", "blend-members", "tokens", "token-owners", "deletions"];
        string[] nobody = ["runs", "leases", "operator", "item-recordings", "tombstones"];

        Assert.Equal(
            gone.Concat(others).Concat(nobody).Concat(ListenerRecords.Collections).Order(StringComparer.Ordinal),
            NocturneTopology.CollectionGroups.Select(group => group.Name).Order(StringComparer.Ordinal)
        );
    }

    /// <summary>Objects that somebody appends to between the reading of an archive's object and its writing.</summary>
    private sealed class WritingObjects(IObjectStore objects, byte[] appended) : IObjectStore
    {
        public bool HasWritten { get; private set; }

        public async ValueTask<ObjectInfo> PutAsync(
            ObjectKey key,
            Stream content,
            string contentType,
            long ifGeneration,
            CancellationToken cancellationToken
        )
        {
            if (key.Name.StartsWith("dt=", StringComparison.Ordinal) && !HasWritten)
            {
                HasWritten = true;
                var there = (await objects.ReadBytesAsync(key, int.MaxValue, cancellationToken))!.Value.Data;
                byte[] longer = [.. there, .. appended];
                await objects.PutBytesAsync(key, longer, contentType, IfGeneration.Any, cancellationToken);
            }
            return await objects.PutAsync(key, content, contentType, ifGeneration, cancellationToken);
        }

        public ValueTask<ObjectInfo?> HeadAsync(ObjectKey key, CancellationToken cancellationToken) =>
            objects.HeadAsync(key, cancellationToken);

        public ValueTask<ObjectContent?> OpenReadAsync(ObjectKey key, CancellationToken cancellationToken) =>
            objects.OpenReadAsync(key, cancellationToken);

        public ValueTask<bool> DeleteAsync(ObjectKey key, long ifGeneration, CancellationToken cancellationToken) =>
            objects.DeleteAsync(key, ifGeneration, cancellationToken);

        public IAsyncEnumerable<ObjectInfo> ListAsync(
            string bucket,
            string prefix,
            string? startAfter,
            CancellationToken cancellationToken
        ) => objects.ListAsync(bucket, prefix, startAfter, cancellationToken);
    }
}
