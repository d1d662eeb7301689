using System.Numerics;

namespace Nocturne.Recommending;

/// <summary>Powers by repeated square roots: libraries' powers differ between machines in the last bit.</summary>
internal static class Powers
{
    private const int Bits = 10;

    /// <summary>x^ν for x ≥ 0, with ν ≥ 0 taken to 1/1024.</summary>
    public static double Of(double x, float exponent)
    {
        var scaled = (uint)Math.Round(exponent * (1 << Bits));
        var result = 1d;
        for (var whole = scaled >> Bits; whole > 0; whole--)
        {
            result *= x;
        }
        var root = x;
        for (var bit = Bits - 1; bit >= BitOperations.TrailingZeroCount(scaled | (1u << Bits)); bit--)
        {
            root = Math.Sqrt(root);
            if ((scaled & (1u << bit)) != 0)
            {
                result *= root;
            }
        }
        return result;
    }
}
