using System.Buffers;
using Nocturne.Adapters.Local;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Testing;

namespace Nocturne.Profiles.Tests;

/// <summary>Invariant 2: the documents rebuilt from the archive, or derived from the days alone, equal the streamed ones.</summary>
public sealed class RebuildTests
{
    private const string Rebuilt = "rebuilt";

    [Fact]
    public void Rebuild_FromArchivedLinesInAnyOrder_GivesTheSameDocuments() =>
        Histories.ForAll(
            100,
            async history =>
            {
                var random = new Random(history.Order);
                var store = new InMemoryDocumentStore();
                var streaming = new ListenerStore(store, TimeProvider.System);
                var archive = new List<byte[]>();
                foreach (var batch in EventDraw.Deliver(history.Events, random))
                {
                    archive.Add(Lines(batch));
                    await ApplyAsync(streaming, batch);
                }

                var rebuilding = new ListenerStore(store, TimeProvider.System, Rebuilt);
                var parsed = archive.SelectMany(Parse).ToArray();
                foreach (var batch in EventDraw.Deliver(parsed, random))
                {
                    await ApplyAsync(rebuilding, batch);
                }

                ListenerState.AssertSame(
                    await ListenerState.ReadAsync(store),
                    await ListenerState.ReadAsync(store, Rebuilt)
                );
            }
        );

    [Fact]
    public void Derive_AfterAnyStreamOfEvents_FindsNothingToWrite() =>
        Histories.ForAll(
            100,
            async history =>
            {
                var store = new InMemoryDocumentStore();
                var listeners = new ListenerStore(store, TimeProvider.System);
                foreach (var batch in EventDraw.Deliver(history.Events, new Random(history.Order)))
                {
                    await ApplyAsync(listeners, batch);

                    Assert.False(await listeners.DeriveAsync(EventDraw.Listener, CancellationToken.None));
                }
            }
        );

    [Fact]
    public void Derive_WithEverythingButTheDaysGone_GivesTheSameDocuments() =>
        Histories.ForAll(
            100,
            async history =>
            {
                var store = new InMemoryDocumentStore();
                var listeners = new ListenerStore(store, TimeProvider.System);
                await ApplyAsync(listeners, history.Events);
                var streamed = await ListenerState.ReadAsync(store);
                var derived = StorageName.Of(EventDraw.Listener.Value);
                await store.CommitAsync(
                    [
                        DocumentWrite.Delete(
                            ListenerDocuments.KeyOf(ListenerDocuments.Heads, derived, ListenerPart.Statements, "")
                        ),
                        DocumentWrite.Put(
                            ListenerDocuments.KeyOf(ListenerDocuments.Heads, derived, ListenerPart.Tally, "2001-01"),
                            new byte[] { 1, 0, 0 }
                        ),
                        DocumentWrite.Delete(
                            ListenerDocuments.KeyOf(ListenerDocuments.Heads, derived, ListenerPart.Tally, "2026-11")
                        ),
                        DocumentWrite.Delete(
                            ListenerDocuments.KeyOf(ListenerDocuments.Heads, derived, ListenerPart.Head, "")
                        ),
                    ],
                    CancellationToken.None
                );

                Assert.True(await listeners.DeriveAsync(EventDraw.Listener, CancellationToken.None));

                ListenerState.AssertSame(streamed, await ListenerState.ReadAsync(store));
            }
        );

    [Fact]
    public async Task Rebuild_OnTheLocalStore_GivesTheSameDocuments()
    {
        using var folder = new TemporaryFolder();
        await using var store = new LocalDocumentStore(folder.Path);
        var random = new Random(20_261_121);
        var events = Enumerable.Range(0, 400).Select(_ => EventDraw.Event(random, EventAlphabet.Small)).ToArray();
        var streaming = new ListenerStore(store, TimeProvider.System);
        foreach (var batch in EventDraw.Deliver(events, random))
        {
            await ApplyAsync(streaming, batch);
        }

        await ApplyAsync(new ListenerStore(store, TimeProvider.System, Rebuilt), [.. Parse(Lines(events))]);

        ListenerState.AssertSame(await ListenerState.ReadAsync(store), await ListenerState.ReadAsync(store, Rebuilt));
        Assert.False(await streaming.DeriveAsync(EventDraw.Listener, CancellationToken.None));
    }

    private static async Task ApplyAsync(ListenerStore listeners, IReadOnlyList<ListenEvent> events) =>
        await listeners.ApplyAsync(EventDraw.Listener, [.. events.Select(HistoryRow.Of)], CancellationToken.None);

    private static byte[] Lines(IEnumerable<ListenEvent> events)
    {
        var lines = new ArrayBufferWriter<byte>();
        foreach (var listenEvent in events)
        {
            EventWriter.WriteLine(lines, listenEvent);
        }
        return lines.WrittenSpan.ToArray();
    }

    private static List<ListenEvent> Parse(byte[] lines)
    {
        var events = new List<ListenEvent>();
        EventParser.ParseMessage(
            lines,
            events.Add,
            rejection => Assert.Fail($"line {rejection.Line}: {rejection.Code}")
        );
        return events;
    }
}
