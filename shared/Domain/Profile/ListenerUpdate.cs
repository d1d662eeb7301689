namespace Nocturne.Domain;

/// <summary>One document of a listener's state.</summary>
public enum ListenerPart
{
    /// <summary>The head.</summary>
    Head,

    /// <summary>The statements.</summary>
    Statements,

    /// <summary>A day of history; named by its date.</summary>
    Day,

    /// <summary>A day of impressions; named by its date.</summary>
    ImpressionDay,

    /// <summary>A month's tally; named by its month.</summary>
    Tally,
}

/// <summary>Where a listener's state is read from while it is updated: the documents as they were before.</summary>
public interface IListenerState
{
    /// <summary>A document's packed bytes; empty where there is none.</summary>
    /// <param name="part">Which document.</param>
    /// <param name="name">The date (<c>yyyy-MM-dd</c>) or month (<c>yyyy-MM</c>); empty for head and statements.</param>
    /// <param name="cancellationToken">Cancels.</param>
    ValueTask<ReadOnlyMemory<byte>> ReadAsync(ListenerPart part, string name, CancellationToken cancellationToken);

    /// <summary>The names of the documents of one part in [from, to), ascending; null bounds are open.</summary>
    IAsyncEnumerable<(string Name, ReadOnlyMemory<byte> Data)> ListAsync(
        ListenerPart part,
        string? fromInclusive,
        string? toExclusive,
        CancellationToken cancellationToken
    );
}

/// <summary>One document to write (or, without data, to delete) as the outcome of an update.</summary>
/// <param name="Part">Which document.</param>
/// <param name="Name">Its date or month; empty for head and statements.</param>
/// <param name="Data">Its new bytes; null deletes it.</param>
public readonly record struct ListenerWrite(ListenerPart Part, string Name, byte[]? Data);

