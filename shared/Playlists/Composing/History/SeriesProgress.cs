using System.Runtime.InteropServices;
using Nocturne.Domain;

namespace Nocturne.Playlists.Composing;

/// <summary>How far a listener is in the series they listen to, and what is unfinished. Scratch memory of one worker.</summary>
/// <remarks>
/// The place in a series is its item that was played last: by the latest plays and what is unfinished, or, where neither
/// names one, the streamed item that comes last in the series. What was streamed and is not unfinished was finished.
/// Banned items count for nothing.
/// </remarks>
internal sealed class SeriesProgress
{
    private const long DayMilliseconds = 86_400_000;

    private readonly Dictionary<int, Standing> _standings = [];
    private readonly List<int> _order = [];
    private readonly HashSet<int> _unfinished = [];
    private readonly List<(int Index, long Affinity)> _terms = [];
    private SeriesOrder? _series;

    /// <summary>Takes the next listener.</summary>
    public void Read(Composition composition)
    {
        _standings.Clear();
        _order.Clear();
        _unfinished.Clear();
        _series = composition.Catalogue.Series;
        foreach (var item in composition.Taste.Unfinished)
        {
            var candidate = CandidateOf(composition, item, 0);
            if (composition.Marks.IsBanned(candidate))
            {
                continue;
            }
            _unfinished.Add(candidate.Index);
            Meet(candidate.Index, item.LastPlayed);
        }
        foreach (var play in composition.Taste.RecentPlays)
        {
            var index = composition.Catalogue.IndexOf(play.Item);
            if (play.IsStream && !play.IsSkip && index >= 0 && !IsBanned(composition, index))
            {
                Meet(index, play.StartedAt);
            }
        }
        foreach (var entry in composition.Entries)
        {
            var item = composition.HistoryOf(entry);
            if (item.Streams <= 0 || _series.PlaceOf(entry.Index) is not { Series: >= 0 } place)
            {
                continue;
            }
            ref var standing = ref StandingOf(place.Series);
            standing.Affinity += entry.Affinity;
            standing.ShortWeight += item.ShortWeight;
            if (standing.LastPlayed is null && (standing.Last < 0 || place.Place > standing.Place))
            {
                (standing.Last, standing.Place) = (entry.Index, place.Place);
            }
        }
    }

    /// <summary>Whether an item was begun and not ended.</summary>
    public bool IsUnfinished(int index) => _unfinished.Contains(index);

    /// <summary>How lately something was played, over 0 and at most one, in fixed point: a day is as much as any other.</summary>
    public static long LatelyOf(Composition composition, Instant played)
    {
        var window = composition.Parameters.Series.Days * DayMilliseconds;
        var end = Instant.FromDate(composition.Date.AddDays(1));
        var ago = Math.Max(0, end.UnixMilliseconds - played.UnixMilliseconds);
        return ago >= window ? 1 : Math.Max(1, (long)((Int128)(window - ago) * FixedPoint.One / window));
    }

    /// <summary>What is unfinished, by how lately it was played.</summary>
    public List<Candidate> Unfinished(Composition composition, CandidateFilter[] filters, Func<ItemKind, bool> isWanted)
    {
        var candidates = composition.NewCandidates();
        foreach (var item in composition.Taste.Unfinished)
        {
            var candidate = CandidateOf(composition, item, LatelyOf(composition, item.LastPlayed));
            if (
                isWanted(composition.Numbers.TrackAt(candidate.Index)?.Kind ?? item.Kind)
                && CandidateFilter.KeepAll(filters, composition, candidate)
            )
            {
                candidates.Add(candidate);
            }
        }
        Sort(composition, candidates);
        return candidates;
    }

    /// <summary>
    /// The next of every series that is being listened to and whose last one was finished: the first after it that
    /// passes all filters and was never heard.
    /// </summary>
    /// <param name="composition">The listener.</param>
    /// <param name="filters">What every candidate keeps.</param>
    /// <param name="isWanted">Which kinds.</param>
    /// <param name="isLately">True: of series among the latest plays, by how lately; false: of the others, by affinity;
    /// null: of all, by affinity.</param>
    public List<Candidate> Next(
        Composition composition,
        CandidateFilter[] filters,
        Func<ItemKind, bool> isWanted,
        bool? isLately
    )
    {
        var candidates = composition.NewCandidates();
        foreach (var series in _order)
        {
            var standing = _standings[series];
            if (
                standing.Last < 0
                || IsUnfinished(standing.Last)
                || !isWanted(composition.Catalogue[standing.Last].Kind)
                || (isLately is { } lately && lately != standing.LastPlayed is not null)
                || !IsListenedTo(composition, standing)
            )
            {
                continue;
            }
            var score =
                isLately == true ? LatelyOf(composition, standing.LastPlayed!.Value) : Math.Max(1, standing.Affinity);
            var items = _series!.ItemsOf(series);
            for (var place = standing.Place + 1; place < items.Length; place++)
            {
                var candidate = composition.Numbers.CandidateAt(items[place], score, ReasonKind.NextInSeries);
                if (IsUnfinished(candidate.Index))
                {
                    break; // it stands among the unfinished
                }
                if (!composition.Marks.IsHeard(candidate) && CandidateFilter.KeepAll(filters, composition, candidate))
                {
                    candidates.Add(candidate);
                    break;
                }
            }
        }
        Sort(composition, candidates);
        return candidates;
    }

