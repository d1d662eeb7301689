using System.Globalization;
using Nocturne.Domain;
using Nocturne.Recommending;
using Xunit.Abstractions;

namespace Nocturne.Playlists.Tests;

/// <summary>
/// What calibrating Discover Weekly to the listener's genres brings and costs: KL to the genres of what they play, and
/// NDCG against a fifth of it that was held out.
/// </summary>
public sealed class CalibrationTests(ITestOutputHelper output)
{
    private const int Genres = 8;
    private const int TracksEach = 120;

    [Fact]
    public void DiscoverWeekly_GeneratedListenersOfSeveralGenres_KlFallsByThirtyPercentForTwoOfNdcg()
    {
        var tracks = Enumerable
            .Range(0, Genres * TracksEach)
            .Select(i => World.Track(i, i / 4) with { Genres = [$"g{i / TracksEach}"] });
        AssertWorthIt([.. tracks], Listeners(1_200));
    }

    [Fact]
    public void DiscoverWeekly_CatalogueWithoutGenres_GoesByThePartsOfTheTaste()
    {
        var bare = Enumerable.Range(0, Genres * TracksEach).Select(i => World.Track(i, i / 4)).ToArray();
        CatalogueTrack[] named = [.. bare.Select((track, i) => track with { Genres = [$"g{i / TracksEach}"] })];
        var split = new Split(bare, Listeners(1_200), named);

        var (before, after) = (split.Measure(new CalibrationParameters { Lambda = 0 }), split.Measure(new()));

        output.WriteLine($"{before} -> {after}");
        Assert.True(after.Divergence <= .7 * before.Divergence, $"{before} -> {after}");
        Assert.True(after.Ndcg >= .97 * before.Ndcg, $"{before} -> {after}");
    }

    [RealDataFact]
    public void DiscoverWeekly_OnLastFm_KlFallsByThirtyPercentForTwoOfNdcg()
    {
        var folder = Path.Combine(RealDataFactAttribute.Folder!, "lastfm-2k");
        var plays = Read(Path.Combine(folder, "user_artists.tsv")).ToLookup(row => row[0], row => row[1]);
        var tags = Read(Path.Combine(folder, "artist_tags.tsv"), (row => row[1]))
            .ToLookup(row => row.Artist, row => (row.Tag, row.Count));
        var artists = plays.SelectMany(listener => listener).Distinct().Order().ToArray();
        var indexOf = artists.Select((artist, index) => (artist, index)).ToDictionary(p => p.artist, p => p.index);
        CatalogueTrack[] tracks =
        [
            .. artists.Select(
                (artist, index) =>
                    World.Track(index, index) with
                    {
                        Genres =
                        [
                            .. tags[artist]
                                .OrderByDescending(tag => tag.Count)
                                .ThenBy(tag => tag.Tag, StringComparer.Ordinal)
                                .Take(3)
                                .Select(tag => tag.Tag),
                        ],
                    }
            ),
        ];
        AssertWorthIt(
            tracks,
            [.. plays.OrderBy(l => l.Key).Select(listener => listener.Select(a => indexOf[a]).Distinct().ToArray())]
        );
    }

    private void AssertWorthIt(CatalogueTrack[] tracks, int[][] rows)
    {
        var split = new Split(tracks, rows, tracks);

        var before = split.Measure(new CalibrationParameters { Lambda = 0 });
        var after = split.Measure(new CalibrationParameters());

        output.WriteLine($"{before} -> {after}");
        Assert.True(after.Divergence <= .7 * before.Divergence, $"{before} -> {after}");
        Assert.True(after.Ndcg >= .98 * before.Ndcg, $"{before} -> {after}");
    }

