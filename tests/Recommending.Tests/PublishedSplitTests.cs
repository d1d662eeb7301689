using System.Globalization;
using Nocturne.Recommending;

namespace Nocturne.Recommending.Tests;

/// <summary>Floors of quality on a published split of real listening (HetRec 2011 Last.fm).</summary>
public sealed class PublishedSplitTests
{
    [RealDataFact]
    public void Popularity_OnLastFm_ReachesThePublishedLevel()
    {
        var (train, test) = Read("lastfm-b");

        var report = RankingEvaluation.Run(Popularity.Fit(train, PopularityMeasure.Listeners), train, test, 20, 2);

        Assert.Equal(0.1245, report.MeanRecall, 5e-4);
        Assert.Equal(0.1067, report.MeanNdcg, 5e-4);
    }

    [RealDataFact]
    public void ItemNeighbours_OnLastFm_ReachThePublishedLevel()
    {
        var (train, test) = Read("lastfm-b");

        var model = ItemNeighbours.Fit(train, new ItemNeighboursOptions(), 2);
        var report = RankingEvaluation.Run(model, train, test, 20, 2);

        Assert.True(report.MeanRecall >= 0.325, $"Recall@20 is {report.MeanRecall:F4}");
        Assert.True(report.MeanNdcg >= 0.30, $"NDCG@20 is {report.MeanNdcg:F4}");
    }

    internal static (InteractionMatrix Train, InteractionMatrix Test) Read(string split)
    {
        var folder = Path.Combine(RealDataFactAttribute.Folder!, split);
        var train = Pairs(Path.Combine(folder, "train.tsv"));
        var test = Pairs(Path.Combine(folder, "test.tsv"));
        var listeners = train.Concat(test).Max(p => p.Listener) + 1;
        var items = train.Concat(test).Max(p => p.Item) + 1;
        return (Matrix(train, listeners, items), Matrix(test, listeners, items));
    }

    private static InteractionMatrix Matrix((int Listener, int Item)[] pairs, int listeners, int items)
    {
        var rows = pairs.ToLookup(p => p.Listener, p => p.Item);
        var builder = new InteractionMatrixBuilder(items);
        for (var listener = 0; listener < listeners; listener++)
        {
            var row = rows[listener].Distinct().ToArray();
            builder.AppendRow(row, [.. row.Select(_ => 1f)]);
        }
        return builder.Build();
    }

    private static (int Listener, int Item)[] Pairs(string file) =>
        [
            .. File.ReadLines(file)
                .Skip(1)
                .Select(line => line.Split('\t'))
                .Select(f =>
                    (int.Parse(f[0], CultureInfo.InvariantCulture), int.Parse(f[1], CultureInfo.InvariantCulture))
                ),
        ];
}

/// <summary>A fact that needs the folder of real data named by NOCTURNE_DATA, and is skipped by name without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealDataFactAttribute : FactAttribute
{
    public RealDataFactAttribute()
    {
        if (Folder is null)
        {
            Skip = "NOCTURNE_DATA is not set: it names the folder of real listening data.";
        }
    }

    public static string? Folder => Environment.GetEnvironmentVariable("NOCTURNE_DATA");
}
