using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Playlists;
using Nocturne.Playlists.Blends;
using Nocturne.Ports;
using Nocturne.RunNight.Training;

namespace Nocturne.RunNight.Blends;

/// <summary>Training's part for blends: how alike pairs of the population are, which gives matches their meaning.</summary>
/// <remarks>
/// The sample is the first listeners by storage name, which is by hash: the same whatever the number of shards, and
/// only the shards that hold them are read.
/// </remarks>
internal sealed class MatchStep(NightContext context)
{
    // Vectors made at one time: bounds the tastes in memory.
    private const int Together = 256;

    private readonly SnapshotReadings _snapshots = new(context);

    /// <summary>Makes the run's scale; one that is there stays.</summary>
    public async ValueTask MakeAsync(RunId run, RunRecord record, NightModel model, CancellationToken cancellationToken)
    {
        var sample = new List<TasteVector>(MatchScale.SampleListeners);
        var tastes = new List<ListenerTaste>(Together);
        await foreach (var listener in _snapshots.ReadAsync(run, record.Shards, null, cancellationToken))
        {
            tastes.Add(listener.ToTaste(withPast: false));
            if (tastes.Count == Together)
            {
                Take(run, model, tastes, sample, cancellationToken);
                if (sample.Count >= MatchScale.SampleListeners)
                {
                    break;
                }
            }
        }
        Take(run, model, tastes, sample, cancellationToken);
        var scale = MatchScale.Of([.. sample.Take(MatchScale.SampleListeners)]);
        await context.Objects.TryCreateAsync(
            BlendObjects.Scale(run),
            scale.ToBytes(),
            "application/json",
            cancellationToken
        );
    }

    private void Take(
        RunId run,
        NightModel model,
        List<ListenerTaste> tastes,
        List<TasteVector> sample,
        CancellationToken cancellationToken
    )
    {
        var vectors = new TasteVector?[tastes.Count];
        Parallel.For(
            0,
            tastes.Count,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = context.Options.Workers,
                CancellationToken = cancellationToken,
            },
            () => new BlendComposer(model.Catalogue, new NightTasteModel(model)),
            (at, _, composer) =>
            {
                vectors[at] = composer.VectorOf(tastes[at], run.Date);
                return composer;
            },
            static _ => { }
        );
        sample.AddRange(vectors.OfType<TasteVector>());
        tastes.Clear();
    }
}
