using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NodaTime;

namespace Nocturne.Playlists.Composing;

/// <summary>How much more than usual a listener plays an item or artist in a part of the day, and whether they listen then.</summary>
/// <remarks>
/// <para>
/// An item's lift in a part is the share of the listener's latest plays of it and its artist that fell into the part,
/// smoothed towards the part's share of all listening, over that share:
/// (plays in part + κ·share) / (plays + κ) / share. A play of the artist counts once, one of the item
/// <see cref="DaylistParameters.OwnPlays"/> times more, one on the same day of the week
/// <see cref="DaylistParameters.WeekdayWeight"/> times as much as on another. Lifts are thousandths, within bounds.
/// </para>
/// <para>
/// The latest plays are moved to local hours each by the clock of its own day. The counts by hour of the week know no
/// dates, so they are moved by the clock of the day that is composed for, in quarters of an hour, for some zones are
/// off by those; after a clock change they are off by an hour for a while. Scratch memory of one worker.
/// </para>
/// </remarks>
internal sealed class HourHabits
{
    private const int Hours = 7 * 24;
    private const int QuartersOfWeek = Hours * 4;

    private readonly long[] _streams = new long[ListenerDay.Parts];
    private readonly long[] _weighted = new long[ListenerDay.Parts];
    private readonly Dictionary<int, PartCounts> _ofItem = [];
    private readonly Dictionary<int, PartCounts> _ofArtist = [];
    private readonly List<TasteEntry> _weighed = [];
    private long _all;
    private long _plays;

    /// <summary>Takes the next listener.</summary>
    public void Read(Composition composition)
    {
        Array.Clear(_streams);
        Array.Clear(_weighted);
        _ofItem.Clear();
        _ofArtist.Clear();
        _plays = 0;
        var taste = composition.Taste;
        var zone = ListenerDay.ZoneOf(taste.TimeZone);
        var weekdayWeight = composition.Parameters.Daylist.WeekdayWeight;
        var knowsHours = taste.StreamsByHourOfWeek.Count == Hours && taste.StreamsByHourOfWeek.Any(count => count > 0);
        if (knowsHours)
        {
            CountHours(taste.StreamsByHourOfWeek, composition.Date, zone, weekdayWeight);
        }
        foreach (var play in taste.RecentPlays)
        {
            if (!play.IsStream || play.IsSkip)
            {
                continue;
            }
            var (day, part) = ListenerDay.At(play.StartedAt, zone);
            var weight = day.DayOfWeek == composition.Date.DayOfWeek ? weekdayWeight : 1;
            var item = composition.Numbers.IndexOf(play.Item);
            var artist = item < composition.Catalogue.Count ? composition.Catalogue.ArtistOf(item) : -1;
            artist = artist < 0 && play.Artist is { } named ? composition.Numbers.ArtistNumber(named) : artist;
            CollectionsMarshal.GetValueRefOrAddDefault(_ofItem, item, out _)[(int)part] += weight;
            if (artist >= 0)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_ofArtist, artist, out _)[(int)part] += weight;
            }
            _plays++;
            if (!knowsHours)
            {
                _streams[(int)part] += 4;
                _weighted[(int)part] += weight;
            }
        }
        _all = _weighted.Sum();
    }

    /// <summary>Whether anything is known of what is played when.</summary>
    public bool KnowsPlays => _plays > 0;

    /// <summary>Streams in a part, on any day.</summary>
    public long StreamsIn(DayPart part) => _streams[(int)part] / 4;

    /// <summary>A taste with affinities as they are in a part, strongest first, ties by id; good until the next is asked for.</summary>
    public List<TasteEntry> Weigh(List<TasteEntry> taste, DayPart part, DaylistParameters parameters)
    {
        _weighed.Clear();
        for (var i = 0; i < taste.Count && i < parameters.TasteItems; i++)
        {
            var lift = LiftOf(taste[i], part, parameters);
            var affinity = (long)Int128.Clamp((Int128)taste[i].Affinity * lift / 1000, 1, 1L << 52);
            _weighed.Add(taste[i] with { Affinity = affinity });
        }
        TasteEntry.SortStrongestFirst(_weighed);
        return _weighed;
    }

    /// <summary>The lift of an entry in a part, in thousandths.</summary>
    private long LiftOf(TasteEntry entry, DayPart part, DaylistParameters parameters)
    {
        if (_all == 0 || _plays == 0)
        {
            return 1000;
        }
        var item = _ofItem.GetValueOrDefault(entry.Index);
        var artist = entry.Artist < 0 ? default : _ofArtist.GetValueOrDefault(entry.Artist);
        var here = artist[(int)part] + ((long)parameters.OwnPlays * item[(int)part]);
        var all = 0L;
        for (var i = 0; i < ListenerDay.Parts; i++)
        {
            all += artist[i] + ((long)parameters.OwnPlays * item[i]);
        }
        // A share of 0 lifts nothing: who never listened then has no habit to be unlike.
        var share = Math.Max(1, _weighted[(int)part] * 1000 / _all);
        var lift = ((here * 1000) + (parameters.PriorPlays * share)) * 1000 / ((all + parameters.PriorPlays) * share);
        return Math.Clamp(lift, parameters.LeastLift, parameters.MostLift);
    }

    private void CountHours(IReadOnlyList<long> streams, DateOnly date, DateTimeZone zone, int weekdayWeight)
    {
        var offset = ListenerDay.OffsetMinutes(date, zone) / 15;
        // Days begin at 05:00, and Mondays are 0.
        var weekday = ((int)date.DayOfWeek + 6) % 7;
        // In a zone that is off by whole hours, the quarters of an hour stay together.
        var step = offset % 4 == 0 ? 4 : 1;
        for (var quarter = 0; quarter < QuartersOfWeek; quarter += step)
        {
            var count = streams[quarter / 4];
            if (count <= 0)
            {
                continue;
            }
            var local = (quarter + offset + QuartersOfWeek) % QuartersOfWeek / 4;
            var part = (int)ListenerDay.PartAt(local % 24);
            var day = (local + Hours - ListenerDay.FirstHour) % Hours / 24;
            _streams[part] += count * step;
            _weighted[part] += count * step * (day == weekday ? weekdayWeight : 1);
        }
    }

    [InlineArray(ListenerDay.Parts)]
    private struct PartCounts
    {
        private int _first;
    }
}
