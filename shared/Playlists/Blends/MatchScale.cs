using System.Text.Json;

namespace Nocturne.Playlists.Blends;

/// <summary>
/// What a similarity means: the percent of a population's pairs that are less alike. So two strangers match by 50 % in
/// the mean, whatever the music, the model or the night.
/// </summary>
public sealed class MatchScale
{
    /// <summary>The most pairs of a sample: a percentage is then within 1.6 points of the population's (95 %).</summary>
    public const int MostPairs = 4_096;

    /// <summary>The listeners that give so many pairs, each with the four after it.</summary>
    public const int SampleListeners = MostPairs / PairsOfListener;

    private const int PairsOfListener = 4;
    private const int TenThousandths = 10_000;
    private const string SimilaritiesName = "similarities";

    // Ascending.
    private readonly long[] _similarities;

    private MatchScale(IEnumerable<long> similarities)
    {
        _similarities = [.. similarities];
        Array.Sort(_similarities);
    }

    /// <summary>A scale that knows nobody, and says nothing.</summary>
    public static MatchScale Unknown { get; } = new([]);

    /// <summary>How many pairs it is of.</summary>
    public int Pairs => _similarities.Length;

    /// <summary>
    /// The scale of a sample: all pairs where those are few, else each listener with the four after it, in a ring.
    /// </summary>
    /// <param name="sample">Tastes in an order that has nothing to do with them (by hash), which is the sample's.</param>
    public static MatchScale Of(IReadOnlyList<TasteVector> sample)
    {
        var similarities = new List<long>();
        var count = sample.Count;
        var takesAll = (long)count * (count - 1) / 2 <= MostPairs;
        for (var one = 0; one < count; one++)
        {
            var others = takesAll ? count - 1 - one : PairsOfListener;
            for (var step = 1; step <= others; step++)
            {
                similarities.Add(sample[one].SimilarityTo(sample[(one + step) % count]));
            }
        }
        return new MatchScale(similarities);
    }

    /// <summary>
    /// The match of a group in percent: the mean over its pairs, each by its place among the sample's (ties count
    /// half); null where a taste or the scale is unknown.
    /// </summary>
    public int? PercentOf(IReadOnlyList<TasteVector?> tastes)
    {
        var (sum, pairs) = (0L, 0L);
        for (var one = 0; one < tastes.Count; one++)
        {
            for (var other = one + 1; other < tastes.Count; other++)
            {
                if (Pairs == 0 || tastes[one] is not { } first || tastes[other] is not { } second)
                {
                    return null;
                }
                sum += PlaceOf(first.SimilarityTo(second));
                pairs++;
            }
        }
        const int ToPercent = TenThousandths / 100;
        return pairs == 0 ? null : (int)(((2 * sum) + (pairs * ToPercent)) / (2 * pairs * ToPercent));
    }

    /// <summary>The stored bytes: <c>{"similarities":[…]}</c> in fixed point, ascending.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartArray(SimilaritiesName);
            foreach (var similarity in _similarities)
            {
                json.WriteNumberValue(similarity);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static MatchScale Read(ReadOnlyMemory<byte> data)
    {
        try
        {
            using var json = JsonDocument.Parse(data);
            return new MatchScale(
                json.RootElement.GetProperty(SimilaritiesName).EnumerateArray().Select(value => value.GetInt64())
            );
        }
        catch (Exception e)
            when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"Not a scale of matches: {e.Message}", e);
        }
    }

    /// <summary>The share of pairs that are less alike, in ten thousandths.</summary>
    private long PlaceOf(long similarity)
    {
        var below = Below(similarity);
        var ties = Below(similarity + 1) - below;
        return ((2L * below) + ties) * TenThousandths / (2L * Pairs);
    }

    private int Below(long similarity)
    {
        var (low, high) = (0, _similarities.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _similarities[middle] < similarity ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}
