using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.Recommending;
using Nocturne.RunNight.Training;

namespace Nocturne.RunNight.Emerging;

/// <summary>Training's last part: says who emerges, solves for the price of their exposure and stores both.</summary>
internal sealed class EmergingStep(NightContext context)
{
    private readonly SnapshotReadings _snapshots = new(context);

    /// <summary>Makes the run's emerging artists.</summary>
    /// <param name="run">The run.</param>
    /// <param name="record">Its record.</param>
    /// <param name="model">Its other models.</param>
    /// <param name="matrix">What they were trained on.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async ValueTask<EmergingExposure> MakeAsync(
        RunId run,
        RunRecord record,
        NightModel model,
        InteractionMatrix matrix,
        CancellationToken cancellationToken
    )
    {
        var options = context.Options;
        var before = record.Previous is { } previous
            ? await NightModel.ReadEmergingAsync(context.Objects, RunId.Parse(previous), cancellationToken)
            : null;
        var artists = EmergingArtists.Of(
            model.Catalogue,
            matrix,
            before,
            new EmergingRules(options.EmergingLeastListeners, options.EmergingMostShare, options.EmergingGrowth)
        );
        model = model with { Emerging = artists.FlagsOf(model.Catalogue) };
        var sample = options.EmergingExposure > 0 ? await SampleAsync(run, record.Shards, cancellationToken) : [];
        var exposure = new ExposurePrice(model, sample, run.Date, options.Workers).Solve(
            options.EmergingExposure * 1000L,
            cancellationToken
        );
        await context.Objects.TryCreateAsync(
            NightObjects.Emerging(run),
            (artists with { Price = exposure.Price }).ToBytes(),
            "application/json",
            cancellationToken
        );
        return exposure;
    }

    /// <summary>The listeners whose hashes are lowest: the same every night, and however they are cut into shards.</summary>
    private async ValueTask<List<ListenerTaste>> SampleAsync(RunId run, int shards, CancellationToken cancellationToken)
    {
        var most = context.Options.EmergingSample;
        // The one to give way first is the one that comes last.
        var kept = new PriorityQueue<ListenerTaste, (double Place, string Listener)>(
            Comparer<(double Place, string Listener)>.Create(
                static (a, b) =>
                    a.Place != b.Place ? b.Place.CompareTo(a.Place) : string.CompareOrdinal(b.Listener, a.Listener)
            )
        );
        await foreach (var listener in _snapshots.ReadAsync(run, shards, null, cancellationToken))
        {
            var key = (SnapshotReadings.Place(listener.Listener), listener.Listener.Value);
            if (kept.Count < most)
            {
                kept.Enqueue(listener.ToTaste(), key);
            }
            else if (kept.TryPeek(out _, out var last) && kept.Comparer.Compare(last, key) < 0)
            {
                kept.DequeueEnqueue(listener.ToTaste(), key);
            }
        }
        var sample = new List<ListenerTaste>(kept.Count);
        while (kept.TryDequeue(out var taste, out _))
        {
            sample.Add(taste);
        }
        return sample;
    }
}
