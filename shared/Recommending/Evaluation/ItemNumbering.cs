namespace Nocturne.Recommending;

/// <summary>
/// Numbers the items that occur in training in the order of a seeded hash of their ids. Models break ties by the
/// lower number, and so by that hash.
/// </summary>
internal static class ItemNumbering
{
    /// <summary>A new number for each item, or -1 for those that do not occur.</summary>
    public static (int[] Numbers, int Count) Of(bool[] occurs, ulong[] keys, long seed)
    {
        var items = new List<int>();
        var hashes = new List<ulong>();
        for (var item = 0; item < occurs.Length; item++)
        {
            if (occurs[item])
            {
                items.Add(item);
                hashes.Add(CounterDraws.Bits(seed, unchecked((long)keys[item]), 0));
            }
        }
        var order = items.ToArray();
        Array.Sort(hashes.ToArray(), order);
        var numbers = new int[occurs.Length];
        Array.Fill(numbers, -1);
        for (var number = 0; number < order.Length; number++)
        {
            numbers[order[number]] = number;
        }
        return (numbers, order.Length);
    }
}
