using System.Globalization;
using Nocturne.Domain;
using Nocturne.Playlists;
using Nocturne.Recommending;
using Nocturne.RunNight;

namespace Nocturne.LocalHost.Evaluating.Playlists;

/// <summary>One window as a night of its cut sees it: the catalogue, everyone's taste, and what it trains.</summary>
internal sealed class PlaylistWindow
{
    private readonly EvaluationFold _fold;
    private readonly ListenerTaste[] _tastes;

    /// <summary>Takes a window.</summary>
    /// <param name="fold">Its plays before the cut, and what listeners play after it.</param>
    /// <param name="cut">The cut, in seconds since 1970.</param>
    public PlaylistWindow(EvaluationFold fold, long cut)
    {
        _fold = fold;
        Date = DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeSeconds(cut).UtcDateTime);
        var matrix = fold.Data.Matrix;
        Catalogue = new Catalogue([.. Enumerable.Range(0, matrix.Items).Select(TrackOf)]);
        _tastes = [.. Enumerable.Range(0, matrix.Listeners).Select(row => TasteOf(row, cut))];
        Items = new WindowItems(
            fold.Data.Artists,
            item => matrix.ColumnListeners(item).Length,
            Math.Max(1, matrix.Listeners)
        );
    }

    /// <summary>The night's date: the day of the cut (UTC).</summary>
    public DateOnly Date { get; }

    /// <summary>Every item that anyone played before the cut, by the fold's numbers.</summary>
    public Catalogue Catalogue { get; }

    /// <summary>What measures ask of items.</summary>
    public WindowItems Items { get; }

    /// <summary>What the night knows of the listener of a case.</summary>
    public ListenerTaste TasteOfCase(int index) => _tastes[_fold.Cases.Row(index)];

    /// <summary>Trains what a first night of these plays trains.</summary>
    public NightModel Train(NightOptions options, int workers, CancellationToken cancellationToken) =>
        FirstNight.Train(Catalogue, _tastes, _fold.Data.Artists, options, workers, cancellationToken);

    /// <summary>Composes every recipe for every case.</summary>
    public IReadOnlyList<Playlist>[] Compose(
        NightModel model,
        RecipeParameters parameters,
        int workers,
        Action<long> progress,
        CancellationToken cancellationToken
    )
    {
        var composed = new IReadOnlyList<Playlist>[_fold.Cases.Count];
        var done = 0L;
        Parallel.For(
            0,
            composed.Length,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken },
            () => new PlaylistComposer(Catalogue, new NightTasteModel(model), parameters, FirstNight.Seed),
            (index, _, composer) =>
            {
                composed[index] = composer.Compose(TasteOfCase(index), Date).Playlists;
                progress(Interlocked.Increment(ref done));
                return composer;
            },
            static _ => { }
        );
        return composed;
    }

    /// <summary>A track's number in the fold.</summary>
    public int NumberOf(PlaylistTrack track) => Catalogue.IndexOf(track.Item);

    /// <summary>A playlist's tracks by number.</summary>
    public int[] ItemsOf(Playlist playlist) => [.. playlist.Tracks.Select(NumberOf)];

    private CatalogueTrack TrackOf(int number) => new(IdOf(number)) { Artist = ArtistOf(number) };

    // Padded: items that are equal to a recipe are ordered by id, and numbers come from a seeded hash.
    private static ItemId IdOf(int number) => new(number.ToString("d9", CultureInfo.InvariantCulture));

    private ArtistId? ArtistOf(int number) =>
        _fold.Data.Artists is { } artists && artists[number] >= 0
            ? new ArtistId(artists[number].ToString(CultureInfo.InvariantCulture))
            : null;

    private ListenerTaste TasteOf(int row, long cut)
    {
        const double MillisecondsPerDay = 86_400_000;
        var known = _fold.Data.Matrix.Row(row);
        var plays = new List<(Instant At, ItemId Item, ArtistId? Artist)>(known.PlayAges.Length);
        // Ages are newest first; they are exact to a second or so within a year.
        for (var play = known.PlayAges.Length - 1; play >= 0; play--)
        {
            var item = known.Items[known.PlayEntries[play]];
            var at = (cut * 1_000) - (long)(known.PlayAges[play] * MillisecondsPerDay);
            plays.Add((new Instant(at), IdOf(item), ArtistOf(item)));
        }
        plays.Sort(static (a, b) => a.At.CompareTo(b.At));
        return PlayedTaste.Of(
            new ListenerId(string.Create(CultureInfo.InvariantCulture, $"listener-{row}")),
            plays,
            Date
        );
    }
}
