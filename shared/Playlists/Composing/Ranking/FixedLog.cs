using System.Numerics;

namespace Nocturne.Playlists.Composing;

/// <summary>Binary logarithms in 2^-16, by integers alone: the same on every machine, right to about 2^-15.</summary>
internal static class FixedLog
{
    /// <summary>Bits after the point of a result.</summary>
    public const int Bits = 16;

    private const int TableBits = 11;
    private static readonly int[] Table = MakeTable();

    /// <summary>log2 of a whole number over 0, in 2^-16.</summary>
    public static long Log2(long value)
    {
        var zeros = BitOperations.LeadingZeroCount((ulong)value);
        // What follows the leading one, as a fraction of 64 bits.
        var fraction = (ulong)value << zeros << 1;
        var at = (int)(fraction >> (64 - TableBits));
        var rest = (int)(fraction >> (64 - TableBits - Bits)) & ((1 << Bits) - 1);
        return ((63L - zeros) << Bits) + Table[at] + ((Table[at + 1] - Table[at]) * rest >> Bits);
    }

    /// <summary>log2(1 + i/2048): squaring doubles a logarithm, so each square above two is one more bit of it.</summary>
    private static int[] MakeTable()
    {
        const int Point = 31;
        var table = new int[(1 << TableBits) + 1];
        for (var i = 0; i < table.Length - 1; i++)
        {
            var square = (1ul << Point) + ((ulong)i << (Point - TableBits));
            for (var bit = 0; bit < Bits; bit++)
            {
                square = square * square >> Point;
                table[i] <<= 1;
                if (square >= 2ul << Point)
                {
                    square >>= 1;
                    table[i]++;
                }
            }
        }
        table[^1] = 1 << Bits;
        return table;
    }
}
