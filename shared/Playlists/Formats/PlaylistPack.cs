using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Nocturne.Domain;

namespace Nocturne.Playlists;

/// <summary>What a night stores of one listener.</summary>
/// <param name="Listener">Who.</param>
/// <param name="Run">The run that wrote it.</param>
/// <param name="Playlists">Each kind once, with its <see cref="Playlist.Trace"/>.</param>
/// <param name="Memory">What the next night is to know.</param>
public sealed record PackedPlaylists(
    ListenerId Listener,
    string Run,
    IReadOnlyList<Playlist> Playlists,
    ListenerMemory Memory
)
{
    /// <summary>Home and Made For You; null where none was stored.</summary>
    public HomePage? Home { get; init; }

    /// <summary>The listener's IANA time zone when they were made; null if unknown.</summary>
    public string? TimeZone { get; init; }
}

/// <summary>
/// A listener's playlists, how their slots were drawn, and the listener's memory as one small object: the same content
/// is the same bytes.
/// </summary>
/// <remarks>
/// <para>
/// "NPL" and the version (2); the length of the third part, unpacked, and of the second, in 4 bytes each, little-endian;
/// second, what does not compress: texts that are UUIDs in 16 bytes and hashes in 8, in the order of use; third, in
/// Brotli, the number of texts, 1 + their lengths (0 for a UUID), their UTF-8, each once, and a body of LEB128 integers
/// that refers to texts from 1 (0 is none). In this order: listener, run, time zone; playlists;
/// <see cref="MemoryPack">memory</see>; <see cref="HomePack">Home</see>. A playlist: kind, day number,
/// title, description; tracks (item, title, artist, artist's name, album, 1 + milliseconds or 0, propensity in
/// billionths, reason); and its trace (<see cref="TracePack"/>).
/// </para>
/// <para>
/// As JSON (<see cref="PlaylistJson"/>) eleven lists take three times as many bytes before compression, without what
/// their slots were drawn from; docs/benchmarks.md has the numbers.
/// </para>
/// </remarks>
public static class PlaylistPack
{
    /// <summary>The version that is written.</summary>
    public const byte Version = 2;

    private const int HeaderBytes = 12;

    // The fastest quality that still finds repeated references; the window holds all of a usual object.
    private const int Quality = 1;
    private const int WindowBits = 17;

    // Far above any listener's: what claims more is damage, refused before it is allocated.
    private const int MaxBytes = 16 << 20;

    // A worker writes thousands, one after another: about 150 KB of scratch each time otherwise.
    [ThreadStatic]
    private static PackWriter? t_writer;

    private static ReadOnlySpan<byte> Magic => "NPL"u8;

