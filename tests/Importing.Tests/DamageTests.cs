using System.Globalization;
using System.Text;
using Nocturne.Domain;

namespace Nocturne.Importing.Tests;

public sealed class DamageTests
{
    private static readonly string[] Fixtures =
    [
        "spotify-extended.json",
        "spotify-basic.json",
        "listenbrainz.jsonl",
        "listenbrainz-api.json",
        "lastfm-header.csv",
        "lastfm-artist-first.csv",
        "lastfm-time-first.tsv",
        "librefm-comments.csv",
        "librefm-no-album.csv",
        "scrobbler.log",
        "maloja.json",
        "events.ndjson",
    ];

    [Fact]
    public void File_CutAnywhere_LosesNoRecordBeforeTheCut()
    {
        foreach (var name in Fixtures)
        {
            var whole = Reading.Fixture(name);
            var events = Reading.Read(whole).Select(record => record.Event).OfType<ListenEvent>().ToList();
            for (var length = whole.Length / 2; length < whole.Length; length += 7)
            {
                List<ListenEvent> read;
                try
                {
                    read = [.. Reading.Read(whole[..length]).Select(record => record.Event).OfType<ListenEvent>()];
                }
                catch (ImportRefusedException)
                {
                    continue; // less than one record that could be recognised
                }

                // What is cut may be a shorter value of the last record; all before it is as it was.
                Assert.Equal(events.Take(read.Count - 1), read.Take(read.Count - 1));
            }
        }
    }

    [Fact]
    public void File_WithBytesChanged_IsReadToItsEnd()
    {
        var random = new Random(20261121);
        foreach (var name in Fixtures)
        {
            for (var round = 0; round < 200; round++)
            {
                var file = Reading.Fixture(name);
                for (var change = 0; change < 1 + (round % 5); change++)
                {
                    file[random.Next(file.Length)] = (byte)random.Next(256);
                }
                try
                {
                    foreach (var record in Reading.Read(file))
                    {
                        Assert.Equal(record.Outcome == Outcome.Rejected, record.Reason is not null);
                    }
                }
                catch (ImportRefusedException e)
                {
                    Assert.NotEmpty(e.Message);
                }
            }
        }
    }

    [Theory]
    [InlineData("{ \"endTime\": \"2024-03-01 12:00\", \"msPlayed\": 1, \"artistName\": \"A\", \"trackName\": \"B }")]
    [InlineData("{ \"endTime\": \"2024-03-01 12:00\", \"msPlayed\": 1, \"artistName\": {\"A\", \"trackName\": \"B\" ")]
    [InlineData("{ \"endTime\" \"2024-03-01 12:00\" }")]
    [InlineData("17")]
    [InlineData("null")]
    [InlineData("[[]]")]
    public void Json_WithABrokenRecord_CostsTheOthersNothing(string broken)
    {
        const string Good =
            "{ \"endTime\": \"2024-03-01 12:0{0}\", \"msPlayed\": 1, \"artistName\": \"A\", \"trackName\": \"B\" }";
        foreach (var between in new[] { ",", ",\n  " })
        {
            var goods = Enumerable
                .Range(0, 9)
                .Select(i => Good.Replace("{0}", i.ToString(CultureInfo.InvariantCulture)));
            var records = Reading.Read($"[{string.Join(between, [.. goods.Take(4), broken, .. goods.Skip(4)])}]");

            Assert.Equal(9, records.Plays().Count());
            Assert.Contains(records, record => record.Outcome == Outcome.Rejected);
        }
    }

    [Fact]
    public void Csv_WithAQuotationThatDoesNotEnd_LosesItsLine()
    {
        var lines = Enumerable.Range(0, 20_000).Select(i => $"{1_709_294_600 + i},A,Song {i}");
        var records = Reading.Read(
            "Time,Artist,Track\n1709294599,\"A,B\n" + string.Join('\n', lines) + "\n1709394600,A,\"B\n"
        );

        Assert.Equal(20_000, records.Plays().Count());
        Assert.Equal(
            ["invalid_field quotation", "invalid_field quotation"],
            records.Select(r => r.Reason).OfType<string>()
        );
    }

    [Theory]
    [InlineData(
        "[{\"endTime\":\"2024-03-01 12:00\",\"msPlayed\":1,\"x\":\"{0}\"},",
        "{\"endTime\":\"2024-03-01 12:00\",\"msPlayed\":1,\"artistName\":\"A\",\"trackName\":\"B\"}]"
    )]
    [InlineData("Time,Artist,Track\n1,A,{0}\n", "1709294600,A,B")]
    [InlineData("#AUDIOSCROBBLER/1.1\n{0}\n", "A\t\tB\t\t10\tL\t1709294600")]
    [InlineData(
        "{\"track_metadata\":{},\"listened_at\":1}\n{\"{0}\"}\n",
        "{\"track_metadata\":{\"track_name\":\"A\",\"artist_name\":\"B\"},\"listened_at\":1709294600}"
    )]
    public void Record_OfAnyLength_IsRefusedAndTheNextIsRead(string before, string good)
    {
        foreach (var length in new[] { 100_000, 131_072, 200_000, 400_000, 2_000_000 })
        {
            var records = Reading.Read(before.Replace("{0}", new string('x', length)) + good);

            Assert.Single(records.Plays());
            Assert.Contains(records, record => record.Outcome == Outcome.Rejected);
        }
    }

    [Fact]
    public void File_OfAMillionRecords_IsReadInBoundedMemory()
    {
        const int Records = 1_000_000;
        using var file = new GeneratedTable(Records);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (events, most) = (0, 0L);

        foreach (var record in new HistoryFile(file, "file", Reading.Options).Read())
        {
            events += record.Outcome == Outcome.Event ? 1 : 0;
            if (events % 250_000 == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        Assert.Equal(Records, events);
        Assert.InRange(most, long.MinValue, 16 << 20);
    }

    /// <summary>A table of Last.fm that is never whole anywhere.</summary>
    private sealed class GeneratedTable(int records) : Stream
    {
        private readonly Queue<byte> _ready = new("uts,artist,album,track\n"u8.ToArray());
        private int _made;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            while (_ready.Count < count && _made < records)
            {
                var line =
                    $"{1_300_000_000 + (_made * 200)},Artist {_made % 997},Album {_made % 89},Track {_made++ % 9973}\n";
                foreach (var b in Encoding.UTF8.GetBytes(line))
                {
                    _ready.Enqueue(b);
                }
            }
            var read = Math.Min(count, _ready.Count);
            for (var i = 0; i < read; i++)
            {
                buffer[offset + i] = _ready.Dequeue();
            }
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
