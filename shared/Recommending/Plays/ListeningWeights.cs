namespace Nocturne.Recommending;

/// <summary>How much a <see cref="ListeningMixture"/> trusts each source.</summary>
/// <param name="values">Each source's weight for own items, and for others.</param>
internal sealed class ListeningWeights(float[] values)
{
    public float[] Values => values;

    /// <summary>Where nothing is learned all sources count alike.</summary>
    public static ListeningWeights Prior { get; } =
        new([
            .. ListeningSource.All.SelectMany(source =>
                new[]
                {
                    1f / ListeningSource.All.Length,
                    source.Kind == ListeningSourceKind.Own ? 0 : 1f / ListeningSource.All.Length,
                }
            ),
        ]);

    public void Write(ModelArtefactWriter artefact)
    {
        artefact.Section("weights", values);
    }

    public static ListeningWeights From(ModelArtefact artefact) =>
        new(SessionArtefacts.Positive(artefact, "weights", 2 * ListeningSource.All.Length));
}
