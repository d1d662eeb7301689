using System.Runtime.CompilerServices;
using System.Text;

namespace Nocturne.Adapters.Local.Tests;

public sealed class OrderedIndexTests
{
    [Fact]
    public void Compare_AnyTwoStrings_OrdersAsTheirUtf8Bytes()
    {
        string[] parts =
        [
            "",
            "a",
            "b",
            "\u007f",
            "\u0080",
            "\u07ff",
            "\u0800",
            "\ud7ff",
            "\ue000",
            "\uffff",
            "🎵",
            "\U0010ffff",
        ];
        var strings = parts.SelectMany(a => parts.Select(b => a + b)).Distinct(StringComparer.Ordinal).ToArray();

        foreach (var a in strings)
        {
            foreach (var b in strings)
            {
                var expected = Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));
                Assert.Equal(Math.Sign(expected), Math.Sign(Utf8Order.Compare(a, b)));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Index_RandomChanges_BehavesAsASortedDictionary(int seed)
    {
        var random = new Random(seed);
        var expected = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var index = new OrderedIndex<int>();
        for (var i = 0; i < 30_000; i++)
        {
            // Grows for a while, then shrinks, so that pages split and go.
            var name = $"{random.Next(5000):d4}";
            if (random.NextDouble() < (i < 15_000 ? 0.8 : 0.3))
            {
                index.Set(name, i);
                expected[name] = i;
            }
            else
            {
                Assert.Equal(expected.Remove(name), index.Remove(name));
            }
        }

        Assert.Equal(expected.Count, index.Count);
        Assert.Equal(expected, All(index, page: 7));
        foreach (var name in Enumerable.Range(0, 5000).Select(i => $"{i:d4}"))
        {
            ref var found = ref index.Find(name);
            Assert.Equal(expected.ContainsKey(name), !Unsafe.IsNullRef(ref found));
            Assert.True(Unsafe.IsNullRef(ref found) || found == expected[name]);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Index_NamesInOrder_HoldsAll(bool ascending)
    {
        var names = Enumerable.Range(0, 3000).Select(i => $"{i:d5}").ToArray();
        var index = new OrderedIndex<int>();
        foreach (var name in ascending ? names : names.Reverse())
        {
            index.Set(name, 1);
        }

        Assert.Equal(names, All(index, page: 100).Select(e => e.Key));
    }

    private static List<KeyValuePair<string, int>> All(OrderedIndex<int> index, int page)
    {
        var all = new List<KeyValuePair<string, int>>();
        var entries = new OrderedIndex<int>.Entry[page];
        var (from, after) = ("", false);
        while (index.CopyFrom(from, after, entries) is var count && count > 0)
        {
            all.AddRange(entries.Take(count).Select(e => KeyValuePair.Create(e.Name, e.Value)));
            (from, after) = (entries[count - 1].Name, true);
        }
        return all;
    }
}
