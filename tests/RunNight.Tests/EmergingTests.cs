using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Population;
using Nocturne.Ports;
using Nocturne.Recommending;
using Nocturne.RunNight.Emerging;

namespace Nocturne.RunNight.Tests;

public sealed class EmergingTests
{
    // A Wednesday, on which Fresh Finds is due.
    private const string Date = "2026-04-01";

    private static readonly EmergingRules Rules = new(LeastListeners: 5, MostShare: 20, Growth: 100);

    private static readonly List<ListenEvent> Events =
    [
        .. new SyntheticPopulation(
            new PopulationOptions
            {
                Seed = 3,
                Listeners = 60,
                Events = 6_000,
                Tracks = 800,
                Artists = 120,
                EndDate = new DateOnly(2026, 3, 31),
            }
        ).Events(),
    ];

    [Theory]
    [InlineData(4, 4_000_000, 0, 28, false)] // too few to tell
    [InlineData(5, 5_000_000, 0, 28, true)] // new
    [InlineData(20, 20_000_000, 0, 28, true)]
    [InlineData(21, 21_000_000, 0, 28, false)] // everyone knows them
    [InlineData(11, 11_000_000, 10_000_000, 28, true)] // grew by a tenth
    [InlineData(11, 11_000_000, 10_000_001, 28, false)]
    [InlineData(11, 11_000_000, 11_000_000, 6, true)] // nothing to compare with yet
    [InlineData(11, 11_000_000, 11_000_000, 7, false)]
    public void Rule_OfAudienceAndGrowth_DecidesWhoIsEmerging(
        int listeners,
        long audience,
        long mean,
        int nights,
        bool expected
    ) => Assert.Equal(expected, Rules.IsEmerging(listeners, audience, mean, nights));

    [Fact]
    public void Artists_NightAfterNight_AreComparedWithTheirOwnMeans()
    {
        // Of 1,000 listeners ten play the steady artist, and one more each night the growing one.
        var catalogue = new Catalogue([
            new CatalogueTrack(new ItemId("a1")) { Artist = new ArtistId("steady") },
            new CatalogueTrack(new ItemId("b1")) { ArtistName = "Growing" },
            new CatalogueTrack(new ItemId("b2")) { ArtistName = "growing" },
            new CatalogueTrack(new ItemId("c1")) { Artist = new ArtistId("silent") },
        ]);
        EmergingArtists? night = null;

        for (var i = 0; i < 9; i++)
        {
            var read = night is null ? null : EmergingArtists.Read(night.ToBytes());
            night = EmergingArtists.Of(catalogue, Matrix(steady: 10, growing: 6 + i), read, Rules);
        }

        Assert.Equal(9, night!.Nights);
        Assert.Equal(
            [
                new ArtistAudience(null, "growing", 14, 10_000_000, true),
                new ArtistAudience("steady", null, 10, 10_000_000, false),
            ],
            night.Artists
        );
        Assert.Equal([false, true, false], night.FlagsOf(catalogue));
    }

    [Fact]
    public async Task Night_NothingAskedFor_HasNoPriceAndSaysWhatEmergingArtistsGet()
    {
        await using var world = await NightWorld.WithAsync(Events, Options(exposure: 0));

        var record = await world.RunAsync(Date);

        Assert.Equal(RunState.Finished, record.State);
        Assert.InRange(record.Emerging!.Artists, 10, 110);
        Assert.Equal((1000, 0L, 0), (record.Emerging.Price, record.Emerging.Cost, record.Emerging.Sample));
        Assert.InRange(record.Emerging.Share!.Value, 1, 999_999);
        Assert.Contains("fresh-finds", record.PlaylistsByKind.Keys);
    }

    [Fact]
    public async Task Night_ExposureAskedFor_SolvesThePriceAppliesItAndReportsShareAndCost()
    {
        await using var free = await NightWorld.WithAsync(Events, Options(exposure: 0));
        var without = (await free.RunAsync(Date)).Emerging!.Share!.Value;
        var target = (int)(without / 1000) + 20;
        await using var one = await NightWorld.WithAsync(Events, Options(target, workers: 1));
        await using var seven = await NightWorld.WithAsync(Events, Options(target, workers: 7));

        var record = await one.RunAsync(Date);
        await seven.RunAsync(Date, seed: 5);

        // Everyone is in the sample, so what was expected is what came of it.
        var emerging = record.Emerging!;
        Assert.Equal(60, emerging.Sample);
        Assert.Equal(without, emerging.ShareWithout);
        Assert.InRange(emerging.Price, 1_001, ExposurePrice.Most);
        Assert.True(emerging.ShareExpected >= target * 1000L);
        Assert.Equal(emerging.ShareExpected, emerging.Share);
        Assert.InRange(emerging.Cost, 1, 500_000);
        Assert.Equal(await one.ContentsAsync(), await seven.ContentsAsync());
    }

    [Fact]
    public async Task Night_MoreThanThereIs_TakesTheHighestPriceAndSaysItFallsShort()
    {
        await using var world = await NightWorld.WithAsync(Events, Options(exposure: 500, least: 8));

        var emerging = (await world.RunAsync(Date)).Emerging!;

        Assert.True(emerging.Artists > 0);
        Assert.Equal(ExposurePrice.Most, emerging.Price);
        Assert.InRange(emerging.Share!.Value, 0, 499_999);
    }

    private static NightOptions Options(int exposure, int workers = 2, int least = 3) =>
        new()
        {
            ListenersPerShard = 20,
            Workers = workers,
            EmergingExposure = exposure,
            EmergingLeastListeners = least,
            EmergingMostShare = 200,
        };

    private static InteractionMatrix Matrix(int steady, int growing)
    {
        var builder = new InteractionMatrixBuilder(4);
        for (var listener = 0; listener < 1_000; listener++)
        {
            int[] items = listener < growing ? [1, 2] : [];
            items = listener < steady ? [0, .. items] : items;
            builder.AppendRow(items, [.. items.Select(_ => 1f)]);
        }
        return builder.Build();
    }
}