    /// <summary>Three genres each, more than half of what they play from one; within one, what is popular more often.</summary>
    private static int[][] Listeners(int count)
    {
        var random = new Random(3);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ =>
                {
                    var own = Enumerable.Range(0, Genres).ToArray();
                    random.Shuffle(own);
                    return Enumerable
                        .Range(0, 60)
                        .Select(_ =>
                            random.Next(100) is var at && at < 55 ? own[0]
                            : at < 85 ? own[1]
                            : own[2]
                        )
                        .Select(genre =>
                            (genre * TracksEach) + (int)(TracksEach * random.NextDouble() * random.NextDouble())
                        )
                        .Distinct()
                        .ToArray();
                }),
        ];
    }

    private static IEnumerable<int[]> Read(string file) =>
        File.ReadLines(file)
            .Skip(1)
            .Select(line =>
                line.Split('\t').Take(2).Select(field => int.Parse(field, CultureInfo.InvariantCulture)).ToArray()
            );

    private static IEnumerable<(int Artist, string Tag, int Count)> Read(string file, Func<string[], string> tagOf) =>
        File.ReadLines(file)
            .Skip(1)
            .Select(line => line.Split('\t'))
            .Select(row =>
                (
                    int.Parse(row[0], CultureInfo.InvariantCulture),
                    tagOf(row),
                    int.Parse(row[2], CultureInfo.InvariantCulture)
                )
            );

    private readonly record struct Quality(double Divergence, double Ndcg)
    {
        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"KL {Divergence:f4} bits, NDCG {Ndcg:f4}");
    }

    /// <summary>A world of four fifths of every row, and lists measured against the rest.</summary>
    private sealed class Split
    {
        private const int MostListeners = 1_200;
        private readonly int[][] _known;
        private readonly int[][] _hidden;
        private readonly World _world;
        private readonly CatalogueTrack[] _genres;

        public Split(CatalogueTrack[] tracks, int[][] rows, CatalogueTrack[] genres)
        {
            _genres = genres;
            _known = [.. rows.Select((row, r) => row.Where(item => !IsHidden(r, item)).ToArray())];
            _hidden = [.. rows.Select((row, r) => row.Where(item => IsHidden(r, item)).ToArray())];
            _world = new World(tracks, _known, neighbours: 100);
        }

        public Quality Measure(CalibrationParameters calibration)
        {
            var parameters = new RecipeParameters
            {
                DiscoverEpsilon = 0,
                DiscoverMinimumPersonal = 1,
                Calibration = calibration,
            };
            var composer = _world.Composer(parameters);
            var (divergence, ndcg, lists) = (0d, 0d, 0);
            for (var listener = 0; listener < Math.Min(MostListeners, _known.Length); listener++)
            {
                var taste = World.Taste([.. _known[listener].Select(item => World.Played(item))]);
                var list = composer
                    .Compose(taste, RandomCase.Monday, [PlaylistRecipe.DiscoverWeekly])
                    .FirstOrDefault(list => list.Kind == PlaylistKind.DiscoverWeekly);
                if (list is null || _hidden[listener].Length == 0)
                {
                    continue;
                }
                int[] ranked = [.. list.Tracks.Select(track => _world.Catalogue.IndexOf(track.Item))];
                ndcg += RankingMetrics.Ndcg(ranked, _hidden[listener], parameters.DiscoverTracks);
                divergence += DivergenceOf(SharesOf(_known[listener]), SharesOf(ranked));
                lists++;
            }
            return new Quality(divergence / lists, ndcg / lists);
        }

        private static bool IsHidden(int row, int item) => ((row * 31) + (item * 17)) % 5 == 0;

        private Dictionary<string, double> SharesOf(int[] items)
        {
            var shares = new Dictionary<string, double>(StringComparer.OrdinalIgnoreCase);
            var known = items.Where(item => _genres[item].Genres.Count > 0).ToArray();
            foreach (var item in known)
            {
                foreach (var genre in _genres[item].Genres)
                {
                    shares[genre] = shares.GetValueOrDefault(genre) + (1d / _genres[item].Genres.Count / known.Length);
                }
            }
            return shares;
        }

        private static double DivergenceOf(Dictionary<string, double> own, Dictionary<string, double> listed) =>
            own.Sum(p => p.Value * Math.Log2(p.Value / ((.99 * listed.GetValueOrDefault(p.Key)) + (.01 * p.Value))));
    }
}

/// <summary>A fact that needs the folder of real data named by NOCTURNE_DATA, and is skipped by name without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealDataFactAttribute : FactAttribute
{
    public RealDataFactAttribute()
    {
        if (Folder is null)
        {
            Skip = "NOCTURNE_DATA is not set: it names the folder of real listening data.";
        }
    }

    public static string? Folder => Environment.GetEnvironmentVariable("NOCTURNE_DATA");
}
