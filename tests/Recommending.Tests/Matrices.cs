using Nocturne.Recommending;

namespace Nocturne.Recommending.Tests;

/// <summary>Matrices for tests: small known ones, and random ones by seed.</summary>
internal static class Matrices
{
    public static InteractionMatrix Of(int items, params (int Item, float Weight)[][] rows)
    {
        var builder = new InteractionMatrixBuilder(items);
        foreach (var row in rows)
        {
            builder.AppendRow([.. row.Select(e => e.Item)], [.. row.Select(e => e.Weight)]);
        }
        return builder.Build();
    }

    /// <summary>Squared uniform draws make low items popular, as real ones are.</summary>
    public static InteractionMatrix Random(int seed, int listeners, int items, int longestRow)
    {
        var random = new Random(seed);
        var builder = new InteractionMatrixBuilder(items);
        for (var listener = 0; listener < listeners; listener++)
        {
            var length = random.Next(longestRow + 1);
            var row = Enumerable
                .Range(0, length)
                .Select(_ => (int)(items * random.NextDouble() * random.NextDouble()))
                .ToArray();
            builder.AppendRow(row, [.. row.Select(_ => random.Next(1, 9) / 2f)]);
        }
        return builder.Build();
    }

    public static byte[] Bytes(this RecommendationModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }
}
