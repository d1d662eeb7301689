namespace Nocturne.Recommending;

/// <summary>
/// Eigenvalues and eigenvectors of a symmetric matrix: Householder's reduction to tridiagonal form, then the QL
/// iteration with implicit shifts (Golub and Van Loan, Matrix Computations, 8.3). Plain double arithmetic in one
/// order, square roots included, so the same bits everywhere.
/// </summary>
internal static class SymmetricEigen
{
    private const int MostSweeps = 60; // a handful is usual; more means that the matrix is not finite

    // What is less than this of the largest entry (2^-100) is rounding many times over, and taken for zero: reducing a
    // matrix of low rank would otherwise go on with the rounding of rounding, down to numbers that have no digits left.
    private const double Negligible = 7.9e-31;

    /// <summary>Decomposes A = V·diag(values)·Vᵀ.</summary>
    /// <param name="a">A, full, row-major, size × size; replaced by V, an eigenvector a column.</param>
    /// <param name="size">Rows.</param>
    /// <param name="values">Receives the eigenvalues, in no order.</param>
    /// <exception cref="ArithmeticException">The matrix is not finite.</exception>
    public static void Decompose(double[] a, int size, double[] values)
    {
        var off = new double[size];
        var largest = 0d;
        foreach (var entry in a)
        {
            largest = Math.Max(largest, Math.Abs(entry));
        }
        Tridiagonalize(a, size, values, off, Negligible * largest);
        Diagonalize(a, size, values, off, Negligible * largest);
    }

    private static void Tridiagonalize(double[] a, int n, double[] d, double[] e, double negligible)
    {
        for (var i = n - 1; i > 0; i--)
        {
            var l = i - 1;
            var h = 0d;
            if (l > 0)
            {
                var scale = 0d;
                for (var k = 0; k <= l; k++)
                {
                    scale += Math.Abs(a[(i * n) + k]);
                }
                if (scale <= negligible)
                {
                    e[i] = a[(i * n) + l];
                }
                else
                {
                    for (var k = 0; k <= l; k++)
                    {
                        a[(i * n) + k] /= scale;
                        h += a[(i * n) + k] * a[(i * n) + k];
                    }
                    var f = a[(i * n) + l];
                    var g = f >= 0 ? -Math.Sqrt(h) : Math.Sqrt(h);
                    e[i] = scale * g;
                    h -= f * g;
                    a[(i * n) + l] = f - g;
                    Reflect(a, n, i, h, e);
                }
            }
            else
            {
                e[i] = a[(i * n) + l];
            }
            d[i] = h;
        }
        d[0] = 0;
        e[0] = 0;
        Accumulate(a, n, d);
    }

    /// <summary>Applies the reflection in row i to the leading block, from both sides.</summary>
    private static void Reflect(double[] a, int n, int i, double h, double[] e)
    {
        var l = i - 1;
        var row = a.AsSpan(i * n, i);
        // p = A·u, with the lower triangle alone: row by row, so that memory is walked in order.
        var p = e.AsSpan(0, i);
        p.Clear();
        for (var j = 0; j <= l; j++)
        {
            var line = a.AsSpan(j * n, j + 1);
            var sum = 0d;
            var u = row[j];
            for (var k = 0; k < j; k++)
            {
                sum += line[k] * row[k];
                p[k] += line[k] * u;
            }
            p[j] += sum + (line[j] * u);
        }
        var f = 0d;
        for (var j = 0; j <= l; j++)
        {
            p[j] /= h;
            f += p[j] * row[j];
        }
        var hh = f / (h + h);
        for (var j = 0; j <= l; j++)
        {
            p[j] -= hh * row[j];
        }
        for (var j = 0; j <= l; j++)
        {
            var line = a.AsSpan(j * n, j + 1);
            var (u, q) = (row[j], p[j]);
            for (var k = 0; k <= j; k++)
            {
                line[k] -= (u * p[k]) + (q * row[k]);
            }
        }
        for (var j = 0; j <= l; j++)
        {
            a[(j * n) + i] = row[j] / h;
        }
    }

