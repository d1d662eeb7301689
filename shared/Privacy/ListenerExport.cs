using System.Buffers;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Playlists;
using Nocturne.Playlists.Blends;
using Nocturne.Ports;
using Nocturne.Profiles;

namespace Nocturne.Privacy;

/// <summary>Everything that is held on a listener, as a zip of NDJSON and JSON.</summary>
/// <remarks>
/// Written from front to end, an entry and a document at a time, so its size in memory does not depend on the
/// listener's. docs/privacy.md lists the entries; <c>contents.json</c>, the last one, says how much each has.
/// </remarks>
/// <param name="stores">The stores.</param>
public sealed class ListenerExport(PrivacyStores stores)
{
    private const int MaxPlaylistsBytes = 4 << 20;
    private const int FlushBytes = 64 << 10;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ListenerStore _profiles = new(stores.Documents, stores.Time);

    /// <summary>Writes the zip.</summary>
    /// <param name="listener">Whose.</param>
    /// <param name="output">Where to; written in one direction, and left open.</param>
    /// <param name="withLines">
    /// Whether the archive and the refused lines are searched too. That reads all of both: it is an operator's to decide,
    /// and what is valid in the archive is in the history as well.
    /// </param>
    /// <param name="progress">Is told the entry and how many lines or documents of it there are.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>How much each entry has.</returns>
    public async ValueTask<IReadOnlyDictionary<string, long>> WriteAsync(
        ListenerId listener,
        Stream output,
        bool withLines,
        Action<string, long> progress,
        CancellationToken cancellationToken
    )
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await using var drained = new DrainedStream(output);
        var zip = await ZipArchive.CreateAsync(
            drained,
            ZipArchiveMode.Create,
            leaveOpen: true,
            entryNameEncoding: null,
            cancellationToken
        );
        await using (zip)
        {
            foreach (var (name, lines) in EntriesOf(listener, withLines, cancellationToken))
            {
                counts[name] = 0;
                await WriteEntryAsync(name, lines, count => progress(name, counts[name] = count));
            }
            await WriteEntryAsync("contents.json", Single(ContentsOf(listener, withLines, counts)), _ => { });
        }
        await drained.DrainAsync(cancellationToken);
        return counts;

