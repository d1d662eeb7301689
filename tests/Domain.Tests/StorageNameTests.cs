using FsCheck;
using FsCheck.Fluent;
using Nocturne.Testing;

namespace Nocturne.Domain.Tests;

public sealed class StorageNameTests
{
    [Theory]
    [InlineData("alice", "2bd8-alice")]
    [InlineData("a/b c", "0af9-a%2fb%20c")]
    [InlineData("é", "4a99-%c3%a9")]
    public void Of_Id_IsHashPrefixAndEscapedId(string id, string expected) =>
        Assert.Equal(expected, StorageName.Of(id));

    [Theory]
    [InlineData("")]
    [InlineData("alice")]
    [InlineData("0000-alice")]
    [InlineData("2bd8-%61lice")]
    [InlineData("2BD8-alice")]
    [InlineData("2bd8_alice")]
    public void IdOf_TextThatOfDoesNotMake_IsAFormatException(string name) =>
        Assert.Throws<FormatException>(() => StorageName.IdOf(name));

    [Fact]
    public void IdOf_NameOfAnyId_IsTheId() =>
        ForAnyId(id =>
        {
            var name = StorageName.Of(id);

            Assert.Equal(id, StorageName.IdOf(name));
            Assert.Matches("^[0-9a-f]{4}-[A-Za-z0-9_.%-]+$", name);
        });

    [Fact]
    public void ShardOf_AnyIdAndCount_AgreesWithTheRangesOfTheShards()
    {
        int[] counts = [1, 2, 3, 7, 64, 100, 1_000, StorageName.Prefixes];
        ForAnyId(id =>
        {
            var name = StorageName.Of(id);
            foreach (var shards in counts)
            {
                var shard = StorageName.ShardOf(id, shards);
                var (from, to) = StorageName.ShardRange(shard, shards);

                Assert.InRange(shard, 0, shards - 1);
                Assert.True(from is null || string.CompareOrdinal(name, from) >= 0, $"{name} is before {from}.");
                Assert.True(to is null || string.CompareOrdinal(name, to) < 0, $"{name} is not before {to}.");
            }
        });
    }

    [Fact]
    public void ShardRange_OfAllShards_LeavesNoGap()
    {
        foreach (var shards in new[] { 1, 2, 3, 7, 100, 65_535, StorageName.Prefixes })
        {
            var end = StorageName.ShardRange(0, shards).From;
            for (var shard = 0; shard < shards; shard++)
            {
                var (from, to) = StorageName.ShardRange(shard, shards);

                Assert.Equal(end, from);
                end = to;
            }
            Assert.Null(end);
        }
    }

    private static void ForAnyId(Action<string> property) =>
        Check.One(
            Properties.Of(2_000),
            Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue - 1).Select(seed => IdOf(new Random(seed)))), property)
        );

    /// <summary>Ids of all sorts of characters, right-to-left marks and non-characters included.</summary>
    private static string IdOf(Random random)
    {
        string[] alphabet =
        [
            "a",
            "Z",
            "0",
            "_",
            "-",
            ".",
            "%",
            "/",
            " ",
            "+",
            "~",
            "é",
            "\u200f",
            "\u202e",
            "\uffff",
            "\ue000",
            "界",
            "\U0001F3B5",
            "\U0010FFFF",
        ];
        var id = string.Concat(random.GetItems(alphabet, random.Next(1, 32)));
        Assert.True(Id.IsValid(id));
        return id;
    }
}
