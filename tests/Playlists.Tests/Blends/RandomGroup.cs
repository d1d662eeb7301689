using Nocturne.Domain;
using Nocturne.Playlists.Blends;

namespace Nocturne.Playlists.Tests.Blends;

/// <summary>A random world and 2 to 10 listeners in it, by seed.</summary>
internal sealed class RandomGroup
{
    private readonly Random _random;

    public RandomGroup(int seed)
    {
        _random = new Random(seed);
        var items = _random.Next(1, 200);
        var artists = 1 + _random.Next(items);
        World = new World(
            [.. Enumerable.Range(0, items).Select(item => AnyTrack(item, artists))],
            Enumerable
                .Range(0, _random.Next(40))
                .Select(_ => Enumerable.Range(0, _random.Next(1, 12)).Select(_ => Skewed(items)).Distinct().ToArray())
                .ToArray(),
            neighbours: 10
        );
        Parameters = new RecipeParameters
        {
            ArtistSpacing = _random.Next(5),
            SeedsPerReason = _random.Next(4),
            Blend = new BlendParameters
            {
                Epsilon = _random.Next(3) == 0 ? 0 : _random.Next(1, 300),
                Tracks = _random.Next(5, 51),
                MinimumTracks = _random.Next(1, 30),
                Depth = _random.Next(10, 401),
                FavouriteShare = _random.Next(11) * 100,
                ArtistCap = _random.Next(1, 6),
            },
        };
        var members = _random.Next(BlendParameters.LeastMembers, BlendParameters.MostMembers + 1);
        Members = [.. Enumerable.Range(0, members).Select(member => AnyTaste(member, items, artists))];
        Blend = Compose(Members);
    }

    public World World { get; }

    public RecipeParameters Parameters { get; }

    public IReadOnlyList<ListenerTaste> Members { get; }

    public BlendPlaylist Blend { get; }

    public BlendPlaylist Compose(IReadOnlyList<ListenerTaste> members) =>
        ComposerOf(World, Parameters).Compose(new BlendId("b"), 3, members, World.Date, MatchScale.Unknown);

    public static BlendComposer ComposerOf(World world, RecipeParameters? parameters = null) =>
        new(world.Catalogue, new NeighbourTaste(world.Catalogue, world.Neighbours, world.Popularity), parameters, 5);

    public int RecordingOf(ItemId item) =>
        World.Catalogue.IndexOf(item) is >= 0 and var index ? World.Catalogue.RecordingOf(index) : -1;

    private CatalogueTrack AnyTrack(int index, int artists)
    {
        var artist = _random.Next(artists);
        return new CatalogueTrack(World.Item(index))
        {
            Title = Chance(0.8) ? $"Title {(Chance(0.1) ? _random.Next(10) : index)}" : null,
            Artist = Chance(0.85) ? World.Artist(artist) : null,
            ArtistName = Chance(0.8) ? $"Artist {artist}" : null,
            Isrc = Chance(0.2) ? $"QZ-ABC-26-{_random.Next(30):d5}" : null,
            Markets = Chance(0.1) ? new HashSet<string>(StringComparer.Ordinal) { Chance(0.5) ? "DE" : "FR" } : null,
            Explicit = Chance(0.1),
            Tempo = Chance(0.5) ? _random.Next(60, 180) : null,
            Kind = Chance(0.9) ? ItemKind.Track : ItemKind.Episode,
        };
    }

    private ListenerTaste AnyTaste(int member, int items, int artists)
    {
        var played = Chance(0.1) ? 0 : 0.5 * _random.NextDouble();
        return new ListenerTaste(new ListenerId($"member-{_random.Next(100)}-{member}"))
        {
            Items = [.. Some(items + 3, played).Select(AnyPlay)],
            Liked = Some(items + 3, 0.03).ToHashSet(),
            Hated = Some(items + 3, 0.02).ToHashSet(),
            Excluded = Some(items + 3, 0.01).ToHashSet(),
            HatedArtists = Enumerable.Range(0, artists).Where(_ => Chance(0.02)).Select(World.Artist).ToHashSet(),
            Market = Chance(0.3) ? "DE" : null,
            AllowsExplicit = Chance(0.9),
        };
    }

    private TasteItem AnyPlay(ItemId item)
    {
        var streams = _random.Next(6);
        return new TasteItem(
            item,
            Chance(0.5) ? World.Artist(_random.Next(20)) : null,
            streams,
            _random.Next(3),
            (long)(streams * FixedPoint.One * _random.NextDouble()),
            streams * FixedPoint.One
        );
    }

    private ItemId[] Some(int items, double share) =>
        [.. Enumerable.Range(0, items).Where(_ => Chance(share)).Select(World.Item)];

    private int Skewed(int items) => (int)(items * _random.NextDouble() * _random.NextDouble());

    private bool Chance(double probability) => _random.NextDouble() < probability;
}
