using System.Text.Json;
using System.Text.Json.Serialization;
using Nocturne.Domain;
using Nocturne.Playlists;
using Nocturne.Recommending;

namespace Nocturne.RunNight.Emerging;

/// <summary>An artist's audience, as a night leaves it to the next.</summary>
/// <param name="Id">The artist's id; null where events know the name alone.</param>
/// <param name="Name">The normalised name of an artist without an id.</param>
/// <param name="Listeners">Of the listeners trained on, those who play the artist.</param>
/// <param name="Mean">The mean audience of the nights so far, this one included, in billionths.</param>
/// <param name="IsEmerging">Whether the artist is emerging.</param>
internal sealed record ArtistAudience(string? Id, string? Name, int Listeners, long Mean, bool IsEmerging);

/// <summary>Which artists are emerging, and the price of their exposure; a model of the run.</summary>
internal sealed record EmergingArtists
{
    /// <summary>What merits of emerging artists' candidates are multiplied by, in thousandths.</summary>
    public int Price { get; init; } = 1000;

    /// <summary>How many nights the means are of.</summary>
    public int Nights { get; init; }

    /// <summary>Every artist that anyone plays, by id and then by name.</summary>
    public IReadOnlyList<ArtistAudience> Artists { get; init; } = [];

    /// <summary>Counts audiences, and says whose are emerging.</summary>
    /// <param name="catalogue">Numbers the artists.</param>
    /// <param name="matrix">Who plays what; negative weights do not count.</param>
    /// <param name="before">The night before; null without one.</param>
    /// <param name="rules">The rule.</param>
    public static EmergingArtists Of(
        Catalogue catalogue,
        InteractionMatrix matrix,
        EmergingArtists? before,
        EmergingRules rules
    )
    {
        var listeners = Count(catalogue, matrix);
        var nights = before?.Nights ?? 0;
        var means = (before?.Artists ?? []).ToDictionary(artist => (artist.Id, artist.Name), artist => artist.Mean);
        var audiences = new List<ArtistAudience>();
        foreach (var (artist, (id, name)) in Keys(catalogue))
        {
            if (listeners[artist] == 0)
            {
                continue;
            }
            var audience = listeners[artist] * EmergingRules.Everyone / matrix.Listeners;
            var mean = means.GetValueOrDefault((id, name));
            audiences.Add(
                new ArtistAudience(
                    id,
                    name,
                    listeners[artist],
                    EmergingRules.MeanWith(audience, mean, nights),
                    rules.IsEmerging(listeners[artist], audience, mean, nights)
                )
            );
        }
        audiences.Sort(
            static (a, b) =>
                string.CompareOrdinal(a.Id, b.Id) is var byId && byId != 0
                    ? byId
                    : string.CompareOrdinal(a.Name, b.Name)
        );
        return new EmergingArtists { Nights = nights + 1, Artists = audiences };
    }

    /// <summary>Whether each artist is emerging, by the catalogue's numbers.</summary>
    public bool[] FlagsOf(Catalogue catalogue)
    {
        var emerging = Artists
            .Where(artist => artist.IsEmerging)
            .Select(artist => (artist.Id, artist.Name))
            .ToHashSet();
        var flags = new bool[catalogue.Artists];
        foreach (var (artist, key) in Keys(catalogue))
        {
            flags[artist] = emerging.Contains(key);
        }
        return flags;
    }

    /// <summary>Reads what a night left.</summary>
    public static EmergingArtists Read(ReadOnlyMemory<byte> data) =>
        JsonSerializer.Deserialize(data.Span, EmergingJson.Default.EmergingArtists)
        ?? throw new InvalidDataException("A run's emerging artists are null.");

    /// <summary>The bytes.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, EmergingJson.Default.EmergingArtists);

    private static int[] Count(Catalogue catalogue, InteractionMatrix matrix)
    {
        var listeners = new int[catalogue.Artists];
        var latest = new int[catalogue.Artists];
        for (var row = 0; row < matrix.Listeners; row++)
        {
            var own = matrix.Row(row);
            for (var i = 0; i < own.Items.Length; i++)
            {
                var artist = catalogue.ArtistOf(own.Items[i]);
                if (own.Weights[i] > 0 && artist >= 0 && latest[artist] != row + 1)
                {
                    latest[artist] = row + 1;
                    listeners[artist]++;
                }
            }
        }
        return listeners;
    }

    /// <summary>Artists by number, and what they are called from night to night.</summary>
    private static IEnumerable<KeyValuePair<int, (string? Id, string? Name)>> Keys(Catalogue catalogue)
    {
        var seen = new bool[catalogue.Artists];
        for (var item = 0; item < catalogue.Count; item++)
        {
            var artist = catalogue.ArtistOf(item);
            if (artist >= 0 && !seen[artist])
            {
                seen[artist] = true;
                var track = catalogue[item];
                yield return new(
                    artist,
                    track.Artist is { } id ? (id.Value, null) : (null, RecordingTitle.Normalise(track.ArtistName!))
                );
            }
        }
    }
}

/// <summary>Source-generated JSON of emerging artists.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault
)]
[JsonSerializable(typeof(EmergingArtists))]
internal sealed partial class EmergingJson : JsonSerializerContext;
