using Nocturne.Domain;
using Nocturne.Playlists;
using Nocturne.Playlists.Tests.Recipes;
using Nocturne.Recommending;

namespace Nocturne.Playlists.Tests;

/// <summary>A model over real item neighbours and popularity, as a night hands it to a composer.</summary>
internal sealed class NeighbourTaste(
    Catalogue catalogue,
    ItemNeighbours neighbours,
    Popularity popularity,
    IReadOnlySet<int>? emerging = null,
    int price = 1000
) : ITasteModel
{
    private readonly RecommendationScratch _scratch = new(neighbours.Items);
    private int[] _row = [];

    public int Items => neighbours.Items;

    public ReadOnlySpan<int> Popular => popularity.Ranking;

    public long ListenersOf(int item) => (long)popularity.Counts[item];

    public bool IsEmerging(int artist) => emerging?.Contains(artist) == true;

    public int EmergingPrice => price;

    public ReadOnlySpan<int> NeighboursOf(int item) => neighbours.NeighboursOf(item);

    public ReadOnlySpan<float> SimilaritiesOf(int item) => neighbours.SimilaritiesOf(item);

    public int Rank(ListenerTaste taste, ReadOnlySpan<int> excluded, Span<int> items, Span<float> scores)
    {
        _row =
        [
            .. taste
                .Items.Where(item => item.Streams > 0)
                .Select(item => item.Item)
                .Union(taste.Liked)
                .Except(taste.Hated)
                .Except(taste.Excluded)
                .Select(catalogue.IndexOf)
                .Where(index => index >= 0)
                .Order(),
        ];
        return Near(_row, Ones, excluded, items, scores);
    }

    public int ExplainRanked(int item, Span<int> contributors, Span<float> terms, out float bias) =>
        ExplainNear(_row, Ones, item, contributors, terms, out bias);

    private float[] Ones => [.. _row.Select(_ => 1f)];

    public int Near(
        ReadOnlySpan<int> seeds,
        ReadOnlySpan<float> weights,
        ReadOnlySpan<int> excluded,
        Span<int> items,
        Span<float> scores
    ) => neighbours.Top(new ListenerRow(seeds, weights), excluded, _scratch, items, scores);

    public int ExplainNear(
        ReadOnlySpan<int> seeds,
        ReadOnlySpan<float> weights,
        int item,
        Span<int> contributors,
        Span<float> terms,
        out float bias
    ) => neighbours.Explain(new ListenerRow(seeds, weights), item, contributors, terms, out bias);
}

/// <summary>A catalogue and the model of what a population plays of it.</summary>
internal sealed class World
{
    public static readonly DateOnly Date = new(2026, 11, 21);

    public World(IReadOnlyList<CatalogueTrack> tracks, IEnumerable<int[]> rows, int neighbours = 20)
    {
        Catalogue = new Catalogue(tracks);
        var builder = new InteractionMatrixBuilder(tracks.Count);
        foreach (var row in rows)
        {
            builder.AppendRow(row, [.. row.Select(_ => 1f)]);
        }
        var matrix = builder.Build();
        var options = new ItemNeighboursOptions { Neighbours = neighbours, Shrinkage = 1 };
        Neighbours = ItemNeighbours.Fit(matrix, options, 1);
        Popularity = Popularity.Fit(matrix, PopularityMeasure.Listeners);
    }

    public Catalogue Catalogue { get; }

    public ItemNeighbours Neighbours { get; }

    public Popularity Popularity { get; }

    /// <summary>The numbers of emerging artists.</summary>
    public IReadOnlySet<int> EmergingArtists { get; set; } = new HashSet<int>();

    /// <summary>The price of their exposure, in thousandths.</summary>
    public int EmergingPrice { get; set; } = 1000;

    public PlaylistComposer Composer(RecipeParameters? parameters = null) => new(Catalogue, Model(), parameters);

