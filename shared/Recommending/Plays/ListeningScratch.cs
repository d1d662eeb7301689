namespace Nocturne.Recommending;

/// <summary>A mixture's working memory.</summary>
internal sealed class ListeningScratch(int items)
{
    private readonly float[][] _weights = [.. ListeningSource.Voices.Select(_ => Array.Empty<float>())];
    private SparseSums? _artists;
    private SparseSums? _nearArtists;

    /// <summary>Sums of one source.</summary>
    public SparseSums Sums { get; } = new(items);

    /// <summary>What each source's sums were last multiplied by.</summary>
    public float[] Scales { get; } = new float[ListeningSource.All.Length];

    /// <summary>1 for the listener's own items, while they are asked for; 0 otherwise.</summary>
    public byte[] IsOwn { get; } = new byte[items];

    public SparseSums Artists(int count) =>
        _artists is { } sums && sums.Capacity == count ? sums : _artists = new SparseSums(count);

    public SparseSums NearArtists(int count) =>
        _nearArtists is { } sums && sums.Capacity == count ? sums : _nearArtists = new SparseSums(count);

    /// <summary>Room for what the entries of a row say by a voice.</summary>
    public Span<float> Weights(int voice, int length)
    {
        ref var weights = ref _weights[voice];
        if (weights.Length < length)
        {
            weights = new float[Math.Max(64, 2 * length)];
        }
        return weights.AsSpan(0, length);
    }
}
