using System.Globalization;
using Nocturne.Playlists;
using Nocturne.Recommending;

namespace Nocturne.RunNight.Training;

/// <summary>What a catalogue says of its items, as models take it: what a new item is placed by.</summary>
internal static class ItemFeatures
{
    private const int YearsPerFeature = 5;

    /// <summary>Items × artists, genres and years, each feature of weight 1.</summary>
    public static InteractionMatrix Of(Catalogue catalogue)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var rows = new int[catalogue.Count][];
        for (var item = 0; item < rows.Length; item++)
        {
            rows[item] =
            [
                .. FeaturesOf(catalogue[item])
                    .Distinct(StringComparer.Ordinal)
                    .Select(feature =>
                    {
                        if (!numbers.TryGetValue(feature, out var number))
                        {
                            numbers.Add(feature, number = numbers.Count);
                        }
                        return number;
                    }),
            ];
        }
        var builder = new InteractionMatrixBuilder(numbers.Count);
        foreach (var row in rows)
        {
            var ones = new float[row.Length];
            Array.Fill(ones, 1);
            builder.AppendRow(row, ones);
        }
        return builder.Build();
    }

    private static IEnumerable<string> FeaturesOf(CatalogueTrack track)
    {
        if (track.Artist is { } artist)
        {
            yield return $"artist/{artist.Value}";
        }
        foreach (var genre in track.Genres)
        {
            yield return $"genre/{genre.ToLowerInvariant()}";
        }
        if ((track.Released?.Year ?? track.Year) is { } year and > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"years/{year / YearsPerFeature}");
        }
    }
}
