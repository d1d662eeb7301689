using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Playlists;

namespace Nocturne.Collect.Tests.ListenBrainz;

public sealed class PlaylistTests
{
    private const string Extension = "https://musicbrainz.org/doc/jspf#playlist";
    private static readonly DateOnly Day = new(2026, 11, 21);

    [Fact]
    public async Task CreatedFor_ListsTheNightsPlaylistsWithoutTheirTracks()
    {
        await using var host = await CollectHost.StartAsync();
        await host.PublishAsync(
            Made(PlaylistKind.DiscoverWeekly),
            Made(PlaylistKind.OnRepeat),
            Made(PlaylistKind.DailyMix(2))
        );

        var (status, answer) = await host.AskAsync("GET", "/1/user/alice/playlists/createdfor?count=2&offset=1");

        Assert.Equal(200, status);
        Assert.Equal(3, answer.GetProperty("playlist_count").GetInt32());
        Assert.Equal((2, 1), (answer.GetProperty("count").GetInt32(), answer.GetProperty("offset").GetInt32()));
        var playlists = answer
            .GetProperty("playlists")
            .EnumerateArray()
            .Select(p => p.GetProperty("playlist"))
            .ToList();
        Assert.Equal(2, playlists.Count);
        Assert.All(playlists, playlist => Assert.Equal(0, playlist.GetProperty("track").GetArrayLength()));
        Assert.Equal(["weekly-jams", "daily-mix-2"], playlists.Select(AlgorithmOf));
    }

    [Fact]
    public async Task Playlist_IsJspfThatAListenBrainzClientParses()
    {
        await using var host = await CollectHost.StartAsync(o => o.PublicAddress = "https://listens.example.org");
        await ReadTests.SubmitAsync(host, Bodies.Single($$"""{"recording_mbid":"{{Bodies.Mbid}}"}"""));
        var heard = host.Topic.Plays[0].Item;
        var made = Made(PlaylistKind.DiscoverWeekly, heard, new ItemId("elsewhere"));
        await host.PublishAsync(made);
        var (_, list) = await host.AskAsync("GET", "/1/user/alice/playlists/createdfor");
        var identifier = list.GetProperty("playlists")[0]
            .GetProperty("playlist")
            .GetProperty("identifier")
            .GetString()!;

        // What clients do: the id is what stands behind the last slash.
        var (status, answer) = await host.AskAsync("GET", $"/1/playlist/{identifier.Split('/')[^1]}");

        Assert.Equal(200, status);
        Assert.Equal($"https://listens.example.org/playlist/{made.Id:D}", identifier);
        var playlist = answer.GetProperty("playlist");
        foreach (var name in new[] { "title", "creator", "annotation", "date", "identifier" })
        {
            Assert.Equal(JsonValueKind.String, playlist.GetProperty(name).ValueKind);
        }
        Assert.True(playlist.GetProperty("date").TryGetDateTimeOffset(out _));
        var extension = playlist.GetProperty("extension").GetProperty(Extension);
        Assert.Equal("alice", extension.GetProperty("created_for").GetString());
        Assert.Equal(JsonValueKind.Array, extension.GetProperty("collaborators").ValueKind);
        Assert.True(extension.GetProperty("last_modified_at").TryGetDateTimeOffset(out _));
        Assert.Equal(JsonValueKind.False, extension.GetProperty("public").ValueKind);
        Assert.Equal("weekly-exploration", AlgorithmOf(playlist));
        var tracks = playlist.GetProperty("track").EnumerateArray().ToList();
        Assert.Equal(
            $"https://musicbrainz.org/recording/{Bodies.Mbid}",
            Assert.Single(tracks[0].GetProperty("identifier").EnumerateArray()).GetString()
        );
        Assert.Equal("urn:nocturne:item:elsewhere", tracks[1].GetProperty("identifier")[0].GetString());
        Assert.All(tracks, track => Assert.Equal(JsonValueKind.String, track.GetProperty("title").ValueKind));
        Assert.All(tracks, track => Assert.Equal(240_000, track.GetProperty("duration").GetInt32()));
    }

