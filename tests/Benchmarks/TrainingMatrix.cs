using Nocturne.Recommending;

namespace Nocturne.Benchmarks;

/// <summary>A generated matrix whose degrees are spread as in public check-in and listening data: log-normal.</summary>
internal static class TrainingMatrix
{
    private const double MedianRow = 16;
    private const double RowSpread = 1.0;
    private const double MedianColumn = 12;
    private const double ColumnSpread = 1.12;

    /// <summary>Generates.</summary>
    /// <param name="listeners">Rows.</param>
    /// <param name="items">Columns.</param>
    /// <param name="entries">About so many entries; the degrees keep their law.</param>
    public static InteractionMatrix Generate(int listeners, int items, long entries)
    {
        var random = new Random(1);
        var rows = Draw(listeners, MedianRow, RowSpread);
        var columns = Draw(items, MedianColumn, ColumnSpread);
        var scale = entries / rows.Sum();
        var sums = new double[items + 1];
        for (var item = 0; item < items; item++)
        {
            sums[item + 1] = sums[item] + columns[item];
        }
        var builder = new InteractionMatrixBuilder(items);
        var row = new HashSet<int>();
        foreach (var length in rows)
        {
            row.Clear();
            var wanted = Math.Min((int)Math.Round(Math.Max(1, length * scale)), items / 4);
            // A column that is drawn again is no further entry; a long row draws some more for that.
            for (var draw = 0; draw < wanted * 3 && row.Count < wanted; draw++)
            {
                var at = Array.BinarySearch(sums, random.NextDouble() * sums[items]);
                row.Add(Math.Clamp(at < 0 ? ~at - 1 : at, 0, items - 1));
            }
            builder.AppendRow([.. row.Order()], [.. row.Select(_ => 1f)]);
        }
        return builder.Build();

        double[] Draw(int count, double median, double spread) =>
            [.. Enumerable.Range(0, count).Select(_ => Math.Max(1, median * Math.Exp(spread * Normal())))];

        double Normal() =>
            Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    /// <summary>Median row, median column, and the sums of squared degrees of both sides.</summary>
    public static string Describe(InteractionMatrix matrix)
    {
        var rows = Enumerable.Range(0, matrix.Listeners).Select(l => (long)matrix.RowItems(l).Length).Order().ToList();
        var columns = Enumerable
            .Range(0, matrix.Items)
            .Select(i => (long)matrix.ColumnListeners(i).Length)
            .Order()
            .ToList();
        return FormattableString.Invariant(
            $"{matrix.Listeners:n0} × {matrix.Items:n0}, {matrix.Count:n0} entries; median row {rows[rows.Count / 2]}, column {columns[columns.Count / 2]}; Σ degree² {rows.Sum(d => d * d) / 1e6:f0} M and {columns.Sum(d => d * d) / 1e6:f0} M"
        );
    }
}
