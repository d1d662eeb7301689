using System.Runtime.CompilerServices;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Nights.Blends;

/// <summary>What became of a change of a blend's members.</summary>
public enum BlendAnswer
{
    /// <summary>It is done.</summary>
    Done,

    /// <summary>It was so already.</summary>
    NoChange,

    /// <summary>There is no such blend, or nobody is left in it.</summary>
    NoSuchBlend,

    /// <summary>It has <see cref="BlendParameters.MostMembers"/> members.</summary>
    Full,

    /// <summary>The listener is in <see cref="BlendMemberships.MostBlends"/> blends.</summary>
    TooManyBlends,

    /// <summary>Another blend has, or had, the id.</summary>
    Taken,
}

/// <summary>What became of it, and how the blend is now.</summary>
/// <param name="Answer">What became of it.</param>
/// <param name="Blend">The blend, where the listener is a member or was until now.</param>
public readonly record struct BlendOutcome(BlendAnswer Answer, Blend? Blend)
{
    /// <summary>Whether it is as was asked.</summary>
    public bool IsSo => Answer is BlendAnswer.Done or BlendAnswer.NoChange;

    /// <summary>What to tell whoever asked.</summary>
    public string Message =>
        Answer switch
        {
            BlendAnswer.Done or BlendAnswer.NoChange => "It is so.",
            BlendAnswer.NoSuchBlend => "There is no such blend: its last member left it, or there never was one.",
            BlendAnswer.Full =>
                $"The blend is full: it has {BlendParameters.MostMembers} members, and one has to leave first.",
            BlendAnswer.TooManyBlends =>
                $"The listener is in {BlendMemberships.MostBlends} blends already, and has to leave one first.",
            _ => "That id is taken: make the blend under another.",
        };
}

/// <summary>Makes blends, and lets listeners into them and out.</summary>
/// <remarks>
/// <para>
/// A blend and its members' indices are documents that are written together, on the condition that they are as they
/// were read, so they never contradict each other. Whatever is asked twice is done once. Who may ask is the caller's
/// business: whoever knows the id may join, and everyone may leave for themselves.
/// </para>
/// <para>
/// Every call that finds things as they were asked for publishes a <see cref="BlendChange"/>, one that changed nothing
/// too: a call that broke off between writing and publishing is mended by the same call again, and a message too many
/// does nothing.
/// </para>
/// </remarks>
/// <param name="documents">The store.</param>
/// <param name="publisher">Of <c>blend-changes</c>.</param>
/// <param name="time">The clock.</param>
public sealed class BlendMemberships(IDocumentStore documents, IEventPublisher publisher, TimeProvider time)
{
    /// <summary>The most blends of one listener: bounds the index, and what taking someone out of all of them costs.</summary>
    public const int MostBlends = 50;

    /// <summary>Makes a blend with one member.</summary>
    /// <param name="id">An id that nobody can guess, such as a random UUID: whoever knows it may join.</param>
    /// <param name="creator">The first member.</param>
    /// <param name="cancellationToken">Cancels; the same call may be repeated.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer; the same call may be repeated.</exception>
    public ValueTask<BlendOutcome> CreateAsync(BlendId id, ListenerId creator, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            creator,
            (blend, blends) =>
                blend is not null ? (blend.Has(creator) ? BlendAnswer.NoChange : BlendAnswer.Taken, null)
                : blends.Count >= MostBlends ? (BlendAnswer.TooManyBlends, null)
                : (
                    BlendAnswer.Done,
                    new Blend
                    {
                        Id = id.Value,
                        Members = [creator.Value],
                        Version = 1,
                        CreatedAt = time.GetUtcNow(),
                        ChangedAt = time.GetUtcNow(),
                    }
                ),
            cancellationToken
        );

    /// <summary>Lets a listener in.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer; the same call may be repeated.</exception>
    public ValueTask<BlendOutcome> JoinAsync(BlendId id, ListenerId listener, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            listener,
            (blend, blends) =>
                blend is null or { Members.Count: 0 } ? (BlendAnswer.NoSuchBlend, null)
                : blend.Has(listener) ? (BlendAnswer.NoChange, null)
                : blend.Members.Count >= BlendParameters.MostMembers ? (BlendAnswer.Full, null)
                : blends.Count >= MostBlends ? (BlendAnswer.TooManyBlends, null)
                : (BlendAnswer.Done, With(blend, [.. blend.Members, listener.Value])),
            cancellationToken
        );

    /// <summary>Lets a listener out. A blend whose last member leaves is no more.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer; the same call may be repeated.</exception>
    public ValueTask<BlendOutcome> LeaveAsync(BlendId id, ListenerId listener, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            listener,
            (blend, _) =>
                blend is null ? (BlendAnswer.NoSuchBlend, null)
                : !blend.Has(listener) ? (BlendAnswer.NoChange, null)
                : (BlendAnswer.Done, With(blend, [.. blend.Members.Where(member => member != listener.Value)])),
            cancellationToken
        );

