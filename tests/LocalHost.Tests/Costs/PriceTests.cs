using System.Text;
using System.Text.Json.Nodes;
using Nocturne.LocalHost.Costs;
using Nocturne.Ports;

namespace Nocturne.LocalHost.Tests.Costs;

public sealed class PriceTests
{
    [Fact]
    public void Default_HasEveryPriceWithItsSourceAndDay()
    {
        var list = PriceList.Default();

        Assert.Equal("us-central1", list.Region);
        Assert.Equal(
            PriceIds.All.Order(StringComparer.Ordinal),
            list.Prices.Select(p => p.Id).Order(StringComparer.Ordinal)
        );
        Assert.All(
            list.Prices,
            price =>
            {
                Assert.Equal("cloud.google.com", price.Source.Host);
                Assert.InRange(price.Checked, new DateOnly(2026, 1, 1), new DateOnly(2100, 1, 1));
                Assert.True(price.Usd > 0);
            }
        );
    }

    [Theory]
    [InlineData(PriceIds.DocumentRead, 1_000_000, "0.30")]
    [InlineData(PriceIds.DocumentWrite, 1_000_000, "0.90")]
    [InlineData(PriceIds.DocumentDelete, 1_000_000, "0.10")]
    [InlineData(PriceIds.Throughput, 1_024, "40")]
    [InlineData(PriceIds.Export, 512, "25")]
    [InlineData(PriceIds.ObjectClassA, 10_000, "0.05")]
    [InlineData(PriceIds.ObjectClassB, 50_000, "0.02")]
    [InlineData(PriceIds.ObjectBytes, 50, "1.00")]
    [InlineData(PriceIds.Cpu, 1_000_000, "24")]
    [InlineData(PriceIds.Memory, 1_000_000, "2.5")]
    [InlineData(PriceIds.Request, 5_000_000, "2.0")]
    public void Bill_OfOneItem_IsItsPrice(string id, int quantity, string usd)
    {
        var bill = Bill.Of([new UsageItem("it", quantity, id)], PriceList.Default());

        Assert.Equal(decimal.Parse(usd, System.Globalization.CultureInfo.InvariantCulture), bill.TotalUsd);
        Assert.Equal(bill.TotalUsd, Assert.Single(bill.Lines).Usd);
    }

    [Fact]
    public void Bill_OfAMeasuredUsage_IsKnownToTheCent()
    {
        var counts = new OperationCounts
        {
            DocumentReads = 2_000,
            DocumentWrites = 1_000,
            MessagesPublished = 10,
            MessageBytesPublished = 250_000,
            MessagesDelivered = 21,
            MessageBytesDelivered = 525_000,
        };
        // A thousand events and twelve seconds of one processor, taken for a million.
        var usage = new MeasuredUsage(counts, TimeSpan.FromSeconds(12), 1_000, FunctionShape.Ingest)
        {
            IsArchived = true,
            CountsPushes = true,
        };

        var bill = Bill.Of(usage.Items(), PriceList.Default());

        var lines = bill.Lines.ToDictionary(line => line.What, line => line, StringComparer.Ordinal);
        var gib = 250_000_000m / (1 << 30);
        Assert.Equal(0.60m, lines["documents read"].Usd);
        Assert.Equal(0.90m, lines["documents written"].Usd);
        Assert.Equal(gib, lines["published"].Quantity);
        Assert.Equal(275_000_000m / (1 << 30), lines["pushed to functions"].Quantity);
        Assert.Equal(gib * 50 / 1_024, lines["written to it by Pub/Sub"].Usd);
        Assert.Equal(11_000, lines["requests of functions"].Quantity);
        Assert.Equal(20_000, lines["processors of instances"].Quantity);
        Assert.Equal(0.48m, lines["processors of instances"].Usd);
        Assert.Equal(10_000, lines["memory of instances"].Quantity);
        Assert.Null(lines["messages"].Usd);
        Assert.Equal(bill.Lines.Sum(line => line.Usd ?? 0), bill.TotalUsd);
    }

    [Fact]
    public void MeasuredUsage_OfSmallMessages_IsBilledAtPubSubsLeast()
    {
        var counts = new OperationCounts
        {
            MessagesPublished = 100,
            MessageBytesPublished = 4_000,
            MessagesDelivered = 100,
            MessageBytesDelivered = 4_000,
        };
        var usage = new MeasuredUsage(counts, TimeSpan.Zero, 1, FunctionShape.Night)
        {
            IsArchived = false,
            CountsPushes = true,
        };

        var items = usage.Items().ToDictionary(item => item.What, item => item.Quantity, StringComparer.Ordinal);

        Assert.Equal(100_000m / (1 << 30), items["published"]);
        Assert.Equal(100_000m / (1 << 30), items["pushed to functions"]);
        Assert.DoesNotContain("written to it by Pub/Sub", items.Keys);
    }

    [Theory]
    [InlineData("region", null, "needs currency USD, a region and prices")]
    [InlineData("currency", "EUR", "needs currency USD, a region and prices")]
    public void Read_OfAnIncompleteFile_SaysWhat(string field, string? value, string expected)
    {
        var file = JsonNode.Parse(PricesJson())!.AsObject();
        file[field] = value;

        AssertRefused(file, expected);
    }

    [Fact]
    public void Read_OfAFileWithWrongPrices_SaysWhich()
    {
        AssertRefused(Changed(prices => prices.RemoveAt(0)), "prices are missing for firestore.read");
        AssertRefused(Changed(prices => prices.Add(prices[1]!.DeepClone())), "two prices for 'firestore.write'");
        AssertRefused(Changed(prices => prices[0]!["id"] = "bigtable.node"), "'bigtable.node' is unknown");
        AssertRefused(Changed(prices => prices[0]!["usd"] = -1), "'firestore.read' is unknown, or its price");
        AssertRefused(Changed(prices => prices[0]!["usd"] = "cheap"), "is not a list of prices");
    }

    private static JsonObject Changed(Action<JsonArray> change)
    {
        var file = JsonNode.Parse(PricesJson())!.AsObject();
        change(file["prices"]!.AsArray());
        return file;
    }

    private static void AssertRefused(JsonObject file, string expected)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(file.ToJsonString()));

        var refusal = Assert.Throws<FormatException>(() => PriceList.Read(stream, "mine.json"));

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("mine.json", refusal.Message, StringComparison.Ordinal);
    }

    private static string PricesJson()
    {
        using var stream = typeof(PriceList).Assembly.GetManifestResourceStream("prices.json")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
