using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Privacy.Tests;

/// <summary>An export holds what the stores hold, and is written without holding it.</summary>
public sealed class ExportTests
{
    [Fact]
    public async Task Export_OfAListenerInEveryStore_HasAllOfIt()
    {
        await using var world = await PrivacyWorld.MakeAsync();
        var listener = PrivacyWorld.Listeners[0];
        var events = PrivacyWorld.Events.Where(e => e.Listener == listener).ToList();

        var entries = await ExportAsync(world, listener, withLines: true);

        Assert.Equal(Sorted(events.Where(e => e is not ImpressionEvent)), Ids(entries["history/events.ndjson"]));
        Assert.Equal(Sorted(events.Where(e => e is ImpressionEvent)), Ids(entries["history/impressions.ndjson"]));
        Assert.Equal(Sorted(events), Ids(entries["archive/events.ndjson"]));
        var profile = JsonDocument.Parse(entries["profile/profile.ndjson"].Single()).RootElement;
        Assert.Equal(events.Count(e => e is PlayEvent), profile.GetProperty("totals").GetProperty("plays").GetInt64());
        Assert.Equal(
            events.Count(e => e is PlayEvent),
            entries["profile/months.ndjson"].Sum(line => Parse(line).GetProperty("plays").GetInt64())
        );
        Assert.All(
            entries["playlists/playlists.ndjson"],
            line => Assert.Equal(listener.Value, Parse(line).GetProperty("listener").GetString())
        );
        Assert.NotEmpty(entries["playlists/playlists.ndjson"]);
        Assert.NotEmpty(entries["playlists/home.ndjson"]);
        Assert.Equal(2, entries["playlists/nights.ndjson"].Count);
        Assert.Equal(
            "pair",
            Parse(entries["blends.ndjson"].Single()).GetProperty("blend").GetProperty("id").GetString()
        );
        Assert.Equal("player", Parse(entries["tokens.ndjson"].Single()).GetProperty("name").GetString());
        Assert.Single(entries["recordings.json"]);
        Assert.Single(entries["playing-now.json"]);
        Assert.Single(entries["archive/rejected.ndjson"]);
        Assert.Empty(entries["deletion.json"]);
        var contents = Parse(entries["contents.json"].Single()).GetProperty("entries");
        Assert.Equal(entries.Count - 1, contents.EnumerateObject().Count());
        Assert.All(
            contents.EnumerateObject(),
            entry => Assert.Equal(entries[entry.Name].Count, entry.Value.GetInt32())
        );
        Assert.All(entries.Values.SelectMany(lines => lines), line => Parse(line));
    }

    [Fact]
    public async Task Export_OfAListener_HasNothingOfAnotherAndNoSecret()
    {
        await using var world = await PrivacyWorld.MakeAsync();
        var made = await world.Tokens.CreateAsync(PrivacyWorld.Listeners[5], "mine", default);

        var entries = await ExportAsync(world, PrivacyWorld.Listeners[5], withLines: true);

        var text = string.Concat(entries.Values.SelectMany(lines => lines));
        Assert.All(
            PrivacyWorld.Listeners.Where(other => other != PrivacyWorld.Listeners[5]),
            other => Assert.DoesNotContain($"\"{other}\"", text, StringComparison.Ordinal)
        );
        Assert.DoesNotContain(made.Secret, text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(made.Token.Id, text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Export_OfNobody_IsEmptyAndWhole()
    {
        await using var world = await PrivacyWorld.MakeAsync(secondNight: false);

        var entries = await ExportAsync(world, new ListenerId("nobody"), withLines: false);

        Assert.All(entries.Where(entry => entry.Key != "contents.json"), entry => Assert.Empty(entry.Value));
        Assert.DoesNotContain("archive/events.ndjson", entries.Keys);
    }

    private static async Task<Dictionary<string, IReadOnlyList<string>>> ExportAsync(
        PrivacyWorld world,
        ListenerId listener,
        bool withLines
    )
    {
        using var output = new MemoryStream();
        await using (var oneWay = new OneWayStream(output))
        {
            await new ListenerExport(world.Stores).WriteAsync(listener, oneWay, withLines, (_, _) => { }, default);
        }
        output.Position = 0;
        var entries = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        await using var zip = await ZipArchive.CreateAsync(output, ZipArchiveMode.Read, leaveOpen: true, null);
        foreach (var entry in zip.Entries)
        {
            await using var stream = await entry.OpenAsync();
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var text = await reader.ReadToEndAsync();
            entries.Add(entry.FullName, text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        return entries;
    }

    private static JsonElement Parse(string line) => JsonDocument.Parse(line).RootElement;

    private static IEnumerable<string> Sorted(IEnumerable<ListenEvent> events) =>
        events.Select(e => e.Id.Value).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Ids(IEnumerable<string> lines) =>
        lines.Select(line => Parse(line).GetProperty("event_id").GetString()!).Order(StringComparer.Ordinal);

    /// <summary>What a response is: written from front to end, and never while somebody waits.</summary>
    private sealed class OneWayStream(Stream inner) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        ) => inner.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            inner.WriteAsync(buffer, offset, count, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => throw new InvalidOperationException("Synchronous.");

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new InvalidOperationException("Synchronous.");

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
