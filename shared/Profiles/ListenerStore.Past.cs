using System.Runtime.CompilerServices;
using Nocturne.Domain;
using Nocturne.Ports;

namespace Nocturne.Profiles;

/// <content>A listener as of an earlier day.</content>
public sealed partial class ListenerStore
{
    /// <summary>
    /// Reads all that a night needs of a listener as it was at the end of a day, derived from the days up to it; null
    /// for one without events by then.
    /// </summary>
    /// <remarks>
    /// What counts is when events happened: one that was taken in later is there, and one that was retracted or
    /// dropped by a day's bound since is not.
    /// </remarks>
    /// <param name="listener">Whose.</param>
    /// <param name="day">The last day (UTC) that counts.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async ValueTask<ListenerReading?> ReadAsOfAsync(
        ListenerId listener,
        DateOnly day,
        CancellationToken cancellationToken
    )
    {
        var end = day.AddDays(1);
        var isLater = false;
        await foreach (var _ in ReadHistoryAsync(listener, end, null, cancellationToken))
        {
            isLater = true;
            break;
        }
        if (!isLater)
        {
            return await ReadAllAsync(listener, cancellationToken);
        }
        var days = ListenerDocuments.CollectionOf(heads, StorageName.Of(listener.Value), ListenerPart.Day);
        var state = new PastState();
        await foreach (var document in documents.ListAsync(days, null, ListenerUpdate.DayName(end), cancellationToken))
        {
            state.Days.Add((document.Key.Id, document.Data));
        }
        if (state.Days.Count == 0)
        {
            return null;
        }
        var profile = default(ListenerProfile);
        var tallies = new List<(Month, MonthTally)>();
        var statements = Statements.Empty();
        foreach (var write in await ListenerUpdate.DeriveAsync(listener, state, cancellationToken))
        {
            switch (write.Part)
            {
                case ListenerPart.Head:
                    profile = ListenerProfile.Read(listener, write.Data);
                    break;
                case ListenerPart.Tally:
                    tallies.Add((MonthOf(write.Name), MonthTally.Read(write.Data)));
                    break;
                case ListenerPart.Statements:
                    statements = Statements.Read(write.Data);
                    break;
            }
        }
        return profile is null ? null : new ListenerReading(profile, tallies, statements);
    }

    /// <summary>A state that has nothing but some days of history.</summary>
    private sealed class PastState : IListenerState
    {
        public List<(string Name, ReadOnlyMemory<byte> Data)> Days { get; } = [];

        public ValueTask<ReadOnlyMemory<byte>> ReadAsync(
            ListenerPart part,
            string name,
            CancellationToken cancellationToken
        ) => default;

        public async IAsyncEnumerable<(string Name, ReadOnlyMemory<byte> Data)> ListAsync(
            ListenerPart part,
            string? fromInclusive,
            string? toExclusive,
            [EnumeratorCancellation] CancellationToken cancellationToken
        )
        {
            await ValueTask.CompletedTask;
            foreach (var day in part == ListenerPart.Day ? Days : [])
            {
                yield return day;
            }
        }
    }
}
