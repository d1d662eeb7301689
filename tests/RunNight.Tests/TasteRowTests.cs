using Nocturne.Domain;
using Nocturne.Playlists;
using Nocturne.RunNight.Training;

namespace Nocturne.RunNight.Tests;

public sealed class TasteRowTests
{
    private static readonly Catalogue Catalogue = new([
        .. Enumerable.Range(0, 5).Select(i => new CatalogueTrack(Item(i)) { Artist = new ArtistId($"a{i}") }),
    ]);

    [Fact]
    public void Read_StreamsLikesSkipsAndHates_WeighAsEvidenceSays()
    {
        var row = new TasteRow();

        row.Read(
            Taste(Played(0, streams: 4), Played(1, streams: 0, skips: 5), Played(2, streams: 1)) with
            {
                Liked = new HashSet<ItemId> { Item(3) },
                Hated = new HashSet<ItemId> { Item(2), Item(4) },
            },
            Catalogue
        );

        Assert.Equal([0, 1, 2, 3, 4], row.Items.ToArray());
        Assert.Equal([2, -1, -1, 2, -1], row.Weights.ToArray());
    }

    [Fact]
    public void Read_WhatIsUnknownTakenOutOrByAHatedArtist_SpeaksForNothing()
    {
        var row = new TasteRow();

        row.Read(
            Taste(Played(0), Played(1), Played(9), Played(3)) with
            {
                Excluded = new HashSet<ItemId> { Item(1) },
                HatedArtists = new HashSet<ArtistId> { new("a3") },
            },
            Catalogue
        );

        Assert.Equal([0, 3], row.Items.ToArray());
        Assert.Equal([1, -1], row.Weights.ToArray());
        Assert.Equal([0], row.PlayItems.ToArray());
    }

    [Fact]
    public void Read_DecayedStreams_ArePlaysOfTheAgeAtWhichTheyWouldBeThat()
    {
        var row = new TasteRow();

        row.Read(
            Taste(
                new TasteItem(Item(0), null, 1, 0, FixedPoint.One / 2, FixedPoint.One),
                new TasteItem(Item(1), null, 50, 0, 2 * FixedPoint.One, 40 * FixedPoint.One),
                new TasteItem(Item(2), null, 1, 0, 0, FixedPoint.One / 4)
            ),
            Catalogue
        );

        // One play of a week ago; two of just now, of the fifty that are nearly forgotten; one of a year ago.
        Assert.Equal([1, 1, 0, 2], row.PlayItems.ToArray());
        Assert.Equal([0, 0, 7, 365.25f], row.PlayAges.ToArray());
    }

    [Fact]
    public void Read_ItemsInAnyOrder_GiveTheSameRow()
    {
        var (forth, back) = (new TasteRow(), new TasteRow());
        TasteItem[] items = [.. Enumerable.Range(0, 5).Select(i => Played(i, streams: i + 1))];

        forth.Read(Taste(items), Catalogue);
        back.Read(Taste([.. items.Reverse()]), Catalogue);

        Assert.Equal(forth.Items.ToArray(), back.Items.ToArray());
        Assert.Equal(forth.Weights.ToArray(), back.Weights.ToArray());
        Assert.Equal(forth.PlayItems.ToArray(), back.PlayItems.ToArray());
    }

    private static ItemId Item(int index) => new($"t{index}");

    private static TasteItem Played(int index, int streams = 1, int skips = 0) =>
        new(Item(index), null, streams, skips, streams * FixedPoint.One, streams * FixedPoint.One);

    private static ListenerTaste Taste(params TasteItem[] items) => new(new ListenerId("ada")) { Items = items };
}
