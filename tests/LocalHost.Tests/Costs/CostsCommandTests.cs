using System.Text;
using System.Text.Json;
using Nocturne.LocalHost.Costs;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Tests.Costs;

public sealed class CostsCommandTests
{
    private static readonly string[] Small = ["--listeners", "20", "--events", "2500"];

    [Fact]
    public async Task Costs_OfASmallPopulation_AreMeasuredScaledAndPriced()
    {
        using var folder = new DataFolder();

        var costs = await folder.ReadAsync(["costs", .. Small]);

        var live = Lines(costs.GetProperty("millionEvents"));
        var bulk = Lines(costs.GetProperty("millionEventsInBulk"));
        var night = Lines(costs.GetProperty("nightOfMillionListeners"));
        Assert.Equal(2_500, costs.GetProperty("events").GetInt64());
        // In bulk a message has a hundred events; where each listener has one in it, at most twenty.
        Assert.InRange(bulk["messages"], 10_000, 11_000);
        Assert.True(live["messages"] >= 50_000);
        Assert.All(
            new[] { live, bulk },
            events =>
            {
                Assert.True(events["requests of functions"] >= events["messages"]);
                Assert.True(events["documents read"] > 0);
                Assert.True(events["published"] > 0);
                Assert.True(events["written to it by Pub/Sub"] > 0);
                Assert.True(events["processors of instances"] > 0);
            }
        );
        // An event that is committed alone is at least its day and its listener's head; in bulk they share them.
        Assert.True(live["documents written"] >= 2_000_000);
        Assert.True(bulk["documents written"] < live["documents written"]);
        // Each listener's playlists are an object.
        Assert.True(night["objects written, pages listed"] >= 1_000_000);
        Assert.True(night["documents read"] >= 1_000_000);
        Assert.DoesNotContain("the archive, kept a month", night.Keys);
        Assert.True(costs.GetProperty("millionEvents").GetProperty("totalUsd").GetDecimal() > 0);
        Assert.True(costs.GetProperty("nightOfMillionListeners").GetProperty("totalUsd").GetDecimal() > 0);
        Assert.False(Directory.Exists(folder.Data), "It left something in the data folder.");
    }

    [Fact]
    public async Task Costs_ForPeople_AreTwoTablesAndWhereThePricesAreFrom()
    {
        using var folder = new DataFolder();

        var shown = await folder.RunAsync(["costs", .. Small]);

        Assert.Equal(0, shown.Code);
        Assert.Contains("A million events, each before its listener's next", shown.Output, StringComparison.Ordinal);
        Assert.Contains("A night for a million listeners", shown.Output, StringComparison.Ordinal);
        Assert.Contains("documents written", shown.Output, StringComparison.Ordinal);
        Assert.Contains("List prices of us-central1", shown.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--events", "0")]
    [InlineData("--days", "-1")]
    [InlineData("--events", "1000000000")]
    public async Task Costs_OfWhatCannotBe_AreAUsageError(string option, string value)
    {
        using var folder = new DataFolder();

        var result = await folder.RunAsync("costs", option, value);

        Assert.Equal(2, result.Code);
        Assert.NotEmpty(result.Error);
    }

    [Fact]
    public async Task Costs_WithPricesThatAreNone_SayWhatIsWrongWithThem()
    {
        using var folder = new DataFolder();

        var result = await folder.RunAsync("costs", "--prices", folder.Write("prices.json", "{}"));

        Assert.Equal(1, result.Code);
        Assert.Contains("'prices.json' is not a list of prices", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ArchivedEvents_OfSomeDays_AreCountedByTheLengthOfTheirLines()
    {
        using var folder = new DataFolder();
        await using var operations = await folder.OpenAsync();
        var objects = operations.Stack.Objects;
        for (var file = 0; file < 40; file++)
        {
            var key = new ObjectKey(
                NocturneTopology.BucketNames.Events,
                $"dt=2026-11-{10 + (file % 4)}/{file:00}.ndjson"
            );
            var lines = string.Concat(Enumerable.Repeat(new string('x', 99) + "\n", 100));
            await objects.PutBytesAsync(
                key,
                Encoding.UTF8.GetBytes(lines),
                "application/x-ndjson",
                IfGeneration.Absent,
                CancellationToken.None
            );
        }

        var events = await ArchivedEvents.EstimateAsync(
            objects,
            new DateOnly(2026, 11, 11),
            new DateOnly(2026, 11, 13),
            CancellationToken.None
        );
        var none = await ArchivedEvents.EstimateAsync(
            objects,
            new DateOnly(2026, 12, 1),
            new DateOnly(2026, 12, 2),
            CancellationToken.None
        );

        Assert.Equal(2_000, events);
        Assert.Equal(0, none);
    }

    private static Dictionary<string, decimal> Lines(JsonElement bill) =>
        bill.GetProperty("lines")
            .EnumerateArray()
            .ToDictionary(
                line => line.GetProperty("what").GetString()!,
                line => line.GetProperty("quantity").GetDecimal(),
                StringComparer.Ordinal
            );
}
