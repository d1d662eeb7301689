namespace Nocturne.Recommending;

/// <summary>The same next items for every session: those that most sessions have, as a share of all sessions.</summary>
public sealed class SessionPopularity : SessionModel
{
    internal const string KindName = "session-popularity";
    private readonly float[] _shares;
    private readonly int[] _ranking;

    private SessionPopularity(float[] shares)
        : base(shares.Length)
    {
        _shares = shares;
        _ranking = [.. Enumerable.Range(0, shares.Length).Where(item => shares[item] > 0)];
        Array.Sort(_ranking, (a, b) => shares[a] != shares[b] ? shares[b].CompareTo(shares[a]) : a.CompareTo(b));
    }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>Every item's share of sessions.</summary>
    public ReadOnlySpan<float> Shares => _shares;

    /// <summary>Counts sessions.</summary>
    public static SessionPopularity Fit(SessionLog log)
    {
        var shares = new float[log.ItemCount];
        var lastSession = new int[log.ItemCount];
        for (var session = 0; session < log.Count; session++)
        {
            foreach (var item in log[session])
            {
                if (item >= 0 && lastSession[item] != session + 1)
                {
                    lastSession[item] = session + 1;
                    shares[item]++;
                }
            }
        }
        for (var item = 0; item < shares.Length; item++)
        {
            shares[item] /= Math.Max(1, log.Count);
        }
        return new SessionPopularity(shares);
    }

    private protected override ReadOnlySpan<float> Bias => _shares;

    private protected override ReadOnlySpan<int> Ranking => _ranking;

    internal static SessionPopularity From(ModelArtefact artefact)
    {
        var shares = artefact.Floats("shares", artefact.Items);
        foreach (var share in shares)
        {
            if (!(share is >= 0 and <= 1))
            {
                throw new ModelArtefactException("The artefact's section 'shares' has a value that is no share.");
            }
        }
        return new SessionPopularity(shares);
    }

    internal ReadOnlySpan<int> Popular => _ranking;

    internal override void Accumulate(ReadOnlySpan<int> session, SessionScratch scratch, SparseSums sums) { }

    internal override void Decompose(ReadOnlySpan<int> session, int item, SessionScratch scratch, Span<float> parts) { }

    private protected override void Write(ModelArtefactWriter artefact) => artefact.Section("shares", _shares);
}
