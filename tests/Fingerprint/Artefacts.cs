using System.Security.Cryptography;
using Nocturne.Recommending;

namespace Nocturne.Fingerprint;

/// <summary>The SHA-256 of the artefact of every kind of model, fitted to data of a seed.</summary>
internal static class Artefacts
{
    // Small, because the runtime takes its time without vector instructions, but with rows on both sides of the
    // number of dimensions and with more listeners than one block of a reduction takes.
    private const int Listeners = 2_200;
    private const int Items = 260;
    private const int LongestRow = 40;
    private const int Sessions = 1_500;
    private const int SessionItems = 300;
    private const int Tags = 40;

    public static IEnumerable<(string Model, string Hash)> Hash(int seed, int workers)
    {
        var data = Training(seed, Listeners, Items);
        foreach (var family in ModelFamilies.All)
        {
            if (family.Unsuited(data) is { } reason)
            {
                throw new InvalidOperationException($"{family.Name}: {reason}");
            }
            var model = family.Fit(data, Smaller(family), seed, workers, CancellationToken.None);
            yield return (family.Name, Hash(stream => model.Save(stream)));
        }
        foreach (var (name, model) in Variants(data, seed, workers))
        {
            yield return (name, Hash(stream => model.Save(stream)));
        }
        var log = Log(seed);
        foreach (var family in SessionModelFamily.All)
        {
            var model = family.Fit(log, HyperParameters.Defaults, workers, CancellationToken.None);
            yield return ($"sessions/{family.Name}", Hash(stream => model.Save(stream)));
        }
    }

    /// <summary>The ways of a family that its defaults do not take on these data.</summary>
    private static IEnumerable<(string Name, RecommendationModel Model)> Variants(
        TrainingData data,
        int seed,
        int workers
    )
    {
        var options = new AlsOptions
        {
            Dimensions = 20,
            Epochs = 2,
            FrequencyExponent = 0.7f,
            Seed = seed,
        };
        yield return ("als, in blocks", ImplicitAls.Fit(data.Matrix, options with { BlockSize = 8 }, workers));
        yield return (
            "als, half precision",
            ImplicitAls.Fit(data.Matrix, options with { HalfPrecision = true }, workers)
        );
        var features = Features(seed);
        var plain = ImplicitAls.Fit(data.Matrix, options, workers);
        var mapping = FeatureMapping.Fit(features, plain.Vectors, workers: workers);
        yield return ("als, described items", plain.WithDescribedItems(features, mapping));
        // Fewer listeners than items: the smaller side is the other one.
        var few = Training(seed, Items / 4, Items);
        yield return ("ease, few listeners", Ease.Fit(few.Matrix, new EaseOptions(), workers));
    }

    /// <summary>Defaults, but what only makes a fit longer is cut short.</summary>
    private static HyperParameters Smaller(ModelFamily family)
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var component in family is BlendFamily blend ? blend.Components : [family])
        {
            var prefix = family is BlendFamily ? $"{component.Name}/" : "";
            switch (component)
            {
                case AlsFamily:
                    values.Add($"{prefix}epochs", 2);
                    values.Add($"{prefix}dimensions", 32);
                    break;
                case GfCfFamily:
                    values.Add($"{prefix}dimensions", 32);
                    break;
            }
        }
        return new HyperParameters(values);
    }

    private static string Hash(Action<Stream> save)
    {
        using var stream = new MemoryStream();
        save(stream);
        return Convert.ToHexString(SHA256.HashData(stream.ToArray()));
    }

    /// <summary>Plays with ages of items by a few artists; the product of two draws makes low items popular.</summary>
    private static TrainingData Training(int seed, int listeners, int items)
    {
        const int Artists = 50;
        const int Days = 300;
        var random = new Random(seed);
        var builder = new InteractionMatrixBuilder(items);
        for (var listener = 0; listener < listeners; listener++)
        {
            // A few have no row, and the last item stays with no one.
            var plays = Enumerable
                .Range(0, random.Next(LongestRow + 1))
                .Select(_ =>
                    (
                        Item: (int)((items - 1) * random.NextDouble() * random.NextDouble()),
                        Age: Days * random.NextSingle()
                    )
                )
                .ToList();
            var row = plays.CountBy(play => play.Item).OrderBy(play => play.Key).ToList();
            builder.AppendRow(
                [.. row.Select(entry => entry.Key)],
                [.. row.Select(entry => entry.Value * (random.Next(12) == 0 ? -0.5f : 1.25f))],
                [.. plays.Select(play => play.Item)],
                [.. plays.Select(play => play.Age)]
            );
        }
        return new TrainingData(builder.Build())
        {
            Artists = [.. Enumerable.Range(0, items).Select(item => item % 7 == 0 ? -1 : item % Artists)],
        };
    }

    private static InteractionMatrix Features(int seed)
    {
        var random = new Random(-seed);
        var builder = new InteractionMatrixBuilder(Tags);
        for (var item = 0; item < Items; item++)
        {
            var tags = Enumerable.Range(0, Tags).Where(_ => random.Next(8) == 0).ToArray();
            builder.AppendRow(tags, [.. tags.Select(_ => (float)random.Next(1, 60))]);
        }
        return builder.Build();
    }

    private static SessionLog Log(int seed)
    {
        const int LongestPause = 100_000;
        const int LongestSession = 12;
        var random = new Random(seed);
        var clicks = new List<(int Session, long Time, int Item)>();
        for (var session = 0; session < Sessions; session++)
        {
            var time = random.NextInt64(100L * 24 * 3_600 * 1_000);
            for (var click = random.Next(1, LongestSession); click > 0; click--)
            {
                time += random.Next(LongestPause);
                clicks.Add((session, time, (int)(SessionItems * random.NextDouble() * random.NextDouble())));
            }
        }
        return SessionLog.Of(
            SessionItems,
            [.. clicks.Select(click => click.Session)],
            [.. clicks.Select(click => click.Time)],
            [.. clicks.Select(click => click.Item)]
        );
    }
}