    /// <summary>Why the next of a series is there: the one before it, by how lately, or all of the series that the listener played.</summary>
    public Reason ReasonOf(Composition composition, Candidate candidate, bool byLately)
    {
        var series = _series!.PlaceOf(candidate.Index).Series;
        var standing = _standings[series];
        _terms.Clear();
        if (byLately && standing.LastPlayed is not null)
        {
            _terms.Add((standing.Last, candidate.Score));
        }
        else
        {
            // Entries stand by affinity, ties by id.
            foreach (var entry in composition.Entries)
            {
                if (_series.PlaceOf(entry.Index).Series == series && composition.HistoryOf(entry).Streams > 0)
                {
                    _terms.Add((entry.Index, entry.Affinity));
                }
            }
        }
        var named = Math.Min(_terms.Count, composition.Parameters.SeedsPerReason);
        var seeds = new List<ReasonSeed>(named);
        var others = 0L;
        for (var i = 0; i < _terms.Count; i++)
        {
            var (index, term) = _terms[i];
            if (i < named)
            {
                seeds.Add(new ReasonSeed(composition.Numbers.IdAt(index), term));
            }
            else
            {
                others += term;
            }
        }
        return new Reason(ReasonKind.NextInSeries, seeds, others, _terms.Count == 0 ? candidate.Score : 0);
    }

    /// <summary>Highest merit first, ties by id: numbers of what the catalogue does not know depend on the history's order.</summary>
    public static void Sort(Composition composition, List<Candidate> candidates) =>
        candidates.Sort(
            (a, b) =>
                a.Merit != b.Merit
                    ? b.Merit.CompareTo(a.Merit)
                    : string.CompareOrdinal(
                        composition.Numbers.IdAt(a.Index).Value,
                        composition.Numbers.IdAt(b.Index).Value
                    )
        );

    private static bool IsListenedTo(Composition composition, Standing standing)
    {
        var parameters = composition.Parameters.Series;
        return standing.LastPlayed is { } played
            ? LatelyOf(composition, played) > 1
            : standing.ShortWeight >= parameters.MinimumShortWeight;
    }

    private static bool IsBanned(Composition composition, int index) =>
        composition.Marks.IsBanned(composition.Numbers.CandidateAt(index, 0, default));

    private static Candidate CandidateOf(Composition composition, UnfinishedItem item, long score)
    {
        var index = composition.Numbers.IndexOf(item.Item);
        if (index < composition.Catalogue.Count && composition.Catalogue.ArtistOf(index) >= 0)
        {
            return composition.Numbers.CandidateAt(index, score, ReasonKind.Unfinished);
        }
        var recording = index < composition.Catalogue.Count ? composition.Catalogue.RecordingOf(index) : index;
        var artist = item.Show is { } show ? composition.Numbers.ArtistNumber(show) : -1;
        return new Candidate(index, recording, artist, score, ReasonKind.Unfinished);
    }

    private void Meet(int index, Instant played)
    {
        if (_series!.PlaceOf(index) is not { Series: >= 0 } place)
        {
            return;
        }
        ref var standing = ref StandingOf(place.Series);
        // Of two at the same moment the later in the series, so that the order of plays does not matter.
        if (
            standing.LastPlayed is not { } last
            || played.CompareTo(last) > 0
            || (played.CompareTo(last) == 0 && place.Place > standing.Place)
        )
        {
            (standing.Last, standing.Place, standing.LastPlayed) = (index, place.Place, played);
        }
    }

    private ref Standing StandingOf(int series)
    {
        ref var standing = ref CollectionsMarshal.GetValueRefOrAddDefault(_standings, series, out var isKnown);
        if (!isKnown)
        {
            standing.Last = -1;
            _order.Add(series);
        }
        return ref standing;
    }

    private struct Standing
    {
        public int Last;
        public int Place;
        public Instant? LastPlayed;
        public long Affinity;
        public long ShortWeight;
    }
}
