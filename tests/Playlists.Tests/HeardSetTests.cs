using Nocturne.Domain;

namespace Nocturne.Playlists.Tests;

public sealed class HeardSetTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(1_000)]
    [InlineData(40_000)]
    public void Contains_HeardItems_AlwaysAndOthersAtMostOnceInAThousand(int count)
    {
        const int Others = 400_000;
        var set = HeardSet.Read(HeardSet.Of([.. Items("heard", count)]).ToBytes());

        Assert.All(Items("heard", count), item => Assert.True(set.Contains(item)));
        Assert.InRange(Items("other", Others).Count(set.Contains), 0, Others / 1_000);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(40_000)]
    public void Bytes_OfAnItem_AreLessThanTwo(int count) =>
        Assert.InRange(HeardSet.Of([.. Items("heard", count)]).ToBytes().Length, count, (count * 1.6) + 8);

    [Fact]
    public void Bytes_OfTheSameItemsInAnyOrder_AreTheSame()
    {
        var items = Items("heard", 500).ToArray();
        var bytes = HeardSet.Of(items).ToBytes();
        new Random(3).Shuffle(items);

        Assert.Equal(bytes, HeardSet.Of(items).ToBytes());
        Assert.Equal(bytes, HeardSet.Read(bytes).ToBytes());
    }

    [Fact]
    public void Read_NothingOrCutShort_IsEmptyOrRefused()
    {
        var bytes = HeardSet.Of([.. Items("heard", 50)]).ToBytes();

        Assert.Equal(0, HeardSet.Read([]).Count);
        Assert.Empty(HeardSet.Empty.ToBytes());
        for (var length = 1; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => HeardSet.Read(bytes.AsSpan(0, length)));
        }
    }

    private static IEnumerable<ItemId> Items(string kind, int count) =>
        Enumerable.Range(0, count).Select(i => new ItemId($"{kind}-{i}"));
}
