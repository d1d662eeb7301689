using System.Globalization;
using Nocturne.Domain;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>What is known of an item; everything but the id is optional.</summary>
public sealed record CatalogueTrack(ItemId Id)
{
    /// <summary>The title.</summary>
    public string? Title { get; init; }

    /// <summary>The main artist, show or author.</summary>
    public ArtistId? Artist { get; init; }

    /// <summary>The artist's name as it is shown.</summary>
    public string? ArtistName { get; init; }

    /// <summary>The album, show or book.</summary>
    public string? Album { get; init; }

    /// <summary>Genres, most fitting first.</summary>
    public IReadOnlyList<string> Genres { get; init; } = [];

    /// <summary>The day of release, when known to the day.</summary>
    public DateOnly? Released { get; init; }

    /// <summary>The year of release, when known.</summary>
    public int? Year { get; init; }

    /// <summary>How long it plays.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The International Standard Recording Code, with or without hyphens.</summary>
    public string? Isrc { get; init; }

    /// <summary>Where it may be played (ISO 3166 codes); null is everywhere.</summary>
    public IReadOnlySet<string>? Markets { get; init; }

    /// <summary>Whether it is marked explicit.</summary>
    public bool Explicit { get; init; }

    /// <summary>What it is.</summary>
    public ItemKind Kind { get; init; }

    /// <summary>Beats a minute.</summary>
    public double? Tempo { get; init; }

    /// <summary>Loudness in decibels, such as -8.</summary>
    public double? Loudness { get; init; }

    /// <summary>Energy, from 0 to 1.</summary>
    public double? Energy { get; init; }

    /// <summary>Of an episode or chapter, its number within its show or book.</summary>
    public int? Number { get; init; }
}

/// <summary>
/// All items under dense indices, which are the model's item numbers, with their artists and recordings numbered.
/// </summary>
/// <remarks>
/// Immutable, shared by all workers of a night. The order given is the numbering, so the same tracks in the same
/// order as the model was trained on. Two items are the same recording if their ISRCs are equal, or their artist and
/// normalised title (<see cref="RecordingTitle"/>; of episodes and chapters also album and number); a recording's number is the lowest index among its items.
/// </remarks>
public sealed class Catalogue
{
    private readonly CatalogueTrack[] _tracks;
    private readonly ItemId[] _ids;

    // By the ids' texts: a comparer of texts hashes them several times as fast as ids hash themselves.
    private readonly Dictionary<string, int> _indices;
    private readonly Dictionary<ArtistId, int> _artists = [];
    private readonly int[] _artistOf;
    private readonly int[] _recordingOf;
    private readonly int[] _nextOfRecording;
    private readonly CatalogueTraits[] _traits;
    private readonly Sound[] _sounds;
    private readonly ulong[] _keys;
    private readonly Lazy<SeriesOrder> _series;
    private readonly Lazy<GenreTable> _genres;

    /// <summary>Numbers the tracks.</summary>
    /// <exception cref="ArgumentException">An id occurs twice.</exception>
    public Catalogue(IReadOnlyList<CatalogueTrack> tracks)
    {
        _tracks = WithSharedTexts(tracks);
        _ids = [.. _tracks.Select(track => track.Id)];
        _indices = new Dictionary<string, int>(_tracks.Length, StringComparer.Ordinal);
        for (var index = 0; index < _tracks.Length; index++)
        {
            if (!_indices.TryAdd(_tracks[index].Id.Value, index))
            {
                throw new ArgumentException($"Item '{_tracks[index].Id}' is in the catalogue twice.", nameof(tracks));
            }
        }
        (_artistOf, Artists) = NumberArtists();
        _recordingOf = NumberRecordings();
        _nextOfRecording = LinkRecordings();
        _keys = [.. _tracks.Select(track => ListenerMemory.KeyOf(track.Id))];
        _traits = [.. _tracks.Select(TraitsOf)];
        _series = new Lazy<SeriesOrder>(() => new SeriesOrder(this));
        _genres = new Lazy<GenreTable>(() => new GenreTable(this));
        _sounds =
        [
            .. _tracks.Select(track => new Sound(
                (float)(track.Tempo ?? double.NaN),
                (float)(track.Loudness ?? double.NaN),
                (float)(track.Energy ?? double.NaN)
            )),
        ];
    }

