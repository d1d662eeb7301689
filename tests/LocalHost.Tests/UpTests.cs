using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Nocturne.LocalHost.Stack;

namespace Nocturne.LocalHost.Tests;

public sealed class UpTests
{
    [Fact]
    public async Task Up_ServesPlaylistsAndShowsAnEventWithinASecond()
    {
        using var folder = new DataFolder();
        await folder.DemoAsync();
        await using var up = await RunningUp.StartAsync(folder);

        var playlists = await up.Client.GetFromJsonAsync<JsonElement>("v1/listeners/listener-03/playlists");
        var home = await up.Client.GetFromJsonAsync<JsonElement>("v1/listeners/listener-03/home");
        var hub = await up.Client.GetFromJsonAsync<JsonElement>("v1/listeners/listener-03/made-for-you");
        using var posted = await up.PostAsync("v1/events", Play("e1"));
        var started = Stopwatch.GetTimestamp();
        var result = await folder.RunAsync("show", "listener", "anna", "--json");
        while (result.Code != 0 && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1))
        {
            result = await folder.RunAsync("show", "listener", "anna", "--json");
        }

        Assert.True(playlists.GetProperty("playlists").GetArrayLength() > 0);
        Assert.True(home.GetProperty("shelves")[0].GetProperty("cards").GetArrayLength() > 0);
        Assert.Equal(
            playlists.GetProperty("playlists").GetArrayLength(),
            hub.GetProperty("playlists").GetArrayLength()
        );
        Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
        Assert.True(result.Code == 0, result.Error);
        Assert.Equal(1, result.Json.GetProperty("totals").GetProperty("plays").GetInt64());
    }

    [Fact]
    public async Task Commands_WhileUp_GoThroughItOrSayWhoHasTheFolder()
    {
        using var folder = new DataFolder();
        await using var up = await RunningUp.StartAsync(folder);
        var tsv = folder.Write("events.tsv", "ts\tuser\ttrack", "1700000000\tberta\tt1", "1700000300\tberta\tt2");

        var import = await folder.ReadAsync("import", tsv);
        var publish = await folder.ReadAsync("publish", folder.Write("e.ndjson", Play("e1"), "nonsense"));
        await folder.ReadAsync("catalogue", folder.Write("c.ndjson", """{"item":"t1","title":"One"}"""));
        var night = await folder.ReadAsync("night", "--date", "2026-11-22");
        var run = await folder.ReadAsync("show", "run");
        var berta = await folder.ReadAsync("show", "listener", "berta");
        var playlists = await folder.RunAsync("show", "playlist", "berta");
        var doctor = await folder.RunAsync("doctor");
        var redrive = await folder.RunAsync("redrive");
        var nobody = await folder.RunAsync("show", "listener", "nobody");
        var rebuild = await folder.RunAsync("rebuild");
        var demo = await folder.RunAsync("demo");

        Assert.Equal(2, import.GetProperty("events").GetInt64());
        Assert.Equal(1, publish.GetProperty("rejected").GetInt32());
        Assert.Equal("finished", night.GetProperty("record").GetProperty("state").GetString());
        Assert.Equal(night.ToString(), run.ToString());
        Assert.Equal(2, berta.GetProperty("totals").GetProperty("plays").GetInt64());
        Assert.Contains("One", playlists.Output, StringComparison.Ordinal);
        Assert.Equal((0, 0, 1), (doctor.Code, redrive.Code, nobody.Code));
        Assert.Equal((3, 3), (rebuild.Code, demo.Code));
        Assert.Contains("nocturne up", demo.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blend_WhileUp_GoesThroughIt()
    {
        using var folder = new DataFolder();
        await folder.DemoAsync();
        await using var up = await RunningUp.StartAsync(folder);

        await folder.ReadAsync("blend", "create", "listener-03", "--id", "a/b c");
        await folder.ReadAsync("blend", "join", "a/b c", "listener-04");
        var shown = await folder.ReadAsync("blend", "show", "a/b c");
        var none = await folder.RunAsync("blend", "join", "none", "listener-04");

        Assert.Equal(50, shown.GetProperty("tastes").GetArrayLength());
        Assert.True(shown.GetProperty("isCurrent").GetBoolean());
        Assert.Equal(1, none.Code);
        Assert.Contains("There is no such blend", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Player_WithAToken_ScrobblesAndReadsItBack_UntilItIsRevoked()
    {
        using var folder = new DataFolder();
        await using var up = await RunningUp.StartAsync(folder);
        var made = await folder.ReadAsync("token", "create", "anna", "--name", "a player");
        up.Client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Token {made.GetProperty("secret")}");

        using var taken = await up.PostAsync(
            "1/submit-listens",
            """{"listen_type":"single","payload":[{"listened_at":1700000000,"track_metadata":{"artist_name":"A","track_name":"T"}}]}"""
        );
        Assert.Equal("""{"status":"ok"}""", await taken.Content.ReadAsStringAsync());
        await folder.ReadAsync("night", "--date", "2026-11-22"); // waits for what was published
        var listens = await up.Client.GetFromJsonAsync<JsonElement>("apis/listenbrainz/1/user/anna/listens");
        var listed = await folder.ReadAsync("token", "list", "anna");
        var id = made.GetProperty("token").GetProperty("id").GetString()!;
        await folder.ReadAsync("token", "revoke", "anna", id);
        var again = await folder.RunAsync("token", "revoke", "anna", id);
        using var refused = await up.PostAsync("1/submit-listens", "{}");

        Assert.Equal(1, listens.GetProperty("payload").GetProperty("count").GetInt32());
        Assert.Equal("a player", Assert.Single(listed.EnumerateArray()).GetProperty("name").GetString());
        Assert.DoesNotContain(made.GetProperty("secret").GetString()!, listed.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, again.Code);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task IdToken_OfThisFolder_OpensItsListenersRoutesOnly()
    {
        using var folder = new DataFolder();
        await using var up = await RunningUp.StartAsync(folder);
        using (await up.PostAsync("v1/events", Play("e1"))) { }
        await folder.ReadAsync("night", "--date", "2026-11-22"); // waits for what was published
        var own = (await folder.ReadAsync("token", "id", "anna")).GetProperty("token").GetString();
        var operators = (await folder.ReadAsync("token", "id", "olga", "--operator")).GetProperty("token").GetString();

        async Task<HttpStatusCode> AskAsync(string listener, string? token)
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Get,
                new Uri($"v1/listeners/{listener}/profile", UriKind.Relative)
            );
            request.Headers.TryAddWithoutValidation("Authorization", token is null ? null : $"Bearer {token}");
            using var response = await up.Client.SendAsync(request);
            return response.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, await AskAsync("anna", own));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync("berta", own));
        Assert.Equal(HttpStatusCode.OK, await AskAsync("anna", operators));
        Assert.Equal(HttpStatusCode.OK, await AskAsync("anna", token: null));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("anna", own + "x"));
    }

    [Fact]
    public async Task Token_WithoutUp_IsMadeInTheFolder()
    {
        using var folder = new DataFolder();

        var made = await folder.ReadAsync("token", "create", "anna");
        var nameless = await folder.RunAsync("token", "create", "anna", "--name", "");
        var listed = await folder.RunAsync("token", "list", "anna");

        Assert.True(Guid.TryParse(made.GetProperty("secret").GetString(), out _));
        Assert.Equal(1, nameless.Code);
        Assert.Contains(
            made.GetProperty("token").GetProperty("id").GetString()!,
            listed.Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Operator_WithoutTheFoldersToken_IsForbidden()
    {
        using var folder = new DataFolder();
        await using var up = await RunningUp.StartAsync(folder);

        using var response = await up.Client.GetAsync(new Uri("operator/backlog", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Up_Stopped_LeavesAFolderThatIsFree()
    {
        using var folder = new DataFolder();
        var up = await RunningUp.StartAsync(folder);
        using (await up.PostAsync("v1/events", Play("e1"))) { }

        await up.DisposeAsync();
        var doctor = await folder.RunAsync("doctor");
        var anna = await folder.ReadAsync("show", "listener", "anna");

        Assert.Equal(0, up.Code);
        Assert.Equal(0, doctor.Code);
        Assert.False(File.Exists(Path.Combine(folder.Data, "host.json")));
        Assert.Equal(1, anna.GetProperty("totals").GetProperty("plays").GetInt64());
    }

    [Fact]
    public async Task HostFile_LeftByAKilledHost_IsPassedOver()
    {
        using var folder = new DataFolder();
        await folder.DemoAsync();
        await new HostFile(1, 1, "token").WriteAsync(folder.Data, CancellationToken.None);

        var run = await folder.RunAsync("show", "run");

        Assert.Equal(0, run.Code);
    }

    private static string Play(string id) =>
        $$"""{"event_id":"{{id}}","listener":"anna","kind":"play","item":"t1","started_at":"2026-11-20T08:00:00Z"}""";

    /// <summary>An <c>up</c> on a free port, stopped at the end.</summary>
    internal sealed class RunningUp : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task<CommandResult> _running;

        private RunningUp(DataFolder folder) => _running = folder.RunAsync(_stop.Token, "up", "--port", "0");

        public HttpClient Client { get; } = new();

        /// <summary>The exit code, once stopped.</summary>
        public int Code { get; private set; } = -1;

        public static async Task<RunningUp> StartAsync(DataFolder folder)
        {
            var up = new RunningUp(folder);
            var started = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20))
            {
                if (await HostFile.ReadAsync(folder.Data, CancellationToken.None) is { } host)
                {
                    up.Client.BaseAddress = new Uri($"http://127.0.0.1:{host.Port}/");
                    return up;
                }
                await Task.Delay(10);
            }
            throw new TimeoutException("'up' did not start.");
        }

        public async Task<HttpResponseMessage> PostAsync(string path, string body)
        {
            using var content = new StringContent(body, Encoding.UTF8);
            return await Client.PostAsync(new Uri(path, UriKind.Relative), content);
        }

        public async ValueTask DisposeAsync()
        {
            if (Code < 0)
            {
                await _stop.CancelAsync();
                Code = (await _running).Code;
                Client.Dispose();
                _stop.Dispose();
            }
        }
    }
}
