using System.Text;

namespace Nocturne.Domain;

/// <summary>What a listener said outright: likes and hates, follows, excludes, settings. The latest word on each holds.</summary>
/// <remarks>
/// Each list keeps its latest subjects by (start, id) of their last event, up to a count; a subject taken back keeps
/// its place, for it is the latest word. Keeping the latest by a fixed key does not depend on order. Derived from
/// history; held in a document of its own beside the head.
/// Packed: version (1), then opinions, follows, excludes (count, then entries in key order, latest last), settings.
/// </remarks>
public sealed class Statements
{
    /// <summary>Most opinions (likes, hates, and such taken back) that are remembered.</summary>
    public const int MaxOpinions = 1_000;

    /// <summary>Most follows.</summary>
    public const int MaxFollows = 400;

    /// <summary>Most excludes.</summary>
    public const int MaxExcludes = 32;

    private const byte Version = 1;

    private readonly LatestBySubject _opinions;
    private readonly LatestBySubject _follows;
    private readonly LatestBySubject _excludes;
    private ReadOnlyMemory<byte> _settingsRow;

    private Statements(LatestBySubject opinions, LatestBySubject follows, LatestBySubject excludes)
    {
        _opinions = opinions;
        _follows = follows;
        _excludes = excludes;
    }

    /// <summary>Nothing said.</summary>
    public static Statements Empty() =>
        new(new LatestBySubject(MaxOpinions), new LatestBySubject(MaxFollows), new LatestBySubject(MaxExcludes));

    /// <summary>Whether nothing was ever said.</summary>
    public bool IsEmpty => _opinions.Count + _follows.Count + _excludes.Count == 0 && _settingsRow.IsEmpty;

    /// <summary>Opinions on items: 1 likes, -1 hates; the latest first.</summary>
    public IEnumerable<(ItemId Item, int Score)> ItemOpinions =>
        from entry in _opinions.LatestFirst
        where entry.Subject.Span[0] == 0 && entry.Value != 1
        select (new ItemId(TextOf(entry.Subject)), entry.Value - 1);

    /// <summary>Opinions on items, each with when it was given; the latest first.</summary>
    public IEnumerable<(ItemId Item, int Score, Instant At)> DatedItemOpinions =>
        from entry in _opinions.LatestFirst
        where entry.Subject.Span[0] == 0 && entry.Value != 1
        select (new ItemId(TextOf(entry.Subject)), entry.Value - 1, HistoryRow.StartOf(entry.Key.Span));

    /// <summary>Opinions on artists: 1 likes, -1 hates; the latest first.</summary>
    public IEnumerable<(ArtistId Artist, int Score)> ArtistOpinions =>
        from entry in _opinions.LatestFirst
        where entry.Subject.Span[0] == 1 && entry.Value != 1
        select (new ArtistId(TextOf(entry.Subject)), entry.Value - 1);

    /// <summary>Whom the listener follows; the latest first.</summary>
    public IEnumerable<ArtistId> Follows =>
        from entry in _follows.LatestFirst
        where entry.Value == 1
        select new ArtistId(TextOf(entry.Subject));

    /// <summary>What is out of the taste; the latest first.</summary>
    public IEnumerable<(ExcludeTarget Target, string Value)> Excludes =>
        from entry in _excludes.LatestFirst
        where entry.Value == 1
        select ((ExcludeTarget)entry.Subject.Span[0], TextOf(entry.Subject));

    /// <summary>The latest settings; null if there are none.</summary>
    public SettingsEvent? Settings(ListenerId listener) =>
        _settingsRow.IsEmpty ? null : (SettingsEvent)new HistoryRow(_settingsRow).ToEvent(listener);

    /// <summary>Reads packed statements.</summary>
    /// <exception cref="InvalidDataException">Not statements, or of a later version.</exception>
    public static Statements Read(ReadOnlyMemory<byte> data)
    {
        var reader = new PackedReader(data.Span);
        var version = reader.Byte();
        if (version != Version)
        {
            throw new InvalidDataException(
                $"A statements document has version {version}; this build reads {Version}. Deploy the build that wrote it."
            );
        }
        return new Statements(
            LatestBySubject.Read(ref reader, MaxOpinions),
            LatestBySubject.Read(ref reader, MaxFollows),
            LatestBySubject.Read(ref reader, MaxExcludes)
        )
        {
            _settingsRow = reader.Bytes().ToArray(),
        };
    }

    /// <summary>The packed statements.</summary>
    public byte[] ToBytes()
    {
        var writer = new PackedWriter(1_024);
        writer.Byte(Version);
        _opinions.Write(writer);
        _follows.Write(writer);
        _excludes.Write(writer);
        writer.Bytes(_settingsRow.Span);
        return writer.ToArray();
    }

