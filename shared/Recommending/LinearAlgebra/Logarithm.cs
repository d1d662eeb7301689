namespace Nocturne.Recommending;

/// <summary>Logarithms of the same bits on every machine: those of system libraries differ in the last one.</summary>
internal static class Logarithm
{
    private const double RootOfTwo = 1.4142135623730951;
    private const double OneOverLogOfTwo = 1.4426950408889634;

    /// <summary>The logarithm to base 2, to a few units in the last place.</summary>
    /// <param name="x">Positive and finite.</param>
    /// <remarks>
    /// x = m·2ⁿ with m within [1/√2, √2], and log m = 2·artanh s = 2(s + s³/3 + s⁵/5 + …) with s = (m-1)/(m+1), which
    /// is at most 0.172, so that twelve terms are exact to double precision.
    /// </remarks>
    public static double Base2(double x)
    {
        const int Terms = 12;
        var exponent = Math.ILogB(x);
        var m = Math.ScaleB(x, -exponent);
        if (m > RootOfTwo)
        {
            m /= 2;
            exponent++;
        }
        var s = (m - 1) / (m + 1);
        var square = s * s;
        var sum = 0d;
        for (var term = Terms; term >= 0; term--)
        {
            sum = (sum * square) + (1d / ((2 * term) + 1));
        }
        return exponent + (2 * s * sum * OneOverLogOfTwo);
    }
}
