using Nocturne.Nights;

namespace Nocturne.Serve.Tests.Next;

/// <summary>Two worlds that nobody lives in both of: "rock-0" to "rock-11" and "jazz-0" to "jazz-11", each by its own artist.</summary>
internal static class Worlds
{
    public const int Each = 12;

    public static CatalogueLine[] Lines { get; } =
    [.. Enumerable.Range(0, 2 * Each).Select(i => Line(i < Each ? $"rock-{i}" : $"jazz-{i - Each}"))];

    /// <summary>Every listener has the whole of one world but for one item; 30 of rock, 20 of jazz.</summary>
    public static int[][] Rows { get; } =
    [
        .. Enumerable
            .Range(0, 50)
            .Select(u => Enumerable.Range(u < 30 ? 0 : Each, Each).Where(i => i % Each != u % Each).ToArray()),
    ];

    private static CatalogueLine Line(string item) =>
        new()
        {
            Item = item,
            Title = $"Song {item}",
            Artist = $"artist-{item}",
            ArtistName = $"Player of {item}",
            Release = $"Album {item}",
        };
}
