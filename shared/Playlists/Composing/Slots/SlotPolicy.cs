using System.Text;
using Nocturne.Domain;

namespace Nocturne.Playlists;

/// <summary>
/// With which probability each of a slot's choices is placed: mostly the best, now and then another, so that later it
/// can be told what another policy would have been worth.
/// </summary>
/// <remarks>
/// <para>
/// π(i) = (1 - ε)·1[i is the best] + ε·(½·softmax(i) + ½·uniform) over the at most <see cref="MostChoices"/> best
/// candidates that keep every rule given the slots before. The softmax is to base 2: 2^(merit / τ). Logged
/// probabilities of this form are what inverse propensity scoring needs (Swaminathan and Joachims, "The
/// self-normalized estimator for counterfactual learning", NIPS 2015): no choice's is 0.
/// </para>
/// <para>
/// Everything is integers. Probabilities are billionths that sum to a billion; what rounding leaves goes to the best.
/// Draws are by counter from <see cref="Key"/> and the slot, so a list can be drawn again from its record.
/// </para>
/// </remarks>
/// <param name="Key">Of the draws: from the night's seed, the listener, the kind of playlist and the date.</param>
/// <param name="Epsilon">ε in thousandths; 0 always places the best.</param>
/// <param name="Temperature">τ, in the fixed point of merits, over 0.</param>
public readonly record struct SlotPolicy(ulong Key, int Epsilon, long Temperature)
{
    /// <summary>The most candidates that a slot is drawn from.</summary>
    public const int MostChoices = 20;

    /// <summary>One, in the unit of <see cref="Probabilities"/>.</summary>
    public const int Unit = 1_000_000_000;

    private const byte UnitDigits = 9;
    private const int FractionBits = 10;
    private const int WeightBits = 32;
    private static readonly ulong[] Halves = MakeHalves();

    /// <summary>The key of a playlist's draws.</summary>
    public static ulong KeyOf(long seed, ListenerId listener, PlaylistKind kind, DateOnly date)
    {
        var key = Mix((ulong)seed);
        key = Mix(key ^ Hash(listener.Value));
        key = Mix(key ^ Hash(kind.Value));
        return Mix(key ^ (ulong)date.DayNumber);
    }

    /// <summary>A probability by its billionths, without zeros at its end: what dividing gives, at a tenth of the time.</summary>
    internal static decimal PropensityOf(int units)
    {
        byte scale = UnitDigits;
        while (scale > 0 && units % 10 == 0)
        {
            units /= 10;
            scale--;
        }
        return new decimal(units, 0, 0, isNegative: false, scale);
    }

    /// <summary>A probability's billionths.</summary>
    internal static long UnitsOf(decimal propensity)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(propensity, parts);
        var scale = propensity.Scale;
        if (parts[1] != 0 || parts[2] != 0 || parts[0] < 0 || scale > UnitDigits)
        {
            return (long)(propensity * Unit);
        }
        var units = (long)parts[0];
        for (; scale < UnitDigits; scale++)
        {
            units *= 10;
        }
        return units;
    }

    /// <summary>The probability of every choice, in billionths; they sum to <see cref="Unit"/>.</summary>
    /// <param name="merits">The choices' merits in fixed point, the best first, not ascending.</param>
    /// <param name="units">Receives the probabilities; as long as <paramref name="merits"/>.</param>
    public void Probabilities(ReadOnlySpan<long> merits, Span<int> units)
    {
        if (merits.Length is 0 or > MostChoices)
        {
            throw new ArgumentException($"A slot has 1 to {MostChoices} choices, not {merits.Length}.", nameof(merits));
        }
        Span<ulong> weights = stackalloc ulong[merits.Length];
        var sum = 0ul;
        for (var i = 0; i < merits.Length; i++)
        {
            weights[i] = Weight(merits[0], merits[i], Temperature);
            sum += weights[i];
        }
        var explored = Epsilon * (Unit / 1000);
        var soft = explored / 2;
        var uniform = (explored - soft) / merits.Length;
        var left = Unit;
        for (var i = merits.Length - 1; i > 0; i--)
        {
            units[i] = (int)((ulong)soft * weights[i] / sum) + uniform; // below 2^29 · 2^32
            left -= units[i];
        }
        units[0] = left;
    }

    /// <summary>Which choice a slot takes.</summary>
    /// <param name="slot">The slot, from 0.</param>
    /// <param name="units">As <see cref="Probabilities"/> gave them.</param>
    public int Draw(int slot, ReadOnlySpan<int> units)
    {
        var drawn = (int)(((UInt128)Mix(Key + (ulong)slot) * Unit) >> 64);
        for (var i = 0; i < units.Length; i++)
        {
            drawn -= units[i];
            if (drawn < 0)
            {
                return i;
            }
        }
        throw new ArgumentException("The probabilities do not sum to one.", nameof(units));
    }

    /// <summary>2^-((best - merit) / τ), in 2^-32.</summary>
    private static ulong Weight(long best, long merit, long temperature)
    {
        var divisor = Math.Max(temperature, 1);
        var behind = best - merit is >= 0 and < 1L << (62 - FractionBits) and var near
            ? (near << FractionBits) / divisor
            : (long)Int128.Clamp(((Int128)best - merit << FractionBits) / divisor, 0, long.MaxValue);
        return behind >= (WeightBits << FractionBits)
            ? 0
            : Halves[(int)behind & ((1 << FractionBits) - 1)] >> ((int)behind >> FractionBits);
    }

    /// <summary>2^(32 - i/1024), from square roots alone, which are exact on every machine.</summary>
    private static ulong[] MakeHalves()
    {
        var roots = new double[FractionBits];
        var root = 0.5;
        for (var bit = FractionBits - 1; bit >= 0; bit--)
        {
            roots[bit] = root = Math.Sqrt(root);
        }
        var halves = new ulong[1 << FractionBits];
        for (var i = 0; i < halves.Length; i++)
        {
            var value = 1d;
            for (var bit = 0; bit < FractionBits; bit++)
            {
                value *= (i >> bit & 1) != 0 ? roots[bit] : 1;
            }
            halves[i] = (ulong)Math.Round(value * (1ul << WeightBits));
        }
        return halves;
    }

    /// <summary>FNV-1a over the text's bytes.</summary>
    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037ul;
        Span<byte> bytes = stackalloc byte[512];
        var all =
            Encoding.UTF8.GetMaxByteCount(text.Length) <= bytes.Length
                ? bytes[..Encoding.UTF8.GetBytes(text, bytes)]
                : Encoding.UTF8.GetBytes(text);
        foreach (var value in all)
        {
            hash = (hash ^ value) * 1099511628211ul;
        }
        return hash;
    }

    /// <summary>The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
