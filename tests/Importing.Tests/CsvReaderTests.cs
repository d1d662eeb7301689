using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Nocturne.Importing.Reading;
using Nocturne.Testing;

namespace Nocturne.Importing.Tests;

public sealed class CsvReaderTests
{
    private static readonly Gen<string> Fields = Gen.Elements('a', 'é', '音', ' ', '"', ',', ';', '\t', '\n', '\r', '#')
        .ArrayOf()
        .Select(letters => new string(letters));

    [Theory]
    [InlineData(',')]
    [InlineData(';')]
    public void Records_WrittenByTheRule_ComeBack(char separator) =>
        Prop.ForAll(
                Fields.NonEmptyListOf().NonEmptyListOf().ToArbitrary(),
                records =>
                {
                    // A line that is blank is no record, so every record has a field that is not.
                    var rows = records.Select(row => row.Prepend("x").ToList()).ToList();
                    foreach (var end in new[] { "\n", "\r\n" })
                    {
                        var file = string.Concat(rows.Select(row => string.Join(separator, row.Select(Quote)) + end));

                        Assert.Equal(rows, Read(file, separator));
                        Assert.Equal(rows, Read(file[..^end.Length], separator));
                    }
                }
            )
            .Check(Properties.Of(100));

    [Fact]
    public void TabSeparatedRecords_OfAnyTexts_ComeBack() =>
        Prop.ForAll(
                Fields
                    .Select(field => field.Replace("\t", "").Replace("\n", "").Replace("\r", ""))
                    .NonEmptyListOf()
                    .NonEmptyListOf()
                    .ToArbitrary(),
                records =>
                {
                    var rows = records.Select(row => row.Prepend("x").ToList()).ToList();
                    var file = string.Concat(rows.Select(row => string.Join('\t', row.Select(QuoteIfPaired)) + "\n"));

                    Assert.Equal(rows, Read(file, '\t'));
                }
            )
            .Check(Properties.Of(100));

    [Fact]
    public void AnyText_HoweverItIsRead_IsReadToItsEnd() =>
        Prop.ForAll(
                Fields.ToArbitrary(),
                text =>
                {
                    foreach (var separator in ",;\t")
                    {
                        var bytes = Encoding.UTF8.GetBytes(text);
                        var lines = Read(text, separator).Count;

                        Assert.InRange(lines, 0, text.Count(c => c == '\n') + 1);
                        Assert.Equal(lines, Read(new OneByteStream(bytes), separator).Count);
                    }
                }
            )
            .Check(Properties.Of(100));

    private static List<List<string>> Read(string file, char separator) =>
        Read(new MemoryStream(Encoding.UTF8.GetBytes(file)), separator);

    private static List<List<string>> Read(Stream file, char separator)
    {
        var reader = new CsvReader(new ByteWindow(file), separator);
        var records = new List<List<string>>();
        while (reader.TryTake(out var record))
        {
            records.Add(record.Fields ?? []); // what cannot be split is a record too
        }
        return records;
    }

    private static string Quote(string field) => $"\"{field.Replace("\"", "\"\"")}\"";

    private static string QuoteIfPaired(string field) => field is ['"', .., '"'] ? Quote(field) : field;

    private sealed class OneByteStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));
    }
}
