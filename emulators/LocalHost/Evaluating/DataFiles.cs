using System.Globalization;
using Nocturne.LocalHost.CommandLine;
using Nocturne.Recommending;

namespace Nocturne.LocalHost.Evaluating;

/// <summary>Reads files of listening, their ids as dense numbers.</summary>
/// <param name="progress">Told now and then how many lines of the file at hand are read.</param>
internal sealed class DataFiles(Action<long> progress)
{
    /// <summary>For --help.</summary>
    public const string PairsHelp = "user<TAB>item lines, with or without a header; further columns are passed over";

    /// <summary>For --help.</summary>
    public const string EventsHelp =
        "tab-separated, with a header that names ts, user and track (or item), and may name artist; in any order";

    /// <summary>For --help.</summary>
    public const string ClicksHelp = "session<TAB>ts<TAB>item lines; a header may give another order";

    /// <summary>Lines that are taken in; they cost about 20 bytes each.</summary>
    private const int MaxLines = 100_000_000;

    /// <summary>Reads <c>user&lt;TAB&gt;item</c> lines.</summary>
    public async Task<ListenerItemPairs> ReadPairsAsync(
        string path,
        IdTable listeners,
        IdTable items,
        CancellationToken cancellation
    )
    {
        var pairs = (Listeners: new List<int>(), Items: new List<int>());
        var columns = Columns.Of("user", "item");
        await TextFile.ReadAsync(
            path,
            (number, line) =>
            {
                if (number == 1 && Columns.TryRead(line, path, out var header, "user", "item"))
                {
                    columns = header;
                    return;
                }
                Check(pairs.Items.Count, path);
                var user = TextFile.Needed(line, columns["user"], "user", path, number, "user<TAB>item");
                var item = TextFile.Needed(line, columns["item"], "item", path, number, "user<TAB>item");
                pairs.Listeners.Add(listeners.Add(user));
                pairs.Items.Add(items.Add(item));
            },
            progress,
            cancellation
        );
        return pairs.Items.Count == 0
            ? throw new CommandFailedException($"'{path}' has no pairs; lines are {PairsHelp}.")
            : new ListenerItemPairs([.. pairs.Listeners], [.. pairs.Items]);
    }

    /// <summary>Reads timestamped events.</summary>
    public async Task<EventLog> ReadEventsAsync(string path, CancellationToken cancellation)
    {
        var times = new List<long>();
        var listeners = new List<int>();
        var items = new List<int>();
        var artists = new List<int>();
        var (listenerIds, itemIds, artistIds) = (
            new IdTable("listeners"),
            new IdTable("items"),
            new IdTable("artists")
        );
        Columns? columns = null;
        await TextFile.ReadAsync(
            path,
            (number, line) =>
            {
                if (columns is null)
                {
                    columns = Columns.TryRead(line, path, out var header, "ts", "user", "item")
                        ? header
                        : throw TextFile.At(path, number, $"this is no header; an event file is {EventsHelp}");
                    return;
                }
                Check(times.Count, path);
                times.Add(Time(line, columns, path, number) / 1_000);
                listeners.Add(
                    listenerIds.Add(TextFile.Needed(line, columns["user"], "user", path, number, EventsHelp))
                );
                var item = itemIds.Add(TextFile.Needed(line, columns["item"], "item", path, number, EventsHelp));
                items.Add(item);
                if (item == artists.Count)
                {
                    artists.Add(-1);
                }
                if (columns["artist"] >= 0 && artists[item] < 0)
                {
                    var artist = TextFile.Cell(line, columns["artist"]);
                    artists[item] = artist.IsEmpty ? -1 : artistIds.Add(artist);
                }
            },
            progress,
            cancellation
        );
        return times.Count == 0
            ? throw new CommandFailedException($"'{path}' has no events; an event file is {EventsHelp}.")
            : new EventLog(
                [.. times],
                [.. listeners],
                [.. items],
                itemIds.Keys(),
                artistIds.Count == 0 ? null : [.. artists]
            );
    }

    /// <summary>Reads <c>session&lt;TAB&gt;ts&lt;TAB&gt;item</c> lines.</summary>
    public async Task<Clicks> ReadClicksAsync(string path, IdTable items, CancellationToken cancellation)
    {
        var clicks = (Sessions: new List<int>(), Times: new List<long>(), Items: new List<int>());
        var sessions = new IdTable("sessions");
        var columns = Columns.Of("session", "ts", "item");
        await TextFile.ReadAsync(
            path,
            (number, line) =>
            {
                if (number == 1 && Columns.TryRead(line, path, out var header, "session", "ts", "item"))
                {
                    columns = header;
                    return;
                }
                Check(clicks.Items.Count, path);
                var session = TextFile.Needed(line, columns["session"], "session", path, number, ClicksHelp);
                clicks.Sessions.Add(sessions.Add(session));
                clicks.Times.Add(Time(line, columns, path, number));
                clicks.Items.Add(items.Add(TextFile.Needed(line, columns["item"], "item", path, number, ClicksHelp)));
            },
            progress,
            cancellation
        );
        return clicks.Items.Count == 0
            ? throw new CommandFailedException($"'{path}' has no clicks; lines are {ClicksHelp}.")
            : new Clicks([.. clicks.Sessions], [.. clicks.Times], [.. clicks.Items]);
    }

    private static long Time(ReadOnlySpan<char> line, Columns columns, string path, long number)
    {
        var cell = TextFile.Needed(line, columns["ts"], "ts", path, number, "tab-separated");
        return TextFile.TryReadTime(cell, out var milliseconds)
            ? milliseconds
            : throw TextFile.At(path, number, $"'{cell}' is no time; seconds since 1970 are expected");
    }

    private static void Check(int count, string path)
    {
        if (count == MaxLines)
        {
            throw new CommandFailedException(
                string.Create(CultureInfo.InvariantCulture, $"'{path}' has more than {MaxLines:n0} lines: sample it.")
            );
        }
    }
}

/// <summary>Clicks of sessions, in the order of the file; times in milliseconds.</summary>
internal sealed record Clicks(int[] Sessions, long[] Times, int[] Items);
