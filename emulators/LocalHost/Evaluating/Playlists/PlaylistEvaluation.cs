using System.Globalization;
using Nocturne.LocalHost.CommandLine;
using Nocturne.Playlists;
using Nocturne.Recommending;
using Nocturne.RunNight;

namespace Nocturne.LocalHost.Evaluating.Playlists;

/// <summary>What an evaluation of playlists is asked.</summary>
/// <param name="Events">The file of events.</param>
/// <param name="Cut">How windows are cut.</param>
/// <param name="K">How many tracks of interleaved mixes count.</param>
/// <param name="Singles">The models by themselves that mixes are compared with.</param>
/// <param name="Night">What a night trains.</param>
/// <param name="Workers">Threads.</param>
internal sealed record PlaylistEvaluationInput(
    string Events,
    TimeCutOptions Cut,
    int K,
    IReadOnlyList<ModelFamily> Singles,
    NightOptions Night,
    int Workers
);

/// <summary>What playlists were worth.</summary>
/// <param name="Windows">How many windows there were.</param>
/// <param name="Cases">Listeners and windows with plays before and after the cut.</param>
/// <param name="Dropped">Those without plays before.</param>
/// <param name="K">How many tracks of interleaved mixes count.</param>
/// <param name="Recipes">Every recipe that made a list, in the order of composing.</param>
/// <param name="Mixes">Daily Mixes as one list.</param>
/// <param name="MostOfOneArtist">The most tracks of one artist in any such list.</param>
/// <param name="ArtistCap">The most that there may be.</param>
/// <param name="Singles">The models by themselves: recall at the same length, without any cap.</param>
internal sealed record PlaylistEvaluationOutcome(
    int Windows,
    int Cases,
    int Dropped,
    int K,
    IReadOnlyList<RecipeMeasures> Recipes,
    RecipeMeasures Mixes,
    int MostOfOneArtist,
    int ArtistCap,
    IReadOnlyList<(string Model, double Recall)> Singles
)
{
    /// <summary>The best single model.</summary>
    public (string Model, double Recall) Best => Singles.MaxBy(single => single.Recall);

    /// <summary>What interleaved mixes find of what the best single model finds.</summary>
    public double Share => Best.Recall > 0 ? Mixes.Recall / Best.Recall : 0;
}

/// <summary>
/// Composes the night of every window's cut from what was played before it, and compares the playlists with what
/// listeners play after it.
/// </summary>
internal sealed class PlaylistEvaluation(PlaylistEvaluationInput input, Activity activity)
{
    private readonly RecipeParameters _parameters = RecipeParameters.Default;

    /// <summary>Evaluates.</summary>
    public async Task<PlaylistEvaluationOutcome> RunAsync(CancellationToken cancellationToken)
    {
        var log = await activity.ReadAsync(
            input.Events,
            progress => new DataFiles(progress).ReadEventsAsync(input.Events, cancellationToken)
        );
        var horizon = (long)input.Cut.Horizon.TotalSeconds;
        var recipes = PlaylistRecipe.Personal.Append(PlaylistRecipe.General).ToList();
        var measures = recipes.ConvertAll(recipe => new RecipeMeasures(recipe.Name));
        var mixes = new RecipeMeasures("daily-mix, interleaved");
        var singles = input.Singles.Select(family => (family.Name, Results: new List<RankingResult>())).ToList();
        var (windows, cases, dropped, mostOfOneArtist) = (0, 0, 0, 0);
        foreach (var (_, last) in TimeCut.Windows(log, input.Cut.Gap))
        {
            var cut = last - horizon;
            var fold = TimeCut.Fold(log, cut, last + 1, input.Cut);
            if (fold.Cases.Count == 0)
            {
                continue;
            }
            windows++;
            cases += fold.Cases.Count;
            dropped += fold.Cases.Dropped;
            foreach (var (family, results) in input.Singles.Zip(singles.Select(single => single.Results)))
            {
                results.Add(
                    await activity.DoAsync($"{fold.Name}: {family.Name}", () => Rank(family, fold, cancellationToken))
                );
            }
            var window = new PlaylistWindow(fold, cut);
            var model = await activity.DoAsync(
                $"{fold.Name}: training what a night trains",
                () => window.Train(input.Night, input.Workers, cancellationToken)
            );
            var composed = await activity.CountAsync(
                $"{fold.Name}: composing",
                fold.Cases.Count,
                report => window.Compose(model, _parameters, input.Workers, report, cancellationToken)
            );
            for (var index = 0; index < composed.Length; index++)
            {
                foreach (var (recipe, measure) in recipes.Zip(measures))
                {
                    Add(measure, [.. composed[index].Where(list => recipe.Makes(list.Kind)).Select(window.ItemsOf)]);
                }
                int[] interleaved =
                [
                    .. MixInterleaving.Of(composed[index], _parameters.MixArtistCap, input.K).Select(window.NumberOf),
                ];
                mostOfOneArtist = Math.Max(mostOfOneArtist, window.Items.MostOfOneArtist(interleaved));
                Add(mixes, interleaved.Length == 0 ? [] : [interleaved]);

                void Add(RecipeMeasures measure, int[][] lists) =>
                    measure.Add(
                        lists,
                        fold.Cases.Relevant(index),
                        fold.Cases.Beyond(index),
                        fold.Data.Matrix.RowItems(fold.Cases.Row(index)),
                        window.Items
                    );
            }
            foreach (var measure in measures.Append(mixes))
            {
                measure.EndWindow(window.Catalogue.Count);
            }
        }
        return windows == 0
            ? throw new CommandFailedException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{input.Events}' has no listener with events before and after a cut of {input.Cut.Horizon.TotalHours} hours before the end of a window."
                )
            )
            : new PlaylistEvaluationOutcome(
                windows,
                cases,
                dropped,
                input.K,
                [.. measures.Where(measure => measure.Lists > 0)],
                mixes,
                mostOfOneArtist,
                _parameters.MixArtistCap,
                [
                    .. singles.Select(single =>
                        (single.Name, RankingResult.Join(single.Results).Mean(CaseMeasure.Recall))
                    ),
                ]
            );
    }

    private RankingResult Rank(ModelFamily family, EvaluationFold fold, CancellationToken cancellationToken)
    {
        const int Seed = 1;
        var model = family.Fit(fold.Data, HyperParameters.Defaults, Seed, input.Workers, cancellationToken);
        return RankingEvaluation.Run([model], fold, input.K, input.Workers, cancellation: cancellationToken)[0];
    }
}
