using System.Reflection;
using System.Text.Json;
using Nocturne.LocalHost.Operations;

namespace Nocturne.LocalHost.Costs;

/// <summary>One list price.</summary>
/// <param name="Id">One of <see cref="PriceIds"/>.</param>
/// <param name="Usd">Dollars for <paramref name="Per"/> units.</param>
/// <param name="Per">How many units the price is for.</param>
/// <param name="Unit">What is counted.</param>
/// <param name="Checked">When the number was last compared with its source.</param>
/// <param name="Source">The page that states it.</param>
internal sealed record Price(string Id, decimal Usd, decimal Per, string Unit, DateOnly Checked, Uri Source);

/// <summary>What there are prices for.</summary>
internal static class PriceIds
{
    public const string DocumentRead = "firestore.read";
    public const string DocumentWrite = "firestore.write";
    public const string DocumentDelete = "firestore.delete";
    public const string DocumentBytes = "firestore.storage";
    public const string Throughput = "pubsub.throughput";
    public const string Export = "pubsub.export";
    public const string ObjectClassA = "storage.class-a";
    public const string ObjectClassB = "storage.class-b";
    public const string ObjectBytes = "storage.bytes";
    public const string Cpu = "run.cpu";
    public const string Memory = "run.memory";
    public const string Request = "run.request";

    public static IReadOnlyList<string> All { get; } =
    [
        DocumentRead,
        DocumentWrite,
        DocumentDelete,
        DocumentBytes,
        Throughput,
        Export,
        ObjectClassA,
        ObjectClassB,
        ObjectBytes,
        Cpu,
        Memory,
        Request,
    ];
}

/// <summary>Google Cloud's list prices in one region: <c>prices.json</c>, or a file of that form.</summary>
internal sealed class PriceList
{
    private const string Resource = "prices.json";

    private readonly Dictionary<string, Price> _prices;

    private PriceList(string region, Dictionary<string, Price> prices)
    {
        Region = region;
        _prices = prices;
    }

    /// <summary>Whose prices they are.</summary>
    public string Region { get; }

    /// <summary>The earliest day on which one of them was compared with its source.</summary>
    public DateOnly Checked => _prices.Values.Min(price => price.Checked);

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<Price> Prices => _prices.Values;

    /// <summary>A price.</summary>
    public Price this[string id] => _prices[id];

    /// <summary>Those that are compiled in.</summary>
    public static PriceList Default()
    {
        using var stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is missing from the build.");
        return Read(stream, Resource);
    }

    /// <summary>Reads a list.</summary>
    /// <param name="json">In the form of <c>prices.json</c>.</param>
    /// <param name="name">What it is called in errors.</param>
    /// <exception cref="FormatException">It is not in that form, or a price is missing, double, unknown or negative.</exception>
    public static PriceList Read(Stream json, string name)
    {
        PriceFile? file;
        try
        {
            file = JsonSerializer.Deserialize<PriceFile>(json, CommandJson.Line);
        }
        catch (JsonException e)
        {
            throw new FormatException($"'{name}' is not a list of prices: {e.Message}", e);
        }
        if (file is not { Currency: "USD", Region: { Length: > 0 } region, Prices: { } prices })
        {
            throw new FormatException($"'{name}' is not a list of prices: it needs currency USD, a region and prices.");
        }
        var found = new Dictionary<string, Price>(StringComparer.Ordinal);
        foreach (var price in prices)
        {
            if (!PriceIds.All.Contains(price.Id, StringComparer.Ordinal) || price.Usd < 0 || price.Per <= 0)
            {
                throw new FormatException(
                    $"'{name}': '{price.Id}' is unknown, or its price is not a number of dollars."
                );
            }
            if (!found.TryAdd(price.Id, price))
            {
                throw new FormatException($"'{name}': there are two prices for '{price.Id}'.");
            }
        }
        var missing = PriceIds.All.Where(id => !found.ContainsKey(id)).ToList();
        return missing.Count == 0
            ? new PriceList(region, found)
            : throw new FormatException($"'{name}': prices are missing for {string.Join(", ", missing)}.");
    }

    private sealed record PriceFile(string? Currency, string? Region, IReadOnlyList<Price>? Prices);
}