    public NeighbourTaste Model() => new(Catalogue, Neighbours, Popularity, EmergingArtists, EmergingPrice);

    public IReadOnlyList<Playlist> Compose(ListenerTaste taste, RecipeParameters? parameters = null) =>
        Composer(parameters).Compose(taste, Date);

    public static ItemId Item(int index) => new($"t{index}");

    public static ArtistId Artist(int index) => new($"a{index}");

    public static TasteItem Played(int index, int streams = 1, int skips = 0) =>
        new(Item(index), null, streams, skips, streams * FixedPoint.One, streams * FixedPoint.One);

    public static ListenerTaste Taste(params TasteItem[] items) => new(new ListenerId("ada")) { Items = items };

    public static CatalogueTrack Track(int index, int artist) =>
        new(Item(index))
        {
            Title = $"Title {index}",
            Artist = Artist(artist),
            ArtistName = $"Artist {artist}",
        };

    /// <summary>
    /// Genres of as many tracks each, four by an artist, that no listener crosses: two listeners in a row play eight
    /// tracks of their genre.
    /// </summary>
    public static World OfGenres(int genres, int tracksEach, int listenersEach = 60) =>
        new(
            [.. Enumerable.Range(0, genres * tracksEach).Select(i => Track(i, i / 4))],
            RowsOfGenres(genres, tracksEach, listenersEach)
        );

    /// <summary>What the listeners of <see cref="OfGenres"/> play.</summary>
    public static IEnumerable<int[]> RowsOfGenres(int genres, int tracksEach, int listenersEach = 60)
    {
        var random = new Random(1);
        return Enumerable
            .Range(0, genres * listenersEach)
            .Select(listener =>
                Enumerable
                    .Range(0, 12)
                    .Select(_ => ((listener % genres) * tracksEach) + random.Next(tracksEach))
                    .Distinct()
                    .ToArray()
            );
    }
}

/// <summary>A random world and one listener in it, by seed: sparse names, twin recordings, unknown items, bans.</summary>
internal sealed class RandomCase
{
    private readonly Random _random;
    private readonly CatalogueTrack[] _tracks;
    private readonly int[][] _rows;

    // Draws of what came later, so that what was drawn before stays as it was.
    private readonly Random _more;

