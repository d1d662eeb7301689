using System.Text;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Tests;

public sealed class OperatingTests
{
    [Fact]
    public async Task Rebuild_OfAHealthyFolder_FindsEverythingTheSame()
    {
        using var folder = new DataFolder();
        await folder.DemoAsync();

        var report = await folder.ReadAsync("rebuild");

        Assert.Equal(2_500, report.GetProperty("events").GetInt64());
        Assert.Equal(20, report.GetProperty("listeners").GetInt64());
        Assert.Equal(0, report.GetProperty("replaced").GetInt64());
        Assert.True(report.GetProperty("same").GetInt64() > 40);
    }

    [Fact]
    public async Task Rebuild_OfADamagedFolder_PutsRightWhatDiffers()
    {
        using var folder = new DataFolder();
        await folder.DemoAsync();
        var damaged = new ListenerId("listener-03");
        var before = (await folder.ReadAsync("show", "listener", damaged.Value)).ToString();
        await using (var operations = await folder.OpenAsync())
        {
            var documents = operations.Stack.Documents;
            var name = StorageName.Of(damaged.Value);
            var days = ListenerDocuments.CollectionOf(ListenerDocuments.Heads, name, ListenerPart.Day);
            var day = await documents.ListAsync(days, null, null, CancellationToken.None).FirstAsync();
            await documents.CommitAsync(
                [
                    DocumentWrite.Delete(ListenerDocuments.KeyOf(ListenerDocuments.Heads, name, ListenerPart.Head, "")),
                    DocumentWrite.Put(day.Key, "damaged"u8.ToArray()),
                    DocumentWrite.Put(DocumentKey.Of(days, "1999-12-31"), "surplus"u8.ToArray()),
                    DocumentWrite.Put(
                        DocumentKey.Of(ListenerDocuments.Heads, StorageName.Of("nobody")),
                        "x"u8.ToArray()
                    ),
                ],
                CancellationToken.None
            );
        }

        var report = await folder.ReadAsync("rebuild");
        var again = await folder.ReadAsync("rebuild");

        Assert.Equal(4, report.GetProperty("replaced").GetInt64());
        Assert.Equal(0, again.GetProperty("replaced").GetInt64());
        Assert.Equal(20, again.GetProperty("listeners").GetInt64());
        Assert.Equal(before, (await folder.ReadAsync("show", "listener", damaged.Value)).ToString());
    }

    [Fact]
    public async Task DeadLetters_AreBadUntilRedrivenAndThenInTheProfile()
    {
        using var folder = new DataFolder();
        await using (var operations = await folder.OpenAsync())
        {
            await operations.Stack.Publisher.PublishAsync(
                NocturneTopology.TopicNames.ListeningEventsDead,
                [
                    new OutgoingMessage(
                        Encoding.UTF8.GetBytes(Play("e1")),
                        new Dictionary<string, string> { ["CloudPubSubDeadLetterSourceDeliveryCount"] = "20" }
                    ),
                ],
                CancellationToken.None
            );
        }

        var sick = await folder.RunAsync("doctor", "--json");
        var redriven = await folder.ReadAsync("redrive");
        var healthy = await folder.RunAsync("doctor", "--json");
        var listener = await folder.ReadAsync("show", "listener", "anna");

        Assert.Equal(1, sick.Code);
        Assert.Contains("nocturne redrive", sick.Output, StringComparison.Ordinal);
        Assert.Equal(1, redriven[0].GetProperty("messages").GetInt32());
        Assert.Equal(0, healthy.Code);
        Assert.Equal(1, listener.GetProperty("totals").GetProperty("plays").GetInt64());
    }

    [Fact]
    public async Task Publish_OfLines_AnswersEachAndStampsThem()
    {
        using var folder = new DataFolder();
        var path = folder.Write("lines.ndjson", Play("e1"), "nonsense", Play("e2"), "");

        var outcome = await folder.ReadAsync("publish", path);
        var listener = await folder.ReadAsync("show", "listener", "anna");

        Assert.Equal(2, outcome.GetProperty("accepted").GetInt32());
        Assert.Equal(2, outcome.GetProperty("lines")[0].GetProperty("line").GetInt32());
        Assert.Equal(2, listener.GetProperty("totals").GetProperty("plays").GetInt64());
    }

    [Fact]
    public async Task Publish_OfRawLines_HasBadOnesRefusedBehindTheTopic()
    {
        using var folder = new DataFolder();
        var path = folder.Write(
            "lines.ndjson",
            Play("e1"),
            "nonsense",
            Play("e2").Replace("received_at", "x", StringComparison.Ordinal)
        );

        await folder.ReadAsync("publish", path, "--raw");
        var listener = await folder.ReadAsync("show", "listener", "anna");
        var findings = await folder.ReadAsync("doctor");

        Assert.Equal(1, listener.GetProperty("totals").GetProperty("plays").GetInt64());
        var refused = findings.EnumerateArray().Single(f => f.GetProperty("subject").GetString() == "rejected-events");
        Assert.Equal("2 lines were refused", refused.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Catalogue_Uploaded_NamesWhatTheNextNightMakes()
    {
        using var folder = new DataFolder();
        await folder.ReadAsync("publish", folder.Write("lines.ndjson", Play("e1"), Play("e2")));
        var path = folder.Write(
            "catalogue.ndjson",
            """{"item":"t1","title":"Blue in Green","artist":"a1","artist_name":"Miles"}""",
            """{"title":"no item"}""",
            "nonsense"
        );

        var uploaded = await folder.ReadAsync("catalogue", path);
        await folder.ReadAsync("night");
        var playlists = await folder.RunAsync("show", "playlist", "anna");
        var jspf = await folder.RunAsync("show", "playlist", "anna", "--format", "jspf");

        Assert.Equal(1, uploaded.GetProperty("items").GetInt32());
        Assert.Equal(2, uploaded.GetProperty("rejected").GetInt32());
        Assert.Contains("Blue in Green", playlists.Output, StringComparison.Ordinal);
        var track = JsonSerializer.Deserialize<JsonElement>(jspf.Output).GetProperty("playlist").GetProperty("track")[
            0
        ];
        Assert.Equal("Miles", track.GetProperty("creator").GetString());
    }

    [Fact]
    public async Task Night_RunAgain_ChangesNothing()
    {
        using var folder = new DataFolder();
        await folder.DemoAsync();

        var first = await folder.ReadAsync("show", "run");
        var again = await folder.ReadAsync("night", "--date", "2026-11-01");

        Assert.Equal(first.ToString(), again.ToString());
    }

    private static string Play(string id) =>
        $$"""{"event_id":"{{id}}","listener":"anna","kind":"play","item":"t1","started_at":"2026-11-20T08:00:00Z","received_at":"2026-11-20T08:03:00Z"}""";
}