    /// <summary>
    /// An order in which what is played together lies together: by kind, main genre, artist, album and id. Composing
    /// touches what is near a listener's taste, so its tables stay in the processor's caches: it takes an eighth less
    /// time than in the order of ids.
    /// </summary>
    public static IComparer<CatalogueTrack> Locality { get; } =
        Comparer<CatalogueTrack>.Create(
            static (a, b) =>
            {
                var order = a.Kind.CompareTo(b.Kind);
                order =
                    order != 0 ? order : string.CompareOrdinal(a.Genres.FirstOrDefault(), b.Genres.FirstOrDefault());
                order = order != 0 ? order : string.CompareOrdinal(a.Artist?.Value, b.Artist?.Value);
                order = order != 0 ? order : string.CompareOrdinal(a.Album, b.Album);
                return order != 0 ? order : string.CompareOrdinal(a.Id.Value, b.Id.Value);
            }
        );

    /// <summary>How many items there are; indices are 0 to this, exclusive.</summary>
    public int Count => _tracks.Length;

    /// <summary>How many artists there are; artist numbers are 0 to this, exclusive.</summary>
    public int Artists { get; }

    /// <summary>The track at an index.</summary>
    public CatalogueTrack this[int index] => _tracks[index];

    /// <summary>An item's id, without a look at the rest.</summary>
    public ItemId IdOf(int index) => _ids[index];

    /// <summary>The index of an item, or -1 if it is not in the catalogue.</summary>
    public int IndexOf(ItemId item) => item.Value is { } id ? _indices.GetValueOrDefault(id, -1) : -1;

    /// <summary>The number of an item's artist, by id or else by name; -1 if neither is known.</summary>
    public int ArtistOf(int index) => _artistOf[index];

    /// <summary>The number of an artist, or -1 if no item is theirs.</summary>
    public int ArtistNumber(ArtistId artist) => _artists.GetValueOrDefault(artist, -1);

    /// <summary>The number of an item's recording: the lowest index of the items that are the same recording.</summary>
    public int RecordingOf(int index) => _recordingOf[index];

    /// <summary>The next item of the same recording, in a ring; the item itself if it is the only one.</summary>
    public int NextOfRecording(int index) => _nextOfRecording[index];

    /// <summary>What the item is called in a <see cref="ListenerMemory"/>.</summary>
    internal ulong KeyOf(int index) => _keys[index];

    /// <summary>Shows and books in their order; made when it is first asked for.</summary>
    internal SeriesOrder Series => _series.Value;

    /// <summary>Genres by number; made when they are first asked for.</summary>
    internal GenreTable Genres => _genres.Value;

    /// <summary>How an item sounds.</summary>
    internal Sound Sound(int index) => _sounds[index];

    /// <summary>What filters ask of most candidates, without following a reference for each.</summary>
    internal CatalogueTraits Traits(int index) => _traits[index];

    private static CatalogueTraits TraitsOf(CatalogueTrack track) =>
        (track.Kind == ItemKind.Track ? CatalogueTraits.Music : CatalogueTraits.None)
        | (track.Explicit ? CatalogueTraits.Explicit : CatalogueTraits.None)
        | (track.Markets is null ? CatalogueTraits.None : CatalogueTraits.SomeMarkets);

