using System.Globalization;

namespace Nocturne.Recommending.Tests;

/// <summary>The events of 30Music in the folder named by NOCTURNE_DATA.</summary>
internal static class RealEvents
{
    public static EventLog Read()
    {
        var listeners = new Dictionary<string, int>(StringComparer.Ordinal);
        var items = new Dictionary<string, int>(StringComparer.Ordinal);
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        var artists = new List<int>();
        var lines = File.ReadLines(Path.Combine(RealDataFactAttribute.Folder!, "30music", "events.tsv"))
            .Skip(1)
            .Select(line => line.Split('\t'))
            .ToArray();
        foreach (var cells in lines)
        {
            if (Number(items, cells[3]) == artists.Count)
            {
                artists.Add(Number(names, cells[4]));
            }
        }
        return new EventLog(
            [.. lines.Select(cells => long.Parse(cells[0], CultureInfo.InvariantCulture))],
            [.. lines.Select(cells => Number(listeners, cells[1]))],
            [.. lines.Select(cells => items[cells[3]])],
            [.. items.Keys.Select(id => ulong.Parse(id, CultureInfo.InvariantCulture))],
            [.. artists]
        );
    }

    private static int Number(Dictionary<string, int> numbers, string id)
    {
        numbers.TryAdd(id, numbers.Count);
        return numbers[id];
    }
}
