namespace Nocturne.Recommending.Tests;

/// <summary>Plays made up for tests.</summary>
internal static class Plays
{
    /// <summary>A matrix with, for every entry, a few plays of drawn ages up to four days.</summary>
    public static InteractionMatrix Of(InteractionMatrix matrix)
    {
        var random = new Random(1);
        var builder = new InteractionMatrixBuilder(matrix.Items);
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var items = matrix.RowItems(listener);
            var (played, ages) = (new List<int>(), new List<float>());
            foreach (var item in items)
            {
                for (var play = random.Next(1, 4); play > 0; play--)
                {
                    played.Add(item);
                    ages.Add(4 * random.NextSingle());
                }
            }
            builder.AppendRow(items, matrix.RowWeights(listener), [.. played], [.. ages]);
        }
        return builder.Build();
    }
}
