namespace Nocturne.Domain;

/// <summary>Counts over a listener's whole kept history; integers that add and subtract exactly.</summary>
/// <param name="Plays">Plays that count towards the taste.</param>
/// <param name="Streams">Of these, streams.</param>
/// <param name="Skips">Of these, skips.</param>
/// <param name="MsPlayed">Milliseconds played.</param>
/// <param name="ExcludedPlays">Plays kept in history but excluded from the taste.</param>
/// <param name="Statements">Opinions, follows, excludes and settings.</param>
/// <param name="Impressions">Items shown.</param>
public readonly record struct Totals(
    long Plays,
    long Streams,
    long Skips,
    long MsPlayed,
    long ExcludedPlays,
    long Statements,
    long Impressions
);

/// <summary>
/// The head of a listener's state as it is stored and kept up: the one document that a request reads. A function of
/// the listener's history days; <see cref="ListenerProfile"/> is its readable form.
/// </summary>
/// <remarks>
/// Packed: version (1), totals, hours of the week (non-zero ones), excludes, recent plays, recent impressions,
/// the summary of statements, latest month, which of the 48 months up to it have plays, the affinities of the months
/// before the latest, those of the latest. Every section has a bound; together at most <see cref="MaxBytes"/>.
/// </remarks>
internal sealed class ListenerHead
{
    /// <summary>The bound that every head keeps; a test holds the worst case against it.</summary>
    public const int MaxBytes = 64 << 10;

    public const int MaxRecentPlays = 32;
    public const int MaxRecentImpressions = 16;
    public const int HoursPerWeek = 168;

    private const byte Version = 1;

    public Totals Totals { get; set; }

    public long[] Hours { get; private set; } = new long[HoursPerWeek];

    public ReadOnlyMemory<byte> Excludes { get; set; } = new byte[] { 0 };

    /// <summary>The latest plays' rows, in key order, excluded ones left out; only key, flags and item are kept.</summary>
    public List<RecentEntry> RecentPlays { get; private set; } = [];

    public List<RecentEntry> RecentImpressions { get; private set; } = [];

    public ReadOnlyMemory<byte> StatementsSummary { get; set; }

    public Month? Latest { get; set; }

    /// <summary>Bit i: the month i before the latest has plays.</summary>
    public ulong Months { get; set; }

    public ReadOnlyMemory<byte> EarlierAffinities { get; set; } = new byte[] { 0, 0 };

    public ReadOnlyMemory<byte> LatestAffinities { get; set; } = new byte[] { 0, 0 };

    public static ListenerHead Read(ReadOnlyMemory<byte> data)
    {
        var reader = new PackedReader(data.Span);
        var version = reader.Byte();
        if (version != Version)
        {
            throw new InvalidDataException(
                $"A profile has version {version}; this build reads {Version}. Deploy the build that wrote it, or rebuild."
            );
        }
        var head = new ListenerHead
        {
            Totals = new Totals(
                reader.Varint(),
                reader.Varint(),
                reader.Varint(),
                reader.Varint(),
                reader.Varint(),
                reader.Varint(),
                reader.Varint()
            ),
        };
        var hour = -1;
        for (var left = reader.Count(); left > 0; left--)
        {
            hour += reader.Byte();
            head.Hours[hour] = reader.Varint();
        }
        head.Excludes = Section(data, ref reader);
        head.RecentPlays = ReadRecents(data, ref reader);
        head.RecentImpressions = ReadRecents(data, ref reader);
        head.StatementsSummary = Section(data, ref reader);
        var latest = reader.Count();
        head.Latest = latest == 0 ? null : new Month(latest);
        head.Months = (ulong)reader.Varint();
        head.EarlierAffinities = Section(data, ref reader);
        head.LatestAffinities = Section(data, ref reader);
        return head;
    }

    public byte[] ToBytes()
    {
        var writer = new PackedWriter(4_096);
        writer.Byte(Version);
        writer.Varint(Totals.Plays);
        writer.Varint(Totals.Streams);
        writer.Varint(Totals.Skips);
        writer.Varint(Totals.MsPlayed);
        writer.Varint(Totals.ExcludedPlays);
        writer.Varint(Totals.Statements);
        writer.Varint(Totals.Impressions);
        writer.Varint(Hours.Length - Hours.AsSpan().Count(0L));
        var previous = -1;
        for (var hour = 0; hour < Hours.Length; hour++)
        {
            if (Hours[hour] != 0)
            {
                writer.Byte((byte)(hour - previous));
                writer.Varint(Hours[hour]);
                previous = hour;
            }
        }
        writer.Bytes(Excludes.Span);
        WriteRecents(writer, RecentPlays);
        WriteRecents(writer, RecentImpressions);
        writer.Bytes(StatementsSummary.Span);
        writer.Varint(Latest?.Number ?? 0);
        writer.Varint((long)Months);
        writer.Bytes(EarlierAffinities.Span);
        writer.Bytes(LatestAffinities.Span);
        return writer.Length <= MaxBytes
            ? writer.ToArray()
            : throw new InvalidOperationException($"A head of {writer.Length} bytes: a section's bound is wrong.");
    }

    /// <summary>Whether a play is out of the taste.</summary>
    public bool IsExcluded(PlayRow play)
    {
        if (Excludes.Length <= 1)
        {
            return false;
        }
        var reader = new PackedReader(Excludes.Span);
        for (var left = reader.Count(); left > 0; left--)
        {
            var subject = reader.Bytes();
            var value = (ExcludeTarget)subject[0] switch
            {
                ExcludeTarget.Session => play.Session,
                ExcludeTarget.Device => play.Device,
                _ => play.Context,
            };
            if (value.SequenceEqual(subject[1..]))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Whether the month has a tally.</summary>
    public bool HasMonth(Month month) =>
        Latest is { } latest
        && latest.Number - month.Number is >= 0 and < Horizons.Months
        && (Months >> (latest.Number - month.Number) & 1) == 1;

    private static ReadOnlyMemory<byte> Section(ReadOnlyMemory<byte> data, ref PackedReader reader)
    {
        var length = reader.Bytes().Length;
        return data.Slice(reader.Position - length, length);
    }

    private static List<RecentEntry> ReadRecents(ReadOnlyMemory<byte> data, ref PackedReader reader)
    {
        var count = reader.Count();
        var recents = new List<RecentEntry>(count + 4);
        for (var i = 0; i < count; i++)
        {
            var from = reader.Position;
            reader.Instant();
            reader.ShortBytes();
            var key = data[from..reader.Position];
            recents.Add(new RecentEntry(key, Section(data, ref reader)));
        }
        return recents;
    }

    private static void WriteRecents(PackedWriter writer, List<RecentEntry> recents)
    {
        writer.Varint(recents.Count);
        foreach (var recent in recents)
        {
            writer.Raw(recent.Key.Span);
            writer.Bytes(recent.Body.Span);
        }
    }

    /// <summary>One of the latest rows: its key and what the head keeps of it.</summary>
    internal readonly record struct RecentEntry(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Body);
}