        async ValueTask WriteEntryAsync(string name, IAsyncEnumerable<ReadOnlyMemory<byte>> lines, Action<long> written)
        {
            var entry = zip.CreateEntry(name, CompressionLevel.Fastest);
            entry.LastWriteTime = stores.Time.GetUtcNow();
            await using (var stream = await entry.OpenAsync(cancellationToken))
            {
                var buffer = new ArrayBufferWriter<byte>(FlushBytes);
                var count = 0L;
                await foreach (var line in lines.WithCancellation(cancellationToken))
                {
                    buffer.Write(line.Span.TrimEnd("\r\n"u8));
                    buffer.Write("\n"u8);
                    written(++count);
                    if (buffer.WrittenCount >= FlushBytes)
                    {
                        await stream.WriteAsync(buffer.WrittenMemory, cancellationToken);
                        buffer.ResetWrittenCount();
                    }
                }
                await stream.WriteAsync(buffer.WrittenMemory, cancellationToken);
            }
            await drained.DrainAsync(cancellationToken);
        }
    }

    /// <summary>The entries in their order; none is read before it is written.</summary>
    private IEnumerable<(string Name, IAsyncEnumerable<ReadOnlyMemory<byte>> Lines)> EntriesOf(
        ListenerId listener,
        bool withLines,
        CancellationToken cancellationToken
    )
    {
        yield return ("history/events.ndjson", HistoryAsync(listener, ListenerPart.Day, cancellationToken));
        yield return (
            "history/impressions.ndjson",
            HistoryAsync(listener, ListenerPart.ImpressionDay, cancellationToken)
        );
        yield return ("profile/profile.ndjson", ProfileAsync(listener, cancellationToken));
        yield return ("profile/months.ndjson", MonthsAsync(listener, cancellationToken));
        yield return ("playlists/playlists.ndjson", PlaylistsAsync(listener, home: false, cancellationToken));
        yield return ("playlists/home.ndjson", PlaylistsAsync(listener, home: true, cancellationToken));
        yield return ("playlists/nights.ndjson", NightsAsync(listener, cancellationToken));
        yield return ("blends.ndjson", BlendsAsync(listener, cancellationToken));
        yield return ("tokens.ndjson", TokensAsync(listener, cancellationToken));
        foreach (var collection in ListenerRecords.Collections)
        {
            yield return ($"{collection}.json", StoredJsonAsync(collection, listener, cancellationToken));
        }
        yield return ("deletion.json", DeletionAsync(listener, cancellationToken));
        if (withLines)
        {
            yield return ("archive/events.ndjson", LinesAsync(listener, 0, cancellationToken));
            yield return ("archive/rejected.ndjson", LinesAsync(listener, 1, cancellationToken));
        }
    }

    private byte[] ContentsOf(ListenerId listener, bool withLines, IReadOnlyDictionary<string, long> counts) =>
        Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("listener"u8, listener.Value);
            json.WriteString("exported_at"u8, stores.Time.GetUtcNow());
            json.WriteBoolean("with_archive"u8, withLines);
            json.WriteStartObject("entries"u8);
            foreach (var (name, count) in counts)
            {
                json.WriteNumber(name, count);
            }
            json.WriteEndObject();
            json.WriteEndObject();
        });

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> HistoryAsync(
        ListenerId listener,
        ListenerPart part,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var days = ListenerDocuments.CollectionOf(ListenerDocuments.Heads, StorageName.Of(listener.Value), part);
        var line = new ArrayBufferWriter<byte>(1_024);
        await foreach (var document in stores.Documents.ListAsync(days, null, null, cancellationToken))
        {
            foreach (var row in HistoryDay.Read(document.Data).Rows)
            {
                line.ResetWrittenCount();
                EventWriter.WriteLine(line, row.ToEvent(listener));
                yield return line.WrittenMemory;
            }
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ProfileAsync(
        ListenerId listener,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (await _profiles.ReadProfileAsync(listener, cancellationToken) is not { } profile)
        {
            yield break;
        }
        var statements = await _profiles.ReadStatementsAsync(listener, cancellationToken);
        yield return ProfileJson.Write(profile, statements);
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> MonthsAsync(
        ListenerId listener,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var months = ListenerDocuments.CollectionOf(
            ListenerDocuments.Heads,
            StorageName.Of(listener.Value),
            ListenerPart.Tally
        );
        await foreach (var document in stores.Documents.ListAsync(months, null, null, cancellationToken))
        {
            foreach (var item in MonthTally.Read(document.Data).Items)
            {
                yield return ProfileJson.Write(document.Key.Id, item);
            }
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> PlaylistsAsync(
        ListenerId listener,
        bool home,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var nights = new NightTraces(stores.Documents, stores.Objects);
        await foreach (var key in nights.PlaylistsAsync(listener, cancellationToken))
        {
            if (await stores.Objects.ReadBytesAsync(key, MaxPlaylistsBytes, cancellationToken) is not { } read)
            {
                continue;
            }
            var stored = ListenerPlaylists.Read(read.Data);
            if (home)
            {
                if (stored.Home is { } page)
                {
                    yield return HomeJson.Write(page, stored.Playlists, Instant.From(stores.Time.GetUtcNow()));
                }
                continue;
            }
            foreach (var playlist in stored.Playlists)
            {
                yield return PlaylistJson.Write(playlist);
            }
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> NightsAsync(
        ListenerId listener,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var nights = new NightTraces(stores.Documents, stores.Objects);
        await foreach (var run in nights.RunsAsync(cancellationToken))
        {
            var rows = await nights.CountRowsAsync(run, listener, cancellationToken);
            if (rows > 0)
            {
                yield return Json(json =>
                {
                    json.WriteStartObject();
                    json.WriteString("run"u8, run.Run);
                    json.WriteNumber("rows_made_of_the_profile"u8, rows);
                    json.WriteEndObject();
                });
            }
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> BlendsAsync(
        ListenerId listener,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var index = await stores.Documents.GetAsync(BlendObjects.Index(listener), cancellationToken);
        if (index is null)
        {
            yield break;
        }
        var published = new PublishedBlends(stores.Objects, new PublishedPlaylists(stores.Objects, stores.Time));
        var ids = JsonSerializer.Deserialize(index.Data.Span, NightJson.Default.ListenerBlends)?.Blends ?? [];
        foreach (var id in ids.Select(id => new BlendId(id)))
        {
            if (await stores.Documents.GetAsync(BlendObjects.Document(id), cancellationToken) is not { } document)
            {
                continue;
            }
            var playlist = await published.ReadAsync(id, cancellationToken);
            yield return Json(json =>
            {
                json.WriteStartObject();
                json.WritePropertyName("blend"u8);
                json.WriteRawValue(document.Data.Span);
                if (playlist is not null)
                {
                    json.WritePropertyName("playlist"u8);
                    json.WriteRawValue(BlendJson.Write(playlist));
                }
                json.WriteEndObject();
            });
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> TokensAsync(
        ListenerId listener,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var token in await stores.Tokens.ListAsync(listener, cancellationToken))
        {
            yield return Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("name"u8, token.Name);
                json.WriteString("created_at"u8, token.CreatedAt);
                json.WriteEndObject();
            });
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> StoredJsonAsync(
        string collection,
        ListenerId listener,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (
            await stores.Documents.GetAsync(ListenerRecords.KeyOf(collection, listener), cancellationToken) is
            { } document
        )
        {
            yield return document.Data;
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> DeletionAsync(
        ListenerId listener,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (await new Deletions(stores).ReadAsync(listener, cancellationToken) is { } deletion)
        {
            yield return deletion.ToBytes();
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> LinesAsync(
        ListenerId listener,
        int bucket,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (name, eventOf) = LineFiles.All[bucket];
        await foreach (var line in new LineFiles(stores.Objects).ReadAsync(name, cancellationToken))
        {
            if (LineOwner.Of(eventOf(line)).Listener == listener.Value)
            {
                yield return line;
            }
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Single(ReadOnlyMemory<byte> line)
    {
        await ValueTask.CompletedTask;
        yield return line;
    }

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            write(json);
        }
        return stream.ToArray();
    }
}
