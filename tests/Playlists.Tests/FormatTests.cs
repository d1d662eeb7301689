using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Nocturne.Domain;
using Nocturne.Playlists;

namespace Nocturne.Playlists.Tests;

public sealed class FormatTests
{
    private static readonly Playlist Mix = new(
        PlaylistKind.DailyMix(2),
        new ListenerId("ada"),
        new DateOnly(2026, 11, 21),
        "Daily Mix 2",
        "Björk & more.",
        [
            new PlaylistTrack(
                new ItemId("8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"),
                new Reason(
                    ReasonKind.Neighbour,
                    [new ReasonSeed(new ItemId("t1"), 1_200_000), new ReasonSeed(new ItemId("t2"), 30_000)],
                    Others: 4_567
                )
            )
            {
                Title = "Jóga",
                Artist = new ArtistId("87c5dedd-371d-4a53-9f7f-80522fb7f3cb"),
                ArtistName = "Björk",
                Album = "Homogenic",
                Duration = TimeSpan.FromMilliseconds(305_400),
            },
            new PlaylistTrack(new ItemId("a b/ü"), new Reason(ReasonKind.Popular, [], Base: 7_000_000))
            {
                Propensity = 0.0625m,
            },
        ]
    );

    private static readonly PlaylistLinks Links = new() { Service = new Uri("https://music.example") };

    [Fact]
    public void Json_KnownPlaylist_HasTheDocumentedForm()
    {
        var expected = $$$$$"""
            {"schema":1,"id":"{{{{{Mix.Id}}}}}","kind":"daily-mix-2","listener":"ada","date":"2026-11-21",
            "title":"Daily Mix 2","description":"Björk & more.","propensity":0.0625,"tracks":[
            {"item":"8f3471b5-7e6a-48da-86a9-c1c07a0f47ae","title":"Jóga","artist_id":"87c5dedd-371d-4a53-9f7f-80522fb7f3cb",
            "artist":"Björk","album":"Homogenic","duration_ms":305400,
            "reason":{"kind":"neighbour","score":1234567,"seeds":[{"item":"t1","term":1200000},{"item":"t2","term":30000}],"others":4567},"propensity":1},
            {"item":"a b/ü","reason":{"kind":"popular","score":7000000,"seeds":[],"base":7000000},"propensity":0.0625}]}
            """.ReplaceLineEndings("");

        Assert.Equal(expected, Encoding.UTF8.GetString(PlaylistJson.Write(Mix)));
        Assert.Equal(
            expected,
            Encoding.UTF8.GetString(PlaylistJson.Write(PlaylistJson.Parse(PlaylistJson.Write(Mix))))
        );
    }

