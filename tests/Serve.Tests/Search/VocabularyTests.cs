using FsCheck;
using FsCheck.Fluent;
using Nocturne.Serve.Search;
using Nocturne.Testing;

namespace Nocturne.Serve.Tests.Search;

public sealed class VocabularyTests
{
    /// <summary>Words of four letters of the alphabet, so that many are near each other.</summary>
    private static readonly Gen<string> Word =
        from length in Gen.Choose(1, 11)
        from letters in Gen.Elements('a', 'b', 'c', 'd').ArrayOf(length)
        select new string(letters);

    [Fact]
    public void Find_OfAnyWord_GivesExactlyTheWholeWordsWithinTheForgivenErrors() =>
        Prop.ForAll(
                Word.ListOf(120).ToArbitrary(),
                Word.ToArbitrary(),
                (words, query) =>
                {
                    string[] sorted = [.. words.Distinct(StringComparer.Ordinal)];
                    Array.Sort(sorted, StringComparer.Ordinal);
                    var matches = new List<WordMatch>();
                    new Vocabulary(sorted).Find(query, isLast: false, matches);

                    var found = matches.Select(match => sorted[match.Word]).Order(StringComparer.Ordinal);
                    var errors = Vocabulary.ErrorsIn(query.Length);

                    return found.SequenceEqual(
                        sorted.Where(word => Distance(word, query) <= errors),
                        StringComparer.Ordinal
                    );
                }
            )
            .Check(Properties.Of(300));

    [Fact]
    public void Find_OfTheLastWord_GivesExactlyWhatItOrAMistypedBeginningBegins() =>
        Prop.ForAll(
                Word.ListOf(120).ToArbitrary(),
                Word.ToArbitrary(),
                (words, query) =>
                {
                    string[] sorted = [.. words.Distinct(StringComparer.Ordinal)];
                    Array.Sort(sorted, StringComparer.Ordinal);
                    var matches = new List<WordMatch>();
                    new Vocabulary(sorted).Find(query, isLast: true, matches);

                    var errors = Vocabulary.ErrorsIn(query.Length);
                    var expected = sorted.Where(word =>
                        word.StartsWith(query, StringComparison.Ordinal)
                        || Distance(word, query) <= errors
                        || (
                            errors > 0
                            && word[0] == query[0]
                            && Enumerable
                                .Range(1, word.Length)
                                .Any(letters => Distance(word[..letters], query) <= errors)
                        )
                    );
                    var found = matches.Select(match => sorted[match.Word]).ToList();
                    return found.Count == found.Distinct(StringComparer.Ordinal).Count()
                        && found.Order(StringComparer.Ordinal).SequenceEqual(expected, StringComparer.Ordinal);
                }
            )
            .Check(Properties.Of(300));

    [Theory]
    [InlineData("Björk Guðmundsdóttir", "bjork gudmundsdottir")]
    [InlineData("AC/DC", "ac dc")]
    [InlineData("Don’t Stop Me Now!", "dont stop me now")]
    [InlineData("ＦＵＬＬ ｗｉｄｔｈ", "full width")]
    [InlineData("Łódź Straße", "lodz strasse")]
    [InlineData("R.E.M.", "rem")]
    [InlineData("!!!", "")]
    public void Words_OfNames_AreAsPeopleTypeThem(string name, string words) =>
        Assert.Equal(words, string.Join(' ', SearchText.Words(name)));

    /// <summary>The restricted distance of Damerau and Levenshtein, by the whole table.</summary>
    private static int Distance(string one, string other)
    {
        var table = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }
                table[i, j] = Math.Min(
                    Math.Min(table[i - 1, j], table[i, j - 1]) + 1,
                    table[i - 1, j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1)
                );
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
                }
            }
        }
        return table[one.Length, other.Length];
    }
}
