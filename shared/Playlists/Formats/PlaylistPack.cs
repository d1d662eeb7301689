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
/// Three parts, each unpacked only when something in it is asked for: the front, what Home shows (listener, run, time
/// zone; every playlist's kind, day number, title, description and number of tracks; <see cref="HomePack">Home</see>);
/// the tracks, list by list, each behind its length and how many texts were referred to before; and what the next night and estimates need (the lists' traces, as
/// <see cref="TracePack"/> has them, Home's, the <see cref="MemoryPack">memory</see>).
/// </para>
/// <para>
/// "NPL" and the version (3); of each part three lengths, in 4 bytes, little-endian: unpacked, packed, and of what
/// does not compress; then of each part what does not compress (its texts that are UUIDs in 16 bytes, then hashes in 8)
/// and, in Brotli if its two lengths differ (objects of up to 44 KiB are not compressed), the number of its texts, 1 + their lengths (0 for a UUID), their UTF-8, and
/// a body of LEB128 integers. There a text is 0 for none, 1 for the next that nothing has referred to, else 1 + its number
/// from 1; texts are counted through the parts, and each is in the part that uses it first.
/// </para>
/// <para>
/// As JSON (<see cref="PlaylistJson"/>) eleven lists take three times as many bytes before compression, without what
/// their slots were drawn from; docs/benchmarks.md has the numbers.
/// </para>
/// </remarks>
public static class PlaylistPack
{
    /// <summary>The version that is written.</summary>
    public const byte Version = 3;

    // A worker writes thousands, one after another: about 150 KB of scratch each time otherwise.
    [ThreadStatic]
    private static PackWriter? t_writer;

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
            writer.Text(playlist.Kind.Value);
            writer.Number(playlist.Date.DayNumber);
            writer.Text(playlist.Title);
            writer.Text(playlist.Description);
            writer.Number(playlist.Tracks.Count);
        }
        HomePack.Write(writer, content.Home);
        writer.EndPart();
        foreach (var playlist in content.Playlists)
        {
            var start = writer.BeginLength();
            writer.Referred();
            var tracks = playlist.Tracks;
            for (var i = 0; i < tracks.Count; i++)
            {
                if (i + 1 < tracks.Count)
                {
                    TrackPack.Expect(tracks[i + 1]);
                }
                TrackPack.Write(writer, tracks[i]);
            }
            writer.EndLength(start);
        }
        writer.EndPart();
        foreach (var playlist in content.Playlists)
        {
            TracePack.Write(writer, playlist.Trace);
        }
        HomePack.WriteTraces(writer, content.Home);
        MemoryPack.Write(writer, content.Memory);
        writer.EndPart();
        return PackFile.Write(Version, writer);
    }

    /// <summary>Reads stored bytes.</summary>
    /// <param name="data">They; must not change while tracks may be asked for.</param>
    /// <param name="toServe">
    /// Whether they are read to be shown: tracks are then unpacked when they are first asked for (Home asks for none), and
    /// there are no traces and no memory.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// Not packed playlists, of another version, or damaged; also from tracks that are asked for later.
    /// </exception>
    public static PackedPlaylists Read(ReadOnlyMemory<byte> data, bool toServe = false)
    {
        var file = PackFile.Open(Version, data);
        var reader = new PackReader();
        reader.Open(file.Part(0));
        var listener = new ListenerId(reader.Text());
        var run = reader.Text();
        var timeZone = reader.TextOrNull();
        var playlists = new Playlist[reader.Count()];
        var tracks = new LaterTracks(file, reader);
        for (var i = 0; i < playlists.Length; i++)
        {
            playlists[i] = new Playlist(
                new PlaylistKind(reader.Text()),
                listener,
                DateOnly.FromDayNumber(reader.Small(DateOnly.MaxValue.DayNumber)),
                reader.Text(),
                reader.Text(),
                tracks.Add(reader.Small(int.MaxValue))
            );
        }
        var content = new PackedPlaylists(listener, run, playlists, ListenerMemory.Empty)
        {
            TimeZone = timeZone,
            Home = HomePack.Read(reader, listener),
        };
        reader.Close();
        return toServe ? content : ReadRest(file, reader, tracks, content);
    }

    // Of all parts: what the object holds, and not what is asked for.
    private static PackedPlaylists ReadRest(PackFile file, PackReader reader, LaterTracks tracks, PackedPlaylists front)
    {
        var lists = tracks.ReadAll();
        reader.Open(file.Part(2));
        var playlists = new Playlist[lists.Length];
        for (var i = 0; i < lists.Length; i++)
        {
            var list = front.Playlists[i];
            playlists[i] = list with { Tracks = lists[i], Trace = TracePack.Read(reader, list.Kind) };
        }
        var home = HomePack.ReadTraces(reader, front.Home);
        var memory = MemoryPack.Read(reader);
        reader.Close();
        return front with { Playlists = playlists, Home = home, Memory = memory };
    }
}