    /// <summary>Whether a row of this kind is a statement.</summary>
    internal static bool IsStatement(EventKind kind) =>
        kind is EventKind.Feedback or EventKind.Follow or EventKind.Settings or EventKind.Exclude;

    /// <summary>Takes one row in.</summary>
    internal void Add(HistoryRow row)
    {
        var reader = new PackedReader(row.Bytes.Span);
        reader.Raw(row.Key.Length + 1);
        switch (row.Kind)
        {
            case EventKind.Feedback:
                var score = reader.Byte();
                _opinions.Add(row.Key, SubjectOf(reader.Byte(), reader.Bytes()), score);
                break;
            case EventKind.Follow:
                var follows = reader.Byte();
                _follows.Add(row.Key, SubjectOf(0, reader.Bytes()), follows);
                break;
            case EventKind.Exclude:
                var target = reader.Byte();
                var isOn = reader.Byte();
                _excludes.Add(row.Key, SubjectOf(target, reader.Bytes()), isOn);
                break;
            case EventKind.Settings:
                if (_settingsRow.IsEmpty || HistoryRow.CompareKeys(row.Bytes.Span, _settingsRow.Span) >= 0)
                {
                    _settingsRow = row.Bytes.ToArray();
                }
                break;
        }
    }

    /// <summary>The active excludes as the head keeps them: count, then target, length and value, in byte order.</summary>
    internal byte[] PackExcludes()
    {
        var active = _excludes.LatestFirst.Where(entry => entry.Value == 1).Select(entry => entry.Subject).ToList();
        active.Sort(static (a, b) => a.Span.SequenceCompareTo(b.Span));
        var writer = new PackedWriter();
        writer.Varint(active.Count);
        foreach (var subject in active)
        {
            writer.Bytes(subject.Span);
        }
        return writer.ToArray();
    }

    private static byte[] SubjectOf(byte space, ReadOnlySpan<byte> id)
    {
        var subject = new byte[id.Length + 1];
        subject[0] = space;
        id.CopyTo(subject.AsSpan(1));
        return subject;
    }

    private static string TextOf(ReadOnlyMemory<byte> subject) => Encoding.UTF8.GetString(subject.Span[1..]);

    /// <summary>The latest value by subject, for the subjects with the latest keys.</summary>
    private sealed class LatestBySubject(int max)
    {
        private readonly Dictionary<ReadOnlyMemory<byte>, (ReadOnlyMemory<byte> Key, byte Value)> _entries = new(
            BytesComparer.Instance
        );

        public int Count => _entries.Count;

        public IEnumerable<(ReadOnlyMemory<byte> Subject, ReadOnlyMemory<byte> Key, byte Value)> LatestFirst
        {
            get
            {
                var entries = _entries.Select(entry => (entry.Key, entry.Value.Key, entry.Value.Value)).ToArray();
                Array.Sort(entries, static (a, b) => Compare((b.Item1, b.Item2), (a.Item1, a.Item2)));
                return entries;
            }
        }

        public static LatestBySubject Read(ref PackedReader reader, int max)
        {
            var latest = new LatestBySubject(max);
            for (var left = reader.Count(); left > 0; left--)
            {
                var subject = reader.Bytes().ToArray();
                latest._entries[subject] = (reader.Bytes().ToArray(), reader.Byte());
            }
            return latest;
        }

        public void Write(PackedWriter writer)
        {
            writer.Varint(_entries.Count);
            foreach (var (subject, key, value) in LatestFirst.Reverse())
            {
                writer.Bytes(subject.Span);
                writer.Bytes(key.Span);
                writer.Byte(value);
            }
        }

        public void Add(ReadOnlyMemory<byte> key, byte[] subject, byte value)
        {
            if (_entries.TryGetValue(subject, out var known) && HistoryRow.CompareKeys(key.Span, known.Key.Span) < 0)
            {
                return;
            }
            _entries[subject] = (key.ToArray(), value); // a copy: the row may lie in a day that need not stay in memory
            if (_entries.Count > max)
            {
                _entries.Remove(
                    _entries
                        .MinBy(
                            entry => (entry.Key, entry.Value.Key),
                            Comparer<(ReadOnlyMemory<byte>, ReadOnlyMemory<byte>)>.Create(Compare)
                        )
                        .Key
                );
            }
        }

        private static int Compare(
            (ReadOnlyMemory<byte> Subject, ReadOnlyMemory<byte> Key) left,
            (ReadOnlyMemory<byte> Subject, ReadOnlyMemory<byte> Key) right
        )
        {
            var byKey = HistoryRow.CompareKeys(left.Key.Span, right.Key.Span);
            return byKey != 0 ? byKey : left.Subject.Span.SequenceCompareTo(right.Subject.Span);
        }
    }
}
