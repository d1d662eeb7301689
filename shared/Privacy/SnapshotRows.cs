using System.Text;

namespace Nocturne.Privacy;

/// <summary>Takes listeners' rows out of a shard of a night's snapshot, and leaves the others' bytes as they are.</summary>
/// <remarks>The form is RunNight's (docs/contracts.md, The snapshot); here only the lengths of its fields matter.</remarks>
internal static class SnapshotRows
{
    private const string Magic = "NOCTURNE-SNAPSHOT-3";

    /// <summary>The shard without the rows of <paramref name="isGone"/>; null where it has none of them.</summary>
    /// <exception cref="InvalidDataException">Not a snapshot of this version, or cut short.</exception>
    public static byte[]? Without(byte[] shard, Func<string, bool> isGone, out List<string> gone, string name)
    {
        gone = [];
        using var stream = new MemoryStream(shard, writable: false);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        using var rest = new MemoryStream(shard.Length);
        using var writer = new BinaryWriter(rest, Encoding.UTF8);
        try
        {
            if (reader.ReadString() != Magic)
            {
                throw new InvalidDataException(
                    $"{name} is not a snapshot of this version: deploy the build that wrote it, or delete the run's objects."
                );
            }
            writer.Write(Magic);
            var kept = 0;
            for (var start = stream.Position; reader.ReadByte() == 1; start = stream.Position)
            {
                var listener = SkipRow(reader);
                if (isGone(listener))
                {
                    gone.Add(listener);
                }
                else
                {
                    writer.Write(shard.AsSpan((int)start..(int)stream.Position));
                    kept++;
                }
            }
            if (reader.Read7BitEncodedInt() != kept + gone.Count)
            {
                throw new InvalidDataException($"{name} does not hold the listeners that it says.");
            }
            writer.Write((byte)0);
            writer.Write7BitEncodedInt(kept);
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException)
        {
            throw new InvalidDataException($"{name} is cut short.", e);
        }
        writer.Flush();
        return gone.Count == 0 ? null : rest.ToArray();
    }

    private static string SkipRow(BinaryReader reader)
    {
        var listener = reader.ReadString();
        reader.ReadString(); // market
        reader.ReadByte(); // explicit content
        for (var items = reader.Read7BitEncodedInt(); items > 0; items--)
        {
            SkipItem(reader);
            Skip(reader, integers: 5);
        }
        for (var list = 0; list < 4; list++) // liked, hated, hated artists, follows
        {
            for (var texts = reader.Read7BitEncodedInt(); texts > 0; texts--)
            {
                reader.ReadString();
            }
        }
        reader.ReadString(); // time zone
        reader.Read7BitEncodedInt(); // hours of a week
        for (var hours = reader.Read7BitEncodedInt(); hours > 0; hours--)
        {
            Skip(reader, integers: 2);
        }
        for (var plays = reader.Read7BitEncodedInt(); plays > 0; plays--)
        {
            reader.ReadInt64(); // start
            SkipItem(reader);
            reader.ReadByte(); // flags
        }
        for (var unfinished = reader.Read7BitEncodedInt(); unfinished > 0; unfinished--)
        {
            SkipItem(reader);
            Skip(reader, integers: 2);
            reader.ReadInt64(); // last played
        }
        SkipBytes(reader); // what else was heard
        SkipBytes(reader); // the past
        reader.ReadUInt64(); // fingerprint
        reader.ReadString(); // the object of a listener at rest
        reader.Read7BitEncodedInt(); // its epoch
        return listener;
    }

    private static void SkipItem(BinaryReader reader)
    {
        reader.ReadString(); // item
        reader.ReadByte(); // kind
        reader.ReadString(); // artist or show
    }

    private static void Skip(BinaryReader reader, int integers)
    {
        for (; integers > 0; integers--)
        {
            reader.Read7BitEncodedInt64();
        }
    }

    private static void SkipBytes(BinaryReader reader)
    {
        var length = reader.Read7BitEncodedInt();
        if (reader.BaseStream.Length - reader.BaseStream.Position < length)
        {
            throw new EndOfStreamException();
        }
        reader.BaseStream.Position += length;
    }
}
