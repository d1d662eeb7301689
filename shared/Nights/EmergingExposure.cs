namespace Nocturne.Nights;

/// <summary>
/// What exposure emerging artists get in a night and what it costs: the price that training solved for, and what came
/// of it. Shares are of all tracks of all playlists, in millionths.
/// </summary>
public sealed record EmergingExposure
{
    /// <summary>Emerging artists.</summary>
    public required int Artists { get; init; }

    /// <summary>The least share that the operator asks for, in millionths; 0 asks for nothing.</summary>
    public required long Target { get; init; }

    /// <summary>What their candidates' merits are multiplied by, in thousandths; 1000 is no price.</summary>
    public required int Price { get; init; }

    /// <summary>Listeners of the sample that the price was solved on; 0 where nothing was asked for.</summary>
    public int Sample { get; init; }

    /// <summary>On the sample, the share without a price.</summary>
    public long ShareWithout { get; init; }

    /// <summary>On the sample, the share at the price; under the target where the highest price does not reach it.</summary>
    public long ShareExpected { get; init; }

    /// <summary>
    /// On the sample, the mean over playlists of the model's score that is lost against no price, relative to it, in
    /// millionths.
    /// </summary>
    public long Cost { get; init; }

    /// <summary>The share in all playlists of the night; null until it is closed.</summary>
    public long? Share { get; init; }
}
