using Nocturne.Domain;

namespace Nocturne.Population;

/// <summary>What one listener likes: a few scenes and some of their artists, at weights that drift over the days.</summary>
internal sealed class Tastes
{
    private const int MostTastes = 5;
    private const int MostFavourites = 12;

    private readonly PopulationCatalogue _catalogue;
    private readonly int[] _scenes;
    private readonly int[][] _favourites; // of each taste, artists
    private readonly int[] _weightsFirst; // on the first day
    private readonly int[] _weightsLast; // on the last
    private readonly int[] _weights;

    public Tastes(PopulationCatalogue catalogue, ref Draws draws)
    {
        _catalogue = catalogue;
        var count = Math.Min(catalogue.Scenes, draws.Between(2, MostTastes));
        _scenes = new int[count];
        _favourites = new int[count][];
        _weightsFirst = new int[count];
        _weightsLast = new int[count];
        _weights = new int[count];
        for (var taste = 0; taste < count; taste++)
        {
            _scenes[taste] = catalogue.DrawScene(ref draws);
            _favourites[taste] = new int[draws.Between(3, MostFavourites)];
            foreach (ref var artist in _favourites[taste].AsSpan())
            {
                artist = catalogue.DrawArtist(ref draws, _scenes[taste]);
            }
            var weight = 1_000 / (taste + 1);
            // The last taste is a discovery: nothing at first. The others grow or fade.
            _weightsFirst[taste] = taste > 0 && taste == count - 1 ? 0 : weight;
            _weightsLast[taste] = taste == count - 1 ? 600 : weight * draws.Between(20, 160) / 100;
        }
    }

    public int Count => _scenes.Length;

    /// <summary>A taste to listen by, when <paramref name="elapsed"/> of <paramref name="whole"/> days are over.</summary>
    public int Draw(ref Draws draws, int elapsed, int whole)
    {
        for (var taste = 0; taste < Count; taste++)
        {
            _weights[taste] =
                1 + (((_weightsFirst[taste] * (whole - elapsed)) + (_weightsLast[taste] * elapsed)) / whole);
        }
        return draws.ByWeight(_weights);
    }

    public int DrawFavourite(ref Draws draws, int taste) => draws.Pick(_favourites[taste]);

    /// <summary>A track of the taste: by a favourite artist mostly, else what is popular in the scene.</summary>
    public int DrawTrack(ref Draws draws, int taste) =>
        draws.Chance(0.6)
            ? _catalogue.DrawTrackOfArtist(ref draws, DrawFavourite(ref draws, taste))
            : _catalogue.DrawTrackOfScene(ref draws, _scenes[taste]);

    /// <summary>An artist that pleased becomes a favourite in place of another.</summary>
    public void Favour(ref Draws draws, int taste, int track)
    {
        var favourites = _favourites[taste];
        favourites[draws.Below(favourites.Length)] = _catalogue.ArtistOf(track);
    }
}

/// <summary>What a listener has played and may play again: the more often, the likelier.</summary>
internal sealed class PlayedTracks
{
    private const int Kept = 4_096; // bounds memory; older plays give way at random
    private const int Recent = 60;
    private const int Tries = 3;

    private readonly List<(int Track, int Taste)> _plays = [];

    public int Count => _plays.Count;

    public void Add(ref Draws draws, int track, int taste)
    {
        if (_plays.Count == Kept)
        {
            _plays[draws.Below(Kept - Recent)] = _plays[^1];
            _plays.RemoveAt(_plays.Count - 1);
        }
        _plays.Add((track, taste));
    }

    /// <summary>One of them, preferably of a taste: half of the time from the latest.</summary>
    public int Draw(ref Draws draws, int taste)
    {
        var track = 0;
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            var span = draws.Chance(0.5) ? Math.Min(Recent, _plays.Count) : _plays.Count;
            var (drawn, ofTaste) = _plays[_plays.Count - 1 - draws.Below(span)];
            track = drawn;
            if (ofTaste == taste)
            {
                break;
            }
        }
        return track;
    }
}
