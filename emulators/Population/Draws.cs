namespace Nocturne.Population;

/// <summary>
/// A stream of random numbers named by a seed, a purpose and a number: what one listener does is the same however
/// many others there are, and in whatever order they are generated.
/// </summary>
/// <remarks>
/// SplitMix64 (Steele, Lea and Flood, 2014). Only integers, the four operations and square roots are used on what it
/// gives, all of which are exact by IEEE 754: the population is the same on every machine, as it would not be with a
/// platform's logarithm or power.
/// </remarks>
internal struct Draws
{
    private ulong _state;

    public Draws(int seed, Purpose purpose, int number) =>
        _state = Mix(Mix(Mix((ulong)seed) + (ulong)purpose) + (ulong)number);

    public enum Purpose
    {
        Artist = 1,
        Album = 2,
        Track = 3,
        Listener = 4,
        Activity = 5,
    }

    public ulong Next() => Mix(_state += 0x9e3779b97f4a7c15);

    /// <summary>From 0 to <paramref name="bound"/>, exclusive.</summary>
    public long Below(long bound) => (long)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>From 0 to <paramref name="bound"/>, exclusive.</summary>
    public int Below(int bound) => (int)Below((long)bound);

    /// <summary>From <paramref name="least"/> to <paramref name="most"/>, inclusive.</summary>
    public int Between(int least, int most) => least + Below(most - least + 1);

    /// <summary>Likewise, and more often near the middle: the mean of three.</summary>
    public int NearMiddle(int least, int most) =>
        (Between(least, most) + Between(least, most) + Between(least, most)) / 3;

    /// <summary>From 0 to 1, exclusive.</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Whether something of that probability happens.</summary>
    public bool Chance(double probability) => Unit() < probability;

    public T Pick<T>(IReadOnlyList<T> values) => values[Below(values.Count)];

    /// <summary>An index, by integer weights.</summary>
    public int ByWeight(ReadOnlySpan<int> weights)
    {
        var total = 0;
        foreach (var weight in weights)
        {
            total += weight;
        }
        var left = Below(total);
        for (var index = 0; ; index++)
        {
            left -= weights[index];
            if (left < 0)
            {
                return index;
            }
        }
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }
}
