using System.Globalization;
using Nocturne.Domain;
using Nocturne.LocalHost.Evaluating.Playlists;
using Nocturne.Playlists;
using Nocturne.RunNight;

namespace Nocturne.LocalHost.Evaluating.Adapting;

/// <summary>A made-up catalogue of genres, people who mostly keep to one, and what a night trains on them.</summary>
/// <remarks>The same for the same seed. Nobody whose taste changes is in it: the model knows nothing of them.</remarks>
internal sealed class AdaptWorld
{
    private const int TracksOfGenre = 300;
    private const int TracksOfArtist = 5;
    private const int ListenersOfGenre = 150;
    private const int ItemsOfListener = 40;

    // The share of people who play a second genre, in percent: tastes are apart, and still linked.
    private const int PercentOfTwo = 30;

    // The day on which everything is trained: a Monday, so that weekly recipes are due when tastes begin.
    public static readonly DateOnly Start = new(2026, 1, 5);

    private AdaptWorld(Catalogue catalogue, NightModel model, int genres)
    {
        Catalogue = catalogue;
        Model = model;
        Genres = genres;
    }

    public Catalogue Catalogue { get; }

    public NightModel Model { get; }

    public int Genres { get; }

    /// <summary>Makes and trains one.</summary>
    public static AdaptWorld Make(int genres, int seed, int workers, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        var catalogue = new Catalogue([
            .. Enumerable
                .Range(0, genres * TracksOfGenre)
                .Select(i => new CatalogueTrack(IdOf(i)) { Artist = ArtistOf(i) }),
        ]);
        var tastes = new List<ListenerTaste>();
        for (var listener = 0; listener < genres * ListenersOfGenre; listener++)
        {
            var first = listener / ListenersOfGenre;
            var second = random.Next(100) < PercentOfTwo ? random.Next(genres) : first;
            var plays = new List<(Instant At, ItemId Item, ArtistId? Artist)>();
            for (var play = 0; play < ItemsOfListener; play++)
            {
                var track = TrackOf(random.Next(2) == 0 ? first : second, Skewed(random, TracksOfGenre));
                plays.Add((Instant.FromDate(Start), IdOf(track), ArtistOf(track)));
            }
            tastes.Add(
                PlayedTaste.Of(
                    new ListenerId(string.Create(CultureInfo.InvariantCulture, $"population-{listener}")),
                    plays,
                    Start
                )
            );
        }
        var model = FirstNight.Train(
            catalogue,
            tastes,
            [.. Enumerable.Range(0, catalogue.Count).Select(catalogue.ArtistOf)],
            new NightOptions(),
            workers,
            cancellationToken
        );
        return new AdaptWorld(catalogue, model, genres);
    }

    /// <summary>A few of a genre's tracks, popular ones more likely: what one listener of it plays.</summary>
    public int[] SomeOf(int genre, int count, Random random)
    {
        var tracks = new HashSet<int>();
        while (tracks.Count < count)
        {
            tracks.Add(TrackOf(genre, Skewed(random, TracksOfGenre)));
        }
        return [.. tracks.Order()];
    }

    /// <summary>The genre of an item.</summary>
    public int GenreOf(ItemId item) => Catalogue.IndexOf(item) / TracksOfGenre;

    public static ItemId IdOf(int track) => new(track.ToString("d6", CultureInfo.InvariantCulture));

    public static ArtistId ArtistOf(int track) =>
        new(string.Create(CultureInfo.InvariantCulture, $"artist-{track / TracksOfArtist}"));

    private static int TrackOf(int genre, int place) => (genre * TracksOfGenre) + place;

    private static int Skewed(Random random, int count)
    {
        var at = random.NextDouble();
        return (int)(at * at * count);
    }
}