    /// <summary>A case by its seed; every fourth is mostly shows and books, or all are that are asked to be.</summary>
    public RandomCase(int seed, bool isSpoken = false)
    {
        _random = new Random(seed);
        _more = new Random(~seed);
        var items = _random.Next(1, 90);
        var artists = 1 + _random.Next(items);
        var rows = Enumerable
            .Range(0, _random.Next(40))
            .Select(_ => Enumerable.Range(0, _random.Next(1, 12)).Select(_ => Skewed(items)).Distinct().ToArray())
            .ToArray();
        _tracks = [.. Enumerable.Range(0, items).Select(i => AnyTrack(i, artists))];
        _rows = rows;
        isSpoken |= seed % 4 == 0;
        if (isSpoken)
        {
            SpokenCase.MakeSeries(_tracks, new Random(seed ^ 0x5EED));
        }
        World = new World(_tracks, rows, neighbours: 10);
        Parameters = new RecipeParameters
        {
            MixTracks = _random.Next(8, 31),
            MixArtistCap = _random.Next(1, 6),
            MixFavouriteShare = _random.Next(11) * 100,
            ItemsPerMix = _random.Next(2, 9),
            MixArtists = _random.Next(1, 40),
            DiscoverTracks = _random.Next(5, 31),
            DiscoverMinimumPersonal = _random.Next(1, 6),
            DiscoverNewArtistShare = _random.Next(11) * 100,
            ArtistSpacing = _random.Next(5),
            SeedsPerReason = _random.Next(4),
            Seeds = _random.Next(1, 40),
            MixSeeds = _random.Next(1, 20),
            MixArtistFloor = _random.Next(1, 8),
            MixArtistPull = _random.Next(4) * 100,
        };
        var heard = Some(items, 0.1).ToHashSet();
        Taste = new ListenerTaste(new ListenerId($"listener-{seed}"))
        {
            Items = [.. Some(items + 3, 0.4 * _random.NextDouble()).Select(AnyPlay)],
            Liked = Some(items + 3, 0.05).ToHashSet(),
            Hated = Some(items + 3, 0.05).ToHashSet(),
            Excluded = Some(items + 3, 0.03).ToHashSet(),
            HatedArtists = Enumerable.Range(0, artists).Where(_ => Chance(0.05)).Select(World.Artist).ToHashSet(),
            FollowedArtists = Enumerable.Range(0, artists).Where(_ => Chance(0.05)).Select(World.Artist).ToHashSet(),
            Heard = heard.Contains,
            Market = Chance(0.5) ? "DE" : null,
            AllowsExplicit = Chance(0.7),
        };
        Parameters = Parameters with
        {
            ReleaseRadar = new ReleaseRadarParameters
            {
                Tracks = _more.Next(1, 31),
                MinimumPersonal = _more.Next(1, 4),
                LovedAffinity = _more.Next(1, 4) * FixedPoint.One,
                Seeds = _more.Next(1, 40),
            },
            OnRepeat = new OnRepeatParameters
            {
                Tracks = _more.Next(5, 31),
                MinimumTracks = _more.Next(1, 6),
                ArtistCap = _more.Next(1, 7),
            },
            RepeatRewind = new RepeatRewindParameters
            {
                Tracks = _more.Next(5, 31),
                MinimumTracks = _more.Next(1, 6),
                ArtistCap = _more.Next(1, 5),
            },
        };
        Taste = Taste with
        {
            Items =
            [
                .. Taste.Items.Select(item =>
                    _more.Next(3) == 0 ? item with { ShortWeight = item.ShortWeight / 200 } : item
                ),
            ],
        };
        Parameters = Parameters with
        {
            Daylist = new DaylistParameters
            {
                Tracks = _more.Next(8, 21),
                MinimumTracks = _more.Next(1, 6),
                MinimumStreams = _more.Next(1, 8),
                FavouriteShare = _more.Next(11) * 100,
                ArtistCap = _more.Next(1, 5),
                TasteItems = _more.Next(5, 60),
            },
        };
        Taste = Taste with
        {
            TimeZone = _more.Next(5) switch
            {
                0 => "Europe/Berlin",
                1 => "America/New_York",
                2 => "Asia/Kolkata",
                3 => "Mars/Olympus",
                _ => null,
            },
            StreamsByHourOfWeek =
                _more.Next(3) == 0 ? [] : [.. Enumerable.Range(0, 168).Select(_ => Math.Max(0L, _more.Next(-20, 5)))],
            RecentPlays = Taste.Items.Count == 0 ? [] : [.. Enumerable.Range(0, _more.Next(33)).Select(AnyRecentPlay)],
        };
        Parameters = Parameters with
        {
            FreshFinds = new FreshFindsParameters
            {
                Tracks = _more.Next(3, 31),
                MinimumPersonal = _more.Next(1, 4),
                ArtistCap = _more.Next(1, 4),
            },
        };
        World.EmergingArtists = Enumerable.Range(0, World.Catalogue.Artists).Where(_ => _more.Next(3) == 0).ToHashSet();
        World.EmergingPrice = _more.Next(2) == 0 ? 1000 : _more.Next(1000, 4000);
        if (isSpoken)
        {
            (Taste, Parameters) = SpokenCase.Listen(World.Catalogue, Taste, Parameters, new Random(seed ^ 0xB00C));
        }
        Playlists = World.Composer(Parameters).Compose(Taste, Monday);
    }

    /// <summary>The Monday that every recipe is composed for: a listener's first night makes those that are not due, too.</summary>
    public static DateOnly Monday { get; } = new(2026, 11, 16);

    public World World { get; }