    /// <summary>The stored bytes.</summary>
    public static byte[] Write(PackedPlaylists content)
    {
        var writer = t_writer ??= new PackWriter();
        writer.Clear();
        writer.Text(content.Listener.Value);
        writer.Text(content.Run);
        writer.Text(content.TimeZone);
        writer.Number(content.Playlists.Count);
        foreach (var playlist in content.Playlists)
        {
            WritePlaylist(writer, playlist);
        }
        MemoryPack.Write(writer, content.Memory);
        HomePack.Write(writer, content.Home);
        var plain = writer.ToBytes(out var noise);
        try
        {
            return Compress(plain, noise);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain.Array!);
        }
    }

    /// <summary>Reads stored bytes.</summary>
    /// <param name="data">They.</param>
    /// <param name="toServe">
    /// Whether they are read to be shown: tracks are then unpacked when they are first asked for (Home asks for few), and
    /// there are no traces.
    /// </param>
    /// <exception cref="InvalidDataException">Not packed playlists, of another version, or damaged.</exception>
    public static PackedPlaylists Read(ReadOnlySpan<byte> data, bool toServe = false)
    {
        var reader = Open(data);
        var listener = new ListenerId(reader.Text());
        var run = reader.Text();
        var timeZone = reader.TextOrNull();
        var playlists = new Playlist[reader.Count()];
        for (var i = 0; i < playlists.Length; i++)
        {
            playlists[i] = ReadPlaylist(reader, listener, toServe);
        }
        var content = new PackedPlaylists(listener, run, playlists, MemoryPack.Read(reader))
        {
            TimeZone = timeZone,
            Home = HomePack.Read(reader, listener, withTraces: !toServe),
        };
        return reader.AtEnd ? content : throw new InvalidDataException("Packed playlists are longer than they say.");
    }

    private static void WritePlaylist(PackWriter writer, Playlist playlist)
    {
        writer.Text(playlist.Kind.Value);
        writer.Number(playlist.Date.DayNumber);
        writer.Text(playlist.Title);
        writer.Text(playlist.Description);
        writer.Number(playlist.Tracks.Count);
        foreach (var track in playlist.Tracks)
        {
            writer.Text(track.Item.Value);
            writer.Text(track.Title);
            writer.Text(track.Artist?.Value);
            writer.Text(track.ArtistName);
            writer.Text(track.Album);
            writer.Number(track.Duration is { } duration ? (long)duration.TotalMilliseconds + 1 : 0);
            writer.Number((long)(track.Propensity * SlotPolicy.Unit));
            WriteReason(writer, track.Reason, track.Item);
        }
        TracePack.Write(writer, playlist.Trace);
    }

    private static Playlist ReadPlaylist(PackReader reader, ListenerId listener, bool toServe)
    {
        var kind = new PlaylistKind(reader.Text());
        var date = DateOnly.FromDayNumber(reader.Small(DateOnly.MaxValue.DayNumber));
        var (title, description) = (reader.Text(), reader.Text());
        var count = reader.Count();
        if (toServe)
        {
            var later = new LaterTracks(reader, reader.Position, count);
            for (; count > 0; count--)
            {
                SkipTrack(reader);
            }
            TracePack.Skip(reader);
            return new Playlist(kind, listener, date, title, description, later);
        }
        var tracks = ReadTracks(reader, count);
        return new Playlist(kind, listener, date, title, description, tracks) { Trace = TracePack.Read(reader, kind) };
    }

    private static PlaylistTrack[] ReadTracks(PackReader reader, int count)
    {
        var tracks = new PlaylistTrack[count];
        for (var i = 0; i < tracks.Length; i++)
        {
            tracks[i] = ReadTrack(reader);
        }
        return tracks;
    }

    /// <summary>Passes over what <see cref="ReadTrack"/> reads.</summary>
    private static void SkipTrack(PackReader reader)
    {
        const int Texts = 5; // item, title, artist, artist's name, album
        for (var text = 0; text < Texts; text++)
        {
            reader.SkipText();
        }
        reader.SkipNumber();
        reader.SkipNumber();
        _ = reader.Byte();
        for (var seeds = reader.Count(); seeds > 0; seeds--)
        {
            reader.SkipText();
            reader.SkipNumber();
        }
        reader.SkipNumber();
        reader.SkipNumber();
    }

    private static PlaylistTrack ReadTrack(PackReader reader)
    {
        var item = new ItemId(reader.Text());
        var title = reader.TextOrNull();
        var artist = reader.TextOrNull();
        var artistName = reader.TextOrNull();
        var album = reader.TextOrNull();
        var milliseconds = reader.Number();
        var propensity = reader.Small(SlotPolicy.Unit) / (decimal)SlotPolicy.Unit;
        return new PlaylistTrack(item, ReadReason(reader, item))
        {
            Title = title,
            Artist = artist is null ? null : new ArtistId(artist),
            ArtistName = artistName,
            Album = album,
            Duration = milliseconds == 0 ? null : new TimeSpan((milliseconds - 1) * TimeSpan.TicksPerMillisecond),
            Propensity = propensity,
        };
    }

    internal static void WriteReason(PackWriter writer, Reason reason, ItemId item)
    {
        writer.Byte((byte)reason.Kind);
        writer.Number(reason.Seeds.Count);
        foreach (var seed in reason.Seeds)
        {
            // A favourite is its own seed.
            writer.Text(seed.Item == item ? null : seed.Item.Value);
            writer.Signed(seed.Term);
        }
        writer.Signed(reason.Others);
        writer.Signed(reason.Base);
    }

    internal static Reason ReadReason(PackReader reader, ItemId item)
    {
        var kind = (ReasonKind)reader.Byte();
        var seeds = new ReasonSeed[reader.Count()];
        for (var i = 0; i < seeds.Length; i++)
        {
            seeds[i] = new ReasonSeed(reader.TextOrNull() is { } text ? new ItemId(text) : item, reader.Signed());
        }
        return new Reason(kind, seeds, reader.Signed(), reader.Signed());
    }

    private static byte[] Compress(ReadOnlySpan<byte> content, ReadOnlySpan<byte> noise)
    {
        var most = BrotliEncoder.GetMaxCompressedLength(content.Length);
        var rented = ArrayPool<byte>.Shared.Rent(HeaderBytes + noise.Length + most);
        try
        {
            Magic.CopyTo(rented);
            rented[Magic.Length] = Version;
            BinaryPrimitives.WriteInt32LittleEndian(rented.AsSpan(Magic.Length + 1), content.Length);
            BinaryPrimitives.WriteInt32LittleEndian(rented.AsSpan(Magic.Length + 1 + sizeof(int)), noise.Length);
            noise.CopyTo(rented.AsSpan(HeaderBytes));
            var packed = rented.AsSpan(HeaderBytes + noise.Length);
            return BrotliEncoder.TryCompress(content, packed, out var written, Quality, WindowBits)
                ? rented[..(HeaderBytes + noise.Length + written)]
                : throw new InvalidOperationException($"{content.Length} bytes did not compress into their bound.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static PackReader Open(ReadOnlySpan<byte> data)
    {
        if (data.Length < HeaderBytes || !data.StartsWith(Magic))
        {
            throw new InvalidDataException("These are not packed playlists.");
        }
        if (data[Magic.Length] != Version)
        {
            throw new InvalidDataException(
                $"Packed playlists have version {data[Magic.Length]}; this build reads {Version}. Deploy the build that wrote them."
            );
        }
        var length = BinaryPrimitives.ReadInt32LittleEndian(data[(Magic.Length + 1)..]);
        var noise = BinaryPrimitives.ReadInt32LittleEndian(data[(Magic.Length + 1 + sizeof(int))..]);
        if (length is < 0 or > MaxBytes || noise < 0 || noise > data.Length - HeaderBytes)
        {
            throw new InvalidDataException($"Packed playlists claim {length} and {noise} bytes.");
        }
        var content = GC.AllocateUninitializedArray<byte>(length); // all of it is written, or refused
        var packed = data[(HeaderBytes + noise)..];
        return BrotliDecoder.TryDecompress(packed, content, out var written) && written == length
            ? new PackReader(content, data.Slice(HeaderBytes, noise).ToArray())
            : throw new InvalidDataException("Packed playlists do not decompress.");
    }

    /// <summary>Tracks that were passed over, unpacked when they are asked for.</summary>
    private sealed class LaterTracks(PackReader reader, int position, int count) : IReadOnlyList<PlaylistTrack>
    {
        private PlaylistTrack[]? _tracks;

        public int Count => count;

        public PlaylistTrack this[int index] => Tracks[index];

        private PlaylistTrack[] Tracks
        {
            get
            {
                if (_tracks is null)
                {
                    // The reader serves all lists of one listener, which may be read by several threads.
                    lock (reader)
                    {
                        reader.Position = position;
                        _tracks ??= ReadTracks(reader, count);
                    }
                }
                return _tracks;
            }
        }

        public IEnumerator<PlaylistTrack> GetEnumerator() => Tracks.AsEnumerable().GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
