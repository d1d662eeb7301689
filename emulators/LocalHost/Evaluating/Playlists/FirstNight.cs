using Nocturne.Playlists;
using Nocturne.Recommending;
using Nocturne.RunNight;
using Nocturne.RunNight.Emerging;
using Nocturne.RunNight.Training;

namespace Nocturne.LocalHost.Evaluating.Playlists;

/// <summary>Trains what the first night of a population trains, from tastes alone.</summary>
internal static class FirstNight
{
    /// <summary>Of training and of draws.</summary>
    public const int Seed = 1;

    /// <summary>Learns the blend on slices of everyone's items, as <c>Train</c> does where there is no night before.</summary>
    public static NightModel Train(
        Catalogue catalogue,
        IReadOnlyCollection<ListenerTaste> tastes,
        IReadOnlyList<int>? artists,
        NightOptions options,
        int workers,
        CancellationToken cancellationToken
    )
    {
        var builder = new InteractionMatrixBuilder(catalogue.Count);
        var row = new TasteRow();
        foreach (var taste in tastes)
        {
            row.Read(taste, catalogue);
            builder.AppendRow(row.Items, row.Weights, row.PlayItems, row.PlayAges);
        }
        var data = new TrainingData(builder.Build()) { Artists = artists };
        var night = new EvaluationFold(
            "night",
            data,
            new RankingCasesBuilder(excludesOwn: true).Build(),
            () => [PairSplit.HoldOut(data, PairSplit.ValidationShare, Seed)]
        );
        var tuning = new TuningSettings(new SearchBudget(0), Seed, workers, TimeProvider.System);
        var blend = ModelFamilies.BlendOf(options.Models, options.Bounds);
        var values = new BlendTuner().Tune(blend, night, tuning, cancellationToken).Best.Values;
        var rules = new EmergingRules(
            options.EmergingLeastListeners,
            options.EmergingMostShare,
            options.EmergingGrowth
        );
        return new NightModel(
            catalogue,
            blend.Fit(data, values, Seed, workers, cancellationToken),
            ItemNeighbours.Fit(data.Matrix, NightModel.NeighboursOptions, workers),
            Popularity.Fit(data.Matrix, PopularityMeasure.Listeners)
        )
        {
            Emerging = EmergingArtists.Of(catalogue, data.Matrix, null, rules).FlagsOf(catalogue),
        };
    }
}
