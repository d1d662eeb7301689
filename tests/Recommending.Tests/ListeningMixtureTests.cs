using Nocturne.Recommending;

namespace Nocturne.Recommending.Tests;

public sealed class ListeningMixtureContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        ListeningMixture.Fit(
            matrix,
            [.. Enumerable.Range(0, matrix.Items).Select(i => (i % 7) - 1)],
            new ListeningMixtureOptions(),
            workers
        );
}

public sealed class PlayedListeningMixtureContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        ListeningMixture.Fit(
            Plays.Of(matrix),
            [.. Enumerable.Range(0, matrix.Items).Select(i => (i % 7) - 1)],
            new ListeningMixtureOptions(),
            workers
        );
}
