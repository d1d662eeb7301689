using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Nocturne.Playlists.Composing;

/// <summary>
/// Asks the processor for objects that are looked at soon. A catalogue's tracks and texts lie anywhere in memory, and
/// waiting for them would be a tenth of composing.
/// </summary>
internal static class Prefetch
{
    // Enough to hide the way to memory, few enough to be still there.
    public const int Ahead = 4;

    private const int LineBytes = 64;

    /// <summary>The first bytes of an object; changes nothing.</summary>
    public static unsafe void Of(object? item)
    {
        if (Sse.IsSupported && item is not null)
        {
            // A hint may go astray: the object may move meanwhile.
            var address = (byte*)Unsafe.As<object, nuint>(ref item);
            Sse.Prefetch0(address);
            Sse.Prefetch0(address + LineBytes);
        }
    }
}
