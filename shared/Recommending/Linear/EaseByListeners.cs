using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static Nocturne.Recommending.DenseKernels;

namespace Nocturne.Recommending;

/// <summary>Solves <see cref="Ease"/> by inverting I + X·Λ⁻¹·Xᵀ.</summary>
/// <remarks>
/// With S = Xᵀ·M·X: Λᵢ·P_ii = 1 - S_ii/Λᵢ and B_ji = S_ji/(Λⱼ·Λᵢ·P_ii), times i's gain. S is made eight rows at a time, one in each
/// lane, and never held whole.
/// </remarks>
internal static class EaseByListeners
{
    public static Neighbourhoods Solve(
        InteractionMatrix matrix,
        EaseSystem system,
        int keep,
        int workers,
        CancellationToken cancellation
    )
    {
        var m = Inverse(matrix, system, workers, cancellation);
        var options = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation };
        var batches = (matrix.Items + Lanes - 1) / Lanes;
        var scales = new float[matrix.Items];
        Parallel.For(
            0,
            batches,
            options,
            () => new float[m.Stride],
            (batch, _, y) =>
            {
                for (var item = batch * Lanes; item < Math.Min((batch + 1) * Lanes, matrix.Items); item++)
                {
                    Multiply(m, matrix, item, y);
                    var penalty = system.Penalties[item];
                    var left = 1 - (Dot(matrix, item, y) / penalty);
                    scales[item] = system.Gains[item] / Math.Max(left, penalty * system.Floor(item));
                }
                return y;
            },
            static _ => { }
        );
        var parts = new NeighbourLists.Part[batches];
        Parallel.For(
            0,
            batches,
            options,
            () => new Scratch(matrix, m.Stride, keep),
            (batch, _, scratch) =>
            {
                parts[batch] = List(m, matrix, system, scales, batch * Lanes, scratch);
                return scratch;
            },
            static _ => { }
        );
        return NeighbourLists.Join(matrix.Items, parts);
    }

    /// <summary>M, all of it: rows of it are what is needed.</summary>
    private static FactorMatrix Inverse(
        InteractionMatrix matrix,
        EaseSystem system,
        int workers,
        CancellationToken cancellation
    )
    {
        const int Side = TiledSymmetric.Side;
        var inverses = system.Penalties.Select(p => 1 / p).ToArray();
        var rows = new SparseRows(matrix, byItem: false);
        var tiles = SparseGram.Of(rows, new SparseRows(matrix, byItem: true), inverses, workers, cancellation);
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            tiles.Diagonal(listener) += 1;
        }
        SymmetricInverse.Invert(tiles, workers, cancellation);
        var m = new FactorMatrix(matrix.Listeners, Math.Max(matrix.Listeners, 1));
        Parallel.For(
            0,
            tiles.Tiles,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            () => new float[Side * tiles.Tiles * Side],
            (tileRow, _, copy) =>
            {
                tiles.CopyRows(tileRow, copy);
                for (var r = 0; r < Math.Min(Side, m.Rows - (tileRow * Side)); r++)
                {
                    copy.AsSpan(r * tiles.Tiles * Side, m.Dimensions).CopyTo(m.Row((tileRow * Side) + r));
                }
                return copy;
            },
            static _ => { }
        );
        return m;
    }

    /// <summary>The lists of eight items.</summary>
    private static NeighbourLists.Part List(
        FactorMatrix m,
        InteractionMatrix matrix,
        EaseSystem system,
        float[] scales,
        int first,
        Scratch scratch
    )
    {
        var count = Math.Min(Lanes, matrix.Items - first);
        Array.Clear(scratch.Lanes);
        for (var lane = 0; lane < count; lane++)
        {
            Multiply(m, matrix, first + lane, scratch.Row);
            for (var listener = 0; listener < matrix.Listeners; listener++)
            {
                scratch.Lanes[(listener * Lanes) + lane] = scratch.Row[listener];
            }
        }
        ref var lanes = ref MemoryMarshal.GetArrayDataReference(scratch.Lanes);
        for (var item = 0; item < matrix.Items; item++)
        {
            var sum = Vector256<float>.Zero;
            var listeners = matrix.ColumnListeners(item);
            var weights = matrix.ColumnWeights(item);
            for (var l = 0; l < listeners.Length; l++)
            {
                sum = Fma(Load(ref lanes, listeners[l] * Lanes), Vector256.Create(weights[l]), sum);
            }
            (sum * scales[item]).CopyTo(scratch.Products, item * Lanes);
        }
        for (var lane = 0; lane < count; lane++)
        {
            var scale = 1 / system.Penalties[first + lane];
            for (var item = 0; item < matrix.Items; item++)
            {
                var value = scratch.Products[(item * Lanes) + lane] * scale;
                if (value != 0 && item != first + lane)
                {
                    scratch.Lists.Offer(item, value);
                }
            }
            scratch.Lists.End();
        }
        return scratch.Lists.Take();
    }

    /// <summary>y = M·x, of an item's column x.</summary>
    private static void Multiply(FactorMatrix m, InteractionMatrix matrix, int item, float[] y)
    {
        Array.Clear(y);
        var listeners = matrix.ColumnListeners(item);
        var weights = matrix.ColumnWeights(item);
        for (var l = 0; l < listeners.Length; l++)
        {
            AddScaled(y, m.Row(listeners[l]), weights[l]);
        }
    }

    private static float Dot(InteractionMatrix matrix, int item, float[] y)
    {
        var sum = 0f;
        var listeners = matrix.ColumnListeners(item);
        var weights = matrix.ColumnWeights(item);
        for (var l = 0; l < listeners.Length; l++)
        {
            sum += weights[l] * y[listeners[l]];
        }
        return sum;
    }

    private sealed class Scratch(InteractionMatrix matrix, int stride, int keep)
    {
        public float[] Row { get; } = new float[stride];

        public float[] Lanes { get; } = new float[matrix.Listeners * DenseKernels.Lanes];

        public float[] Products { get; } = new float[matrix.Items * DenseKernels.Lanes];

        public NeighbourLists Lists { get; } = new(matrix.Items, keep);
    }
}
