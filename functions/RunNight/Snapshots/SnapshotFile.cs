using System.Text;
using Nocturne.Domain;
using Nocturne.Playlists;

namespace Nocturne.RunNight.Snapshots;

/// <summary>Writes a snapshot shard: magic, listeners each behind a 1, a closing 0 and their count.</summary>
internal sealed class SnapshotWriter : IDisposable
{
    internal const string Magic = "NOCTURNE-SNAPSHOT-3";

    private readonly BinaryWriter _writer;
    private int _count;

    public SnapshotWriter(Stream stream)
    {
        _writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        _writer.Write(Magic);
    }

    public void Write(SnapshotListener listener)
    {
        _count++;
        _writer.Write((byte)1);
        _writer.Write(listener.Listener.Value);
        _writer.Write(listener.Market ?? "");
        _writer.Write(
            listener.AllowsExplicit switch
            {
                null => (byte)0,
                false => (byte)1,
                true => (byte)2,
            }
        );
        _writer.Write7BitEncodedInt(listener.Items.Count);
        foreach (var item in listener.Items)
        {
            _writer.Write(item.Item.Value);
            _writer.Write((byte)item.Kind);
            _writer.Write(item.Artist?.Value ?? "");
            _writer.Write7BitEncodedInt64(item.Plays);
            _writer.Write7BitEncodedInt64(item.Streams);
            _writer.Write7BitEncodedInt64(item.Skips);
            _writer.Write7BitEncodedInt64(item.Short);
            _writer.Write7BitEncodedInt64(item.Long);
        }
        Write(listener.Liked.Select(item => item.Value).ToList());
        Write(listener.Hated.Select(item => item.Value).ToList());
        Write(listener.HatedArtists.Select(artist => artist.Value).ToList());
        Write(listener.Follows.Select(artist => artist.Value).ToList());
        _writer.Write(listener.TimeZone ?? "");
        WriteHours(listener.StreamsByHourOfWeek);
        _writer.Write7BitEncodedInt(listener.RecentPlays.Count);
        foreach (var play in listener.RecentPlays)
        {
            _writer.Write(play.StartedAt.UnixMilliseconds);
            _writer.Write(play.Item.Value);
            _writer.Write((byte)play.ItemKind);
            _writer.Write(play.Artist?.Value ?? "");
            _writer.Write((byte)((play.IsStream ? 1 : 0) | (play.IsSkip ? 2 : 0)));
        }
        _writer.Write7BitEncodedInt(listener.Unfinished.Count);
        foreach (var item in listener.Unfinished)
        {
            _writer.Write(item.Item.Value);
            _writer.Write((byte)item.Kind);
            _writer.Write(item.Show?.Value ?? "");
            _writer.Write7BitEncodedInt64((long)item.Position.TotalMilliseconds);
            _writer.Write7BitEncodedInt64(item.Duration is { } duration ? (long)duration.TotalMilliseconds + 1 : 0);
            _writer.Write(item.LastPlayed.UnixMilliseconds);
        }
        Write(listener.AlsoHeard.Span);
        Write(listener.Past.Span);
        _writer.Write(listener.Fingerprint);
        _writer.Write(listener.RestingObject);
        _writer.Write7BitEncodedInt(listener.RestingEpoch);
    }

    public void Dispose()
    {
        _writer.Write((byte)0);
        _writer.Write7BitEncodedInt(_count);
        _writer.Dispose();
    }

    /// <summary>The hours that are not 0: most listeners have a few dozen.</summary>
    private void WriteHours(IReadOnlyList<long> hours)
    {
        _writer.Write7BitEncodedInt(hours.Count);
        var left = hours.Count(streams => streams != 0);
        _writer.Write7BitEncodedInt(left);
        for (var hour = 0; left > 0; hour++)
        {
            if (hours[hour] != 0)
            {
                _writer.Write7BitEncodedInt(hour);
                _writer.Write7BitEncodedInt64(hours[hour]);
                left--;
            }
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _writer.Write7BitEncodedInt(bytes.Length);
        _writer.Write(bytes);
    }

    private void Write(List<string> texts)
    {
        _writer.Write7BitEncodedInt(texts.Count);
        texts.ForEach(_writer.Write);
    }
}

/// <summary>Reads what <see cref="SnapshotWriter"/> wrote.</summary>
internal static class SnapshotReader
{
    /// <summary>The listeners of a shard, one at a time.</summary>
    /// <exception cref="InvalidDataException">Not a snapshot, or cut short.</exception>
    public static IEnumerable<SnapshotListener> Read(Stream stream, string name)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        if (reader.ReadString() != SnapshotWriter.Magic)
        {
            throw new InvalidDataException($"{name} is not a snapshot of this version.");
        }
        var count = 0;
        while (reader.ReadByte() == 1)
        {
            count++;
            yield return ReadListener(reader);
        }
        if (reader.Read7BitEncodedInt() != count)
        {
            throw new InvalidDataException($"{name} does not hold the listeners that it says.");
        }
    }

