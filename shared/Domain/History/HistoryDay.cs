namespace Nocturne.Domain;

/// <summary>A change of one row in a day: added (no before), replaced, or dropped by the bound (no after).</summary>
/// <param name="Before">The row that was there.</param>
/// <param name="After">The row that is there now.</param>
public readonly record struct RowChange(HistoryRow? Before, HistoryRow? After);

/// <summary>
/// A listener's events of one UTC day, the truth from which everything else follows: at once the history, the ledger
/// by which duplicates are known, and what retroactive excludes and deletion work on.
/// </summary>
/// <remarks>
/// <para>
/// Rows are kept in key order, the latest first in line for the bound: the longest run of latest rows whose charge
/// is at most <see cref="MaxCharge"/>. The key of the latest row that did not fit is kept as the watermark; rows at
/// or before it are refused. That makes the day a function of the set of events, in whatever order they come:
/// charges under one key only grow (a longer row wins, and a retraction is charged as the longest), so a row once
/// out would be out in every order; and the watermark keeps out a smaller duplicate of it that might fit.
/// </para>
/// <para>Packed: version (1), watermark (0, or 1 and a key), count, then each row behind its length.</para>
/// </remarks>
public sealed class HistoryDay
{
    /// <summary>Bytes that a day's rows may be charged: with framing well under the 256 KiB of a history document.</summary>
    public const int MaxCharge = 192 << 10;

    private const byte Version = 1;
    private const int RowFraming = 4;

    private readonly HistoryRow[] _rows;
    private readonly ReadOnlyMemory<byte> _watermark;

    private HistoryDay(HistoryRow[] rows, ReadOnlyMemory<byte> watermark)
    {
        _rows = rows;
        _watermark = watermark;
    }

    /// <summary>A day without events.</summary>
    public static HistoryDay Empty { get; } = new([], default);

    /// <summary>The rows, by start and id.</summary>
    public IReadOnlyList<HistoryRow> Rows => _rows;

    /// <summary>Whether the bound has dropped events of this day.</summary>
    public bool IsSaturated => !_watermark.IsEmpty;

    /// <summary>Reads a packed day; the rows refer to <paramref name="data"/>.</summary>
    /// <exception cref="InvalidDataException">Not a day, or of a later version.</exception>
    public static HistoryDay Read(ReadOnlyMemory<byte> data)
    {
        var reader = new PackedReader(data.Span);
        var version = reader.Byte();
        if (version != Version)
        {
            throw new InvalidDataException(
                $"A history document has version {version}; this build reads {Version}. Deploy the build that wrote it."
            );
        }
        ReadOnlyMemory<byte> watermark = default;
        if (reader.Byte() == 1)
        {
            var from = reader.Position;
            reader.Instant();
            reader.ShortBytes();
            watermark = data[from..reader.Position];
        }
        var rows = new HistoryRow[reader.Count()];
        for (var i = 0; i < rows.Length; i++)
        {
            var length = reader.Bytes().Length;
            rows[i] = new HistoryRow(data.Slice(reader.Position - length, length));
        }
        return new HistoryDay(rows, watermark);
    }

    /// <summary>The packed day.</summary>
    public byte[] ToBytes()
    {
        var size = 2 + _watermark.Length + PackedWriter.VarintSize(_rows.Length);
        foreach (var row in _rows)
        {
            size += PackedWriter.VarintSize(row.Bytes.Length) + row.Bytes.Length;
        }
        var writer = new PackedWriter(size);
        writer.Byte(Version);
        writer.Byte(_watermark.IsEmpty ? (byte)0 : (byte)1);
        writer.Raw(_watermark.Span);
        writer.Varint(_rows.Length);
        foreach (var row in _rows)
        {
            writer.Bytes(row.Bytes.Span);
        }
        return writer.ToArray();
    }

    /// <summary>The day with <paramref name="incoming"/> taken in.</summary>
    /// <param name="incoming">Rows of this day, in any order, with any duplicates.</param>
    /// <param name="changes">Gets every change of a row.</param>
    /// <returns>This very day if it already said all of it; without changes, another one if the bound refused rows.</returns>
    public HistoryDay With(IEnumerable<HistoryRow> incoming, List<RowChange> changes)
    {
        var added = incoming.ToArray();
        Array.Sort(added, static (a, b) => HistoryRow.CompareKeys(a.Bytes.Span, b.Bytes.Span));
        var merged = new List<(HistoryRow? Before, HistoryRow After)>(_rows.Length + added.Length);
        var anyNew = false;
        for (int old = 0, next = 0; old < _rows.Length || next < added.Length; )
        {
            var order =
                old == _rows.Length ? 1
                : next == added.Length ? -1
                : HistoryRow.CompareKeys(_rows[old].Bytes.Span, added[next].Bytes.Span);
            if (order < 0)
            {
                merged.Add((_rows[old], _rows[old]));
                old++;
                continue;
            }
            HistoryRow? before = order == 0 ? _rows[old++] : null;
            var winner = before ?? added[next];
            var isOld = before is not null;
            for (var first = next; next < added.Length && SameKey(added[first], added[next]); next++)
            {
                if (HistoryRow.Wins(added[next].Bytes.Span, winner.Bytes.Span))
                {
                    winner = added[next];
                    isOld = false;
                }
            }
            if (isOld || !IsBehindWatermark(winner))
            {
                anyNew |= !isOld;
                merged.Add((before, winner));
            }
        }
        return anyNew ? Bound(merged, changes) : this;
    }

    private static bool SameKey(HistoryRow left, HistoryRow right) =>
        HistoryRow.CompareKeys(left.Bytes.Span, right.Bytes.Span) == 0;

    private static int ChargeOf(HistoryRow row) =>
        (row.Kind == EventKind.Retract ? HistoryRow.MaxBytes : row.Bytes.Length) + RowFraming;

    private bool IsBehindWatermark(HistoryRow row) =>
        !_watermark.IsEmpty && HistoryRow.CompareKeys(row.Bytes.Span, _watermark.Span) <= 0;

    private HistoryDay Bound(List<(HistoryRow? Before, HistoryRow After)> merged, List<RowChange> changes)
    {
        var charge = 0;
        var kept = merged.Count;
        while (kept > 0 && charge + ChargeOf(merged[kept - 1].After) <= MaxCharge)
        {
            charge += ChargeOf(merged[--kept].After);
        }
        for (var i = 0; i < merged.Count; i++)
        {
            var (before, after) = merged[i];
            if (i < kept)
            {
                if (before is not null)
                {
                    changes.Add(new RowChange(before, null));
                }
            }
            else if (before is not { } old || !old.Bytes.Span.SequenceEqual(after.Bytes.Span))
            {
                changes.Add(new RowChange(before, after));
            }
        }
        var rows = new HistoryRow[merged.Count - kept];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = merged[kept + i].After;
        }
        var watermark = kept == 0 ? _watermark : merged[kept - 1].After.Key;
        return new HistoryDay(rows, watermark);
    }
}
