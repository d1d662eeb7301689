using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Profiles;

namespace Nocturne.Privacy;

/// <summary>What a store has of a listener.</summary>
/// <param name="Store">Which; one of <see cref="DeletionSteps.All"/>.</param>
/// <param name="Found">What a deletion should have taken away and did not; everything there is, of who was never deleted.</param>
/// <param name="Since">What came after the deletion.</param>
public sealed record StoreFinding(string Store, long Found, long Since);

/// <summary>What all stores have of a listener.</summary>
/// <param name="Deletion">The listener's latest deletion; null if there never was one.</param>
/// <param name="Stores">By store, in the order of a deletion.</param>
public sealed record PrivacyFindings(DeletionRecord? Deletion, IReadOnlyList<StoreFinding> Stores)
{
    /// <summary>Whether nothing of before the deletion is left.</summary>
    public bool IsClean => Stores.All(store => store.Found == 0);
}

/// <summary>Searches every store for a listener, without changing anything.</summary>
/// <remarks>
/// Events and lines say when they were received, tokens when they were made, runs when they began: by that they are of
/// before or after the deletion. Profile, membership of blends and what players said do not; where the deletion is done
/// with them, they are of after it if there is a profile or a token of after it at all.
/// </remarks>
/// <param name="stores">The stores.</param>
public sealed class PrivacyCheck(PrivacyStores stores)
{
    private readonly NightTraces _nights = new(stores.Documents, stores.Objects);

    /// <summary>Searches.</summary>
    /// <param name="listener">For whom.</param>
    /// <param name="looked">Is told which store is searched, and how much of it is.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async ValueTask<PrivacyFindings> RunAsync(
        ListenerId listener,
        Action<string, long> looked,
        CancellationToken cancellationToken
    )
    {
        var deletion = await new Deletions(stores).ReadAsync(listener, cancellationToken);
        var epoch = deletion?.Epoch ?? DateTimeOffset.MaxValue;
        var findings = new List<StoreFinding>();
        var profile = await new ListenerErasure(stores.Documents, stores.Time).CountAsync(listener, cancellationToken);
        var tombstone = await stores.Documents.GetAsync(Tombstone.KeyOf(listener), cancellationToken);
        var isErased = tombstone is not null && !Tombstone.Read(tombstone.Data).IsErasing;
        var tokens = await stores.Tokens.ListAsync(listener, cancellationToken);
        var isBack =
            deletion is not null && ((isErased && profile > 0) || tokens.Any(token => token.CreatedAt > epoch));
        Add(DeletionSteps.Profile, isErased ? 0 : profile, isErased ? profile : 0);
        Add(
            DeletionSteps.Tokens,
            tokens.Count(token => token.CreatedAt <= epoch),
            tokens.Count(token => token.CreatedAt > epoch)
        );
        var records = 0;
        foreach (var collection in ListenerRecords.Collections)
        {
            var key = ListenerRecords.KeyOf(collection, listener);
            records += await stores.Documents.GetAsync(key, cancellationToken) is null ? 0 : 1;
        }
        AddUndated(DeletionSteps.Players, records);
        AddUndated(DeletionSteps.Blends, await CountBlendsAsync(listener, cancellationToken));
        await NightsAsync();
        var inBlends = await new BlendTraces(stores.Objects).CountAsync(listener, cancellationToken);
        AddUndated(DeletionSteps.BlendPlaylists, inBlends);
        await LinesAsync(DeletionSteps.Archive, 0);
        await LinesAsync(DeletionSteps.Rejected, 1);
        if (stores is { Subscriptions: { } subscriptions, Publisher: { } publisher })
        {
            looked(DeletionSteps.DeadLetters, 0);
            var dead = new DeadLetterTraces(subscriptions, publisher, stores.EmptyPulls);
            Add(DeletionSteps.DeadLetters, await dead.CountAsync(Until(epoch), cancellationToken), 0);
        }
        return new PrivacyFindings(deletion, findings);

        void Add(string store, long found, long since)
        {
            findings.Add(new StoreFinding(store, found, since));
            looked(store, findings.Count);
        }

        void AddUndated(string store, long count)
        {
            var isSince = isBack && deletion?.IsDone(store) == true;
            Add(store, isSince ? 0 : count, isSince ? count : 0);
        }

        async ValueTask NightsAsync()
        {
            var (rows, rowsSince, lists, listsSince) = (0L, 0L, 0L, 0L);
            var later = new HashSet<string>(StringComparer.Ordinal);
            await foreach (var run in _nights.RunsAsync(cancellationToken))
            {
                var isSince = run.StartedAt > epoch;
                var found = await _nights.CountRowsAsync(run, listener, cancellationToken);
                var isNamed = await _nights.IsNamedAsync(run, listener, cancellationToken);
                rows += isSince ? 0 : found;
                rowsSince += isSince ? found : 0;
                lists += isNamed && !isSince ? 1 : 0;
                listsSince += isNamed && isSince ? 1 : 0;
                if (isSince)
                {
                    later.Add($"/{run.Run}.npl");
                }
                looked(DeletionSteps.Nights, rows + rowsSince);
            }
            await foreach (var key in _nights.PlaylistsAsync(listener, cancellationToken))
            {
                var isSince = later.Any(run => key.Name.EndsWith(run, StringComparison.Ordinal));
                lists += isSince ? 0 : 1;
                listsSince += isSince ? 1 : 0;
            }
            Add(DeletionSteps.Playlists, lists, listsSince);
            Add(DeletionSteps.Nights, rows, rowsSince);
        }

        async ValueTask LinesAsync(string store, int bucket)
        {
            var (found, since, read) = (0L, 0L, 0L);
            var (name, eventOf) = LineFiles.All[bucket];
            await foreach (var line in new LineFiles(stores.Objects).ReadAsync(name, cancellationToken))
            {
                looked(store, ++read);
                var (whose, receivedAt) = LineOwner.Of(eventOf(line));
                if (whose == listener.Value)
                {
                    var isSince = receivedAt is { } at && at > Instant.From(epoch);
                    found += isSince ? 0 : 1;
                    since += isSince ? 1 : 0;
                }
            }
            Add(store, found, since);
        }

        TombstoneSet Until(DateTimeOffset until) =>
            TombstoneSet.Of([new(Tombstone.HashOf(listener), deletion is null ? Instant.Latest : Instant.From(until))]);
    }

    private async ValueTask<int> CountBlendsAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        var index = await stores.Documents.GetAsync(BlendObjects.Index(listener), cancellationToken);
        var count = index is null ? 0 : 1;
        await foreach (var document in stores.Documents.ListAsync(BlendObjects.Blends, null, null, cancellationToken))
        {
            count += Blend.Read(document.Data).Has(listener) ? 1 : 0;
        }
        return count;
    }
}
