using Nocturne.Domain;
using Nocturne.Identity;
using Nocturne.Ports;

namespace Nocturne.Privacy;

/// <summary>Everywhere that something of a listener may be.</summary>
/// <param name="Documents">Profiles, tokens, blends, deletions.</param>
/// <param name="Objects">Archive, rejected lines, nights, playlists.</param>
/// <param name="Tokens">Listeners' tokens.</param>
/// <param name="Time">The clock.</param>
public sealed record PrivacyStores(
    IDocumentStore Documents,
    IObjectStore Objects,
    ListenerTokens Tokens,
    TimeProvider Time
)
{
    /// <summary>Has blends made anew that a listener is taken out of, and dead letters put back; null where that is not done.</summary>
    public IEventPublisher? Publisher { get; init; }

    /// <summary>Pulls dead letters; null where that is not done.</summary>
    public ISubscriptionReader? Subscriptions { get; init; }

    /// <summary>How many empty answers in a row mean that a subscription is empty.</summary>
    public int EmptyPulls { get; init; } = 1;
}

/// <summary>Documents that are a listener's alone, beside profile, tokens and blends.</summary>
public static class ListenerRecords
{
    /// <summary>What a listener's players call recordings.</summary>
    public const string Recordings = "recordings";

    /// <summary>What a listener plays at the moment.</summary>
    public const string PlayingNow = "playing-now";

    /// <summary>The collections, each with a document under the listener's storage name.</summary>
    public static IReadOnlyList<string> Collections { get; } = [Recordings, PlayingNow];

    /// <summary>The key of a listener's document in one of <see cref="Collections"/>.</summary>
    public static DocumentKey KeyOf(string collection, ListenerId listener) =>
        DocumentKey.Of(collection, StorageName.Of(listener.Value));
}
