namespace Nocturne.Playlists;

/// <summary>The tracks of a listener's lists, unpacked when they are first asked for.</summary>
/// <param name="file">The object.</param>
/// <param name="reader">Its reader, which has read the front.</param>
/// <remarks>Lists of one listener may be asked for by several threads.</remarks>
internal sealed class LaterTracks(PackFile file, PackReader reader)
{
    private const int Part = 1;

    private readonly Lock _lock = new();
    private readonly List<Later> _lists = [];
    private int[]? _starts;

    /// <summary>The next list, of so many tracks.</summary>
    /// <exception cref="InvalidDataException">There are not as many bytes.</exception>
    public IReadOnlyList<PlaylistTrack> Add(int count)
    {
        if (count > file.Length(Part))
        {
            throw PackReader.Damaged();
        }
        var list = new Later(this, _lists.Count, count);
        _lists.Add(list);
        return list;
    }

    /// <summary>The tracks of all lists.</summary>
    public PlaylistTrack[][] ReadAll()
    {
        _starts ??= Open();
        var tracks = new PlaylistTrack[_lists.Count][];
        for (var i = 0; i < tracks.Length; i++)
        {
            tracks[i] = _lists[i].Tracks;
        }
        return tracks;
    }

    private PlaylistTrack[] Read(int list, int count)
    {
        lock (_lock)
        {
            _starts ??= Open();
            reader.Position = _starts[list];
            reader.Referred();
            var tracks = new PlaylistTrack[count];
            for (var i = 0; i < tracks.Length; i++)
            {
                tracks[i] = TrackPack.Read(reader);
            }
            return reader.Position == _starts[list + 1] - PackWriter.LengthBytes ? tracks : throw PackReader.Damaged();
        }
    }

    /// <summary>Where each list begins, and where the one after the last would.</summary>
    private int[] Open()
    {
        reader.Open(file.Part(Part));
        var starts = new int[_lists.Count + 1];
        for (var i = 0; i < _lists.Count; i++)
        {
            var length = reader.Length();
            starts[i] = reader.Position;
            reader.Position += length;
        }
        starts[^1] = reader.Position + PackWriter.LengthBytes;
        reader.Close();
        return starts;
    }

    private sealed class Later(LaterTracks lists, int list, int count) : IReadOnlyList<PlaylistTrack>
    {
        private PlaylistTrack[]? _tracks;

        public PlaylistTrack[] Tracks => _tracks ??= lists.Read(list, count);

        public int Count => count;

        public PlaylistTrack this[int index] => Tracks[index];

        public IEnumerator<PlaylistTrack> GetEnumerator() => Tracks.AsEnumerable().GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
