namespace Nocturne.Recommending;

/// <summary>How <see cref="ListeningMixture"/> is fitted.</summary>
public sealed record ListeningMixtureOptions
{
    /// <summary>How far ahead the mixture is to look. Default: a day.</summary>
    public float HorizonHours { get; init; } = 24;

    /// <summary>Cases, spread evenly over the sources, that the prior counts as. Default: 40.</summary>
    public float PriorCases { get; init; } = 40;

    /// <summary>The most earlier cuts that weights are learned on. Default: 16.</summary>
    public int MaxCuts { get; init; } = 16;

    /// <summary>The most listeners of all cuts that weights are learned on. Default: 8,000.</summary>
    public int MaxCases { get; init; } = 8_000;

    internal void Check(string name)
    {
        if (!(HorizonHours is > 0 and <= 10_000) || !(PriorCases is > 0 and <= 1e9f) || MaxCuts < 1 || MaxCases < 1)
        {
            throw new ArgumentException(
                $"{this}: the horizon is from 0 to 10,000 hours, and the prior, cuts and cases are over 0.",
                name
            );
        }
    }
}

/// <summary>Learns the weights of a <see cref="ListeningMixture"/> on earlier cuts of the plays it is fitted to.</summary>
internal static class ListeningMixtureLearner
{
    private const int Rounds = 60;

    /// <summary>Learns; the prior where there are no plays, or too few to cut.</summary>
    public static ListeningWeights Learn(
        InteractionMatrix matrix,
        ArtistIndex artists,
        ListeningMixtureOptions options,
        int workers,
        CancellationToken cancellation
    )
    {
        var horizon = options.HorizonHours / 24;
        var cases = new List<Case>();
        foreach (var age in (matrix.HasPlays ? PlayCuts.Ages(matrix, horizon) : []).Take(options.MaxCuts))
        {
            if (cases.Count >= options.MaxCases)
            {
                break;
            }
            var known = PlayCuts.Before(matrix, age);
            var sources = ListeningSources.Fit(known, artists, workers, cancellation);
            cases.AddRange(
                Collect(matrix, known, sources, (age, horizon), options.MaxCases - cases.Count, workers, cancellation)
            );
        }
        return cases.Count == 0 ? ListeningWeights.Prior : Weights(cases, options.PriorCases);
    }

    private static IEnumerable<Case> Collect(
        InteractionMatrix matrix,
        InteractionMatrix known,
        ListeningSources sources,
        (float Age, float Horizon) cut,
        int most,
        int workers,
        CancellationToken cancellation
    )
    {
        var listeners = new List<(int Listener, int[] Next)>();
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var next = PlayCuts.Next(matrix.Row(listener), cut.Age, cut.Horizon);
            if (next.Length > 0)
            {
                listeners.Add((listener, next));
            }
        }
        var cases = new Case[Math.Min(most, listeners.Count)];
        Parallel.For(
            0,
            cases.Length,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            () => new ListeningScratch(matrix.Items),
            (i, _, scratch) =>
            {
                var (listener, next) = listeners[(int)((long)i * listeners.Count / cases.Length)];
                cases[i] = CaseOf(known.Row(listener), next, sources, scratch);
                return scratch;
            },
            static _ => { }
        );
        return cases;
    }

    private static Case CaseOf(ListenerRow row, int[] next, ListeningSources sources, ListeningScratch scratch)
    {
        var count = ListeningSource.All.Length;
        var places = new int[next.Length];
        var values = new float[next.Length * count];
        var masses = new float[2 * count];
        ListeningMixture.Shares(sources, row, scratch, masses);
        for (var n = 0; n < next.Length; n++)
        {
            places[n] = row.Items.BinarySearch(next[n]) >= 0 ? 0 : 1;
        }
        var repeats = sources.Repeats(row);
        for (var c = 0; c < count; c++)
        {
            var source = ListeningSource.All[c];
            sources.Accumulate(source, row, scratch, scratch.Sums);
            for (var n = 0; n < next.Length; n++)
            {
                values[(n * count) + c] =
                    (places[n] == 0 ? repeats : 1)
                    * (
                        source.Kind == ListeningSourceKind.Popularity
                            ? sources.Popularity[source.Variant][next[n]]
                            : scratch.Scales[c] * scratch.Sums[next[n]]
                    );
            }
            scratch.Sums.Empty();
        }
        return new Case(places, values, masses);
    }

    /// <summary>
    /// Expectation-maximisation of Σ log λ(i) over what was played - Σ λ(i) over all items: every item is shared out
    /// among the sources that foretold it, by what they gave it, and a source's weight is its share of all, divided by
    /// all that it gave away. A case counts as one, however much was played.
    /// </summary>
    private static ListeningWeights Weights(List<Case> cases, float prior)
    {
        var count = ListeningSource.All.Length;
        var begin = ListeningWeights.Prior.Values;
        var weights = begin.Select(weight => (double)weight).ToArray();
        var masses = new double[2 * count];
        foreach (var some in cases)
        {
            for (var w = 0; w < masses.Length; w++)
            {
                masses[w] += some.Masses[w];
            }
        }
        var share = prior / (2 * count);
        var shares = new double[2 * count];
        for (var round = 0; round < Rounds; round++)
        {
            for (var w = 0; w < shares.Length; w++)
            {
                shares[w] = begin[w] > 0 ? share : 0;
            }
            foreach (var some in cases)
            {
                some.Share(weights, shares);
            }
            for (var w = 0; w < weights.Length; w++)
            {
                weights[w] = begin[w] > 0 ? shares[w] / (masses[w] + (share / begin[w])) : 0;
            }
        }
        return new ListeningWeights([.. weights.Select(weight => (float)weight)]);
    }

    /// <summary>What one listener played after a cut.</summary>
    /// <param name="Places">Of each item, 0 where the listener had played it, and 1 where not.</param>
    /// <param name="Values">Of each item, what each source gave it.</param>
    /// <param name="Masses">What each source gave to own items and to others, at most 1 in all.</param>
    private sealed record Case(int[] Places, float[] Values, float[] Masses)
    {
        public void Share(double[] weights, double[] shares)
        {
            var count = weights.Length / 2;
            for (var n = 0; n < Places.Length; n++)
            {
                var values = Values.AsSpan(n * count, count);
                var sum = 0d;
                for (var c = 0; c < count; c++)
                {
                    sum += weights[(2 * c) + Places[n]] * values[c];
                }
                for (var c = 0; c < count && sum > 0; c++)
                {
                    var w = (2 * c) + Places[n];
                    shares[w] += weights[w] * values[c] / (sum * Places.Length);
                }
            }
        }
    }
}
