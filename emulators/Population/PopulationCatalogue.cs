using System.Globalization;
using Nocturne.Domain;

namespace Nocturne.Population;

/// <summary>An act.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name; no other act has it.</param>
/// <param name="Genre">Its genre.</param>
/// <param name="Scene">Its scene within the genre.</param>
public sealed record PopulationArtist(ArtistId Id, string Name, string Genre, string Scene);

/// <summary>A track.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Title">Its title; the artist has no other of it.</param>
/// <param name="Artist">Who plays it.</param>
/// <param name="Album">The release it is on.</param>
/// <param name="Released">When that came out.</param>
/// <param name="Duration">How long it plays.</param>
/// <param name="Tempo">Beats a minute.</param>
/// <param name="Energy">From 0 to 100.</param>
/// <param name="Explicit">Whether it is marked explicit.</param>
public sealed record PopulationTrack(
    ItemId Id,
    string Title,
    PopulationArtist Artist,
    string Album,
    DateOnly Released,
    TimeSpan Duration,
    int Tempo,
    int Energy,
    bool Explicit
)
{
    /// <summary>The scene, then the genre.</summary>
    public IReadOnlyList<string> Genres => [Artist.Scene, Artist.Genre];
}

/// <summary>Everything that can be played, and how popular it is.</summary>
/// <remarks>
/// Tracks are ordered by scene, then artist, so that everything of a scene or an artist is a range, and one running
/// sum of weights draws from any of them. An artist's weight falls with the power -3/4 of its rank, a track's with the
/// power -3/4 of its rank among the artist's: a few are heard everywhere, most hardly at all.
/// </remarks>
public sealed class PopulationCatalogue
{
    private const long WeightOne = 1_000_000_000;
    private const int TracksPerAlbum = 11;

    private readonly PopulationTrack[] _tracks;
    private readonly PopulationArtist[] _artists;
    private readonly long[] _weightBefore; // of track i, the weights of all before it; one longer than the tracks
    private readonly int[] _artistStart; // of artist i, its first track; one longer than the artists
    private readonly int[] _sceneStart; // of scene i, its first artist; one longer than the scenes

