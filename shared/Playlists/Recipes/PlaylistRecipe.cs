using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>How one family of playlists is made: sources, filters, ranking and sequencing.</summary>
public abstract class PlaylistRecipe
{
    // A recipe that is due on leap days alone would be due too rarely to be one.
    private const int MostDaysBetween = 366;

    private protected PlaylistRecipe() { }

    /// <summary>Up to six mixes of favourites and their neighbours, one for each of the listener's tastes.</summary>
    public static PlaylistRecipe DailyMix { get; } = new DailyMix();

    /// <summary>Tracks near the listener's taste that were never heard.</summary>
    public static PlaylistRecipe DiscoverWeekly { get; } = new DiscoverWeekly();

    /// <summary>What artists whom the listener follows, loves or is near to released lately; on Fridays.</summary>
    public static PlaylistRecipe ReleaseRadar { get; } = new ReleaseRadar();

    /// <summary>What the listener plays most now.</summary>
    public static PlaylistRecipe OnRepeat { get; } = new OnRepeat();

    /// <summary>What the listener loved and has not played lately.</summary>
    public static PlaylistRecipe RepeatRewind { get; } = new RepeatRewind();

    /// <summary>A playlist for every part of the listener's local day in which they use to listen.</summary>
    public static PlaylistRecipe Daylist { get; } = new Daylist();

    /// <summary>Emerging artists who fit the listener; on Wednesdays.</summary>
    public static PlaylistRecipe FreshFinds { get; } = new FreshFinds();

    /// <summary>Podcasts: new from followed shows, the next ones and unfinished ones.</summary>
    public static PlaylistRecipe YourEpisodes { get; } = new YourEpisodes();

    /// <summary>Podcasts and audiobooks where the listener left them.</summary>
    public static PlaylistRecipe ContinueListening { get; } = new ContinueListening();

    /// <summary>What everyone plays, with what little is known of the listener; labelled as general.</summary>
    public static PlaylistRecipe General { get; } = new GeneralPlaylist();

    /// <summary>The personal recipes, in the order they are composed.</summary>
    public static IReadOnlyList<PlaylistRecipe> Personal { get; } =
    [
        DailyMix,
        DiscoverWeekly,
        ReleaseRadar,
        OnRepeat,
        RepeatRewind,
        Daylist,
        FreshFinds,
        YourEpisodes,
        ContinueListening,
    ];

    /// <summary>The recipe's name, as reports show it.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Whether the recipe makes its playlists anew on a date; by default on every one. On other dates the listener
    /// keeps what the last due date made.
    /// </summary>
    public virtual bool IsDue(DateOnly date) => true;

    /// <summary>
    /// Whether it makes its playlists anew on a date even for a listener at rest: what a calendar asks for, not the
    /// listener. By default on none; weekly recipes on their day, Daylist on every one.
    /// </summary>
    public virtual bool IsDueAtRest(DateOnly date) => false;

    /// <summary>Whether a playlist of this kind is one of the recipe's: by default its name, or its name and a number.</summary>
    public virtual bool Makes(PlaylistKind kind) =>
        kind.Value.StartsWith(Name, StringComparison.Ordinal)
        && (kind.Value.Length == Name.Length || kind.Value[Name.Length] == '-');

    /// <summary>The latest date on which the recipe was due, that date included.</summary>
    /// <exception cref="InvalidOperationException">It is never due within a year.</exception>
    public DateOnly LastDue(DateOnly date)
    {
        for (var day = date; day > date.AddDays(-MostDaysBetween); day = day.AddDays(-1))
        {
            if (IsDue(day))
            {
                return day;
            }
        }
        throw new InvalidOperationException($"'{Name}' is not due on any day of the year before {date:o}.");
    }

    /// <summary>Whether it is due at rest on any date after one and up to another.</summary>
    internal bool IsDueAtRestWithin(DateOnly after, DateOnly date)
    {
        for (var day = date; day > after; day = day.AddDays(-1))
        {
            if (IsDueAtRest(day))
            {
                return true;
            }
        }
        return false;
    }

    internal abstract void Compose(Composition composition, SlotFiller slots, ICollection<Playlist> playlists);

    private protected static Playlist Finish(
        Composition composition,
        PlaylistKind kind,
        string title,
        string description,
        FilledSlots filled,
        Func<Candidate, Reason?>? reasonOf = null
    ) =>
        new(
            kind,
            composition.Taste.Listener,
            composition.Date,
            title,
            description,
            TracksOf(composition, filled, reasonOf)
        )
        {
            Trace = new SlotTrace(kind, filled.Policy, filled.Choices),
        };

    private static PlaylistTrack[] TracksOf(
        Composition composition,
        FilledSlots filled,
        Func<Candidate, Reason?>? reasonOf
    )
    {
        var tracks = new PlaylistTrack[filled.Count];
        for (var slot = 0; slot < tracks.Length; slot++)
        {
            if (slot + Prefetch.Ahead < tracks.Length)
            {
                Prefetch.Of(composition.Numbers.TrackAt(filled.Slots[slot + Prefetch.Ahead].Candidate.Index));
            }
            tracks[slot] = composition.Track(filled.Slots[slot], reasonOf);
        }
        return tracks;
    }
}
