using System.IO.Compression;
using System.Text;
using Nocturne.Domain;

namespace Nocturne.Importing.Tests;

public sealed class ContainerTests
{
    [Fact]
    public void Zip_OfAListenBrainzExport_JoinsOpinionsToListensAndPassesOverTheRest()
    {
        var zip = Zip(
            ("feedback.jsonl", Reading.Fixture("listenbrainz-feedback.jsonl")),
            ("listens/2024/3.jsonl", Reading.Fixture("listenbrainz.jsonl")),
            ("pinned_recording.jsonl", """{"recording_msid":null,"blurb_content":"x","created":1}"""u8.ToArray()),
            ("user.json", """{"user_id":1,"username":"anna"}"""u8.ToArray())
        );

        var records = Reading.Read(zip, out var parts);

        var opinions = records.Select(record => record.Event).OfType<FeedbackEvent>().ToList();
        Assert.Equal(ItemNaming.ItemOf(ItemKind.Track, "The Night Owls", "Late Train"), opinions[0].Item);
        Assert.Equal(2, opinions.Count);
        Assert.Equal(
            ["file/pinned_recording.jsonl", "file/user.json"],
            parts.Where(p => p.Form is null).Select(p => p.Name)
        );
    }

    [Fact]
    public void Gzip_OfAnyForm_IsRead() =>
        Assert.Equal(2, Reading.Read(Gzip(Reading.Fixture("spotify-basic.json"))).Count);

    [Theory]
    [InlineData("utf-8", false)]
    [InlineData("utf-8", true)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16BE", false)]
    [InlineData("iso-8859-1", false)]
    public void File_InAnyEncoding_SaysTheSame(string encoding, bool hasMark)
    {
        foreach (var name in new[] { "spotify-basic.json", "librefm-no-header.csv", "scrobbler.log" })
        {
            var text = Encoding.UTF8.GetString(Reading.Fixture(name));
            var from = Encoding.GetEncoding(encoding);
            byte[] file = [.. hasMark ? from.GetPreamble() : [], .. from.GetBytes(text)];

            Assert.Equal(Reading.Read(text).Select(r => r.Event), Reading.Read(file).Select(r => r.Event));
        }
    }

    [Fact]
    public void Zip_InAZip_IsRefused()
    {
        var zip = Zip(("inner.zip", Zip(("a.json", Reading.Fixture("spotify-basic.json")))));

        Assert.Contains("archive in an archive", Refusal(zip), StringComparison.Ordinal);
        Assert.Contains("archive in an archive", Refusal(Zip(("a.gz", Gzip([1, 2, 3])))), StringComparison.Ordinal);
    }

    [Fact]
    public void Zip_ThatBecomesFarLarger_IsRefused()
    {
        var bomb = new byte[4 << 20];
        bomb.AsSpan().Fill((byte)' ');
        "[{\"endTime\":\"\",\"msPlayed\":1}"u8.CopyTo(bomb);
        var limits = new ArchiveLimits { FreeBytes = 1 << 20 };

        var byRatio = Refusal(Zip(("a.json", bomb)), Reading.Options with { Limits = limits });
        var bySize = Refusal(
            Zip(("a.json", bomb)),
            Reading.Options with
            {
                Limits = new ArchiveLimits { MaxBytes = 3 << 20 },
            }
        );
        var byGzip = Refusal(Gzip(bomb), Reading.Options with { Limits = limits });
        var byCount = Refusal(
            Zip(("a", []), ("b", []), ("c", [])),
            Reading.Options with
            {
                Limits = new ArchiveLimits { MaxEntries = 2 },
            }
        );

        Assert.Contains("times as large", byRatio, StringComparison.Ordinal);
        Assert.Contains("MiB uncompressed", bySize, StringComparison.Ordinal);
        Assert.Contains("times as large", byGzip, StringComparison.Ordinal);
        Assert.Contains("3 files", byCount, StringComparison.Ordinal);
    }

    [Fact]
    public void Zip_ThatIsNotWhole_SaysSo()
    {
        var zip = Zip(("a.json", Reading.Fixture("spotify-extended.json")));

        Assert.Contains("no whole zip", Refusal(zip[..^30]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello world\n")]
    [InlineData("{\"a\":1}\n")]
    [InlineData("\0\0\0\0")]
    public void File_OfNoKnownForm_IsRefusedWithWhatIsKnown(string text) =>
        Assert.Contains("ListenBrainz", Refusal(Encoding.UTF8.GetBytes(text)), StringComparison.Ordinal);

    [Fact]
    public void File_ThatDoesNotSayWhose_AsksForIt() =>
        Assert.Contains(
            "--listener",
            Refusal(Reading.Fixture("maloja.json"), Reading.Options with { Listener = null }),
            StringComparison.Ordinal
        );

    private static string Refusal(byte[] file, ImportOptions? options = null) =>
        Assert.Throws<ImportRefusedException>(() => Reading.Read(file, options)).Message;

    private static byte[] Zip(params (string Name, byte[] Content)[] files)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }
        return stream.ToArray();
    }

    private static byte[] Gzip(byte[] content)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(content);
        }
        return stream.ToArray();
    }
}
