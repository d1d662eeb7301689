using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Nocturne.Serve.Search;

/// <summary>What is found in groups.</summary>
internal enum SearchKind
{
    Artist = 0,
    Track = 1,
    Show = 2,
    Episode = 3,
}

/// <summary>A checked search.</summary>
/// <param name="Words">What is looked for, folded; at least one.</param>
/// <param name="Kind">One group, or null for the best of all.</param>
/// <param name="Offset">How many hits of the group were shown before.</param>
/// <param name="Limit">How many are wanted of a group.</param>
internal sealed record SearchRequest(IReadOnlyList<string> Words, SearchKind? Kind, int Offset, int Limit)
{
    /// <summary>Characters of a query.</summary>
    public const int MostLetters = 100;

    /// <summary>Words of a query that count.</summary>
    public const int MostWords = 8;

    /// <summary>Hits of a group that can be paged through: whoever looks further types another letter.</summary>
    public const int MostHits = 1_000;

    /// <summary>The place in a group after which a page begins, as apps hand it back.</summary>
    public static string CursorAt(int offset) =>
        Base64Url.EncodeToString(Encoding.ASCII.GetBytes(offset.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Reads a cursor; null for what is none.</summary>
    public static int? OffsetOf(string cursor)
    {
        const int MostCursor = 16;
        if (cursor.Length > MostCursor || !Base64Url.IsValid(cursor))
        {
            return null;
        }
        var text = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(cursor));
        return
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            && offset is >= 1 and < MostHits
            ? offset
            : null;
    }
}

/// <summary>A hit: a number in its kind's own numbering, artists' and shows' being those of the artist table.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Number">Which.</param>
internal readonly record struct SearchHit(SearchKind Kind, int Number);

/// <summary>What was found, group by group, the best first.</summary>
/// <param name="Groups">By <see cref="SearchKind"/>; a group that was not asked for is empty.</param>
/// <param name="Next">The offset of the next page of the one group that was asked for; null at its end.</param>
internal sealed record SearchPage(IReadOnlyList<IReadOnlyList<SearchHit>> Groups, int? Next);