    [Theory]
    [InlineData("nonsense", 400)]
    [InlineData("00000000-0000-4000-8000-000000000000", 404)]
    public async Task Playlist_ThatIsNotTheListeners_IsNotFound(string id, int status)
    {
        await using var host = await CollectHost.StartAsync();
        await host.PublishAsync(Made(PlaylistKind.OnRepeat));

        var answer = await host.AskAsync("GET", $"/1/playlist/{id}");

        Assert.Equal((status, status), (answer.Status, answer.Body.GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task Listener_WithoutANight_HasEmptyLists()
    {
        await using var host = await CollectHost.StartAsync();

        var created = await host.AskAsync("GET", "/1/user/alice/playlists/createdfor");
        var own = await host.AskAsync("GET", "/1/user/alice/playlists");
        var shared = await host.AskAsync("GET", "/1/user/alice/playlists/collaborator");
        var recordings = await host.AskAsync("GET", "/1/cf/recommendation/user/alice/recording");
        var releases = await host.AskAsync("GET", "/1/user/alice/fresh_releases");

        Assert.All(
            [created, own, shared],
            answer => Assert.Equal(0, answer.Body.GetProperty("playlist_count").GetInt32())
        );
        Assert.Equal(204, recordings.Status);
        Assert.Equal(0, releases.Body.GetProperty("payload").GetProperty("releases").GetArrayLength());
    }

    [Fact]
    public async Task Recommendations_AreDiscoverWeeklysRecordings()
    {
        await using var host = await CollectHost.StartAsync();
        await host.PublishAsync(Made(PlaylistKind.DiscoverWeekly, new ItemId("unknown"), new ItemId(Bodies.Mbid)));

        var (status, answer) = await host.AskAsync("GET", "/1/cf/recommendation/user/alice/recording");

        Assert.Equal(200, status);
        var payload = answer.GetProperty("payload");
        var one = Assert.Single(payload.GetProperty("mbids").EnumerateArray());
        Assert.Equal(Bodies.Mbid, one.GetProperty("recording_mbid").GetString());
        Assert.Equal(7.5, one.GetProperty("score").GetDouble());
        Assert.Equal(
            (1, 1),
            (payload.GetProperty("count").GetInt32(), payload.GetProperty("total_mbid_count").GetInt32())
        );
        Assert.Equal("alice", payload.GetProperty("user_name").GetString());
    }

    [Theory]
    [InlineData("", 200, 2)]
    [InlineData("?sort=release_name&days=90", 200, 2)]
    [InlineData("?past=false", 200, 0)]
    [InlineData("?days=0", 400, 0)]
    [InlineData("?days=91", 400, 0)]
    [InlineData("?sort=colour", 400, 0)]
    public async Task FreshReleases_AreReleaseRadars(string query, int status, int count)
    {
        await using var host = await CollectHost.StartAsync();
        await host.PublishAsync(Made(PlaylistKind.ReleaseRadar, new ItemId("a"), new ItemId("b"), new ItemId("a")));

        var answer = await host.AskAsync("GET", $"/1/user/alice/fresh_releases{query}");

        Assert.Equal(status, answer.Status);
        if (status == 200)
        {
            var payload = answer.Body.GetProperty("payload");
            Assert.Equal("alice", payload.GetProperty("user_id").GetString());
            Assert.Equal(count, payload.GetProperty("releases").GetArrayLength());
            Assert.All(
                payload.GetProperty("releases").EnumerateArray(),
                release => Assert.Equal("Artist", release.GetProperty("artist_credit_name").GetString())
            );
        }
    }

    private static string? AlgorithmOf(JsonElement playlist) =>
        playlist
            .GetProperty("extension")
            .GetProperty(Extension)
            .GetProperty("additional_metadata")
            .GetProperty("algorithm_metadata")
            .GetProperty("source_patch")
            .GetString();

    private static Playlist Made(PlaylistKind kind, params ItemId[] items) =>
        new(
            kind,
            CollectHost.Alice,
            Day,
            $"Title of {kind}",
            "What is in it.",
            [
                .. (items.Length == 0 ? [new ItemId("x")] : items).Select(item => new PlaylistTrack(
                    item,
                    new Reason(ReasonKind.Neighbour, [], Base: 7_500_000)
                )
                {
                    Title = $"Track {item}",
                    ArtistName = "Artist",
                    Album = $"Album {item}",
                    Duration = TimeSpan.FromMinutes(4),
                }),
            ]
        );
}
