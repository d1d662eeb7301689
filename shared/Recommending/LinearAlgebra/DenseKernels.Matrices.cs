using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Nocturne.Recommending;

/// <content>Products of matrices.</content>
internal static partial class DenseKernels
{
    /// <summary>
    /// The products of all pairs of rows: the upper triangle of A·Aᵀ, where A has <paramref name="count"/> rows of
    /// <paramref name="stride"/>, padded with zero rows to a multiple of four.
    /// </summary>
    /// <param name="a">A.</param>
    /// <param name="count">Rows.</param>
    /// <param name="stride">Padded length of a row.</param>
    /// <param name="products">Receives rows of <paramref name="productStride"/>.</param>
    /// <param name="productStride">At least <paramref name="count"/>, rounded up to four.</param>
    public static void RowProducts(
        ReadOnlySpan<float> a,
        int count,
        int stride,
        Span<float> products,
        int productStride
    )
    {
        ref var from = ref MemoryMarshal.GetReference(a);
        ref var to = ref MemoryMarshal.GetReference(products);
        for (var j = 0; j < count; j += 2)
        {
            ref var row0 = ref Unsafe.Add(ref from, (nint)j * stride);
            ref var row1 = ref Unsafe.Add(ref row0, stride);
            for (var i = j & ~3; i < count; i += 4)
            {
                ref var column0 = ref Unsafe.Add(ref from, (nint)i * stride);
                ref var column1 = ref Unsafe.Add(ref column0, stride);
                ref var column2 = ref Unsafe.Add(ref column1, stride);
                ref var column3 = ref Unsafe.Add(ref column2, stride);
                Vector256<float> p00,
                    p01,
                    p02,
                    p03,
                    p10,
                    p11,
                    p12,
                    p13;
                p00 = p01 = p02 = p03 = p10 = p11 = p12 = p13 = Vector256<float>.Zero;
                for (var at = 0; at < stride; at += Lanes)
                {
                    var left0 = Load(ref row0, at);
                    var left1 = Load(ref row1, at);
                    var right = Load(ref column0, at);
                    p00 = Fma(left0, right, p00);
                    p10 = Fma(left1, right, p10);
                    right = Load(ref column1, at);
                    p01 = Fma(left0, right, p01);
                    p11 = Fma(left1, right, p11);
                    right = Load(ref column2, at);
                    p02 = Fma(left0, right, p02);
                    p12 = Fma(left1, right, p12);
                    right = Load(ref column3, at);
                    p03 = Fma(left0, right, p03);
                    p13 = Fma(left1, right, p13);
                }
                Sum(p00, p01, p02, p03).StoreUnsafe(ref Unsafe.Add(ref to, ((nint)j * productStride) + i));
                Sum(p10, p11, p12, p13).StoreUnsafe(ref Unsafe.Add(ref to, ((nint)(j + 1) * productStride) + i));
            }
        }
    }

