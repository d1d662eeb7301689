using Nocturne.Recommending;

namespace Nocturne.Benchmarks;

/// <summary>The textbook's half epoch: every row's full system in double precision, three loops, one thread.</summary>
internal static class NaiveAls
{
    /// <summary>Solves some of the rows.</summary>
    public static void Solve(InteractionMatrix matrix, double[][] columns, int dimensions, int everyNth)
    {
        var gram = new double[dimensions, dimensions];
        foreach (var q in columns)
        {
            for (var i = 0; i < dimensions; i++)
            {
                for (var j = 0; j < dimensions; j++)
                {
                    gram[i, j] += 0.1 * q[i] * q[j];
                }
            }
        }
        for (var listener = 0; listener < matrix.Listeners; listener += everyNth)
        {
            var a = (double[,])gram.Clone();
            var b = new double[dimensions];
            foreach (var item in matrix.RowItems(listener))
            {
                var q = columns[item];
                for (var i = 0; i < dimensions; i++)
                {
                    b[i] += q[i];
                    for (var j = 0; j < dimensions; j++)
                    {
                        a[i, j] += q[i] * q[j];
                    }
                }
            }
            for (var i = 0; i < dimensions; i++)
            {
                a[i, i] += 20;
            }
            Solve(a, b);
        }
    }

    private static void Solve(double[,] a, double[] b)
    {
        var n = b.Length;
        for (var j = 0; j < n; j++)
        {
            for (var k = 0; k < j; k++)
            {
                for (var i = j; i < n; i++)
                {
                    a[i, j] -= a[i, k] * a[j, k];
                }
            }
            var root = Math.Sqrt(a[j, j]);
            for (var i = j; i < n; i++)
            {
                a[i, j] /= root;
            }
        }
        for (var i = 0; i < n; i++)
        {
            for (var k = 0; k < i; k++)
            {
                b[i] -= a[i, k] * b[k];
            }
            b[i] /= a[i, i];
        }
        for (var i = n - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < n; k++)
            {
                b[i] -= a[k, i] * b[k];
            }
            b[i] /= a[i, i];
        }
    }
}
