using System.Numerics;
using System.Runtime.Intrinsics.X86;

namespace Nocturne.Playlists.Composing;

/// <summary>Sets as bits.</summary>
internal static class Bits
{
    /// <summary>Of the bits of a set those where a mask has one, moved together.</summary>
    public static ulong Extract(ulong set, ulong mask)
    {
        if (Bmi2.X64.IsSupported)
        {
            return Bmi2.X64.ParallelBitExtract(set, mask);
        }
        var extracted = 0ul;
        for (var at = 0; mask != 0; mask &= mask - 1, at++)
        {
            extracted |= (set >> BitOperations.TrailingZeroCount(mask) & 1) << at;
        }
        return extracted;
    }
}
