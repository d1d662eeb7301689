namespace Nocturne.LocalHost.Costs;

/// <summary>So much of something.</summary>
/// <param name="What">In words.</param>
/// <param name="Quantity">In the units of the price.</param>
/// <param name="PriceId">One of <see cref="PriceIds"/>; null for what is shown and costs nothing of its own.</param>
/// <param name="Unit">Where there is no price.</param>
internal readonly record struct UsageItem(string What, decimal Quantity, string? PriceId, string? Unit = null);

/// <summary>A line of a bill.</summary>
/// <param name="What">In words.</param>
/// <param name="Quantity">How much.</param>
/// <param name="Unit">Of what.</param>
/// <param name="Usd">Its price; null where it has none of its own.</param>
internal sealed record BillLine(string What, decimal Quantity, string Unit, decimal? Usd);

/// <summary>What a usage costs at list prices.</summary>
/// <param name="Lines">A line an item.</param>
/// <param name="TotalUsd">Their sum.</param>
internal sealed record Bill(IReadOnlyList<BillLine> Lines, decimal TotalUsd)
{
    /// <summary>Prices a usage.</summary>
    public static Bill Of(IEnumerable<UsageItem> usage, PriceList prices)
    {
        var lines = usage
            .Select(item =>
                item.PriceId is null
                    ? new BillLine(item.What, item.Quantity, item.Unit ?? "", Usd: null)
                    : new BillLine(
                        item.What,
                        item.Quantity,
                        prices[item.PriceId].Unit,
                        item.Quantity * prices[item.PriceId].Usd / prices[item.PriceId].Per
                    )
            )
            .ToList();
        return new Bill(lines, lines.Sum(line => line.Usd ?? 0));
    }
}
