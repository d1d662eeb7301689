using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;

namespace Nocturne.RunNight.Emerging;

/// <summary>
/// Solves for the price at which emerging artists get the share of exposure that the operator asks for: the least
/// multiplier of their candidates' merits, by bisection, with playlists composed for a sample of listeners.
/// </summary>
/// <remarks>
/// Exposure is tracks: every slot of every playlist counts one. A share does not fall as the price rises, but for
/// what exploring draws; bisection then ends at a price that was itself composed with and reaches the target. Sums of
/// integers over listeners in their own places, so that the price does not depend on the number of workers.
/// </remarks>
internal sealed class ExposurePrice(NightModel model, IReadOnlyList<ListenerTaste> sample, DateOnly date, int workers)
{
    /// <summary>One, in thousandths: no price.</summary>
    public const int None = 1000;

    /// <summary>The highest price: at sixteen times their merit, what is emerging comes first wherever it fits at all.</summary>
    public const int Most = 16_000;

    // Finer steps than this do not show in a share: it is a sixtieth of the merit.
    private const int Step = 16;
    private const long Millionths = 1_000_000;

    /// <summary>Solves.</summary>
    /// <param name="target">The share, in millionths.</param>
    /// <param name="cancellationToken">Ends the solving.</param>
    public EmergingExposure Solve(long target, CancellationToken cancellationToken)
    {
        var artists = model.Emerging.Count(isEmerging => isEmerging);
        var exposure = new EmergingExposure
        {
            Artists = artists,
            Target = target,
            Price = None,
        };
        if (target == 0 || artists == 0 || sample.Count == 0)
        {
            return exposure;
        }
        var without = Compose(None, cancellationToken);
        var (low, high) = (None, Most);
        var at = without;
        if (without.Share < target)
        {
            at = Compose(Most, cancellationToken);
            while (at.Share >= target && high - low > Step)
            {
                var middle = low + ((high - low) / 2);
                var tried = Compose(middle, cancellationToken);
                (low, high, at) = tried.Share >= target ? (low, middle, tried) : (middle, high, at);
            }
        }
        return exposure with
        {
            Price = ReferenceEquals(at, without) ? None : high,
            Sample = sample.Count,
            ShareWithout = without.Share,
            ShareExpected = at.Share,
            Cost = CostOf(without, at),
        };
    }

    /// <summary>What a price gives: the share, and each playlist's sum of model scores by listener and kind.</summary>
    private sealed record Outcome(long Share, SortedDictionary<string, long>[] Scores);

    private Outcome Compose(int price, CancellationToken cancellationToken)
    {
        var emerging = new long[sample.Count];
        var tracks = new long[sample.Count];
        var scores = new SortedDictionary<string, long>[sample.Count];
        Parallel.For(
            0,
            sample.Count,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken },
            () =>
                new PlaylistComposer(
                    model.Catalogue,
                    new NightTasteModel(model with { EmergingPrice = price }),
                    seed: date.DayNumber
                ),
            (listener, _, composer) =>
            {
                scores[listener] = new SortedDictionary<string, long>(StringComparer.Ordinal);
                foreach (var playlist in composer.Compose(sample[listener], date))
                {
                    tracks[listener] += playlist.Tracks.Count;
                    emerging[listener] += model.EmergingTracksOf(playlist);
                    scores[listener][playlist.Kind.Value] = playlist
                        .Tracks.Where(track => track.Reason.Kind is ReasonKind.Neighbour or ReasonKind.Fresh)
                        .Sum(track => track.Reason.Score);
                }
                return composer;
            },
            static _ => { }
        );
        return new Outcome(emerging.Sum() * Millionths / Math.Max(1, tracks.Sum()), scores);
    }

    /// <summary>The mean over playlists of the score lost, relative to the score without a price.</summary>
    private static long CostOf(Outcome without, Outcome at)
    {
        var lost = 0L;
        var playlists = 0;
        for (var listener = 0; listener < without.Scores.Length; listener++)
        {
            foreach (var (kind, score) in without.Scores[listener])
            {
                if (score > 0)
                {
                    var left = at.Scores[listener].GetValueOrDefault(kind);
                    lost += (long)((Int128)(score - left) * Millionths / score);
                    playlists++;
                }
            }
        }
        return playlists == 0 ? 0 : lost / playlists;
    }
}
