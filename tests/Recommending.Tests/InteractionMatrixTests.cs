using FsCheck;
using FsCheck.Fluent;
using Nocturne.Recommending;
using Nocturne.Testing;

namespace Nocturne.Recommending.Tests;

public sealed class InteractionMatrixTests
{
    [Fact]
    public void Rows_GivenOutOfOrderWithDuplicates_AreAscendingAndSummed()
    {
        var matrix = Matrices.Of(5, [(4, 1), (1, 2), (4, 0.5f)], [], [(1, 3)]);

        Assert.Equal([1, 4], matrix.RowItems(0).ToArray());
        Assert.Equal([2f, 1.5f], matrix.RowWeights(0).ToArray());
        Assert.True(matrix.RowItems(1).IsEmpty);
        Assert.Equal(3, matrix.Count);
        Assert.Equal(2, matrix.LongestRow());
    }

    [Fact]
    public void Columns_OfAnyMatrix_HoldTheSameEntriesAsRows() =>
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(
                ArbMap.Default.ArbFor<int>(),
                seed =>
                {
                    var matrix = Matrices.Random(seed, 20, 15, 12);
                    var byRow = new List<(int, int, float)>();
                    for (var listener = 0; listener < matrix.Listeners; listener++)
                    {
                        for (var i = 0; i < matrix.RowItems(listener).Length; i++)
                        {
                            byRow.Add((matrix.RowItems(listener)[i], listener, matrix.RowWeights(listener)[i]));
                        }
                    }
                    var byColumn = new List<(int, int, float)>();
                    for (var item = 0; item < matrix.Items; item++)
                    {
                        for (var i = 0; i < matrix.ColumnListeners(item).Length; i++)
                        {
                            byColumn.Add((item, matrix.ColumnListeners(item)[i], matrix.ColumnWeights(item)[i]));
                        }
                    }
                    byRow.Sort();
                    return byRow.SequenceEqual(byColumn);
                }
            )
        );

    [Fact]
    public void WithRowsCapped_LongRow_KeepsTheHeaviestAndLowerItemOnTies()
    {
        var matrix = Matrices.Of(6, [(0, 1), (1, 5), (2, 2), (3, 2), (4, 2)], [(5, 1)]);

        var capped = matrix.WithRowsCapped(3);

        Assert.Equal([1, 2, 3], capped.RowItems(0).ToArray());
        Assert.Equal([5f, 2f, 2f], capped.RowWeights(0).ToArray());
        Assert.Equal([5], capped.RowItems(1).ToArray());
        Assert.Empty(capped.ColumnListeners(4).ToArray());
        Assert.Same(capped, capped.WithRowsCapped(3));
    }

    [Fact]
    public void AppendRow_BeyondABound_IsRefusedByName()
    {
        var bounds = new InteractionMatrixBounds { MaxListeners = 1, MaxEntries = 2 };

        var entries = Assert.Throws<InvalidOperationException>(() =>
            new InteractionMatrixBuilder(9, bounds).AppendRow([1, 2, 3], [1, 1, 1])
        );
        var listeners = Assert.Throws<InvalidOperationException>(() =>
        {
            var builder = new InteractionMatrixBuilder(9, bounds);
            builder.AppendRow([1], [1]);
            builder.AppendRow([1], [1]);
        });

        Assert.Contains(nameof(InteractionMatrixBounds.MaxEntries), entries.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(InteractionMatrixBounds.MaxListeners), listeners.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, 1f)]
    [InlineData(-1, 1f)]
    [InlineData(0, float.NaN)]
    [InlineData(0, float.PositiveInfinity)]
    [InlineData(0, float.NegativeInfinity)]
    public void AppendRow_UnusableEntry_IsRefused(int item, float weight) =>
        Assert.Throws<ArgumentException>(() => new InteractionMatrixBuilder(9).AppendRow([item], [weight]));
}
