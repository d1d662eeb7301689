using System.Globalization;

namespace Nocturne.LocalHost.Tests;

public sealed class ImportTests
{
    [Fact]
    public async Task Tsv_OfListens_GivesTheFilesOwnTotalsAndAPlaylistForEveryone()
    {
        using var folder = new DataFolder();
        var rows = Listens().ToList();
        var path = folder.Write(
            "events.tsv",
            ["ts\tuser\tsession\ttrack\tartist", .. rows.Select(r => $"{r.Ts}\t{r.User}\t0-1\t{r.Track}\t{r.Artist}")]
        );

        var first = await folder.ReadAsync("import", path);
        var second = await folder.ReadAsync("import", path);
        var night = await folder.ReadAsync("night", "--date", "2026-11-22");

        Assert.Equal(rows.Count, first.GetProperty("lines").GetInt64());
        Assert.Equal(rows.Count, first.GetProperty("events").GetInt64());
        Assert.Equal(rows.Count, second.GetProperty("events").GetInt64());
        foreach (var user in rows.GroupBy(r => r.User))
        {
            var totals = (await folder.ReadAsync("show", "listener", user.Key)).GetProperty("totals");
            Assert.Equal(user.Count(), totals.GetProperty("plays").GetInt64());
            Assert.Equal(user.Count(), totals.GetProperty("streams").GetInt64());
            Assert.Equal(0, (await folder.RunAsync("show", "playlist", user.Key)).Code);
        }
        Assert.Equal(
            rows.DistinctBy(r => r.User).Count(),
            night.GetProperty("record").GetProperty("listeners").GetInt32()
        );
    }

    [Fact]
    public async Task Tsv_WithOtherNamesAndColumns_IsRead()
    {
        using var folder = new DataFolder();
        var path = folder.Write(
            "other.tsv",
            "\uFEFFlistened_at\tmood\tLISTENER\titem\ttrack_name\tartist_name\tduration\tms_played",
            "2026-10-01T08:00:00+02:00\tblue\tanna\ts1\tA song\tA band\t200.5\t31000",
            "1790000000000\t\tanna\ts2\t\t\t\t1000"
        );

        var report = await folder.ReadAsync("import", path);
        var anna = await folder.ReadAsync("show", "listener", "anna");

        Assert.Equal(2, report.GetProperty("events").GetInt64());
        Assert.Equal(1, anna.GetProperty("totals").GetProperty("streams").GetInt64());
        Assert.Equal(32_000, anna.GetProperty("totals").GetProperty("msPlayed").GetInt64());
        Assert.Contains(
            "2026-10-01T06:00:00+00:00",
            anna.GetProperty("recentPlays").EnumerateArray().Select(p => p.GetProperty("at").GetString())
        );
    }

    [Fact]
    public async Task Tsv_WithBadLines_KeepsTheRestAndWritesThemDown()
    {
        using var folder = new DataFolder();
        var path = folder.Write(
            "bad.tsv",
            "ts\tuser\ttrack\tartist",
            "1700000000\tu\tt\ta",
            "",
            "1700000000\tu\tt\ta",
            "yesterday\tu\tt\ta",
            "1700000000\t\tt\ta",
            "1700000000\tu",
            "100\tu\tt\ta",
            "99999999999999999\tu\tt\ta",
            "4102444800\tu\tt\ta",
            $"1700000000\tu\t{new string('x', 200)}\ta",
            $"1700000000\tu\tt\t{new string('x', 300_000)}",
            "1700000001\tu\tt"
        );

        var report = await folder.ReadAsync("import", path);
        var listener = await folder.ReadAsync("show", "listener", "u");

        Assert.Equal(11, report.GetProperty("lines").GetInt64());
        Assert.Equal(3, report.GetProperty("events").GetInt64());
        Assert.Equal(8, report.GetProperty("rejected").GetInt64());
        Assert.Equal(3, listener.GetProperty("totals").GetProperty("plays").GetInt64());
        var rejects = await File.ReadAllLinesAsync(report.GetProperty("rejectsFiles")[0].GetString()!);
        Assert.Equal(8, rejects.Length);
        Assert.Contains(
            "\"line\":5,\"reason\":\"invalid_field\",\"field\":\"started_at\"",
            rejects[0],
            StringComparison.Ordinal
        );
        Assert.Contains("too_early", rejects[3], StringComparison.Ordinal);
        Assert.Contains("from_future", rejects[5], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_ThatNamesTooLittle_SaysWhatIsMissing()
    {
        using var folder = new DataFolder();

        var result = await folder.RunAsync("import", folder.Write("x.tsv", "when\tuser\ttrack", "1\t2\t3"));

        Assert.Equal(1, result.Code);
        Assert.Contains("names ts", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_OfFiles_IsReadByNameAndTheSameLineInTwoFilesIsOneEvent()
    {
        using var folder = new DataFolder();
        var first = folder.Write("a.tsv", "ts\tuser\ttrack", "1700000000\tu\tt", "1700000300\tu\tt");
        folder.Write("b.tsv", "ts\tuser\ttrack", "1700000300\tu\tt", "1700000600\tu\tt");
        folder.Write(
            "c.ndjson",
            """{"event_id":"c1","listener":"u","kind":"play","item":"t","started_at":"2023-11-15T00:00:00Z","received_at":"2023-11-15T00:01:00Z"}""",
            "{}"
        );
        folder.Write("notes.txt", "nothing");

        var report = await folder.ReadAsync("import", Path.GetDirectoryName(first)!);
        var listener = await folder.ReadAsync("show", "listener", "u");

        Assert.Equal(
            (3, 6L, 5L, 1L),
            (
                report.GetProperty("files").GetInt32(),
                report.GetProperty("lines").GetInt64(),
                report.GetProperty("events").GetInt64(),
                report.GetProperty("rejected").GetInt64()
            )
        );
        Assert.Equal(4, listener.GetProperty("totals").GetProperty("plays").GetInt64());
    }

    /// <summary>The shape of a published log: bursts, repeats, and identical lines.</summary>
    private static IEnumerable<(string Ts, string User, string Track, string Artist)> Listens()
    {
        for (var i = 0; i < 3_000; i++)
        {
            var user = i * 7 % 23;
            var track = user * 10 + (i * i % 37);
            var ts = 1_700_000_000 + (i / 2 * 200);
            yield return (ts.ToString(CultureInfo.InvariantCulture), $"user {user}/ü", $"t{track}", $"a{track % 11}");
            if (i % 100 == 0)
            {
                yield return (ts.ToString(CultureInfo.InvariantCulture), "user 1/ü", "again", "a");
                yield return (ts.ToString(CultureInfo.InvariantCulture), "user 1/ü", "again", "a");
            }
        }
    }
}
