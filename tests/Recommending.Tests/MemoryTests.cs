namespace Nocturne.Recommending.Tests;

/// <summary>
/// What a matrix and a fit allocate, counted on the thread that does it, so that it does not matter what else runs:
/// the bound on a million listeners in small. `tests/Benchmarks -- training --large` has it in large.
/// </summary>
public sealed class MemoryTests
{
    private const int Listeners = 20_000;
    private const int Items = 4_000;
    private const int RowLength = 20;

    // Arrays of 8 bytes an entry that double until all fit (32 at most), cut to size and read by column (8 each); a
    // row's start is a number of 8 bytes, in arrays that grow alike.
    private const double BytesAnEntry = 48;
    private const double BytesARow = 48;

    [Fact]
    public void Building_AMatrix_AllocatesABoundedNumberOfBytesAnEntry()
    {
        var (items, weights) = (new int[RowLength], new float[RowLength]);
        Array.Fill(weights, 1);
        InteractionMatrix? matrix = null;

        var allocated = Allocated(() =>
        {
            var builder = new InteractionMatrixBuilder(Items);
            for (var listener = 0; listener < Listeners; listener++)
            {
                Draw(listener, items);
                builder.AppendRow(items, weights);
            }
            matrix = builder.Build();
        });

        var bound = (matrix!.Count * BytesAnEntry) + ((Listeners + Items) * BytesARow);
        Assert.True(allocated <= bound, $"{allocated:n0} bytes for {matrix.Count:n0} entries, over {bound:n0}.");
    }

    [Fact]
    public void Fitting_Als_AllocatesItsVectorsOnceAndNothingARow()
    {
        const int Dimensions = 64;
        var matrix = Matrix();

        var two = Allocated(() => Fit(2));
        var six = Allocated(() => Fit(6));

        // Epochs need a block to rotate in and sums of blocks of rows.
        const int EpochBytes = 4 << 20;
        const double VectorBytes = (Listeners + Items) * (double)Dimensions * sizeof(float);
        Assert.True(two <= (VectorBytes * 1.1) + (3 * EpochBytes), $"{two:n0} bytes; vectors are {VectorBytes:n0}.");
        Assert.True(six - two <= 4 * EpochBytes, $"{(six - two) / 4:n0} bytes an epoch.");

        void Fit(int epochs) =>
            ImplicitAls.Fit(matrix, new AlsOptions { Dimensions = Dimensions, Epochs = epochs }, workers: 1);
    }

    private static InteractionMatrix Matrix()
    {
        var (items, weights) = (new int[RowLength], new float[RowLength]);
        Array.Fill(weights, 1);
        var builder = new InteractionMatrixBuilder(Items);
        for (var listener = 0; listener < Listeners; listener++)
        {
            Draw(listener, items);
            builder.AppendRow(items, weights);
        }
        return builder.Build();
    }

    private static void Draw(int listener, int[] items)
    {
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = (int)(CounterDraws.Uniform(1, listener, i) * Items);
        }
    }

    private static long Allocated(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
