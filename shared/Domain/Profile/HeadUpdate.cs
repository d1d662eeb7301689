namespace Nocturne.Domain;

/// <summary>
/// Carries row changes into a head: what adds and subtracts exactly is done here, what does not is marked by
/// <see cref="MustDerive"/>, and the head is then derived from the days from scratch. Both give the same bytes.
/// </summary>
internal sealed class HeadUpdate(ListenerHead head)
{
    private readonly Dictionary<Month, List<MonthTally.Entry>> _tallyChanges = [];

    /// <summary>The head being updated.</summary>
    public ListenerHead Head => head;

    /// <summary>Whether a change cannot be made without the rest of the history.</summary>
    public bool MustDerive { get; private set; }

    /// <summary>Statement rows that were added.</summary>
    public List<HistoryRow> NewStatements { get; } = [];

    /// <summary>What changes in the months' tallies.</summary>
    public IReadOnlyDictionary<Month, List<MonthTally.Entry>> TallyChanges => _tallyChanges;

    /// <summary>Carries one change of the history in.</summary>
    public void ApplyHistory(RowChange change)
    {
        if (change.Before is { } before)
        {
            Count(before, -1);
            if (Statements.IsStatement(before.Kind))
            {
                MustDerive = true;
            }
        }
        if (change.After is { } after)
        {
            Count(after, 1);
            if (Statements.IsStatement(after.Kind))
            {
                NewStatements.Add(after);
            }
        }
        var gone = change.Before is { } old && IsRecentPlay(old) ? old.Key : default;
        var came = change.After is { } added && IsRecentPlay(added) ? RecentOf(added) : (ListenerHead.RecentEntry?)null;
        Replace(head.RecentPlays, ListenerHead.MaxRecentPlays, gone, came);
    }

    /// <summary>Carries one change of the impressions in.</summary>
    public void ApplyImpression(RowChange change)
    {
        var counted = (change.After is null ? 0 : 1) - (change.Before is null ? 0 : 1);
        head.Totals = head.Totals with { Impressions = head.Totals.Impressions + counted };
        Replace(
            head.RecentImpressions,
            ListenerHead.MaxRecentImpressions,
            change.Before?.Key ?? default,
            change.After is { } added ? new ListenerHead.RecentEntry(added.Key, ImpressionBody(added)) : null
        );
    }

    /// <summary>Drops the changes of one month, once they are in its tally.</summary>
    public void ForgetTallyChanges(Month month) => _tallyChanges.Remove(month);

    private void Count(HistoryRow row, int sign)
    {
        var totals = head.Totals;
        if (row.Kind != EventKind.Play)
        {
            head.Totals = totals with
            {
                Statements = totals.Statements + (Statements.IsStatement(row.Kind) ? sign : 0),
            };
            return;
        }
        var play = new PlayRow(row.Bytes.Span);
        if (head.IsExcluded(play))
        {
            head.Totals = totals with { ExcludedPlays = totals.ExcludedPlays + sign };
            return;
        }
        var stream = play.IsStream ? sign : 0;
        var skip = play.IsSkip ? sign : 0;
        head.Totals = totals with
        {
            Plays = totals.Plays + sign,
            Streams = totals.Streams + stream,
            Skips = totals.Skips + skip,
            MsPlayed = totals.MsPlayed + ((long)sign * play.MsPlayed),
        };
        var start = row.StartedAt;
        head.Hours[start.HourOfWeek] += stream;
        var date = start.Date;
        var month = Month.Of(date);
        if (!_tallyChanges.TryGetValue(month, out var changes))
        {
            _tallyChanges.Add(month, changes = []);
        }
        // The key's memory, not a copy: rows outlive the update.
        var keyStart = row.Bytes.Span.IndexOf(play.TallyKey);
        changes.Add(
            new MonthTally.Entry(
                row.Bytes.Slice(keyStart, play.TallyKey.Length),
                sign,
                stream,
                skip,
                stream * Horizons.ShortWeight(date.Day)
            )
        );
    }

    private bool IsRecentPlay(HistoryRow row) =>
        row.Kind == EventKind.Play && !head.IsExcluded(new PlayRow(row.Bytes.Span));

    private void Replace(
        List<ListenerHead.RecentEntry> recents,
        int max,
        ReadOnlyMemory<byte> gone,
        ListenerHead.RecentEntry? came
    )
    {
        if (!gone.IsEmpty)
        {
            var at = Find(recents, gone.Span);
            if (at >= 0 && came is { } replacement)
            {
                recents[at] = replacement; // rows of one change have one key
                return;
            }
            if (at >= 0)
            {
                // With the list full, an older row that the head does not know takes the place.
                MustDerive |= recents.Count == max;
                recents.RemoveAt(at);
            }
        }
        if (came is not { } entry)
        {
            return;
        }
        var place = Find(recents, entry.Key.Span);
        if (place < 0)
        {
            recents.Insert(~place, entry);
            if (recents.Count > max)
            {
                recents.RemoveAt(0);
            }
        }
    }

    private static int Find(List<ListenerHead.RecentEntry> recents, ReadOnlySpan<byte> key)
    {
        var low = 0;
        var high = recents.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var order = HistoryRow.CompareKeys(recents[middle].Key.Span, key);
            if (order == 0)
            {
                return middle;
            }
            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }
        return ~low;
    }

    private static ListenerHead.RecentEntry RecentOf(HistoryRow row)
    {
        var play = new PlayRow(row.Bytes.Span);
        var body = new byte[play.TallyKey.Length + 1];
        body[0] = (byte)((play.IsStream ? 1 : 0) | (play.IsSkip ? 2 : 0));
        play.TallyKey.CopyTo(body.AsSpan(1));
        return new ListenerHead.RecentEntry(row.Key, body);
    }

    private static ReadOnlyMemory<byte> ImpressionBody(HistoryRow row)
    {
        var from = row.Key.Length + 1;
        var reader = new PackedReader(row.Bytes.Span);
        reader.Raw(from);
        reader.Bytes(); // item
        reader.Bytes(); // playlist
        reader.Varint(); // slot
        return row.Bytes[from..reader.Position];
    }
}
