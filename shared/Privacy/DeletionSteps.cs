using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Topology;

namespace Nocturne.Privacy;

/// <summary>The stores that a deletion goes through, in this order, and what it does in each.</summary>
internal sealed class DeletionSteps(PrivacyStores stores)
{
    /// <summary>The tombstone's copy beside the catalogue.</summary>
    public const string TombstoneCopies = "tombstone";

    /// <summary>The listener's documents: history, tallies, statements, head.</summary>
    public const string Profile = "profile";

    /// <summary>The listener's tokens.</summary>
    public const string Tokens = "tokens";

    /// <summary>What a player said.</summary>
    public const string Players = "recordings and playing-now";

    /// <summary>Membership of blends.</summary>
    public const string Blends = "blends";

    /// <summary>Playlists, Home, and the manifests that name them.</summary>
    public const string Playlists = "playlists";

    /// <summary>Rows of snapshots.</summary>
    public const string Nights = "nights";

    /// <summary>Playlists of blends.</summary>
    public const string BlendPlaylists = "blend playlists";

    /// <summary>Lines of the archive.</summary>
    public const string Archive = "archive";

    /// <summary>Refused lines.</summary>
    public const string Rejected = "rejected lines";

    /// <summary>Dead letters.</summary>
    public const string DeadLetters = "dead letters";

    /// <summary>All, in order.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        TombstoneCopies,
        Profile,
        Tokens,
        Players,
        Blends,
        Playlists,
        Nights,
        BlendPlaylists,
        Archive,
        Rejected,
        DeadLetters,
    ];

    /// <summary>Those of documents alone, which a request can do.</summary>
    public static IReadOnlyList<string> OfDocuments { get; } = [Profile, Tokens, Players];

    private readonly NightTraces _nights = new(stores.Documents, stores.Objects);
    private readonly BlendTraces _blends = new(stores.Objects);
    private readonly LineFiles _lines = new(stores.Objects);

    /// <summary>
    /// Where a listener's tombstone is copied to: beside the catalogue, where nothing expires and no analyst's table looks.
    /// </summary>
    public static ObjectKey CopyOf(string hash) =>
        new(NocturneTopology.BucketNames.Catalogue, $"{CopyPrefix}{hash}.json");

    /// <summary>The prefix of the copies.</summary>
    public const string CopyPrefix = "tombstones/";

    /// <summary>Takes listeners out of a store.</summary>
    /// <param name="step">Which; one of <see cref="All"/>.</param>
    /// <param name="deletions">Whose.</param>
    /// <param name="removed">Is told the listener's id for everything removed.</param>
    /// <param name="worked">Is told after each object that was looked at, in the steps that look at many.</param>
    /// <param name="cancellationToken">Cancels; the same again goes on.</param>
    public async ValueTask RunAsync(
        string step,
        IReadOnlyList<DeletionRecord> deletions,
        Action<string> removed,
        Action worked,
        CancellationToken cancellationToken
    )
    {
        ListenerId[] listeners = [.. deletions.Select(deletion => new ListenerId(deletion.Listener!))];
        switch (step)
        {
            case Playlists:
                await _nights.RemovePlaylistsAsync(listeners, removed, cancellationToken);
                break;
            case Nights:
                await _nights.RemoveRowsAsync(listeners, removed, cancellationToken);
                break;
            case BlendPlaylists:
                await _blends.RemoveAsync(listeners, removed, cancellationToken);
                break;
            case Archive:
            case Rejected:
                var (bucket, eventOf) = LineFiles.All[step == Archive ? 0 : 1];
                var tombstones = await TombstoneSet.ReadAsync(stores.Documents, cancellationToken);
                await _lines.RemoveAsync(bucket, eventOf, tombstones, removed, worked, cancellationToken);
                break;
            case DeadLetters:
                if (stores is { Subscriptions: { } subscriptions, Publisher: { } publisher })
                {
                    await new DeadLetterTraces(subscriptions, publisher, stores.EmptyPulls).RemoveAsync(
                        await TombstoneSet.ReadAsync(stores.Documents, cancellationToken),
                        removed,
                        cancellationToken
                    );
                }
                break;
            default:
                foreach (var deletion in deletions)
                {
                    var id = deletion.Listener!;
                    for (
                        var left = await RunAloneAsync(step, deletion, new ListenerId(id), cancellationToken);
                        left > 0;
                        left--
                    )
                    {
                        removed(id);
                    }
                    worked();
                }
                break;
        }
    }

    private async ValueTask<int> RunAloneAsync(
        string step,
        DeletionRecord deletion,
        ListenerId listener,
        CancellationToken cancellationToken
    )
    {
        switch (step)
        {
            case TombstoneCopies:
                await stores.Objects.PutBytesAsync(
                    CopyOf(deletion.Hash),
                    System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(
                        new TombstoneCopy(deletion.Epoch),
                        PrivacyJson.Default.TombstoneCopy
                    ),
                    "application/json",
                    IfGeneration.Any,
                    cancellationToken
                );
                return 0;
            case Profile:
                return await new ListenerErasure(stores.Documents, stores.Time).FinishAsync(
                    listener,
                    cancellationToken
                );
            case Tokens:
                return await stores.Tokens.RevokeAllAsync(listener, cancellationToken);
            case Players:
                DocumentKey[] keys =
                [
                    .. ListenerRecords.Collections.Select(collection => ListenerRecords.KeyOf(collection, listener)),
                ];
                var found = await stores.Documents.GetManyAsync(keys, cancellationToken);
                await stores.Documents.CommitAsync([.. keys.Select(DocumentWrite.Delete)], cancellationToken);
                return found.Count(document => document is not null);
            case Blends:
                var memberships = new BlendMemberships(
                    stores.Documents,
                    stores.Publisher
                        ?? throw new InvalidOperationException("Leaving blends publishes that they changed."),
                    stores.Time
                );
                return await memberships.LeaveAllAsync(listener, cancellationToken);
            default:
                throw new ArgumentOutOfRangeException(nameof(step), step, "No such step.");
        }
    }
}
