using System.Collections.Concurrent;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Playlists.Blends;

namespace Nocturne.RunNight;

/// <summary>
/// The model of one run, held for every step that composes, with composers for as many threads as there are workers.
/// </summary>
/// <remarks>
/// One run's at a time: a model is most of an instance's memory. Somebody who joins a blend while a night composes has
/// the instance load the published run's and then the night's again; that is rare, and costs seconds.
/// </remarks>
internal sealed class RunModels(NightContext context) : IDisposable
{
    // Bounds the threads that compose in this instance, whatever is under way.
    private readonly SemaphoreSlim _workers = new(context.Options.Workers);

    // Guards _model: it is loaded once by whoever needs it first.
    private readonly SemaphoreSlim _loading = new(1);
    private LoadedModel? _model;

    /// <summary>A trained run's model.</summary>
    public async ValueTask<LoadedModel> LoadAsync(RunId run, CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            if (_model is null || _model.Run != run)
            {
                var summary = await NightModel.ReadSummaryAsync(context.Objects, run, cancellationToken);
                _model = new LoadedModel(
                    run,
                    await NightModel.ReadAsync(context.Objects, run, cancellationToken),
                    summary?.Epoch?.Number ?? run.Date.DayNumber
                );
            }
            return _model;
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>Composes on one of the instance's threads for it.</summary>
    public async ValueTask<T> ComposeAsync<T>(Func<T> compose, CancellationToken cancellationToken)
    {
        await _workers.WaitAsync(cancellationToken);
        try
        {
            return compose();
        }
        finally
        {
            _workers.Release();
        }
    }

    public void Dispose()
    {
        _workers.Dispose();
        _loading.Dispose();
    }
}

/// <summary>A run's model, with composers that no thread is using; at most as many as there are workers.</summary>
/// <param name="Run">It.</param>
/// <param name="Model">All of it.</param>
/// <param name="Epoch">The model's: within one, who has not changed keeps their playlists.</param>
internal sealed record LoadedModel(RunId Run, NightModel Model, int Epoch)
{
    private readonly ConcurrentBag<PlaylistComposer> _composers = [];
    private readonly ConcurrentBag<BlendComposer> _blends = [];

    /// <summary>Composes playlists of a handful of listeners, each as if alone.</summary>
    public IReadOnlyList<ComposedPlaylists> Compose(IReadOnlyList<ListenerTaste> tastes)
    {
        if (!_composers.TryTake(out var composer))
        {
            composer = new PlaylistComposer(Model.Catalogue, new NightTasteModel(Model), seed: Run.Date.DayNumber);
        }
        // Who is at rest mostly keeps what there is, so nothing need be ranked.
        composer.Expect([.. tastes.Where(taste => taste.AtRestSince is null)]);
        ComposedPlaylists[] playlists = [.. tastes.Select(taste => composer.Compose(taste, Run.Date))];
        _composers.Add(composer);
        return playlists;
    }

    /// <summary>Composes a blend's.</summary>
    public BlendPlaylist Compose(Nights.Blends.Blend blend, IReadOnlyList<ListenerTaste> tastes)
    {
        if (!_blends.TryTake(out var composer))
        {
            composer = new BlendComposer(Model.Catalogue, new NightTasteModel(Model), seed: Run.Date.DayNumber);
        }
        var playlist = composer.Compose(new(blend.Id), blend.Version, tastes, Run.Date, Model.Scale);
        _blends.Add(composer);
        return playlist;
    }
}