    /// <summary>
    /// Adds Σ aᵢ·aᵢᵀ over the rows of A to the upper triangle of <paramref name="sums"/>, a square of
    /// <paramref name="stride"/>.
    /// </summary>
    public static void AddOuterProducts(ReadOnlySpan<float> a, int count, int stride, Span<float> sums)
    {
        ref var from = ref MemoryMarshal.GetReference(a);
        ref var to = ref MemoryMarshal.GetReference(sums);
        for (var row = 0; row < stride; row += 4)
        {
            var column = row & ~(Lanes - 1);
            for (; column + (2 * Lanes) <= stride; column += 2 * Lanes)
            {
                ref var s0 = ref Unsafe.Add(ref to, ((nint)row * stride) + column);
                ref var s1 = ref Unsafe.Add(ref s0, stride);
                ref var s2 = ref Unsafe.Add(ref s1, stride);
                ref var s3 = ref Unsafe.Add(ref s2, stride);
                var p00 = Load(ref s0, 0);
                var p01 = Load(ref s0, Lanes);
                var p10 = Load(ref s1, 0);
                var p11 = Load(ref s1, Lanes);
                var p20 = Load(ref s2, 0);
                var p21 = Load(ref s2, Lanes);
                var p30 = Load(ref s3, 0);
                var p31 = Load(ref s3, Lanes);
                ref var x = ref from;
                for (var i = 0; i < count; i++)
                {
                    var right0 = Load(ref x, column);
                    var right1 = Load(ref x, column + Lanes);
                    var left = Vector256.Create(Unsafe.Add(ref x, row));
                    p00 = Fma(left, right0, p00);
                    p01 = Fma(left, right1, p01);
                    left = Vector256.Create(Unsafe.Add(ref x, row + 1));
                    p10 = Fma(left, right0, p10);
                    p11 = Fma(left, right1, p11);
                    left = Vector256.Create(Unsafe.Add(ref x, row + 2));
                    p20 = Fma(left, right0, p20);
                    p21 = Fma(left, right1, p21);
                    left = Vector256.Create(Unsafe.Add(ref x, row + 3));
                    p30 = Fma(left, right0, p30);
                    p31 = Fma(left, right1, p31);
                    x = ref Unsafe.Add(ref x, stride);
                }
                Store(ref s0, 0, p00);
                Store(ref s0, Lanes, p01);
                Store(ref s1, 0, p10);
                Store(ref s1, Lanes, p11);
                Store(ref s2, 0, p20);
                Store(ref s2, Lanes, p21);
                Store(ref s3, 0, p30);
                Store(ref s3, Lanes, p31);
            }
            if (column < stride)
            {
                AddOuterColumn(ref from, count, stride, row, column, ref to);
            }
        }
    }

    /// <summary>Each row times a square matrix: out = A·M, rows and the square of <paramref name="stride"/>.</summary>
    /// <param name="a">A; may not overlap <paramref name="result"/>.</param>
    /// <param name="count">Rows of A, a multiple of four or fewer than four.</param>
    /// <param name="stride">Padded length of a row.</param>
    /// <param name="matrix">M.</param>
    /// <param name="result">Receives as many rows.</param>
    public static void Multiply(
        ReadOnlySpan<float> a,
        int count,
        int stride,
        ReadOnlySpan<float> matrix,
        Span<float> result
    )
    {
        ref var from = ref MemoryMarshal.GetReference(a);
        ref var m = ref MemoryMarshal.GetReference(matrix);
        ref var to = ref MemoryMarshal.GetReference(result);
        var row = 0;
        for (; row + 4 <= count; row += 4)
        {
            ref var x = ref Unsafe.Add(ref from, (nint)row * stride);
            ref var y = ref Unsafe.Add(ref to, (nint)row * stride);
            for (var column = 0; column < stride; column += Lanes)
            {
                Vector256<float> p0,
                    p1,
                    p2,
                    p3;
                p0 = p1 = p2 = p3 = Vector256<float>.Zero;
                ref var right = ref Unsafe.Add(ref m, column);
                for (var i = 0; i < stride; i++)
                {
                    var line = Load(ref right, 0);
                    p0 = Fma(Vector256.Create(Unsafe.Add(ref x, i)), line, p0);
                    p1 = Fma(Vector256.Create(Unsafe.Add(ref x, i + stride)), line, p1);
                    p2 = Fma(Vector256.Create(Unsafe.Add(ref x, i + (2 * stride))), line, p2);
                    p3 = Fma(Vector256.Create(Unsafe.Add(ref x, i + (3 * stride))), line, p3);
                    right = ref Unsafe.Add(ref right, stride);
                }
                Store(ref y, column, p0);
                Store(ref y, column + stride, p1);
                Store(ref y, column + (2 * stride), p2);
                Store(ref y, column + (3 * stride), p3);
            }
        }
        for (; row < count; row++)
        {
            ref var x = ref Unsafe.Add(ref from, (nint)row * stride);
            ref var y = ref Unsafe.Add(ref to, (nint)row * stride);
            for (var column = 0; column < stride; column += Lanes)
            {
                var p = Vector256<float>.Zero;
                for (var i = 0; i < stride; i++)
                {
                    p = Fma(Vector256.Create(Unsafe.Add(ref x, i)), Load(ref m, (i * stride) + column), p);
                }
                Store(ref y, column, p);
            }
        }
    }

