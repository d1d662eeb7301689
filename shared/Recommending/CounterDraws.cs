namespace Nocturne.Recommending;

/// <summary>
/// Random numbers by counter: a pure function of a seed and two positions, so that they are the same in whatever
/// order, by however many workers and on whatever machine they are drawn.
/// </summary>
internal static class CounterDraws
{
    /// <summary>64 mixed bits (the finaliser of SplitMix64: Steele, Lea and Flood, 2014).</summary>
    public static ulong Bits(long seed, long first, long second)
    {
        unchecked
        {
            const ulong Golden = 0x9E3779B97F4A7C15;
            return Mix(Mix(Mix((ulong)seed + Golden) + ((ulong)first * Golden)) + ((ulong)second * Golden));
        }
    }

    /// <summary>From 0 to 1, exclusive.</summary>
    public static double Uniform(long seed, long first, long second) =>
        (Bits(seed, first, second) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Mean 0 and deviation 1, near normal: the sum of twelve uniform numbers, which takes no logarithm.</summary>
    public static float Normal(long seed, long first, long second)
    {
        var sum = 0;
        for (var part = 0; part < 3; part++)
        {
            var bits = Bits(seed ^ ((long)part << 56), first, second);
            sum +=
                (int)(bits & 0xFFFF) + (int)((bits >> 16) & 0xFFFF) + (int)((bits >> 32) & 0xFFFF) + (int)(bits >> 48);
        }
        return (float)((sum / 65536.0) - (6 - (6 / 65536.0)));
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