/// <summary>
/// The rules by which events become a listener's state. All are here: history days are unions of rows, the rest is
/// derived from the days, step by step where that is exact and from scratch where it is not.
/// </summary>
public static class ListenerUpdate
{
    /// <summary>The documents that taking in <paramref name="rows"/> writes; none if it was all known before.</summary>
    /// <param name="listener">Whose.</param>
    /// <param name="rows">Rows of any days, in any order, with any duplicates.</param>
    /// <param name="state">The state before.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async ValueTask<List<ListenerWrite>> ApplyAsync(
        ListenerId listener,
        IReadOnlyList<HistoryRow> rows,
        IListenerState state,
        CancellationToken cancellationToken
    )
    {
        var headData = await state.ReadAsync(ListenerPart.Head, "", cancellationToken);
        var update = new HeadUpdate(headData.IsEmpty ? new ListenerHead() : ListenerHead.Read(headData));
        var days = new Dictionary<(ListenerPart Part, string Name), byte[]>();
        var changes = new List<RowChange>();
        foreach (var group in rows.GroupBy(row => (PartOf(row), DayName(row.StartedAt.Date))))
        {
            var (part, name) = group.Key;
            var data = await state.ReadAsync(part, name, cancellationToken);
            changes.Clear();
            var before = data.IsEmpty ? HistoryDay.Empty : HistoryDay.Read(data);
            var day = before.With(group, changes);
            if (ReferenceEquals(day, before))
            {
                continue;
            }
            // Even without a change of rows: the bound may have refused some, and the day must remember up to where.
            days.Add(group.Key, day.ToBytes());
            foreach (var change in changes)
            {
                if (part == ListenerPart.Day)
                {
                    update.ApplyHistory(change);
                }
                else
                {
                    update.ApplyImpression(change);
                }
            }
        }
        if (days.Count == 0)
        {
            return [];
        }
        var after = new Overlay(state, days);
        var writes = days.Select(day => new ListenerWrite(day.Key.Part, day.Key.Name, day.Value)).ToList();
        if (!update.MustDerive && await TryFinishAsync(listener, update, after, writes, cancellationToken))
        {
            return writes;
        }
        writes.RemoveRange(days.Count, writes.Count - days.Count);
        await DeriveAsync(listener, after, writes, cancellationToken);
        return writes;
    }

    /// <summary>Everything but the days, derived from the days alone: what a rebuild writes.</summary>
    /// <returns>Writes of documents whose bytes differ from what <paramref name="state"/> holds.</returns>
    public static async ValueTask<List<ListenerWrite>> DeriveAsync(
        ListenerId listener,
        IListenerState state,
        CancellationToken cancellationToken
    )
    {
        var writes = new List<ListenerWrite>();
        await DeriveAsync(listener, state, writes, cancellationToken);
        return writes;
    }

    /// <summary>The name of a day's document.</summary>
    public static string DayName(DateOnly date) =>
        date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private static ListenerPart PartOf(HistoryRow row) =>
        row.Kind == EventKind.Impression ? ListenerPart.ImpressionDay : ListenerPart.Day;

    /// <summary>Brings tallies, statements and head up to date without the older history; false if that is not exact.</summary>
    private static async ValueTask<bool> TryFinishAsync(
        ListenerId listener,
        HeadUpdate update,
        IListenerState state,
        List<ListenerWrite> writes,
        CancellationToken cancellationToken
    )
    {
        var head = update.Head;
        if (update.NewStatements.Count > 0)
        {
            var statements = await ReadStatementsAsync(state, cancellationToken);
            update.NewStatements.ForEach(statements.Add);
            var excludes = statements.PackExcludes();
            if (!excludes.AsSpan().SequenceEqual(head.Excludes.Span))
            {
                return false; // what is excluded has changed: every play counts anew
            }
            head.StatementsSummary = StatementsSummary.Pack(statements, listener);
            writes.Add(new ListenerWrite(ListenerPart.Statements, "", statements.ToBytes()));
        }
        if (update.TallyChanges.Count > 0)
        {
            var before = head.Latest;
            var latest = update.TallyChanges.Keys.Max(month => month.Number);
            if (before is { } known && known.Number > latest)
            {
                latest = known.Number;
            }
            var tallies = new Dictionary<Month, MonthTally>();
            foreach (var (month, changes) in update.TallyChanges)
            {
                if (latest - month.Number < Horizons.Months)
                {
                    tallies.Add(month, await TallyWithAsync(state, month, changes, cancellationToken));
                }
            }
            var now = new Month(latest);
            if (tallies.TryGetValue(now, out var newest) && newest.IsEmpty)
            {
                return false; // the latest month is another, earlier one
            }
            var shift = before is { } previous ? latest - previous.Number : 0;
            for (var gone = 0; before is { } old && gone < Math.Min(shift, Horizons.Months); gone++)
            {
                var leaving = old.Plus(-(Horizons.Months - 1) + gone);
                if (head.HasMonth(leaving))
                {
                    writes.Add(new ListenerWrite(ListenerPart.Tally, leaving.ToString(), null));
                }
            }
            head.Months = shift >= Horizons.Months ? 0 : (head.Months << shift) & ((1UL << Horizons.Months) - 1);
            head.Latest = now;
            foreach (var (month, tally) in tallies)
            {
                var bit = 1UL << (latest - month.Number);
                head.Months = tally.IsEmpty ? head.Months & ~bit : head.Months | bit;
                writes.Add(
                    new ListenerWrite(ListenerPart.Tally, month.ToString(), tally.IsEmpty ? null : tally.ToBytes())
                );
            }
            if (newest is not null)
            {
                head.LatestAffinities = Affinities.OfMonth(newest);
            }
            if (shift > 0 || tallies.Keys.Any(month => month != now))
            {
                head.EarlierAffinities = Affinities.OfEarlier(
                    await EarlierTalliesAsync(state, head, tallies, cancellationToken),
                    now
                );
            }
        }
        writes.Add(new ListenerWrite(ListenerPart.Head, "", head.ToBytes()));
        return true;
    }

    private static async ValueTask<MonthTally> TallyWithAsync(
        IListenerState state,
        Month month,
        List<MonthTally.Entry> changes,
        CancellationToken cancellationToken
    )
    {
        var data = await state.ReadAsync(ListenerPart.Tally, month.ToString(), cancellationToken);
        var tally = data.IsEmpty ? MonthTally.Empty : MonthTally.Read(data);
        if (!tally.IsTruncated)
        {
            return tally.With(changes);
        }
        var headData = await state.ReadAsync(ListenerPart.Head, "", cancellationToken);
        var recount = new HeadUpdate(new ListenerHead { Excludes = ListenerHead.Read(headData).Excludes });
        var from = DayName(month.FirstDay);
        var to = DayName(month.Plus(1).FirstDay);
        await foreach (var (_, day) in state.ListAsync(ListenerPart.Day, from, to, cancellationToken))
        {
            foreach (var row in HistoryDay.Read(day).Rows)
            {
                recount.ApplyHistory(new RowChange(null, row));
            }
        }
        return recount.TallyChanges.TryGetValue(month, out var all) ? MonthTally.Empty.With(all) : MonthTally.Empty;
    }

    private static async ValueTask<List<(Month, MonthTally)>> EarlierTalliesAsync(
        IListenerState state,
        ListenerHead head,
        Dictionary<Month, MonthTally> updated,
        CancellationToken cancellationToken
    )
    {
        var earlier = new List<(Month, MonthTally)>();
        for (var back = Horizons.Months - 1; back > 0; back--)
        {
            var month = head.Latest!.Value.Plus(-back);
            if (!head.HasMonth(month))
            {
                continue;
            }
            if (!updated.TryGetValue(month, out var tally))
            {
                var data = await state.ReadAsync(ListenerPart.Tally, month.ToString(), cancellationToken);
                tally = data.IsEmpty
                    ? throw new InvalidDataException($"The head says that {month} has plays, but its tally is missing.")
                    : MonthTally.Read(data);
            }
            earlier.Add((month, tally));
        }
        return earlier;
    }

    private static async ValueTask DeriveAsync(
        ListenerId listener,
        IListenerState state,
        List<ListenerWrite> writes,
        CancellationToken cancellationToken
    )
    {
        var statements = Statements.Empty();
        await foreach (var (_, data) in state.ListAsync(ListenerPart.Day, null, null, cancellationToken))
        {
            foreach (var row in HistoryDay.Read(data).Rows)
            {
                statements.Add(row);
            }
        }
        var update = new HeadUpdate(new ListenerHead { Excludes = statements.PackExcludes() });
        // Ascending days, so a month is whole when the next begins; only the months that count are held.
        var tallies = new SortedDictionary<int, MonthTally>();
        await foreach (var (_, data) in state.ListAsync(ListenerPart.Day, null, null, cancellationToken))
        {
            var rows = HistoryDay.Read(data).Rows;
            if (rows.Count > 0)
            {
                CloseMonths(update, tallies, rows[0].StartedAt.Month);
            }
            foreach (var row in rows)
            {
                update.ApplyHistory(new RowChange(null, row));
            }
            update.NewStatements.Clear(); // they are in statements already
        }
        CloseMonths(update, tallies, new Month(int.MaxValue));
        await foreach (var (_, data) in state.ListAsync(ListenerPart.ImpressionDay, null, null, cancellationToken))
        {
            foreach (var row in HistoryDay.Read(data).Rows)
            {
                update.ApplyImpression(new RowChange(null, row));
            }
        }
        var head = update.Head;
        head.StatementsSummary = StatementsSummary.Pack(statements, listener);
        if (tallies.Count > 0)
        {
            var latest = new Month(tallies.Keys.Last());
            head.Latest = latest;
            head.LatestAffinities = Affinities.OfMonth(tallies[latest.Number]);
            head.EarlierAffinities = Affinities.OfEarlier(
                tallies.Where(t => t.Key != latest.Number).Select(t => (new Month(t.Key), t.Value)),
                latest
            );
            foreach (var month in tallies.Keys)
            {
                head.Months |= 1UL << (latest.Number - month);
            }
        }
        var stale = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var (name, _) in state.ListAsync(ListenerPart.Tally, null, null, cancellationToken))
        {
            stale.Add(name);
        }
        foreach (var (number, tally) in tallies)
        {
            var name = new Month(number).ToString();
            stale.Remove(name);
            await WriteIfChangedAsync(state, ListenerPart.Tally, name, tally.ToBytes(), writes, cancellationToken);
        }
        writes.AddRange(stale.Select(name => new ListenerWrite(ListenerPart.Tally, name, null)));
        await WriteIfChangedAsync(
            state,
            ListenerPart.Statements,
            "",
            statements.IsEmpty ? null : statements.ToBytes(),
            writes,
            cancellationToken
        );
        var headBytes = head.ToBytes();
        var headBefore = await state.ReadAsync(ListenerPart.Head, "", cancellationToken);
        // With any other write the head is written even if it stays the same: its version is what serialises updates.
        if (writes.Count > 0 || !headBefore.Span.SequenceEqual(headBytes))
        {
            writes.Add(new ListenerWrite(ListenerPart.Head, "", headBytes));
        }
    }

    private static void CloseMonths(HeadUpdate update, SortedDictionary<int, MonthTally> tallies, Month before)
    {
        foreach (var month in update.TallyChanges.Keys.Where(m => m.Number < before.Number).ToList())
        {
            // Packed and read again: its keys then keep its own bytes in memory, not those of all the month's days.
            var tally = MonthTally.Empty.With(update.TallyChanges[month]);
            tallies.Add(month.Number, MonthTally.Read(tally.ToBytes()));
            update.ForgetTallyChanges(month);
        }
        while (tallies.Count > 0 && tallies.Keys.First() <= tallies.Keys.Last() - Horizons.Months)
        {
            tallies.Remove(tallies.Keys.First());
        }
    }

    private static async ValueTask WriteIfChangedAsync(
        IListenerState state,
        ListenerPart part,
        string name,
        byte[]? data,
        List<ListenerWrite> writes,
        CancellationToken cancellationToken
    )
    {
        var known = await state.ReadAsync(part, name, cancellationToken);
        if (!known.Span.SequenceEqual(data))
        {
            writes.Add(new ListenerWrite(part, name, data));
        }
    }

    private static async ValueTask<Statements> ReadStatementsAsync(
        IListenerState state,
        CancellationToken cancellationToken
    )
    {
        var data = await state.ReadAsync(ListenerPart.Statements, "", cancellationToken);
        return data.IsEmpty ? Statements.Empty() : Statements.Read(data);
    }

    /// <summary>The state with some days already in their new form.</summary>
    private sealed class Overlay(IListenerState state, Dictionary<(ListenerPart Part, string Name), byte[]> days)
        : IListenerState
    {
        public ValueTask<ReadOnlyMemory<byte>> ReadAsync(
            ListenerPart part,
            string name,
            CancellationToken cancellationToken
        ) =>
            days.TryGetValue((part, name), out var data)
                ? new ValueTask<ReadOnlyMemory<byte>>(data)
                : state.ReadAsync(part, name, cancellationToken);

        public async IAsyncEnumerable<(string Name, ReadOnlyMemory<byte> Data)> ListAsync(
            ListenerPart part,
            string? fromInclusive,
            string? toExclusive,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
        )
        {
            var added = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
            foreach (var (key, data) in days)
            {
                if (
                    key.Part == part
                    && (fromInclusive is null || string.CompareOrdinal(key.Name, fromInclusive) >= 0)
                    && (toExclusive is null || string.CompareOrdinal(key.Name, toExclusive) < 0)
                )
                {
                    added.Add(key.Name, data);
                }
            }
            await foreach (var (name, data) in state.ListAsync(part, fromInclusive, toExclusive, cancellationToken))
            {
                while (added.Count > 0 && string.CompareOrdinal(added.Keys.First(), name) < 0)
                {
                    var first = added.First();
                    added.Remove(first.Key);
                    yield return (first.Key, first.Value);
                }
                yield return added.Remove(name, out var newer) ? (name, newer) : (name, data);
            }
            foreach (var (name, data) in added)
            {
                yield return (name, data);
            }
        }
    }
}