    /// <summary>
    /// What many tracks say alike (artist, name, album) is one text: tables of a large catalogue stay small, and what
    /// composing looks at stays in the processor's caches.
    /// </summary>
    private static CatalogueTrack[] WithSharedTexts(IReadOnlyList<CatalogueTrack> tracks)
    {
        var texts = new HashSet<string>(StringComparer.Ordinal);
        return
        [
            .. tracks.Select(track =>
                track with
                {
                    Artist = track.Artist is { } artist ? new ArtistId(Shared(artist.Value)!) : null,
                    ArtistName = Shared(track.ArtistName),
                    Album = Shared(track.Album),
                }
            ),
        ];

        string? Shared(string? text) =>
            text is null || texts.Add(text) ? text
            : texts.TryGetValue(text, out var known) ? known
            : text;
    }

    private (int[] ArtistOf, int Artists) NumberArtists()
    {
        var artistOf = new int[_tracks.Length];
        var byName = new Dictionary<string, int>(StringComparer.Ordinal);
        var count = 0;
        for (var index = 0; index < _tracks.Length; index++)
        {
            var track = _tracks[index];
            if (track.Artist is { } artist)
            {
                if (!_artists.TryGetValue(artist, out artistOf[index]))
                {
                    _artists.Add(artist, artistOf[index] = count++);
                }
            }
            else if (!string.IsNullOrWhiteSpace(track.ArtistName))
            {
                var name = RecordingTitle.Normalise(track.ArtistName);
                if (!byName.TryGetValue(name, out artistOf[index]))
                {
                    byName.Add(name, artistOf[index] = count++);
                }
            }
            else
            {
                artistOf[index] = -1;
            }
        }
        return (artistOf, count);
    }

    /// <summary>Union-find over both keys; the root is always the lowest index.</summary>
    private int[] NumberRecordings()
    {
        var parent = new int[_tracks.Length];
        var byCode = new Dictionary<string, int>(StringComparer.Ordinal);
        var byTitle = new Dictionary<(int Artist, string Title), int>();
        for (var index = 0; index < parent.Length; index++)
        {
            parent[index] = index;
            var track = _tracks[index];
            if (RecordingTitle.NormaliseIsrc(track.Isrc) is { } code && !byCode.TryAdd(code, index))
            {
                Unite(parent, index, byCode[code]);
            }
            if (_artistOf[index] >= 0 && !string.IsNullOrWhiteSpace(track.Title))
            {
                var title = (_artistOf[index], TitleOf(track));
                if (!byTitle.TryAdd(title, index))
                {
                    Unite(parent, index, byTitle[title]);
                }
            }
        }
        for (var index = 0; index < parent.Length; index++)
        {
            parent[index] = Find(parent, index);
        }
        return parent;
    }

    /// <summary>Every book has a "Chapter 1": what is spoken is told apart by its book and number, too.</summary>
    private static string TitleOf(CatalogueTrack track) =>
        track.Kind == ItemKind.Track
            ? RecordingTitle.Normalise(track.Title!)
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{RecordingTitle.Normalise(track.Title!)}\n{track.Kind}\n{track.Album}\n{track.Number}"
            );

    private int[] LinkRecordings()
    {
        var next = new int[_tracks.Length];
        for (var index = 0; index < next.Length; index++)
        {
            next[index] = index;
            var root = _recordingOf[index];
            if (root != index)
            {
                (next[index], next[root]) = (next[root], index);
            }
        }
        return next;
    }

    private static void Unite(int[] parent, int a, int b)
    {
        a = Find(parent, a);
        b = Find(parent, b);
        parent[Math.Max(a, b)] = Math.Min(a, b);
    }

    private static int Find(int[] parent, int index)
    {
        while (parent[index] != index)
        {
            index = parent[index] = parent[parent[index]];
        }
        return index;
    }
}

/// <summary>Yes-or-no facts of an item.</summary>
[Flags]
internal enum CatalogueTraits : byte
{
    None = 0,
    Music = 1,
    Explicit = 2,

    /// <summary>Playable in some markets only; the track says which.</summary>
    SomeMarkets = 4,
}
