using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nocturne.Recommending;

/// <summary>Small dense products in single precision, the same bits on every machine.</summary>
/// <remarks>
/// Accumulators are always eight lanes wide, multiply-adds are always fused, and lanes are summed by one fixed tree;
/// the runtime carries that out with whatever instructions there are, or with none. Rows are padded with zeros to
/// <see cref="Stride"/>; matrices are row-major and only their upper triangle counts where they are symmetric.
/// </remarks>
internal static partial class DenseKernels
{
    /// <summary>Lanes of an accumulator.</summary>
    public const int Lanes = 8;

    /// <summary>The padded length of a row of <paramref name="length"/> numbers.</summary>
    public static int Stride(int length) => (length + Lanes - 1) & ~(Lanes - 1);

    /// <summary>Σ a·b over equally long, padded rows.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref var x = ref MemoryMarshal.GetReference(a);
        ref var y = ref MemoryMarshal.GetReference(b);
        var sum = Vector256<float>.Zero;
        for (var at = 0; at < a.Length; at += Lanes)
        {
            sum = Fma(Load(ref x, at), Load(ref y, at), sum);
        }
        return Sum(sum);
    }

    /// <summary>y += factor · x over equally long, padded rows.</summary>
    public static void AddScaled(Span<float> y, ReadOnlySpan<float> x, float factor)
    {
        ref var to = ref MemoryMarshal.GetReference(y);
        ref var from = ref MemoryMarshal.GetReference(x);
        var scale = Vector256.Create(factor);
        for (var at = 0; at < y.Length; at += Lanes)
        {
            Store(ref to, at, Fma(Load(ref from, at), scale, Load(ref to, at)));
        }
    }

    /// <summary>x·rowᵢ for each of the rows of a matrix, in the order of <see cref="Dot"/>'s lanes.</summary>
    public static void RowDots(ReadOnlySpan<float> x, ReadOnlySpan<float> rows, Span<float> dots)
    {
        var stride = x.Length;
        ref var left = ref MemoryMarshal.GetReference(x);
        ref var from = ref MemoryMarshal.GetReference(rows);
        var row = 0;
        for (; row + 4 <= dots.Length; row += 4)
        {
            ref var r0 = ref Unsafe.Add(ref from, (nint)row * stride);
            ref var r1 = ref Unsafe.Add(ref r0, stride);
            ref var r2 = ref Unsafe.Add(ref r1, stride);
            ref var r3 = ref Unsafe.Add(ref r2, stride);
            Vector256<float> p0,
                p1,
                p2,
                p3;
            p0 = p1 = p2 = p3 = Vector256<float>.Zero;
            for (var at = 0; at < stride; at += Lanes)
            {
                var lanes = Load(ref left, at);
                p0 = Fma(Load(ref r0, at), lanes, p0);
                p1 = Fma(Load(ref r1, at), lanes, p1);
                p2 = Fma(Load(ref r2, at), lanes, p2);
                p3 = Fma(Load(ref r3, at), lanes, p3);
            }
            Sum(p0, p1, p2, p3).CopyTo(dots[row..]);
        }
        for (; row < dots.Length; row++)
        {
            dots[row] = Dot(x, rows.Slice(row * stride, stride));
        }
    }

    /// <summary>Each number times <paramref name="factor"/>, of a padded row.</summary>
    public static void Scale(ReadOnlySpan<float> a, float factor, Span<float> result)
    {
        ref var from = ref MemoryMarshal.GetReference(a);
        ref var to = ref MemoryMarshal.GetReference(result);
        var scale = Vector256.Create(factor);
        for (var at = 0; at < result.Length; at += Lanes)
        {
            Store(ref to, at, Load(ref from, at) * scale);
        }
    }

    /// <summary>a·b·factor, number by number, of padded rows.</summary>
    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float factor, Span<float> result)
    {
        ref var x = ref MemoryMarshal.GetReference(a);
        ref var y = ref MemoryMarshal.GetReference(b);
        ref var to = ref MemoryMarshal.GetReference(result);
        var scale = Vector256.Create(factor);
        for (var at = 0; at < result.Length; at += Lanes)
        {
            Store(ref to, at, Load(ref x, at) * Load(ref y, at) * scale);
        }
    }

    /// <summary>to += factor·(from·gain), number by number, each rounded by itself; rows need not be padded.</summary>
    public static void AddParts(Span<float> to, ReadOnlySpan<float> from, float gain, float factor)
    {
        ref var x = ref MemoryMarshal.GetReference(from);
        ref var y = ref MemoryMarshal.GetReference(to);
        var at = 0;
        for (; at + Lanes <= to.Length; at += Lanes)
        {
            Store(ref y, at, Load(ref y, at) + (Vector256.Create(factor) * (Load(ref x, at) * Vector256.Create(gain))));
        }
        for (; at < to.Length; at++)
        {
            to[at] += factor * (from[at] * gain);
        }
    }

    /// <summary>Asks for a row to be in the cache soon; changes nothing else.</summary>
    public static unsafe void Prefetch(ReadOnlySpan<float> row)
    {
        const int LineFloats = 16;
        if (Sse.IsSupported)
        {
            // A hint may go astray: the array may move meanwhile.
            var address = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(row));
            for (var at = 0; at < row.Length; at += LineFloats)
            {
                Sse.Prefetch0(address + at);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Fma(Vector256<float> left, Vector256<float> right, Vector256<float> addend) =>
        Vector256.FusedMultiplyAdd(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(ref float from, int at) => Vector256.LoadUnsafe(ref Unsafe.Add(ref from, at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ref float to, int at, Vector256<float> value) =>
        value.StoreUnsafe(ref Unsafe.Add(ref to, at));

    /// <summary>((0+4)+(2+6)) + ((1+5)+(3+7)): the one order in which lanes are summed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> lanes)
    {
        var four = lanes.GetLower() + lanes.GetUpper();
        return (four.GetElement(0) + four.GetElement(2)) + (four.GetElement(1) + four.GetElement(3));
    }

    /// <summary>Four sums of lanes at once, each in the order of <see cref="Sum(Vector256{float})"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sum(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        if (!Sse.IsSupported)
        {
            return Vector128.Create(Sum(a), Sum(b), Sum(c), Sum(d));
        }
        var (a4, b4) = (a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper());
        var (c4, d4) = (c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());
        // (a0+a2, b0+b2, a1+a3, b1+b3), and the same of c and d.
        var ab = Sse.UnpackLow(a4, b4) + Sse.UnpackHigh(a4, b4);
        var cd = Sse.UnpackLow(c4, d4) + Sse.UnpackHigh(c4, d4);
        return Sse.MoveLowToHigh(ab, cd) + Sse.MoveHighToLow(cd, ab);
    }
}
