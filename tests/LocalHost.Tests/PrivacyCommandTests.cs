using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Nocturne.Ports;

namespace Nocturne.LocalHost.Tests;

public sealed class PrivacyCommandTests
{
    private const string Gone = "listener-03";

    [Fact]
    public async Task Privacy_ExportedDeletedAndRebuilt_FindsNothing()
    {
        using var folder = new DataFolder();
        await folder.DemoAsync();
        await folder.ReadAsync("blend", "create", Gone, "--id", "us");
        await folder.ReadAsync("blend", "join", "us", "listener-05");
        await folder.ReadAsync("token", "create", Gone);
        var zip = folder.Write("export.zip");

        var exported = await folder.ReadAsync("privacy", "export", Gone, "--out", zip);
        var held = await folder.ReadAsync("privacy", "check", Gone);
        var deleted = await folder.ReadAsync("privacy", "delete", Gone);
        var again = await folder.ReadAsync("privacy", "delete", Gone);
        var rebuilt = await folder.ReadAsync("rebuild");
        var check = await folder.ReadAsync("privacy", "check", Gone);
        var shown = await folder.RunAsync("show", "listener", Gone);
        var text = await folder.RunAsync("privacy", "check", Gone);

        var events = exported.GetProperty("entries").GetProperty("history/events.ndjson").GetInt64();
        await using (var archive = await ZipFile.OpenReadAsync(zip))
        {
            Assert.NotNull(archive.GetEntry("contents.json"));
        }
        Assert.True(events > 0);
        var lines = exported.GetProperty("entries").GetProperty("archive/events.ndjson").GetInt64();
        Assert.True(lines >= events); // some are impressions
        Assert.Equal(1, StoreOf(held, "blends").GetProperty("found").GetInt32() - 1); // the index and the blend
        Assert.Equal(lines, StoreOf(held, "archive").GetProperty("found").GetInt64());
        var receipt = deleted.GetProperty("deletions")[0];
        Assert.NotEqual(JsonValueKind.Null, receipt.GetProperty("completedAt").ValueKind);
        Assert.Equal(receipt.GetRawText(), again.GetProperty("deletions")[0].GetRawText());
        Assert.Equal(0, rebuilt.GetProperty("replaced").GetInt64());
        Assert.All(
            check.GetProperty("stores").EnumerateArray(),
            store =>
                Assert.Equal((0, 0), (store.GetProperty("found").GetInt32(), store.GetProperty("since").GetInt32()))
        );
        Assert.Equal(1, shown.Code);
        Assert.Equal(0, text.Code);
        Assert.Contains("complete at", text.Output, StringComparison.Ordinal);
        Assert.Contains("until it is compacted", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Privacy_EventsPublishedAgainAfterTheDeletion_AreDroppedAndNewOnesAreKept()
    {
        using var folder = new DataFolder();
        string[] old = [Play("e1", "2026-01-02T08:00:00Z"), Play("e2", "2026-01-03T08:00:00Z")];
        await PublishAsync(folder, old);
        await folder.ReadAsync("privacy", "delete", "anna");

        await PublishAsync(folder, old);
        var none = await folder.RunAsync("show", "listener", "anna");
        var late = await folder.RunAsync("privacy", "check", "anna");
        await folder.ReadAsync("rebuild");
        var still = await folder.RunAsync("show", "listener", "anna");
        await PublishAsync(folder, Play("e3", "2026-01-04T08:00:00Z", "2126-01-04T08:00:00Z"));
        var back = await folder.ReadAsync("show", "listener", "anna");

        Assert.Equal((1, 1), (none.Code, still.Code));
        Assert.Equal(1, late.Code); // the archive has what a publisher sent again: the next pass takes it out
        Assert.Equal(1, back.GetProperty("totals").GetProperty("plays").GetInt32());
    }

    [Fact]
    public async Task Privacy_OfRoutes_ExportDeleteAndReceipt()
    {
        using var folder = new DataFolder();
        await folder.ReadAsync("publish", folder.Write("e.ndjson", Play("e1", "2026-01-02T08:00:00Z")));
        await using (var up = await UpTests.RunningUp.StartAsync(folder))
        {
            using var never = await up.Client.GetAsync(new Uri("v1/listeners/anna/deletion", UriKind.Relative));
            await using var zip = await up.Client.GetStreamAsync(new Uri("v1/listeners/anna/export", UriKind.Relative));
            using var whole = new MemoryStream();
            await zip.CopyToAsync(whole);
            using var deleted = await up.Client.DeleteAsync(new Uri("v1/listeners/anna", UriKind.Relative));
            using var state = await up.Client.GetAsync(deleted.Headers.Location);

            Assert.Equal(404, (int)never.StatusCode);
            Assert.NotNull(new ZipArchive(whole).GetEntry("history/events.ndjson"));
            Assert.Equal((202, 200), ((int)deleted.StatusCode, (int)state.StatusCode));
            Assert.Equal("no-store", state.Headers.CacheControl?.ToString());
        }
        var profile = await folder.RunAsync("show", "listener", "anna");

        var swept = await folder.ReadAsync("privacy", "delete");
        var check = await folder.RunAsync("privacy", "check", "anna");

        Assert.Equal(1, profile.Code);
        Assert.Equal(0, swept.GetProperty("pending").GetArrayLength());
        Assert.Equal(0, check.Code);
    }

    /// <summary>As a publisher does: its word on when it received them stands.</summary>
    private static async Task PublishAsync(DataFolder folder, params string[] lines)
    {
        await using var operations = await folder.OpenAsync();
        await operations.PublishAsync(
            [new OutgoingMessage(Encoding.UTF8.GetBytes(string.Join('\n', lines)))],
            CancellationToken.None
        );
        await operations.DrainAsync(CancellationToken.None);
    }

    private static JsonElement StoreOf(JsonElement findings, string name) =>
        findings.GetProperty("stores").EnumerateArray().Single(store => store.GetProperty("store").GetString() == name);

    private static string Play(string id, string at, string? receivedAt = null) =>
        $$"""{"event_id":"{{id}}","listener":"anna","kind":"play","item":"t1","started_at":"{{at}}","received_at":"{{receivedAt
            ?? at}}"}""";
}
