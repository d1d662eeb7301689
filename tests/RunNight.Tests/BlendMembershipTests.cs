using Nocturne.Domain;
using Nocturne.Nights.Blends;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.Testing;

namespace Nocturne.RunNight.Tests;

/// <summary>Who is in a blend, when many ask at once and some ask twice.</summary>
public sealed class BlendMembershipTests : IEventPublisher
{
    private static readonly BlendId Blend = new("b");

    private readonly InMemoryDocumentStore _documents;
    private readonly BlendMemberships _blends;
    private int _published;

    public BlendMembershipTests()
    {
        _documents = new InMemoryDocumentStore(TimeProvider.System) { Interleaves = true };
        _blends = new BlendMemberships(_documents, this, TimeProvider.System);
    }

    [Fact]
    public async Task Join_OfThirtyAtOnceAndEachTwice_LetsNineInAndRefusesTheOthers()
    {
        const int Asked = 60;
        await _blends.CreateAsync(Blend, Listener(0), default);
        var together = new BlendMemberships(new ReadTogether(_documents, Asked), this, TimeProvider.System);

        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, Asked).Select(i => together.JoinAsync(Blend, Listener(1 + (i / 2)), default).AsTask())
        );

        var blend = (await _blends.ReadAsync(Blend, default))!;
        Assert.Equal(BlendParameters.MostMembers, blend.Members.Count);
        Assert.Distinct(blend.Members);
        Assert.Equal(BlendParameters.MostMembers, blend.Version);
        Assert.Equal(9, outcomes.Count(outcome => outcome.Answer == BlendAnswer.Done));
        Assert.Equal(9, outcomes.Count(outcome => outcome.Answer == BlendAnswer.NoChange));
        Assert.Equal(42, outcomes.Count(outcome => outcome.Answer == BlendAnswer.Full));
        Assert.Contains("full", outcomes.First(outcome => !outcome.IsSo).Message, StringComparison.Ordinal);
        Assert.True(_documents.Conflicts >= Asked - 1);
        for (var listener = 0; listener < 31; listener++)
        {
            var isIn = (await _blends.ListAsync(Listener(listener), default)).Contains(Blend);
            Assert.Equal(blend.Has(Listener(listener)), isIn);
        }
        Assert.Equal(1 + 9 + 9, _published);
    }

    [Fact]
    public async Task Members_ComingAndLeavingAtOnce_EndAsTheLastOfEachSaid()
    {
        await _blends.CreateAsync(Blend, Listener(0), default);

        await Task.WhenAll(
            Enumerable
                .Range(1, 9)
                .Select(async listener =>
                {
                    for (var round = 0; round < 5; round++)
                    {
                        await _blends.JoinAsync(Blend, Listener(listener), default);
                        await _blends.LeaveAsync(Blend, Listener(listener), default);
                    }
                    await _blends.JoinAsync(Blend, Listener(listener), default);
                })
        );

        var blend = (await _blends.ReadAsync(Blend, default))!;
        Assert.Equal(10, blend.Members.Count);
        Assert.Equal(1 + (9 * 11), blend.Version);
    }

    [Fact]
    public async Task Create_Again_IsTheSameBlendAndByAnotherTaken()
    {
        var first = await _blends.CreateAsync(Blend, Listener(0), default);
        var again = await _blends.CreateAsync(Blend, Listener(0), default);
        var other = await _blends.CreateAsync(Blend, Listener(1), default);

        Assert.Equal(BlendAnswer.Done, first.Answer);
        Assert.Equal((BlendAnswer.NoChange, 1), (again.Answer, again.Blend!.Version));
        Assert.Equal((BlendAnswer.Taken, null), (other.Answer, other.Blend));
    }

    [Fact]
    public async Task Leave_OfTheLast_EndsTheBlendForGood()
    {
        await _blends.CreateAsync(Blend, Listener(0), default);
        await _blends.JoinAsync(Blend, Listener(1), default);

        await _blends.LeaveAsync(Blend, Listener(0), default);
        var last = await _blends.LeaveAsync(Blend, Listener(1), default);
        var twice = await _blends.LeaveAsync(Blend, Listener(1), default);

        Assert.Empty(last.Blend!.Members);
        Assert.Equal((BlendAnswer.NoChange, null), (twice.Answer, twice.Blend));
        Assert.Equal(BlendAnswer.NoSuchBlend, (await _blends.JoinAsync(Blend, Listener(2), default)).Answer);
        Assert.Equal(BlendAnswer.Taken, (await _blends.CreateAsync(Blend, Listener(2), default)).Answer);
        Assert.Empty(await _blends.ListAsync(Listener(1), default));
        Assert.Equal(BlendAnswer.NoSuchBlend, (await _blends.JoinAsync(new BlendId("x"), Listener(2), default)).Answer);
    }

    [Fact]
    public async Task Listener_InAllBlendsThereMayBe_IsRefusedAnotherAndLeavesThemAll()
    {
        for (var blend = 0; blend < BlendMemberships.MostBlends; blend++)
        {
            await _blends.CreateAsync(new BlendId($"b{blend}"), Listener(0), default);
        }
        await _blends.CreateAsync(Blend, Listener(1), default);

        Assert.Equal(BlendAnswer.TooManyBlends, (await _blends.JoinAsync(Blend, Listener(0), default)).Answer);
        Assert.Equal(
            BlendAnswer.TooManyBlends,
            (await _blends.CreateAsync(new BlendId("one-more"), Listener(0), default)).Answer
        );
        Assert.Equal(BlendMemberships.MostBlends, await _blends.LeaveAllAsync(Listener(0), default));
        Assert.Empty(await _blends.ListAsync(Listener(0), default));
        Assert.Equal(0, await _blends.LeaveAllAsync(Listener(0), default));
    }

    [Fact]
    public async Task Blends_OfAllShards_AreAllOfThem()
    {
        for (var blend = 0; blend < 40; blend++)
        {
            await _blends.CreateAsync(new BlendId($"b{blend}"), Listener(blend % 7), default);
        }

        var found = new List<string>();
        var members = new List<ListenerId>();
        for (var shard = 0; shard < 3; shard++)
        {
            await foreach (var blend in _blends.ListAsync(shard, 3, default))
            {
                Assert.Equal(shard, StorageName.ShardOf(blend.Id, 3));
                found.Add(blend.Id);
            }
            await foreach (var member in _blends.ListMembersAsync(shard, 3, default))
            {
                members.Add(member);
            }
        }

        Assert.Equal(40, found.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(7, members.Distinct().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"blend":3}""")]
    [InlineData("""{"blend":""}""")]
    public void Change_ThatIsNone_IsRefused(string text) =>
        Assert.Throws<FormatException>(() => BlendChange.Parse(System.Text.Encoding.UTF8.GetBytes(text)));

    public ValueTask<IReadOnlyList<string>> PublishAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    )
    {
        Assert.Equal("blend-changes", topic);
        Interlocked.Add(ref _published, messages.Count);
        return new([.. messages.Select((_, i) => $"{i}")]);
    }

    /// <summary>Answers the first reads only when so many have been asked for: their writers all know the same.</summary>
    private sealed class ReadTogether(IDocumentStore inner, int readers) : IDocumentStore
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _reads;

        public ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken) =>
            inner.GetAsync(key, cancellationToken);

        public async ValueTask<IReadOnlyList<Document?>> GetManyAsync(
            IReadOnlyList<DocumentKey> keys,
            CancellationToken cancellationToken
        )
        {
            var read = await inner.GetManyAsync(keys, cancellationToken);
            if (Interlocked.Increment(ref _reads) == readers)
            {
                _all.SetResult();
            }
            await _all.Task;
            return read;
        }

        public ValueTask CommitAsync(IReadOnlyList<DocumentWrite> writes, CancellationToken cancellationToken) =>
            inner.CommitAsync(writes, cancellationToken);

        public IAsyncEnumerable<Document> ListAsync(
            string collection,
            string? fromInclusive,
            string? toExclusive,
            CancellationToken cancellationToken
        ) => inner.ListAsync(collection, fromInclusive, toExclusive, cancellationToken);
    }

    private static ListenerId Listener(int number) => new($"listener-{number}");
}