    /// <summary>L·x of a lower triangular L: what <see cref="RowDots"/> gives, without the zeros.</summary>
    /// <param name="x">As long as a row.</param>
    /// <param name="lower">L, zeros beside its diagonal in the diagonal's lanes at least.</param>
    /// <param name="dots">Receives a number for each row.</param>
    public static void LowerDots(ReadOnlySpan<float> x, ReadOnlySpan<float> lower, Span<float> dots)
    {
        var stride = x.Length;
        ref var left = ref MemoryMarshal.GetReference(x);
        ref var from = ref MemoryMarshal.GetReference(lower);
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
            for (var at = 0; at < row + 4; at += Lanes)
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
            dots[row] = Dot(x, lower.Slice(row * stride, stride));
        }
    }

    /// <summary>Lᵀ·y of a lower triangular L, added up from its first row on, each sum in a register.</summary>
    /// <param name="y">A number for each row.</param>
    /// <param name="lower">L, zeros beside its diagonal in the diagonal's lanes at least.</param>
    /// <param name="result">Receives the sums; as long as a row.</param>
    public static void LowerSums(ReadOnlySpan<float> y, ReadOnlySpan<float> lower, Span<float> result)
    {
        const int Width = 4 * Lanes;
        var stride = result.Length;
        ref var from = ref MemoryMarshal.GetReference(lower);
        ref var to = ref MemoryMarshal.GetReference(result);
        var column = 0;
        for (; column + Width <= stride; column += Width)
        {
            Vector256<float> s0,
                s1,
                s2,
                s3;
            s0 = s1 = s2 = s3 = Vector256<float>.Zero;
            ref var row = ref Unsafe.Add(ref from, ((nint)column * stride) + column);
            for (var j = column; j < y.Length; j++)
            {
                var factor = Vector256.Create(y[j]);
                s0 = Fma(Load(ref row, 0), factor, s0);
                s1 = Fma(Load(ref row, Lanes), factor, s1);
                s2 = Fma(Load(ref row, 2 * Lanes), factor, s2);
                s3 = Fma(Load(ref row, 3 * Lanes), factor, s3);
                row = ref Unsafe.Add(ref row, stride);
            }
            Store(ref to, column, s0);
            Store(ref to, column + Lanes, s1);
            Store(ref to, column + (2 * Lanes), s2);
            Store(ref to, column + (3 * Lanes), s3);
        }
        for (; column < stride; column += Lanes)
        {
            var sum = Vector256<float>.Zero;
            for (var j = column; j < y.Length; j++)
            {
                sum = Fma(Load(ref from, (j * stride) + column), Vector256.Create(y[j]), sum);
            }
            Store(ref to, column, sum);
        }
    }

    private static void AddOuterColumn(ref float from, int count, int stride, int row, int column, ref float to)
    {
        ref var s0 = ref Unsafe.Add(ref to, ((nint)row * stride) + column);
        var p0 = Load(ref s0, 0);
        var p1 = Load(ref s0, stride);
        var p2 = Load(ref s0, 2 * stride);
        var p3 = Load(ref s0, 3 * stride);
        ref var x = ref from;
        for (var i = 0; i < count; i++)
        {
            var right = Load(ref x, column);
            p0 = Fma(Vector256.Create(Unsafe.Add(ref x, row)), right, p0);
            p1 = Fma(Vector256.Create(Unsafe.Add(ref x, row + 1)), right, p1);
            p2 = Fma(Vector256.Create(Unsafe.Add(ref x, row + 2)), right, p2);
            p3 = Fma(Vector256.Create(Unsafe.Add(ref x, row + 3)), right, p3);
            x = ref Unsafe.Add(ref x, stride);
        }
        Store(ref s0, 0, p0);
        Store(ref s0, stride, p1);
        Store(ref s0, 2 * stride, p2);
        Store(ref s0, 3 * stride, p3);
    }
}