    public RecipeParameters Parameters { get; }

    public ListenerTaste Taste { get; }

    public IReadOnlyList<Playlist> Playlists { get; }

    /// <summary>The same taste with its items and sets in another order.</summary>
    public ListenerTaste Shuffled()
    {
        var random = new Random(7);
        var items = Taste.Items.ToArray();
        random.Shuffle(items);
        return Taste with
        {
            Items = items,
            Liked = Taste.Liked.Reverse().ToHashSet(),
            Hated = Taste.Hated.Reverse().ToHashSet(),
            FollowedArtists = Taste.FollowedArtists.Reverse().ToHashSet(),
        };
    }

    /// <summary>The taste after so many new plays: of what is known, and one in twenty of something new.</summary>
    public ListenerTaste WithMorePlays(int plays)
    {
        var random = new Random(11);
        var items = Taste.Items.ToList();
        for (var play = 0; play < plays; play++)
        {
            var at = random.Next(items.Count);
            var unknown = World.Item(random.Next(_tracks.Length));
            if (random.Next(20) == 0 && items.TrueForAll(item => item.Item != unknown))
            {
                items.Add(World.Played(_tracks.Length) with { Item = unknown });
                continue;
            }
            items[at] = items[at] with
            {
                Streams = items[at].Streams + 1,
                ShortWeight = items[at].ShortWeight + FixedPoint.One,
                LongWeight = items[at].LongWeight + FixedPoint.One,
            };
        }
        return Taste with { Items = items };
    }

    /// <summary>The same catalogue with a model of the same population, a fifth of which plays other things.</summary>
    public World Retrained()
    {
        var random = new Random(12);
        return new World(
            _tracks,
            _rows.Select(row => random.Next(5) > 0 ? row : [random.Next(_tracks.Length)]),
            neighbours: 10
        );
    }

    private CatalogueTrack AnyTrack(int index, int artists)
    {
        var artist = _random.Next(artists);
        return new CatalogueTrack(World.Item(index))
        {
            Title = Chance(0.8) ? $"Title {(Chance(0.1) ? _random.Next(10) : index)}" : null,
            Artist = Chance(0.85) ? World.Artist(artist) : null,
            ArtistName = Chance(0.8) ? $"Artist {artist}" : null,
            Album = Chance(0.3) ? "Album \ud83c\udfb5" : null,
            Duration = Chance(0.5) ? TimeSpan.FromSeconds(_random.Next(30, 600)) : null,
            Isrc = Chance(0.2) ? $"QZ-ABC-26-{_random.Next(30):d5}" : null,
            Markets = Chance(0.1) ? new HashSet<string>(StringComparer.Ordinal) { Chance(0.5) ? "DE" : "FR" } : null,
            Explicit = Chance(0.1),
            Released = _more.Next(2) == 0 ? Monday.AddDays(_more.Next(-35, 6)) : null,
            Kind = Chance(0.9) ? ItemKind.Track : ItemKind.Episode,
            Genres = [.. Enumerable.Range(0, index % 5).Select(genre => $"genre {(artist + genre) % 6}")],
        };
    }

    private RecentPlay AnyRecentPlay(int _)
    {
        var item = Taste.Items[_more.Next(Taste.Items.Count)];
        var before = TimeSpan.FromMinutes(-_more.Next(60 * 24 * 60));
        return new RecentPlay(
            Instant.FromDate(Monday) + before,
            item.Item,
            item.Kind,
            item.Artist,
            IsStream: _more.Next(5) > 0,
            IsSkip: _more.Next(8) == 0
        );
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

    private IEnumerable<ItemId> Some(int items, double share) =>
        Enumerable.Range(0, items).Where(_ => Chance(share)).Select(World.Item).ToArray();

    private int Skewed(int items) => (int)(items * _random.NextDouble() * _random.NextDouble());

    private bool Chance(double probability) => _random.NextDouble() < probability;
}
