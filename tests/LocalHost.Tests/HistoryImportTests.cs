using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Identity;
using Nocturne.Importing;
using Nocturne.LocalHost.Commands;
using Nocturne.LocalHost.Importing;
using Nocturne.LocalHost.Operations;
using Nocturne.LocalHost.Stack;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Ports;
using Nocturne.Profiles;

namespace Nocturne.LocalHost.Tests;

public sealed class HistoryImportTests
{
    [Fact]
    public async Task Import_OfSpotifysZip_GivesAProfileAndSaysWhatWasLeftOut()
    {
        using var folder = new DataFolder();
        var path = Zip(
            folder,
            ("MyData/Streaming_History_Audio_2024_0.json", Spotify(60)),
            ("MyData/ReadMe.txt", "hello")
        );

        var dry = await folder.ReadAsync("import", path, "--listener", "anna", "--dry-run");
        Assert.Equal(3, (await folder.RunAsync("show", "listener", "anna")).Code);
        var report = await folder.ReadAsync("import", path, "--listener", "anna");
        var table = await folder.RunAsync("import", path, "--listener", "anna");
        var anna = await folder.ReadAsync("show", "listener", "anna");

        Assert.Equal((60, 55, 0, 5), Counts(dry));
        Assert.Equal((60, 55, 0, 5), Counts(report));
        Assert.Equal(55, anna.GetProperty("totals").GetProperty("plays").GetInt64());
        Assert.Equal("Spotify extended history", report.GetProperty("imports")[0].GetProperty("form").GetString());
        Assert.Contains("ReadMe.txt", table.Output, StringComparison.Ordinal);
        Assert.Contains("5 private", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_WithoutAListener_SaysWhichOptionIsMissing()
    {
        using var folder = new DataFolder();

        var none = await folder.RunAsync("import", folder.Write("s.json", Spotify(1)));
        var bad = await folder.RunAsync("import", folder.Write("s.json", Spotify(1)), "--listener", "");
        var zone = await folder.RunAsync("import", folder.Write("s.json", Spotify(1)), "--time-zone", "Moon/North");
        var columns = await folder.RunAsync("import", folder.Write("s.json", Spotify(1)), "--columns", "time,artist");

        Assert.Equal((1, 2, 2, 2), (none.Code, bad.Code, zone.Code, columns.Code));
        Assert.Contains("--listener ID", none.Error, StringComparison.Ordinal);
        Assert.Contains("Europe/Zurich", zone.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_OfOneHistoryInSeveralForms_IsOne()
    {
        using var folder = new DataFolder();
        var plays = Enumerable
            .Range(0, 40)
            .Select(i => (Ts: 1_709_294_600 + (i * 300), Artist: $"Artist {i % 7}", Track: $"Söng {i % 11}"));
        string[] files =
        [
            folder.Write(
                "a.csv",
                ["uts,artist,album,track", .. plays.Select(p => $"{p.Ts},{p.Artist.ToUpperInvariant()},,{p.Track}")]
            ),
            folder.Write(
                "b.log",
                ["#AUDIOSCROBBLER/1.1", "#TZ/UTC", .. plays.Select(p => $"{p.Artist}\t\t{p.Track}\t\t200\tL\t{p.Ts}\t")]
            ),
            folder.Write(
                "c.jsonl",
                [
                    .. plays.Select(p =>
                        $$$"""{"listened_at":{{{p.Ts}}},"track_metadata":{"artist_name":"{{{p.Artist}}}","track_name":" {{{p.Track}}}"}}"""
                    ),
                ]
            ),
        ];

        foreach (var file in files)
        {
            await folder.ReadAsync("import", file, "--listener", "anna");
        }
        var anna = await folder.ReadAsync("show", "listener", "anna");

        Assert.Equal(40, anna.GetProperty("totals").GetProperty("plays").GetInt64());
    }

    [Fact]
    public async Task Import_BrokenOffAnywhereAndRepeated_EqualsOne()
    {
        using var once = new DataFolder();
        using var often = new DataFolder();
        var path = Zip(once, ("a.json", Spotify(3_000)), ("b.json", Spotify(2_000, first: 2_500)));
        await once.ReadAsync("import", path, "--listener", "anna");
        var random = new Random(20261121);
        var resumed = 0;

        for (var attempt = 0; attempt < 12; attempt++)
        {
            resumed += await BreakOffAsync(often, path, random.Next(1, 9)) ? 1 : 0;
        }
        var done = await often.ReadAsync("import", path, "--listener", "anna");
        var again = await often.ReadAsync("import", path, "--listener", "anna");

        Assert.True(resumed > 0, "No attempt went on where another was broken off.");
        Assert.Equal(Counts(done), Counts(again));
        Assert.Equal(0, again.GetProperty("resumed").GetInt64());
        var (expected, found) = (await DocumentsAsync(once), await DocumentsAsync(often));
        Assert.NotEmpty(expected);
        Assert.Equal(expected, found);
    }

    [Fact]
    public async Task Import_BrokenOff_GoesOnFromTheFileThatIsNamed()
    {
        using var folder = new DataFolder();
        var path = folder.Write("s.json", Spotify(3_000));
        var file = new FileInfo(path);
        var resume = path + ".resume";
        var import = await Checkpoint.IdentifyAsync([file], "x", default);

        var checkpoint = await Checkpoint.FindAsync("nowhere", resume, import, new Instant(1_000), default);
        await checkpoint.SaveAsync(17);
        var same = await Checkpoint.FindAsync("nowhere", resume, import, new Instant(2_000), default);
        var other = await Checkpoint.FindAsync("nowhere", resume, import + "0", new Instant(2_000), default);
        await File.WriteAllTextAsync(resume, "{", CancellationToken.None);
        var broken = await Checkpoint.FindAsync("nowhere", resume, import, new Instant(2_000), default);
        same.Remove();

        Assert.Equal((17, new Instant(1_000)), (same.Events, same.Began));
        Assert.Equal((0, 0), (other.Events, broken.Events));
        Assert.False(File.Exists(resume));
    }

    [Fact]
    public async Task Import_OfAFileThatCannotBeRead_TakesInTheOthers()
    {
        using var folder = new DataFolder();
        var bad = folder.Write("bad.json", "{\"a\":1}");
        var cut = Zip(folder, ("a.json", Spotify(60)));
        await File.WriteAllBytesAsync(cut, (await File.ReadAllBytesAsync(cut))[..^40]);

        var result = await folder.RunAsync(
            "import",
            bad,
            cut,
            folder.Write("s.json", Spotify(10)),
            "--listener",
            "anna",
            "--json"
        );
        var anna = await folder.ReadAsync("show", "listener", "anna");

        Assert.Equal(1, result.Code);
        Assert.Contains("no whole zip", result.Error, StringComparison.Ordinal);
        Assert.Contains("Nothing in", result.Error, StringComparison.Ordinal);
        Assert.Equal(9, anna.GetProperty("totals").GetProperty("plays").GetInt64());
    }

    [Fact]
    public async Task Help_TeachesWithAnExample()
    {
        using var folder = new DataFolder();

        var help = await folder.RunAsync("import", "--help");

        Assert.Contains(
            "nocturne import my_spotify_data.zip --listener anna",
            help.Output.ReplaceLineEndings(" "),
            StringComparison.Ordinal
        );
    }

    /// <summary>Imports until so many calls were made; some of the last one's messages are there, as after a kill.</summary>
    /// <returns>Whether it went on where an earlier one was broken off.</returns>
    private static async Task<bool> BreakOffAsync(DataFolder folder, string path, int calls)
    {
        await using var operations = await folder.OpenAsync();
        var options = new ImportOptions
        {
            Listener = new ListenerId("anna"),
            Now = Instant.From(TimeProvider.System.GetUtcNow()),
        };
        FileInfo[] files = [new(path)];
        var import = await Checkpoint.IdentifyAsync(
            files,
            ImportCommand.DescriptionOf(options, ImportCommand.PlaceOf(StackChoice.Embedded, null, folder.Data)!),
            default
        );
        var checkpoint = await Checkpoint.FindAsync(
            Path.Combine(folder.Data, "imports"),
            null,
            import,
            options.Now,
            default
        );
        var published = checkpoint.Events;
        var packer = new MessagePacker(
            new StoppingOperations(operations, calls),
            eventsPerMessage: 50,
            CancellationToken.None,
            callBytes: 64 << 10,
            durable: events => checkpoint.SaveAsync(published + events)
        );
        var importer = new Importer(options with { Now = checkpoint.Began }, Path.Combine(folder.Data, "rejects"));
        try
        {
            await importer.ImportAsync(files, packer, published, _ => { }, default);
        }
        catch (OperationCanceledException)
        {
            // broken off, as it should be
        }
        return published > 0;
    }

    private static async Task<Dictionary<string, string>> DocumentsAsync(DataFolder folder)
    {
        await using var operations = await folder.OpenAsync();
        await operations.DrainAsync(default);
        var documents = new Dictionary<string, string>(StringComparer.Ordinal);
        var store = operations.Stack.Documents;
        await foreach (var head in store.ListAsync(ListenerDocuments.Heads, null, null, default))
        {
            documents.Add(head.Key.ToString(), Convert.ToHexString(SHA256.HashData(head.Data.Span)));
            foreach (var part in new[] { "days", "months", "statements" })
            {
                await foreach (var document in store.ListAsync($"{head.Key}/{part}", null, null, default))
                {
                    documents.Add(document.Key.ToString(), Convert.ToHexString(SHA256.HashData(document.Data.Span)));
                }
            }
        }
        return documents;
    }

    private static (int, int, int, int) Counts(JsonElement report) =>
        (
            report.GetProperty("lines").GetInt32(),
            report.GetProperty("events").GetInt32(),
            report.GetProperty("rejected").GetInt32(),
            report.GetProperty("private").GetInt32()
        );

    private static string Spotify(int records, int first = 0) =>
        "["
        + string.Join(
            ",\n",
            Enumerable
                .Range(first, records)
                .Select(i =>
                {
                    var end = DateTimeOffset.FromUnixTimeSeconds(1_600_000_000 + (i * 7_001L));
                    var isPrivate = i % 12 == 3 ? "true" : "false";
                    return string.Create(
                        CultureInfo.InvariantCulture,
                        $$"""{"ts":"{{end:yyyy-MM-dd'T'HH:mm:ss'Z'}}","ms_played":{{i * 37 % 240_000}},"master_metadata_track_name":"Track {{i % 211}}","master_metadata_album_artist_name":"Artist {{i % 17}}","reason_end":"trackdone","incognito_mode":{{isPrivate}}}"""
                    );
                })
        )
        + "]";

    private static string Zip(DataFolder folder, params (string Name, string Text)[] files)
    {
        var path = folder.Write("data.zip");
        using var zip = ZipFile.Open(path, ZipArchiveMode.Update);
        foreach (var (name, text) in files)
        {
            using var entry = zip.CreateEntry(name).Open();
            entry.Write(Encoding.UTF8.GetBytes(text));
        }
        return path;
    }

    /// <summary>A stack whose process is killed while it publishes: after some calls a part of one gets through.</summary>
    private sealed class StoppingOperations(IOperations inner, int calls) : IOperations
    {
        private int _calls;

        public StackManner Manner => inner.Manner;

        public async ValueTask PublishAsync(
            IReadOnlyList<OutgoingMessage> messages,
            CancellationToken cancellationToken
        )
        {
            if (++_calls < calls)
            {
                await inner.PublishAsync(messages, cancellationToken);
                return;
            }
            await inner.PublishAsync([.. messages.Take(messages.Count / 2)], cancellationToken);
            throw new OperationCanceledException();
        }

        public ValueTask DrainAsync(CancellationToken cancellationToken) => inner.DrainAsync(cancellationToken);

        public ValueTask<Collect.CollectOutcome> CollectAsync(
            ReadOnlyMemory<byte> body,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public ValueTask<long?> BacklogAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask StartNightAsync(Nights.RunId run, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask ControlNightAsync(
            Nights.NightStep step,
            Nights.RunId run,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public ValueTask<RunView?> ReadRunAsync(Nights.RunId? run, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<ListenerView?> ReadListenerAsync(ListenerId listener, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<PlaylistsView?> ReadPlaylistsAsync(ListenerId listener, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<BlendOutcome> ChangeBlendAsync(
            BlendAction action,
            BlendId blend,
            ListenerId listener,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public ValueTask<BlendView?> ReadBlendAsync(BlendId blend, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<NewListenerToken> CreateTokenAsync(
            ListenerId listener,
            string name,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<ListenerToken>> ListTokensAsync(
            ListenerId listener,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public ValueTask<bool> RevokeTokenAsync(ListenerId listener, string id, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask UploadCatalogueAsync(string name, Stream content, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<IReadOnlyList<RedrivenTopic>> RedriveAsync(CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