    internal PopulationCatalogue(PopulationOptions options)
    {
        var acts = DrawActs(options);
        Array.Sort(acts, (a, b) => a.Scene != b.Scene ? a.Scene.CompareTo(b.Scene) : a.Rank.CompareTo(b.Rank));
        var counts = CountTracks(options, acts);
        _artists = new PopulationArtist[options.Artists];
        _tracks = new PopulationTrack[options.Tracks];
        _weightBefore = new long[options.Tracks + 1];
        _artistStart = new int[options.Artists + 1];
        var sceneStart = new List<int>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < acts.Length; i++)
        {
            if (i == 0 || acts[i].Scene != acts[i - 1].Scene)
            {
                sceneStart.Add(i);
            }
            var genre = acts[i].Genre;
            var draws = new Draws(options.Seed, Draws.Purpose.Artist, i);
            _artists[i] = new PopulationArtist(
                new ArtistId(Name("a", i, options.Artists)),
                Names.Act(ref draws, genre.Style, names),
                genre.Name,
                genre.Scenes[acts[i].Scene % genre.Scenes.Length]
            );
            _artistStart[i + 1] = _artistStart[i] + counts[i];
            AddTracks(options, i, acts[i]);
        }
        _sceneStart = [.. sceneStart, acts.Length];
    }

    /// <summary>All artists, by scene.</summary>
    public IReadOnlyList<PopulationArtist> Artists => _artists;

    /// <summary>All tracks, by artist.</summary>
    public IReadOnlyList<PopulationTrack> Tracks => _tracks;

    internal int Scenes => _sceneStart.Length - 1;

    /// <summary>A scene, by the popularity of its tracks.</summary>
    internal int DrawScene(ref Draws draws)
    {
        var artist = ArtistOf(DrawTrack(ref draws, 0, _tracks.Length));
        var scene = Array.BinarySearch(_sceneStart, artist);
        return scene < 0 ? ~scene - 1 : scene;
    }

    /// <summary>An artist of a scene, by popularity.</summary>
    internal int DrawArtist(ref Draws draws, int scene) => ArtistOf(DrawTrackOfScene(ref draws, scene));

    /// <summary>A track of a scene, by popularity.</summary>
    internal int DrawTrackOfScene(ref Draws draws, int scene) =>
        DrawTrack(ref draws, _artistStart[_sceneStart[scene]], _artistStart[_sceneStart[scene + 1]]);

    /// <summary>A track of an artist, by popularity.</summary>
    internal int DrawTrackOfArtist(ref Draws draws, int artist) =>
        DrawTrack(ref draws, _artistStart[artist], _artistStart[artist + 1]);

    /// <summary>Any track, by popularity.</summary>
    internal int DrawTrack(ref Draws draws) => DrawTrack(ref draws, 0, _tracks.Length);

    internal int ArtistOf(int track)
    {
        var artist = Array.BinarySearch(_artistStart, track);
        return artist < 0 ? ~artist - 1 : artist;
    }

    private int DrawTrack(ref Draws draws, int from, int to)
    {
        var least = _weightBefore[from];
        var target = least + draws.Below(_weightBefore[to] - least);
        var found = Array.BinarySearch(_weightBefore, from, to - from, target);
        return found < 0 ? ~found - 1 : found;
    }

    private static Act[] DrawActs(PopulationOptions options)
    {
        var genres = Genre.All;
        var weights = genres.Select(genre => genre.Weight).ToArray();
        var draws = new Draws(options.Seed, Draws.Purpose.Artist, -1);
        var acts = new Act[options.Artists];
        for (var rank = 0; rank < acts.Length; rank++)
        {
            var genre = draws.ByWeight(weights);
            var scenes = genres[genre].Scenes.Length;
            acts[rank] = new Act(rank, genres[genre], (genre * scenes) + draws.Below(scenes));
        }
        return acts;
    }

    /// <summary>One track for every artist; the rest by the square root of popularity.</summary>
    private static int[] CountTracks(PopulationOptions options, Act[] acts)
    {
        var shares = acts.Select(act => 1 / Math.Sqrt(Math.Sqrt(act.Rank + 1))).ToArray();
        var total = shares.Sum();
        var rest = options.Tracks - acts.Length;
        var counts = new int[acts.Length];
        var given = 0;
        var shareBefore = 0.0;
        for (var i = 0; i < acts.Length; i++)
        {
            shareBefore += shares[i];
            var until = i == acts.Length - 1 ? rest : (int)(rest * shareBefore / total);
            counts[i] = 1 + until - given;
            given = until;
        }
        return counts;
    }

    private void AddTracks(PopulationOptions options, int artist, Act act)
    {
        var first = _artistStart[artist];
        var count = _artistStart[artist + 1] - first;
        var titles = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var albums = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var albumDraws = new Draws(options.Seed, Draws.Purpose.Album, artist);
        var draws = new Draws(options.Seed, Draws.Purpose.Track, artist);
        var debut = albumDraws.Between(act.Genre.Since, options.EndDate.Year);
        var released = options.EndDate;
        var album = "";
        // A step that shares no factor with the count visits every rank once, so that hits are spread over albums.
        var step = Coprime(count, albumDraws.Between(1, 1_000));
        for (var i = 0; i < count; i++)
        {
            if (i % TracksPerAlbum == 0)
            {
                album = Names.Title(ref albumDraws, albums);
                var year = Math.Min(options.EndDate.Year, debut + (2 * (i / TracksPerAlbum)));
                var day = new DateOnly(year, 1, 1).AddDays(albumDraws.Below(365));
                released = day <= options.EndDate ? day : options.EndDate.AddDays(-albumDraws.Below(90));
            }
            var rank = (int)((long)i * step % count);
            var weight = (long)(WeightOne * Decay(act.Rank + 2) * Decay(rank + 1));
            _weightBefore[first + i + 1] = _weightBefore[first + i] + Math.Max(1, weight);
            _tracks[first + i] = new PopulationTrack(
                new ItemId(Name("t", first + i, options.Tracks)),
                Names.Title(ref draws, titles),
                _artists[artist],
                album,
                released,
                TimeSpan.FromMilliseconds(
                    draws.NearMiddle(act.Genre.Seconds.Least * 1_000, act.Genre.Seconds.Most * 1_000)
                ),
                draws.NearMiddle(act.Genre.Tempo.Least, act.Genre.Tempo.Most),
                draws.NearMiddle(act.Genre.Energy.Least, act.Genre.Energy.Most),
                draws.Chance(act.Genre.Style == ActStyle.Producer ? 0.2 : 0.03)
            );
        }
    }

    /// <summary>x to the power of -3/4, from operations that are exact everywhere.</summary>
    private static double Decay(int x)
    {
        var root = Math.Sqrt(x);
        return 1 / (root * Math.Sqrt(root));
    }

    private static int Coprime(int count, int from)
    {
        while (Divisor(count, from) != 1)
        {
            from++;
        }
        return from;
    }

    private static int Divisor(int a, int b) => b == 0 ? a : Divisor(b, a % b);

    private static string Name(string prefix, int number, int count) =>
        prefix
        + number
            .ToString(CultureInfo.InvariantCulture)
            .PadLeft((count - 1).ToString(CultureInfo.InvariantCulture).Length, '0');

    /// <summary>An artist before it has a name: its rank in popularity, from 0, and its place.</summary>
    private readonly record struct Act(int Rank, Genre Genre, int Scene);
}