    /// <summary>Lets a listener out of every blend, as when their data is deleted.</summary>
    /// <returns>How many those were.</returns>
    public async ValueTask<int> LeaveAllAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        var left = 0;
        foreach (var blend in await ListAsync(listener, cancellationToken))
        {
            var outcome = await LeaveAsync(blend, listener, cancellationToken);
            left += outcome.Answer == BlendAnswer.Done ? 1 : 0;
        }
        return left;
    }

    /// <summary>The blends that a listener is in, in ordinal order.</summary>
    public async ValueTask<IReadOnlyList<BlendId>> ListAsync(
        ListenerId listener,
        CancellationToken cancellationToken
    ) =>
        [
            .. IndexOf(await documents.GetAsync(BlendObjects.Index(listener), cancellationToken))
                .Select(id => new BlendId(id)),
        ];

    /// <summary>A blend; null where there is none. Of one that nobody is left in, the last version, without members.</summary>
    public async ValueTask<Blend?> ReadAsync(BlendId id, CancellationToken cancellationToken)
    {
        var document = await documents.GetAsync(BlendObjects.Document(id), cancellationToken);
        return document is null ? null : Blend.Read(document.Data);
    }

    /// <summary>The blends of one of <paramref name="shards"/> equal shards, in storage-name order.</summary>
    public async IAsyncEnumerable<Blend> ListAsync(
        int shard,
        int shards,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (from, to) = StorageName.ShardRange(shard, shards);
        await foreach (var document in documents.ListAsync(BlendObjects.Blends, from, to, cancellationToken))
        {
            yield return Blend.Read(document.Data);
        }
    }

    /// <summary>The listeners of a shard who are in blends.</summary>
    public async IAsyncEnumerable<ListenerId> ListMembersAsync(
        int shard,
        int shards,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (from, to) = StorageName.ShardRange(shard, shards);
        await foreach (var document in documents.ListAsync(BlendObjects.Members, from, to, cancellationToken))
        {
            yield return new ListenerId(StorageName.IdOf(document.Key.Id));
        }
    }

    private async ValueTask<BlendOutcome> ChangeAsync(
        BlendId id,
        ListenerId listener,
        Func<Blend?, IReadOnlyList<string>, (BlendAnswer Answer, Blend? Changed)> change,
        CancellationToken cancellationToken
    )
    {
        DocumentKey[] keys = [BlendObjects.Document(id), BlendObjects.Index(listener)];
        for (var attempt = 1; ; attempt++)
        {
            var read = await documents.GetManyAsync(keys, cancellationToken);
            var known = read[0] is { } document ? Blend.Read(document.Data) : null;
            var blends = IndexOf(read[1]);
            var (answer, changed) = change(known, blends);
            if (changed is null)
            {
                if (answer == BlendAnswer.NoChange)
                {
                    await PublishAsync(id, cancellationToken);
                }
                return new BlendOutcome(answer, known?.Has(listener) == true ? known : null);
            }
            try
            {
                await documents.CommitAsync(
                    [
                        Write(keys[0], changed).IfUnchangedSince(read[0]),
                        WriteIndex(keys[1], id, changed.Has(listener), blends).IfUnchangedSince(read[1]),
                    ],
                    cancellationToken
                );
            }
            catch (DocumentConflictException) when (attempt < DocumentStoreExtensions.DefaultMaxAttempts)
            {
                await Task.Delay(DocumentStoreExtensions.Backoff(keys[0], attempt), time, cancellationToken);
                continue;
            }
            await PublishAsync(id, cancellationToken);
            return new BlendOutcome(answer, changed);
        }
    }

    private async ValueTask PublishAsync(BlendId id, CancellationToken cancellationToken) =>
        await publisher.PublishAsync(
            NocturneTopology.TopicNames.BlendChanges,
            [new OutgoingMessage(new BlendChange(id).ToBytes())],
            cancellationToken
        );

    private Blend With(Blend blend, IReadOnlyList<string> members) =>
        blend with
        {
            Members = members,
            Version = blend.Version + 1,
            ChangedAt = time.GetUtcNow(),
        };

    /// <summary>One that nobody is left in outlives its playlists, so that no version of it comes a second time.</summary>
    private DocumentWrite Write(DocumentKey key, Blend blend) =>
        DocumentWrite.Put(key, blend.ToBytes()) with
        {
            ExpiresAt = blend.Members.Count == 0 ? time.GetUtcNow() + NocturneTopology.RunsKept : null,
        };

    private static DocumentWrite WriteIndex(DocumentKey key, BlendId id, bool isIn, IReadOnlyList<string> blends)
    {
        string[] others = [.. blends.Where(blend => blend != id.Value)];
        string[] now = isIn ? [.. others.Append(id.Value).Order(StringComparer.Ordinal)] : others;
        return now.Length == 0
            ? DocumentWrite.Delete(key)
            : DocumentWrite.Put(
                key,
                JsonSerializer.SerializeToUtf8Bytes(new ListenerBlends(now), NightJson.Default.ListenerBlends)
            );
    }

    private static IReadOnlyList<string> IndexOf(Document? document) =>
        document is null
            ? []
            : JsonSerializer.Deserialize(document.Data.Span, NightJson.Default.ListenerBlends)?.Blends ?? [];
}
