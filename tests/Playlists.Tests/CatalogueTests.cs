using Nocturne.Playlists;

namespace Nocturne.Playlists.Tests;

public sealed class CatalogueTests
{
    [Theory]
    [InlineData("Help!", "help", true)]
    [InlineData("Help! (feat. Nobody)", "Help!", true)]
    [InlineData("Help! [Remastered]", "Help!", true)]
    [InlineData("Help! - Remastered 2009", "Help!", true)]
    [InlineData("Help! (feat. X) - 2009 Remaster", "Help!", true)]
    [InlineData("ÉTÉ", "été", true)]
    [InlineData("Help! (Live)", "Help!", false)]
    [InlineData("Help! - Acoustic", "Help!", false)]
    [InlineData("!!!", "???", false)]
    public void Normalise_TwoTitles_AreEqualWhenTheyNameOneRecording(string a, string b, bool same) =>
        Assert.Equal(same, RecordingTitle.Normalise(a) == RecordingTitle.Normalise(b));

    [Theory]
    [InlineData("US-S1Z-99-00001", "USS1Z9900001")]
    [InlineData("uss1z9900001", "USS1Z9900001")]
    [InlineData("USS1Z990000", null)]
    [InlineData("USS1Z99000011", null)]
    [InlineData("USS1Z99000é1", null)]
    [InlineData(null, null)]
    public void NormaliseIsrc_AnyText_IsTwelveCharactersOrNothing(string? isrc, string? expected) =>
        Assert.Equal(expected, RecordingTitle.NormaliseIsrc(isrc));

    [Fact]
    public void Recordings_ByTitleAndByCode_AreJoinedAndLinkedInARing()
    {
        var catalogue = new Catalogue([
            World.Track(0, 0) with
            {
                Isrc = "USS1Z9900001",
            },
            World.Track(1, 1),
            World.Track(2, 0) with
            {
                Title = "title 0",
            },
            World.Track(3, 5) with
            {
                Isrc = "USS1Z9900001",
            },
        ]);

        Assert.Equal([0, 1, 0, 0], Enumerable.Range(0, 4).Select(catalogue.RecordingOf));
        var ring = new List<int>();
        for (var index = 2; !ring.Contains(index); index = catalogue.NextOfRecording(index))
        {
            ring.Add(index);
        }
        Assert.Equal([0, 2, 3], ring.Order());
        Assert.Equal(1, catalogue.NextOfRecording(1));
    }

    [Fact]
    public void Artists_WithoutIds_AreNumberedByName()
    {
        var catalogue = new Catalogue([
            new CatalogueTrack(World.Item(0)) { ArtistName = "Björk" },
            new CatalogueTrack(World.Item(1)) { ArtistName = "BJÖRK " },
            new CatalogueTrack(World.Item(2)),
            World.Track(3, 7),
        ]);

        Assert.Equal([0, 0, -1, 1], Enumerable.Range(0, 4).Select(catalogue.ArtistOf));
        Assert.Equal(2, catalogue.Artists);
        Assert.Equal(1, catalogue.ArtistNumber(World.Artist(7)));
        Assert.Equal(-1, catalogue.ArtistNumber(World.Artist(8)));
    }

    [Fact]
    public void Texts_OfTracksThatShareThem_AreOneObjectAndSayTheSame()
    {
        var tracks = Enumerable
            .Range(0, 9)
            .Select(i => World.Track(i, i / 3) with { Album = $"Album {i / 3}" })
            .ToArray();

        var catalogue = new Catalogue(tracks);

        Assert.Equal(tracks, Enumerable.Range(0, 9).Select(i => catalogue[i]));
        Assert.NotSame(tracks[0].ArtistName, tracks[1].ArtistName);
        for (var i = 0; i < 9; i++)
        {
            var (one, other) = (catalogue[i], catalogue[i / 3 * 3]);
            Assert.Same(one.Artist!.Value.Value, other.Artist!.Value.Value);
            Assert.Same(one.ArtistName, other.ArtistName);
            Assert.Same(one.Album, other.Album);
        }
    }

    [Fact]
    public void Catalogue_SameIdTwice_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new Catalogue([World.Track(0, 0), World.Track(0, 1)]));
}
