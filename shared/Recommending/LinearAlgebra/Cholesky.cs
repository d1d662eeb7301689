using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static Nocturne.Recommending.DenseKernels;

namespace Nocturne.Recommending;

/// <summary>Solves symmetric positive definite systems by S = Uᵀ·U, in place, on the upper triangle.</summary>
/// <remarks>Rows have the padded length of <see cref="Stride"/>; what stands below the diagonal is scratch.</remarks>
internal static class Cholesky
{
    private const int Panel = 4;

    // Smaller than any pivot of a sound system by far: an unsound one (weights that overflowed) must not make NaN.
    private const float LeastPivot = 1e-20f;

    /// <summary>Replaces the upper triangle of S by U, and what stands beside it in U's lanes by zeros.</summary>
    public static void Factor(Span<float> s, int size, int stride)
    {
        ref var matrix = ref MemoryMarshal.GetReference(s);
        for (var panel = 0; panel < size; panel += Panel)
        {
            var end = Math.Min(panel + Panel, size);
            for (var j = panel; j < end; j++)
            {
                ref var row = ref Unsafe.Add(ref matrix, (nint)j * stride);
                var first = j & ~(Lanes - 1);
                // The rows of earlier panels have been subtracted already.
                for (var t = panel; t < j; t++)
                {
                    ref var above = ref Unsafe.Add(ref matrix, (nint)t * stride);
                    var factor = Vector256.Create(-Unsafe.Add(ref above, j));
                    for (var at = first; at < stride; at += Lanes)
                    {
                        Store(ref row, at, Fma(Load(ref above, at), factor, Load(ref row, at)));
                    }
                }
                var pivot = MathF.Sqrt(MathF.Max(Unsafe.Add(ref row, j), LeastPivot));
                var inverse = Vector256.Create(1 / pivot);
                for (var at = first; at < stride; at += Lanes)
                {
                    Store(ref row, at, Load(ref row, at) * inverse);
                }
                Unsafe.Add(ref row, j) = pivot;
                s.Slice((j * stride) + first, j - first).Clear();
                s.Slice((j * stride) + size, stride - size).Clear();
            }
            if (end - panel == Panel)
            {
                SubtractPanel(ref matrix, panel, size, stride);
            }
        }
    }

    /// <summary>Replaces b by the solution of Uᵀ·U·x = b.</summary>
    /// <param name="u">From <see cref="Factor"/>.</param>
    /// <param name="size">Unknowns.</param>
    /// <param name="stride">Padded length of a row.</param>
    /// <param name="b">The right-hand side, padded with zeros to <paramref name="stride"/>.</param>
    public static void Solve(ReadOnlySpan<float> u, int size, int stride, Span<float> b)
    {
        ref var matrix = ref MemoryMarshal.GetReference(u);
        ref var x = ref MemoryMarshal.GetReference(b);
        for (var j = 0; j < size; j++)
        {
            ref var row = ref Unsafe.Add(ref matrix, (nint)j * stride);
            var solved = Unsafe.Add(ref x, j) / Unsafe.Add(ref row, j);
            var factor = Vector256.Create(-solved);
            for (var at = j & ~(Lanes - 1); at < stride; at += Lanes)
            {
                Store(ref x, at, Fma(Load(ref row, at), factor, Load(ref x, at)));
            }
            Unsafe.Add(ref x, j) = solved;
        }
        for (var j = size - 1; j >= 0; j--)
        {
            ref var row = ref Unsafe.Add(ref matrix, (nint)j * stride);
            var right = Unsafe.Add(ref x, j);
            Unsafe.Add(ref x, j) = 0;
            var sum = Vector256<float>.Zero;
            for (var at = j & ~(Lanes - 1); at < stride; at += Lanes)
            {
                sum = Fma(Load(ref row, at), Load(ref x, at), sum);
            }
            Unsafe.Add(ref x, j) = (right - Sum(sum)) / Unsafe.Add(ref row, j);
        }
    }

    /// <summary>
    /// R = U⁻ᵀ, whose rows make many solutions cheap: S⁻¹·b is Rᵀ·(R·b), twice a product of a matrix instead of two chains
    /// of divisions.
    /// </summary>
    /// <param name="u">From <see cref="Factor"/>.</param>
    /// <param name="size">Unknowns.</param>
    /// <param name="stride">Padded length of a row.</param>
    /// <param name="r">Receives R, lower triangular; as large as <paramref name="u"/>.</param>
    public static void InvertTransposed(ReadOnlySpan<float> u, int size, int stride, Span<float> r)
    {
        r[..(size * stride)].Clear();
        for (var j = 0; j < size; j++)
        {
            var row = r.Slice(j * stride, stride);
            row[j] = 1;
            // Row t has nothing right of its diagonal.
            for (var t = 0; t < j; t++)
            {
                var width = (t | (Lanes - 1)) + 1;
                AddScaled(row[..width], r.Slice(t * stride, width), -u[(t * stride) + j]);
            }
            var own = (j | (Lanes - 1)) + 1;
            Scale(row[..own], 1 / u[(j * stride) + j], row[..own]);
        }
    }

    /// <summary>Replaces b by S⁻¹·b.</summary>
    /// <param name="r">From <see cref="InvertTransposed"/>.</param>
    /// <param name="size">Unknowns.</param>
    /// <param name="stride">Padded length of a row.</param>
    /// <param name="b">The right-hand side, padded with zeros to <paramref name="stride"/>.</param>
    /// <param name="y">Working memory; as long as <paramref name="b"/>.</param>
    public static void SolveInverted(ReadOnlySpan<float> r, int size, int stride, Span<float> b, Span<float> y)
    {
        LowerDots(b, r, y[..size]);
        LowerSums(y[..size], r, b);
    }

    /// <summary>Subtracts what a finished panel contributes to every later row.</summary>
    private static void SubtractPanel(ref float matrix, int panel, int size, int stride)
    {
        ref var u0 = ref Unsafe.Add(ref matrix, (nint)panel * stride);
        ref var u1 = ref Unsafe.Add(ref u0, stride);
        ref var u2 = ref Unsafe.Add(ref u1, stride);
        ref var u3 = ref Unsafe.Add(ref u2, stride);
        for (var r = panel + Panel; r < size; r++)
        {
            ref var row = ref Unsafe.Add(ref matrix, (nint)r * stride);
            var f0 = Vector256.Create(-Unsafe.Add(ref u0, r));
            var f1 = Vector256.Create(-Unsafe.Add(ref u1, r));
            var f2 = Vector256.Create(-Unsafe.Add(ref u2, r));
            var f3 = Vector256.Create(-Unsafe.Add(ref u3, r));
            for (var at = r & ~(Lanes - 1); at < stride; at += Lanes)
            {
                var sum = Load(ref row, at);
                sum = Fma(Load(ref u0, at), f0, sum);
                sum = Fma(Load(ref u1, at), f1, sum);
                sum = Fma(Load(ref u2, at), f2, sum);
                Store(ref row, at, Fma(Load(ref u3, at), f3, sum));
            }
        }
    }
}
