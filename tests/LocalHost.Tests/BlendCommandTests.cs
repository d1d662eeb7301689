namespace Nocturne.LocalHost.Tests;

public sealed class BlendCommandTests
{
    [Fact]
    public async Task Blend_CreatedJoinedAndLeft_IsShownWithMatchFairnessAndTastes()
    {
        using var folder = new DataFolder();
        await folder.DemoAsync();

        var created = await folder.ReadAsync("blend", "create", "listener-03", "--id", "us");
        var waiting = await folder.RunAsync("blend", "show", "us");
        var joined = await folder.ReadAsync("blend", "join", "us", "listener-05");
        var shown = await folder.ReadAsync("blend", "show", "us");
        var text = await folder.RunAsync("blend", "show", "us");
        await folder.ReadAsync("blend", "leave", "us", "listener-05");
        var alone = await folder.RunAsync("blend", "show", "us");
        await folder.ReadAsync("blend", "leave", "us", "listener-03");
        var gone = await folder.RunAsync("blend", "show", "us");

        Assert.Equal(1, created.GetProperty("version").GetInt32());
        Assert.Contains("waits for a second member", waiting.Output, StringComparison.Ordinal);
        Assert.Equal(2, joined.GetProperty("members").GetArrayLength());
        Assert.True(shown.GetProperty("isCurrent").GetBoolean());
        Assert.InRange(shown.GetProperty("match").GetInt32(), 0, 100);
        Assert.InRange(shown.GetProperty("fairness").GetDouble(), 0.8, 1);
        var playlist = shown.GetProperty("playlist").GetProperty("json");
        Assert.Equal(playlist.GetProperty("tastes").GetArrayLength(), shown.GetProperty("tastes").GetArrayLength());
        Assert.True(playlist.GetProperty("fair").GetBoolean());
        Assert.Contains("fair to all", text.Output, StringComparison.Ordinal);
        Assert.Contains("listener-05", text.Output, StringComparison.Ordinal);
        Assert.Contains("waits for a second member", alone.Output, StringComparison.Ordinal);
        Assert.Equal(1, gone.Code);
        Assert.Contains("nobody is left", gone.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blend_TheEleventhMember_IsRefusedWithTheReason()
    {
        using var folder = new DataFolder();
        await folder.ReadAsync("publish", folder.Write("lines.ndjson", Play));
        await folder.ReadAsync("blend", "create", "m0", "--id", "all");
        for (var member = 1; member < 10; member++)
        {
            await folder.ReadAsync("blend", "join", "all", $"m{member}");
        }

        var again = await folder.ReadAsync("blend", "join", "all", "m3");
        var eleventh = await folder.RunAsync("blend", "join", "all", "m10");
        var nowhere = await folder.RunAsync("blend", "join", "none", "m1");
        var random = await folder.ReadAsync("blend", "create", "m0");

        Assert.Equal(10, again.GetProperty("members").GetArrayLength());
        Assert.Equal(1, eleventh.Code);
        Assert.Contains("full: it has 10 members", eleventh.Error, StringComparison.Ordinal);
        Assert.Equal(1, nowhere.Code);
        Assert.Matches("^[0-9a-f]{32}$", random.GetProperty("blend").GetString());
    }

    private const string Play =
        """{"event_id":"e","listener":"m0","kind":"play","item":"t1","started_at":"2026-11-20T08:00:00Z","received_at":"2026-11-20T08:03:00Z"}""";
}
