using System.Globalization;

namespace Nocturne.Recommending.Tests;

/// <summary>How well listeners' artists are found whom nobody in the training data has, from their tags.</summary>
/// <remarks>
/// lastfm-b with the tags of lastfm-2k: a tenth of the artists (281), drawn by a seed, is taken out of the training
/// rows. For every listener who has one of them in training or test data, and anything left to be folded in by, those
/// artists alone are ranked; relevant are those that the listener has. Features are the counts of tags that at least
/// two artists have.
/// </remarks>
public sealed class ColdStartTests
{
    private const int K = 20;
    private const int HeldOut = 281;
    private const int LeastArtists = 2;
    private const double Floor = 0.72;

    [RealDataFact]
    public void DescribedItems_RankedAmongThemselves_AreFoundByTheirTags()
    {
        var (train, test) = PublishedSplitTests.Read("lastfm-b");
        var features = Tags(train.Items);
        var recalls = new List<double>();
        for (var seed = 1; seed <= 3; seed++)
        {
            var held = Enumerable
                .Range(0, train.Items)
                .OrderBy(item => CounterDraws.Bits(seed, item, 0))
                .Take(HeldOut)
                .ToHashSet();
            recalls.Add(RecallOf(held, train, test, features, seed));
        }

        Assert.True(recalls.Average() >= Floor, string.Join(", ", recalls.Select(recall => $"{recall:F4}")));
    }

    private static double RecallOf(
        HashSet<int> held,
        InteractionMatrix train,
        InteractionMatrix test,
        InteractionMatrix features,
        int seed
    )
    {
        var builder = new InteractionMatrixBuilder(train.Items);
        for (var listener = 0; listener < train.Listeners; listener++)
        {
            var kept = train.RowItems(listener).ToArray().Where(item => !held.Contains(item)).ToArray();
            builder.AppendRow(kept, [.. kept.Select(_ => 1f)]);
        }
        var known = builder.Build();
        var fitted = new AlsFamily().Fit(
            new TrainingData(known),
            HyperParameters.Defaults,
            seed,
            2,
            CancellationToken.None
        );
        var plain = Assert.IsType<ImplicitAls>(fitted);
        var model = plain.WithDescribedItems(features, FeatureMapping.Fit(features, plain.Vectors, workers: 2));
        var scratch = new RecommendationScratch(train.Items);
        var (items, scores) = (new int[K], new float[K]);
        var others = Enumerable.Range(0, train.Items).Where(item => !held.Contains(item)).ToArray();
        var (sum, cases) = (0d, 0);
        for (var listener = 0; listener < train.Listeners; listener++)
        {
            int[] had = [.. train.RowItems(listener), .. test.RowItems(listener)];
            var relevant = had.Where(held.Contains).Distinct().Order().ToArray();
            if (relevant.Length == 0 || known.RowItems(listener).IsEmpty)
            {
                continue;
            }
            var found = model.Top(known.Row(listener), others, scratch, items, scores);
            sum += RankingMetrics.Recall(items.AsSpan(0, found), relevant, K);
            cases++;
        }
        return sum / cases;
    }

    private static InteractionMatrix Tags(int count)
    {
        var folder = RealDataFactAttribute.Folder!;
        var items = File.ReadLines(Path.Combine(folder, "lastfm-b", "items.tsv"))
            .Skip(1)
            .Select(line => line.Split('\t'))
            .ToDictionary(fields => Number(fields[1]), fields => Number(fields[0]));
        var tags = File.ReadLines(Path.Combine(folder, "lastfm-2k", "artist_tags.tsv"))
            .Skip(1)
            .Select(line => line.Split('\t'))
            .Where(fields => items.ContainsKey(Number(fields[0])))
            .Select(fields => (Item: items[Number(fields[0])], Tag: fields[1], Count: Number(fields[2])))
            .ToList();
        var numbers = tags.GroupBy(tag => tag.Tag, StringComparer.Ordinal)
            .Where(tag => tag.Count() >= LeastArtists)
            .Select((tag, i) => (tag.Key, Number: i))
            .ToDictionary(tag => tag.Key, tag => tag.Number, StringComparer.Ordinal);
        var rows = tags.Where(tag => numbers.ContainsKey(tag.Tag)).ToLookup(tag => tag.Item);
        var builder = new InteractionMatrixBuilder(numbers.Count);
        for (var item = 0; item < count; item++)
        {
            builder.AppendRow(
                [.. rows[item].Select(tag => numbers[tag.Tag])],
                [.. rows[item].Select(tag => (float)tag.Count)]
            );
        }
        return builder.Build();
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
