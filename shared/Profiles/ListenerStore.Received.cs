using Nocturne.Domain;
using Nocturne.Ports;

namespace Nocturne.Profiles;

/// <summary>A row, and when its event was received.</summary>
/// <param name="Row">The row.</param>
/// <param name="ReceivedAt">The event's <c>received_at</c>, which rows do not keep.</param>
public readonly record struct ReceivedRow(HistoryRow Row, Instant ReceivedAt);

/// <content>Events of listeners whose data was deleted.</content>
public sealed partial class ListenerStore
{
    /// <summary>
    /// Takes rows into a listener's state, but for those that were received before the listener's data was deleted;
    /// durable when it returns.
    /// </summary>
    /// <returns>Whether anything was new.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer; the same call may be repeated.</exception>
    /// <exception cref="DocumentConflictException">Other writers won <c>64</c> times in a row; repeat.</exception>
    public ValueTask<bool> ApplyReceivedAsync(
        ListenerId listener,
        IReadOnlyList<ReceivedRow> rows,
        CancellationToken cancellationToken
    ) =>
        ApplyAsync(
            listener,
            [.. rows.Select(row => row.Row)],
            [.. rows.Select(row => row.ReceivedAt)],
            cancellationToken
        );
}