    /// <summary>Multiplies the reflections into the matrix of eigenvectors.</summary>
    private static void Accumulate(double[] a, int n, double[] d)
    {
        var g = new double[n];
        for (var i = 0; i < n; i++)
        {
            if (d[i] != 0)
            {
                var row = a.AsSpan(i * n, i);
                var sums = g.AsSpan(0, i);
                sums.Clear();
                for (var k = 0; k < i; k++)
                {
                    var line = a.AsSpan(k * n, i);
                    for (var j = 0; j < i; j++)
                    {
                        sums[j] += row[k] * line[j];
                    }
                }
                for (var k = 0; k < i; k++)
                {
                    var line = a.AsSpan(k * n, i);
                    var u = a[(k * n) + i];
                    for (var j = 0; j < i; j++)
                    {
                        line[j] -= sums[j] * u;
                    }
                }
            }
            d[i] = a[(i * n) + i];
            a[(i * n) + i] = 1;
            for (var j = 0; j < i; j++)
            {
                a[(j * n) + i] = 0;
                a[(i * n) + j] = 0;
            }
        }
    }

    private static void Diagonalize(double[] a, int n, double[] d, double[] e, double negligible)
    {
        // Rotations touch pairs of columns; on the transpose those are rows, which lie together.
        var z = Transpose(a, n);
        for (var i = 1; i < n; i++)
        {
            e[i - 1] = e[i];
        }
        e[n - 1] = 0;
        for (var l = 0; l < n; l++)
        {
            for (var sweep = 0; ; sweep++)
            {
                var m = l;
                for (; m < n - 1; m++)
                {
                    var near = Math.Abs(d[m]) + Math.Abs(d[m + 1]);
                    if (Math.Abs(e[m]) <= negligible || Math.Abs(e[m]) + near == near)
                    {
                        break;
                    }
                }
                if (m == l)
                {
                    break;
                }
                if (sweep == MostSweeps || !double.IsFinite(d[l]))
                {
                    throw new ArithmeticException("The eigenvalues of a matrix that is not finite were asked for.");
                }
                Sweep(z, n, d, e, l, m);
            }
        }
        Transpose(z, n).CopyTo(a, 0);
    }

    private static void Sweep(double[] z, int n, double[] d, double[] e, int l, int m)
    {
        var g = (d[l + 1] - d[l]) / (2 * e[l]);
        var r = Hypotenuse(g, 1);
        g = d[m] - d[l] + (e[l] / (g + (g >= 0 ? r : -r)));
        var (s, c, p) = (1d, 1d, 0d);
        for (var i = m - 1; i >= l; i--)
        {
            var f = s * e[i];
            var b = c * e[i];
            r = Hypotenuse(f, g);
            e[i + 1] = r;
            if (r == 0)
            {
                d[i + 1] -= p;
                e[m] = 0;
                return;
            }
            s = f / r;
            c = g / r;
            g = d[i + 1] - p;
            r = ((d[i] - g) * s) + (2 * c * b);
            p = s * r;
            d[i + 1] = g + p;
            g = (c * r) - b;
            var first = z.AsSpan(i * n, n);
            var second = z.AsSpan((i + 1) * n, n);
            for (var k = 0; k < first.Length; k++)
            {
                var (x, y) = (first[k], second[k]);
                second[k] = (s * x) + (c * y);
                first[k] = (c * x) - (s * y);
            }
        }
        d[l] -= p;
        e[l] = g;
        e[m] = 0;
    }

    /// <summary>√(a² + b²) without overflow, by operations that every machine rounds alike.</summary>
    private static double Hypotenuse(double a, double b)
    {
        var (x, y) = (Math.Abs(a), Math.Abs(b));
        var (large, small) = x > y ? (x, y) : (y, x);
        if (large == 0)
        {
            return 0;
        }
        var ratio = small / large;
        return large * Math.Sqrt(1 + (ratio * ratio));
    }

    private static double[] Transpose(double[] a, int n)
    {
        var transposed = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                transposed[(j * n) + i] = a[(i * n) + j];
            }
        }
        return transposed;
    }
}
