using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Profiles;
using Nocturne.Topology;

namespace Nocturne.RunNight.Snapshots;

/// <summary>Takes listeners' snapshots: their documents, what they left unfinished, and what the last night published.</summary>
/// <param name="context">The night's stores.</param>
/// <param name="run">The run.</param>
/// <param name="previous">The run's pinned predecessor; null for the first.</param>
/// <param name="until">The last day whose events count; null: all do.</param>
internal sealed class ListenerSnapshots(
    NightContext context,
    RunId run,
    PublishedPointer? previous,
    DateOnly? until = null
)
{
    // Reading further back costs a document a day for something that was put aside long ago.
    private const int UnfinishedDays = 60;

    // More than a shelf shows, so that filters leave enough.
    private const int MaxUnfinished = 64;

    // From here on only the credits are left.
    private const double FinishedShare = 0.9;

    private readonly PublishedPlaylists _published = new(context.Objects, context.Time);

    /// <summary>A listener's snapshot; null for one whose documents are gone.</summary>
    public async ValueTask<SnapshotListener?> TakeAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        var all = until is { } last
            ? await context.Listeners.ReadAsOfAsync(listener, last, cancellationToken)
            : await context.Listeners.ReadAllAsync(listener, cancellationToken);
        if (all is not { } reading)
        {
            return null;
        }
        var cutOff = await ReadCutOffAsync(reading, cancellationToken);
        var taken = SnapshotListener.Of(reading, run.Date, cutOff) with
        {
            Unfinished = await ReadUnfinishedAsync(reading, cancellationToken),
        };
        var fingerprint = SnapshotFingerprint.Of(taken, reading.Tallies, run.Date);
        if (previous is null || await _published.ReadAsync(previous, listener, cancellationToken) is not { } before)
        {
            return taken with { Fingerprint = fingerprint };
        }
        var rests = before.Memory.MadeFrom == fingerprint && IsYoung(before);
        return taken with
        {
            Past = PastOf(listener, before),
            Fingerprint = fingerprint,
            RestingObject = rests ? before.Object : "",
            RestingEpoch = rests ? before.Memory.Epoch : 0,
        };
    }

    /// <summary>Whether an object is from within what runs look back: an older one is made anew, for it expires.</summary>
    private bool IsYoung(ListenerPlaylists before) =>
        RunId.Parse(before.Run).Date >= run.Date.AddDays(-(int)NocturneTopology.RunsLookBack.TotalDays);

    /// <summary>
    /// The predecessor's memory, and of its playlists those that this run may keep: of recipes that are not due, from
    /// their last due date on.
    /// </summary>
    private byte[] PastOf(ListenerId listener, ListenerPlaylists before)
    {
        var kept = before.Playlists.Where(playlist =>
            PlaylistRecipe.Personal.Any(recipe =>
                recipe.Makes(playlist.Kind) && !recipe.IsDue(run.Date) && playlist.Date >= recipe.LastDue(run.Date)
            )
        );
        return PlaylistPack.Write(new PackedPlaylists(listener, before.Run, [.. kept], before.Memory));
    }

    /// <summary>The items of months whose tallies were cut: what was heard must not be new.</summary>
    private async ValueTask<HashSet<ItemId>> ReadCutOffAsync(
        ListenerReading reading,
        CancellationToken cancellationToken
    )
    {
        var items = new HashSet<ItemId>();
        var excludes = reading.Profile.Excludes.ToHashSet();
        foreach (var (month, tally) in reading.Tallies)
        {
            if (!tally.IsTruncated || month.FirstDay > run.Date)
            {
                continue;
            }
            var days = context.Listeners.ReadHistoryAsync(
                reading.Profile.Listener,
                month.FirstDay,
                until is { } last && last < month.Plus(1).FirstDay ? last.AddDays(1) : month.Plus(1).FirstDay,
                cancellationToken
            );
            await foreach (var play in PlaysAsync(reading.Profile.Listener, days, excludes, cancellationToken))
            {
                items.Add(play.Item);
            }
        }
        return items;
    }

    private async ValueTask<IReadOnlyList<UnfinishedItem>> ReadUnfinishedAsync(
        ListenerReading reading,
        CancellationToken cancellationToken
    )
    {
        var (from, to) = (run.Date.AddDays(-UnfinishedDays), run.Date.AddDays(1));
        var hasSeries = reading.Tallies.Any(month =>
            month.Month.Plus(1).FirstDay > from
            && month.Month.FirstDay < to
            && month.Tally.Items.Any(item => item.ItemKind != ItemKind.Track)
        );
        if (!hasSeries)
        {
            return [];
        }
        var listener = reading.Profile.Listener;
        var days = context.Listeners.ReadHistoryAsync(listener, from, to, cancellationToken);
        var items = new Dictionary<ItemId, (UnfinishedItem Item, bool IsFinished)>();
        await foreach (var play in PlaysAsync(listener, days, reading.Profile.Excludes.ToHashSet(), cancellationToken))
        {
            if (play.ItemKind != ItemKind.Track)
            {
                items[play.Item] = With(items.GetValueOrDefault(play.Item), play);
            }
        }
        return
        [
            .. items
                .Values.Where(item => !item.IsFinished && item.Item.Position > TimeSpan.Zero)
                .Select(item => item.Item)
                .OrderByDescending(item => item.LastPlayed)
                .ThenBy(item => item.Item.Value, StringComparer.Ordinal)
                .Take(MaxUnfinished),
        ];
    }

    /// <summary>An item with one more play: the furthest position, the longest known duration, the latest start.</summary>
    private static (UnfinishedItem Item, bool IsFinished) With(
        (UnfinishedItem Item, bool IsFinished) known,
        PlayEvent play
    )
    {
        // A listen without a length is one that the publisher reports whole.
        var position = TimeSpan.FromMilliseconds(play.MsPlayed ?? play.DurationMs ?? 0);
        var duration = play.DurationMs is { } ms ? TimeSpan.FromMilliseconds(ms) : default(TimeSpan?);
        var item = new UnfinishedItem(
            play.Item,
            play.ItemKind,
            play.Artist ?? known.Item.Show,
            position > known.Item.Position ? position : known.Item.Position,
            duration > known.Item.Duration || known.Item.Duration is null ? duration : known.Item.Duration,
            play.StartedAt > known.Item.LastPlayed ? play.StartedAt : known.Item.LastPlayed
        );
        var isFinished =
            play.End == PlayEnd.Completed
            || play.MsPlayed is null
            || (item.Duration is { } whole && item.Position >= whole * FinishedShare);
        return (item, isFinished || known.IsFinished);
    }

    /// <summary>The plays of some days that count towards the taste.</summary>
    private static async IAsyncEnumerable<PlayEvent> PlaysAsync(
        ListenerId listener,
        IAsyncEnumerable<HistoryDay> days,
        HashSet<(ExcludeTarget, string)> excludes,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var day in days.WithCancellation(cancellationToken))
        {
            foreach (var row in day.Rows)
            {
                if (
                    row.Kind == EventKind.Play
                    && row.ToEvent(listener) is PlayEvent play
                    && !IsExcluded(play, excludes)
                )
                {
                    yield return play;
                }
            }
        }
    }

    private static bool IsExcluded(PlayEvent play, HashSet<(ExcludeTarget, string)> excludes) =>
        excludes.Count > 0
        && (
            (play.Session is { } session && excludes.Contains((ExcludeTarget.Session, session)))
            || (play.Device is { } device && excludes.Contains((ExcludeTarget.Device, device)))
            || (play.Context is { } context && excludes.Contains((ExcludeTarget.Context, context)))
        );
}
