using System.Text.Json;

namespace Nocturne.LocalHost.Tests;

public sealed class EvaluateTests
{
    [Fact]
    public async Task TopN_OfTwoFiles_PrintsEveryModelAndWritesTheReport()
    {
        using var folder = new DataFolder();
        // Two circles of listeners; each one lacks one item of their circle, which is the test.
        var train = folder.Write("train.tsv", ["user\titem", .. Pairs(held: false)]);
        var test = folder.Write("test.tsv", [.. Pairs(held: true)]); // without a header, and that is fine
        var report = Path.Combine(Path.GetDirectoryName(train)!, "report.md");

        var json = await folder.ReadAsync([
            "evaluate",
            "top-n",
            "--train",
            train,
            "--test",
            test,
            "--k",
            "2",
            "--seeds",
            "2",
            "--report",
            report,
        ]);

        Assert.Equal((20, 10), (json.GetProperty("listeners").GetInt32(), json.GetProperty("items").GetInt32()));
        Assert.Equal(20, json.GetProperty("cases").GetInt32());
        var rows = json.GetProperty("rows").EnumerateArray().ToDictionary(row => row.GetProperty("model").GetString()!);
        Assert.All(new[] { "popularity", "item-knn", "als" }, model => Assert.Contains(model, rows.Keys));
        var neighbours = rows["item-knn"];
        Assert.Equal(1, neighbours.GetProperty("recall@2").GetDouble());
        Assert.Equal(1, neighbours.GetProperty("ndcg@2").GetDouble());
        Assert.Equal(0.5, neighbours.GetProperty("p@2").GetDouble());
        Assert.Equal(1, neighbours.GetProperty("mrr@2").GetDouble());
        Assert.True(neighbours.GetProperty("fitSeconds").GetDouble() >= 0);
        foreach (
            var name in new[]
            {
                "recallHead",
                "recallMiddle",
                "recallTail",
                "novelty",
                "diversity",
                "calibration",
                "coverage",
                "gini",
                "popularityLift",
            }
        )
        {
            Assert.True(double.IsFinite(neighbours.GetProperty(name).GetDouble()), name);
        }
        var difference = rows["popularity"].GetProperty("differenceFromBest").GetProperty("recall@2");
        Assert.True(difference.GetProperty("high").GetDouble() <= 0);
        var text = await File.ReadAllTextAsync(report);
        Assert.Contains("| item-knn | 1.0000 ±0.0000 |", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TopN_WithTrials_ChoosesParametersAndSaysWhich()
    {
        using var folder = new DataFolder();
        var train = folder.Write("train.tsv", [.. Pairs(held: false)]);
        var test = folder.Write("test.tsv", [.. Pairs(held: true)]);

        var result = await folder.RunAsync([
            "evaluate",
            "top-n",
            "--train",
            train,
            "--test",
            test,
            "--models",
            "item-knn",
            "--trials",
            "4",
            "--json",
        ]);

        Assert.True(result.Code == 0, result.Error);
        var row = Assert.Single(result.Json.GetProperty("rows").EnumerateArray());
        Assert.Equal(4, row.GetProperty("trials").GetInt32());
        Assert.Contains("item-knn, trial 4", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Output.TrimEnd().Split('\n')); // nothing but JSON where a script reads
    }

    [Fact]
    public async Task TopN_WithABudget_EndsInTime()
    {
        using var folder = new DataFolder();
        var train = folder.Write("train.tsv", [.. Pairs(held: false)]);
        var test = folder.Write("test.tsv", [.. Pairs(held: true)]);

        var json = await folder.ReadAsync([
            "evaluate",
            "top-n",
            "--train",
            train,
            "--test",
            test,
            "--models",
            "item-knn",
            "--budget",
            "0.2",
        ]);

        Assert.True(json.GetProperty("rows")[0].GetProperty("trials").GetInt32() >= 1);
    }

    [Fact]
    public async Task Time_OfAnEventFile_FollowsTheProtocol()
    {
        using var folder = new DataFolder();
        const int Hour = 3_600;
        var events = folder.Write(
            "events.tsv",
            "artist\ttrack\tuser\tts", // any order
            $"A\ta\tann\t{0 * Hour}",
            $"A\tb\tbob\t{1 * Hour}",
            $"B\tc\tann\t{2 * Hour}",
            $"A\tb\tann\t{40 * Hour}",
            $"A\ta\tann\t{41 * Hour}",
            $"B\tnew\tbob\t{41 * Hour}",
            $"A\ta\teve\t{42 * Hour}"
        );

        var all = await folder.ReadAsync(["evaluate", "time", "--events", events, "--models", "popularity"]);
        var isNew = await folder.ReadAsync([
            "evaluate",
            "time",
            "--events",
            events,
            "--models",
            "popularity",
            "--cut-hours",
            "36",
            "--new-only",
        ]);

        Assert.Equal((1, 1), (all.GetProperty("windows").GetInt32(), all.GetProperty("dropped").GetInt32()));
        Assert.Equal(2, all.GetProperty("cases").GetInt32());
        // Three items have one listener each: ann's two are found, bob's is not a candidate.
        Assert.Equal(0.5, all.GetProperty("rows")[0].GetProperty("recall@20").GetDouble());
        // New to ann is b alone; and still bob's is a miss.
        Assert.Equal(2, isNew.GetProperty("cases").GetInt32());
        Assert.Equal(0.5, isNew.GetProperty("rows")[0].GetProperty("mrr@20").GetDouble());
        Assert.True(isNew.GetProperty("newOnly").GetBoolean());
    }

    [Fact]
    public async Task Sessions_OfTwoFiles_PredictEveryNextItem()
    {
        using var folder = new DataFolder();
        var train = folder.Write(
            "train.tsv",
            [
                .. Enumerable
                    .Range(0, 20)
                    .SelectMany(s => Enumerable.Range(0, 4).Select(c => $"s{s}\t{(s * 100) + c}.5\t{(s + c) % 20}")),
            ]
        );
        var test = folder.Write(
            "test.tsv",
            "ts\tsession\titem",
            "9000\tt\t3",
            "9001\tt\t4",
            "9002\tt\t5",
            "9003\tt\tunseen"
        );

        var json = await folder.ReadAsync(["evaluate", "sessions", "--train", train, "--test", test, "--k", "2"]);

        Assert.Equal(3, json.GetProperty("cases").GetInt32());
        Assert.Equal(1, json.GetProperty("unknownTestClicks").GetInt32());
        var rows = json.GetProperty("rows").EnumerateArray().ToDictionary(row => row.GetProperty("model").GetString()!);
        Assert.Equal(["popularity", "rules", "session-knn", "blend"], rows.Keys);
        Assert.Equal(2 / 3d, rows["rules"].GetProperty("p@2").GetDouble(), 1e-6);
        Assert.Equal(2 / 3d, rows["rules"].GetProperty("mrr@2").GetDouble(), 1e-6);
    }

    [Theory]
    [InlineData("top-n", "a\tb\nc", "line 2: there is no item")]
    [InlineData("top-n", "user\tname\na\tb", "line 1: the header names no column item")]
    [InlineData("top-n", "user\titem\titem\na\tb", "line 1: the header has two columns for item")]
    [InlineData("top-n", "user\titem", "has no pairs")]
    [InlineData("sessions", "a\t1\tb\nc\tnoon\td", "line 2: 'noon' is no time")]
    [InlineData("sessions", "a\t1", "line 1: there is no item")]
    [InlineData("time", "1\ta\tb", "line 1: this is no header")]
    [InlineData("time", "ts\tuser\n1\ta", "line 1: the header names no column item")]
    [InlineData("time", "ts\tuser\ttrack\n\n1\t\tb", "line 3: there is no user")]
    [InlineData("time", "ts\tuser\ttrack\n1\ta\tb", "has no listener with events before and after a cut")]
    public async Task Files_ThatCannotBeRead_AreNamedWithTheLine(string protocol, string content, string message)
    {
        using var folder = new DataFolder();
        var file = folder.Write("bad.tsv", content);
        string[] files = protocol == "time" ? ["--events", file] : ["--train", file, "--test", file];

        var result = await folder.RunAsync(["evaluate", protocol, .. files, "--json"]);

        Assert.Equal(1, result.Code);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Contains("bad.tsv", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("--models", "crystal-ball")]
    [InlineData("--models", ",")]
    [InlineData("--seeds", "0")]
    [InlineData("--trials", "-1")]
    [InlineData("--budget", "0")]
    public async Task Options_ThatMakeNoSense_AreUsage(string option, string value)
    {
        using var folder = new DataFolder();
        var file = folder.Write("pairs.tsv", "a\tb");

        var result = await folder.RunAsync(["evaluate", "top-n", "--train", file, "--test", file, option, value]);

        Assert.Equal(2, result.Code);
    }

    [Fact]
    public async Task Evaluate_Cancelled_Stops()
    {
        using var folder = new DataFolder();
        var train = folder.Write("train.tsv", [.. Pairs(held: false)]);
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        var result = await folder.RunAsync(
            cancellation.Token,
            ["evaluate", "top-n", "--train", train, "--test", train]
        );

        Assert.Equal(130, result.Code);
    }

    [Fact]
    public async Task Evaluate_Workers_DoNotMatter()
    {
        using var folder = new DataFolder();
        var train = folder.Write("train.tsv", [.. Pairs(held: false)]);
        var test = folder.Write("test.tsv", [.. Pairs(held: true)]);

        var one = await RowsAsync("1");
        var three = await RowsAsync("3");

        Assert.Equal(one, three);

        async Task<string[]> RowsAsync(string workers)
        {
            var json = await folder.ReadAsync([
                "evaluate",
                "top-n",
                "--train",
                train,
                "--test",
                test,
                "--workers",
                workers,
                "--k",
                "3",
            ]);
            return
            [
                .. json.GetProperty("rows")
                    .EnumerateArray()
                    .SelectMany(row => row.EnumerateObject())
                    .Where(property => !property.Name.EndsWith("Seconds", StringComparison.Ordinal))
                    .Select(property => $"{property.Name} {property.Value.GetRawText()}"),
            ];
        }
    }

    private static IEnumerable<string> Pairs(bool held) =>
        from listener in Enumerable.Range(0, 20)
        from item in Enumerable.Range(0, 5)
        where item == listener / 2 % 5 == held
        select $"u{listener}\ti{(listener % 2 * 5) + item}";
}