    private static SnapshotListener ReadListener(BinaryReader reader)
    {
        var listener = new ListenerId(reader.ReadString());
        var market = reader.ReadString();
        var allowsExplicit = reader.ReadByte();
        var items = new SnapshotItem[reader.Read7BitEncodedInt()];
        for (var i = 0; i < items.Length; i++)
        {
            var item = new ItemId(reader.ReadString());
            var kind = (ItemKind)reader.ReadByte();
            var artist = reader.ReadString();
            items[i] = new SnapshotItem(
                item,
                kind,
                artist.Length == 0 ? null : new ArtistId(artist),
                reader.Read7BitEncodedInt64(),
                reader.Read7BitEncodedInt64(),
                reader.Read7BitEncodedInt64(),
                reader.Read7BitEncodedInt64(),
                reader.Read7BitEncodedInt64()
            );
        }
        return new SnapshotListener(
            listener,
            market.Length == 0 ? null : market,
            allowsExplicit switch
            {
                1 => false,
                2 => true,
                _ => null,
            },
            items,
            ReadTexts(reader, text => new ItemId(text)),
            ReadTexts(reader, text => new ItemId(text)),
            ReadTexts(reader, text => new ArtistId(text)),
            ReadTexts(reader, text => new ArtistId(text))
        )
        {
            TimeZone = ReadOrNull(reader),
            StreamsByHourOfWeek = ReadHours(reader),
            RecentPlays = ReadPlays(reader),
            Unfinished = ReadUnfinished(reader),
            AlsoHeard = reader.ReadBytes(reader.Read7BitEncodedInt()),
            Past = reader.ReadBytes(reader.Read7BitEncodedInt()),
            Fingerprint = reader.ReadUInt64(),
            RestingObject = reader.ReadString(),
            RestingEpoch = reader.Read7BitEncodedInt(),
        };
    }

    private static long[] ReadHours(BinaryReader reader)
    {
        var hours = new long[reader.Read7BitEncodedInt()];
        for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
        {
            var hour = reader.Read7BitEncodedInt();
            hours[hour] = reader.Read7BitEncodedInt64();
        }
        return hours;
    }

    private static RecentPlay[] ReadPlays(BinaryReader reader)
    {
        var plays = new RecentPlay[reader.Read7BitEncodedInt()];
        for (var i = 0; i < plays.Length; i++)
        {
            var startedAt = new Instant(reader.ReadInt64());
            var item = new ItemId(reader.ReadString());
            var kind = (ItemKind)reader.ReadByte();
            var artist = ReadOrNull(reader) is { } text ? new ArtistId(text) : default(ArtistId?);
            var flags = reader.ReadByte();
            plays[i] = new RecentPlay(startedAt, item, kind, artist, (flags & 1) != 0, (flags & 2) != 0);
        }
        return plays;
    }

    private static UnfinishedItem[] ReadUnfinished(BinaryReader reader)
    {
        var items = new UnfinishedItem[reader.Read7BitEncodedInt()];
        for (var i = 0; i < items.Length; i++)
        {
            var item = new ItemId(reader.ReadString());
            var kind = (ItemKind)reader.ReadByte();
            var show = ReadOrNull(reader) is { } text ? new ArtistId(text) : default(ArtistId?);
            var position = TimeSpan.FromMilliseconds(reader.Read7BitEncodedInt64());
            var duration = reader.Read7BitEncodedInt64();
            items[i] = new UnfinishedItem(
                item,
                kind,
                show,
                position,
                duration == 0 ? null : TimeSpan.FromMilliseconds(duration - 1),
                new Instant(reader.ReadInt64())
            );
        }
        return items;
    }

    private static string? ReadOrNull(BinaryReader reader) => reader.ReadString() is { Length: > 0 } text ? text : null;

    private static T[] ReadTexts<T>(BinaryReader reader, Func<string, T> wrap)
    {
        var texts = new T[reader.Read7BitEncodedInt()];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = wrap(reader.ReadString());
        }
        return texts;
    }
}