    [Theory]
    [InlineData("\"schema\":1", "\"schema\":2", "schema 2")]
    [InlineData("\"score\":7000000", "\"score\":7000001", "does not add up")]
    [InlineData("\"date\":\"2026-11-21\"", "\"date\":\"2026-11-22\"", "id does not belong")]
    [InlineData("more.\",\"propensity\":0.0625", "more.\",\"propensity\":0.0624", "product of its tracks")]
    [InlineData("\"kind\":\"popular\"", "\"kind\":\"whim\"", "whim")]
    [InlineData("\"title\":\"Daily Mix 2\",", "", "'title' is missing")]
    [InlineData("\"listener\":\"ada\"", "\"listener\":3", "not a playlist")]
    [InlineData("\"duration_ms\":305400", "\"duration_ms\":9223372036854775807", "not a playlist")]
    [InlineData("]}", "]", "not a playlist")]
    public void Json_Damaged_IsRefusedWithWhatIsWrong(string part, string damage, string message)
    {
        var json = Encoding.UTF8.GetString(PlaylistJson.Write(Mix)).Replace(part, damage, StringComparison.Ordinal);

        var exception = Assert.Throws<FormatException>(() => PlaylistJson.Parse(Encoding.UTF8.GetBytes(json)));

        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Jspf_KnownPlaylist_IsAsListenBrainzServesIt()
    {
        var expected = $$$$$"""
            {"playlist":{"title":"Daily Mix 2","creator":"Nocturne","annotation":"Björk & more.",
            "date":"2026-11-21T00:00:00+00:00","identifier":"https://music.example/playlist/{{{{{Mix.Id}}}}}",
            "extension":{"https://musicbrainz.org/doc/jspf#playlist":{"public":false,"creator":"Nocturne","created_for":"ada",
            "collaborators":[],"last_modified_at":"2026-11-21T00:00:00+00:00",
            "additional_metadata":{"algorithm_metadata":{"source_patch":"daily-mix-2"}}}},"track":[
            {"identifier":["https://musicbrainz.org/recording/8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"],"title":"Jóga",
            "creator":"Björk","album":"Homogenic","duration":305400,
            "extension":{"https://musicbrainz.org/doc/jspf#track":{"added_by":"Nocturne","added_at":"2026-11-21T00:00:00+00:00",
            "artist_identifiers":["https://musicbrainz.org/artist/87c5dedd-371d-4a53-9f7f-80522fb7f3cb"],"additional_metadata":{}}}},
            {"identifier":["urn:nocturne:item:a%20b%2F%C3%BC"],"title":"a b/ü",
            "extension":{"https://musicbrainz.org/doc/jspf#track":{"added_by":"Nocturne","added_at":"2026-11-21T00:00:00+00:00","additional_metadata":{}}}}]}}
            """.ReplaceLineEndings("");

        Assert.Equal(expected, Encoding.UTF8.GetString(Jspf.Write(Mix, Links)));
    }

    [Fact]
    public void Xspf_KnownPlaylist_HasItsTracksInOrder()
    {
        XNamespace xspf = "http://xspf.org/ns/0/";
        var root = XDocument.Parse(Encoding.UTF8.GetString(Xspf.Write(Mix, Links))).Root!;

        Assert.Equal("1", root.Attribute("version")!.Value);
        Assert.Equal("Björk & more.", root.Element(xspf + "annotation")!.Value);
        var tracks = root.Element(xspf + "trackList")!.Elements(xspf + "track").ToArray();
        Assert.Equal(["Jóga", "a b/ü"], tracks.Select(t => t.Element(xspf + "title")!.Value));
        Assert.Equal("305400", tracks[0].Element(xspf + "duration")!.Value);
        Assert.Equal("urn:nocturne:item:a%20b%2F%C3%BC", tracks[1].Element(xspf + "identifier")!.Value);
    }

    [Fact]
    public void M3u8_KnownPlaylist_HasTwoLinesATrack() =>
        Assert.Equal(
            """
            #EXTM3U
            #PLAYLIST:Daily Mix 2
            #EXTINF:305,Björk - Jóga
            https://musicbrainz.org/recording/8f3471b5-7e6a-48da-86a9-c1c07a0f47ae
            #EXTINF:-1,a b/ü
            urn:nocturne:item:a%20b%2F%C3%BC

            """,
            Encoding.UTF8.GetString(M3u8.Write(Mix, Links))
        );

    [Fact]
    public void Formats_NamesWithControlsAndBrokenText_StayWellFormed()
    {
        var nasty = Mix with
        {
            Tracks =
            [
                Mix.Tracks[0] with
                {
                    Title = "a\u0000b\n#EXTINF:1,c\u2028d\ud800]]>&<\"\\",
                    ArtistName = "\uffff\u001b",
                },
            ],
        };

        using var json = JsonDocument.Parse(PlaylistJson.Write(nasty));
        using var jspf = JsonDocument.Parse(Jspf.Write(nasty, Links));
        var xspf = XDocument.Parse(Encoding.UTF8.GetString(Xspf.Write(nasty, Links)));
        var m3u8 = Encoding.UTF8.GetString(M3u8.Write(nasty, Links)).Split('\n');

        Assert.StartsWith(
            "a\u0000b\n",
            json.RootElement.GetProperty("tracks")[0].GetProperty("title").GetString(),
            StringComparison.Ordinal
        );
        Assert.NotNull(xspf.Root);
        Assert.Equal(5, m3u8.Length);
        Assert.StartsWith("https://", m3u8[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Id_OfAPlaylist_FollowsFromListenerKindAndDate()
    {
        var id = Playlist.IdOf(Mix.Listener, Mix.Kind, Mix.Date);

        Assert.Equal(Mix.Id, id);
        Assert.Equal(8, id.Version);
        Assert.NotEqual(id, Playlist.IdOf(Mix.Listener, Mix.Kind, Mix.Date.AddDays(1)));
        Assert.NotEqual(id, Playlist.IdOf(new ListenerId("eva"), Mix.Kind, Mix.Date));
        Assert.NotEqual(id, Playlist.IdOf(Mix.Listener, PlaylistKind.DailyMix(3), Mix.Date));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Daily")]
    [InlineData("a/b")]
    [InlineData("../x")]
    public void Kind_OfOtherCharacters_IsRefused(string text) =>
        Assert.Throws<FormatException>(() => PlaylistKind.Parse(text));
}
