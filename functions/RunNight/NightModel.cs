using System.Text.Json;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Playlists;
using Nocturne.Playlists.Blends;
using Nocturne.Ports;
using Nocturne.Recommending;
using Nocturne.RunNight.Emerging;

namespace Nocturne.RunNight;

/// <summary>A run's catalogue and models as they are stored.</summary>
internal sealed record NightModel(
    Catalogue Catalogue,
    RecommendationModel Taste,
    ItemNeighbours Neighbours,
    Popularity Popularity
)
{
    private const int MaxEmergingBytes = 1 << 30;
    private const int MaxSummaryBytes = 16 << 20;

    /// <summary>
    /// Of the neighbours that lists are made by. Composing takes time in proportion to how many there are, and lists of
    /// 30 to 50 tracks with a few dozen seeds do not see the second hundred.
    /// </summary>
    public static ItemNeighboursOptions NeighboursOptions { get; } = new() { Neighbours = 100 };
    private const int MaxScaleBytes = 1 << 20;

    /// <summary>Whether each artist is emerging, by number.</summary>
    public bool[] Emerging { get; init; } = [];

    /// <summary>The price of emerging artists' exposure, in thousandths.</summary>
    public int EmergingPrice { get; init; } = 1000;

    /// <summary>What similarities of tastes mean.</summary>
    public MatchScale Scale { get; init; } = MatchScale.Unknown;

    public const string TasteName = RunObjects.TasteName;
    public const string NeighboursName = RunObjects.NeighboursName;
    public const string PopularityName = RunObjects.PopularityName;

    /// <summary>Reads a trained run's outputs.</summary>
    public static async ValueTask<NightModel> ReadAsync(
        IObjectStore objects,
        RunId run,
        CancellationToken cancellationToken
    )
    {
        var lines = await ReadCatalogueAsync(objects, run, cancellationToken);
        var catalogue = new Catalogue([.. lines.Select(line => line.ToTrack())]);
        var emerging = await ReadEmergingAsync(objects, run, cancellationToken) ?? new EmergingArtists();
        return new NightModel(
            catalogue,
            await ReadModelAsync(objects, NightObjects.Model(run, TasteName), cancellationToken),
            (ItemNeighbours)await ReadModelAsync(objects, NightObjects.Model(run, NeighboursName), cancellationToken),
            (Popularity)await ReadModelAsync(objects, NightObjects.Model(run, PopularityName), cancellationToken)
        )
        {
            Emerging = emerging.FlagsOf(catalogue),
            EmergingPrice = emerging.Price,
            // Absent in runs of earlier versions.
            Scale = await objects.ReadBytesAsync(BlendObjects.Scale(run), MaxScaleBytes, cancellationToken) is { } scale
                ? MatchScale.Read(scale.Data)
                : MatchScale.Unknown,
        };
    }

    /// <summary>What training wrote of itself; null before it is done, or when it has expired.</summary>
    public static async ValueTask<TrainingSummary?> ReadSummaryAsync(
        IObjectStore objects,
        RunId run,
        CancellationToken cancellationToken
    ) =>
        await objects.ReadBytesAsync(NightObjects.Trained(run), MaxSummaryBytes, cancellationToken) is { } read
            ? JsonSerializer.Deserialize(read.Data, NightJson.Default.TrainingSummary)
            : null;

    /// <summary>A run's emerging artists; null where it has none, as runs of earlier versions do.</summary>
    public static async ValueTask<EmergingArtists?> ReadEmergingAsync(
        IObjectStore objects,
        RunId run,
        CancellationToken cancellationToken
    ) =>
        await objects.ReadBytesAsync(NightObjects.Emerging(run), MaxEmergingBytes, cancellationToken) is { } read
            ? EmergingArtists.Read(read.Data)
            : null;

    /// <summary>How many of a playlist's tracks are by emerging artists.</summary>
    public int EmergingTracksOf(Playlist playlist)
    {
        var count = 0;
        foreach (var track in playlist.Tracks)
        {
            var item = Catalogue.IndexOf(track.Item);
            var artist = item < 0 ? -1 : Catalogue.ArtistOf(item);
            count += artist >= 0 && Emerging[artist] ? 1 : 0;
        }
        return count;
    }

    /// <summary>A run's catalogue, in item order.</summary>
    public static ValueTask<List<CatalogueLine>> ReadCatalogueAsync(
        IObjectStore objects,
        RunId run,
        CancellationToken cancellationToken
    ) => RunObjects.ReadCatalogueAsync(objects, run, cancellationToken);

    private static ValueTask<RecommendationModel> ReadModelAsync(
        IObjectStore objects,
        ObjectKey key,
        CancellationToken cancellationToken
    ) => RunObjects.ReadModelAsync(objects, key, cancellationToken);
}
