using System.Runtime.InteropServices;
using Nocturne.Domain;

namespace Nocturne.Playlists.Composing;

/// <summary>One listener's composing: the taste by number, what it is asked for and explained by, and the seeds in use.</summary>
/// <remarks>Reused from listener to listener by one worker; <see cref="Begin"/> starts the next.</remarks>
internal sealed class Composition
{
    // Five of the steps between the best candidates: the tenth is then a quarter as likely as the best.
    private const int TemperatureSteps = 5;

    private readonly TasteHistory _history;
    private readonly List<List<Candidate>> _lists = [];
    private int _listsInUse;
    private readonly List<int> _seeds = [];
    private readonly List<float> _weights = [];
    private readonly ModelReasons _reasons;
    private int[] _ranked = [];
    private float[] _rankedScores = [];
    private int _rankedCount;
    private int[]? _popularEmerging;
    private bool _explainsRanked;

    public Composition(Catalogue catalogue, ITasteModel model, RecipeParameters parameters, long seed)
    {
        Seed = seed;
        Catalogue = catalogue;
        Model = model;
        Parameters = parameters;
        Numbers = new ItemNumbers(catalogue);
        Marks = new CandidateMarks(catalogue, Numbers);
        _history = new TasteHistory(catalogue, Numbers, Marks, parameters);
        Clusters = new TasteClusters(catalogue.Count, parameters);
        Releases = new ReleaseArtists(catalogue, model);
        NewEpisodes = new RecentReleases(catalogue, model);
        Progress = new SeriesProgress();
        _reasons = new ModelReasons(this);
        Calibrated = new CalibratedRanking(catalogue.Count);
        Habits = new HourHabits();
        Mixes = new MixTastes(parameters);
        Past = new PastNights(this);
    }

    public Catalogue Catalogue { get; }

    public ITasteModel Model { get; }

    public RecipeParameters Parameters { get; }

    /// <summary>What is called by which number.</summary>
    public ItemNumbers Numbers { get; }

    /// <summary>What is banned, heard and placed.</summary>
    public CandidateMarks Marks { get; }

    public TasteClusters Clusters { get; }

    /// <summary>Ranks favourites of a mix.</summary>
    public FavouriteRanking Favourites { get; } = new();

    /// <summary>When the listener plays what.</summary>
    public HourHabits Habits { get; }

    /// <summary>What is new, by artists.</summary>
    public ReleaseArtists Releases { get; }

    /// <summary>What shows published lately.</summary>
    public RecentReleases NewEpisodes { get; }

    /// <summary>Puts a ranking's genres right.</summary>
    public CalibratedRanking Calibrated { get; }

    /// <summary>How far the listener is in series.</summary>
    public SeriesProgress Progress { get; }

    public MixTastes Mixes { get; }

    /// <summary>What earlier nights published and remembered, and what this one will be remembered by.</summary>
    public PastNights Past { get; }

    /// <summary>The night's seed.</summary>
    public long Seed { get; }

    public ListenerTaste Taste { get; private set; } = new(default);

    public DateOnly Date { get; private set; }

    /// <summary>Favourites and seeds, strongest first, ties by id; nothing banned.</summary>
    public List<TasteEntry> Entries => _history.Entries;

    /// <summary>Those of <see cref="Entries"/> that are music, in the same order.</summary>
    public List<TasteEntry> Music => _history.Music;

    /// <summary>Items that are never candidates of the model: all of the history and everything banned.</summary>
    public ReadOnlySpan<int> Excluded => _history.Excluded;

    /// <summary>The seeds in use, by number.</summary>
    public ReadOnlySpan<int> Seeds => CollectionsMarshal.AsSpan(_seeds);

    /// <summary>Their weights.</summary>
    public ReadOnlySpan<float> SeedWeights => CollectionsMarshal.AsSpan(_weights);

    public void Begin(ListenerTaste taste, DateOnly date)
    {
        Taste = taste;
        Date = date;
        _rankedCount = -1;
        _listsInUse = 0;
        Numbers.Clear();
        Marks.Begin(taste.Heard);
        _history.Read(taste);
        Past.Begin();
    }

    /// <summary>An empty list for this listener's candidates, whose memory is the next listener's.</summary>
    public List<Candidate> NewCandidates()
    {
        if (_listsInUse == _lists.Count)
        {
            _lists.Add([]);
        }
        var list = _lists[_listsInUse++];
        list.Clear();
        return list;
    }

    /// <summary>
    /// The best items for all of the taste, asked for once a listener; what is explained next is explained by them.
    /// </summary>
    public ReadOnlySpan<int> Ranked(out ReadOnlySpan<float> scores)
    {
        if (_ranked.Length == 0)
        {
            _ranked = new int[Parameters.RankedCandidates];
            _rankedScores = new float[Parameters.RankedCandidates];
        }
        if (_rankedCount < 0)
        {
            _rankedCount = Model.Rank(Taste, Excluded, _ranked, _rankedScores);
        }
        _explainsRanked = true;
        scores = _rankedScores.AsSpan(0, _rankedCount);
        return _ranked.AsSpan(0, _rankedCount);
    }

    /// <summary>Music of emerging artists that anyone plays, most listeners first; made once a worker.</summary>
    public ReadOnlySpan<int> PopularEmerging
    {
        get
        {
            if (_popularEmerging is null)
            {
                var items = new List<int>();
                foreach (var item in Model.Popular)
                {
                    if (
                        Model.IsEmerging(Catalogue.ArtistOf(item))
                        && Numbers.TraitsAt(item).HasFlag(CatalogueTraits.Music)
                    )
                    {
                        items.Add(item);
                    }
                }
                _popularEmerging = [.. items];
            }
            return _popularEmerging;
        }
    }

    /// <summary>Makes the strongest of these entries the seeds of what is collected and explained next.</summary>
    public void SeedWith(List<TasteEntry> entries, int most)
    {
        _explainsRanked = false;
        _seeds.Clear();
        _weights.Clear();
        foreach (var entry in entries)
        {
            if (entry.Index < Catalogue.Count && _seeds.Count < most)
            {
                _seeds.Add(entry.Index);
                _weights.Add((float)Math.Sqrt(entry.Affinity / (double)FixedPoint.One));
            }
        }
    }

    /// <summary>Makes these the seeds of what is explained next.</summary>
    public void SeedWith(ReadOnlySpan<int> seeds, ReadOnlySpan<float> weights)
    {
        _explainsRanked = false;
        _seeds.Clear();
        _weights.Clear();
        _seeds.AddRange(seeds);
        _weights.AddRange(weights);
    }

    /// <summary>The taste's item of an entry; an item without streams if it was liked and never played.</summary>
    public TasteItem HistoryOf(TasteEntry entry) => _history.ItemOf(entry);

    /// <summary>The policy of a playlist of this listener and day.</summary>
    /// <param name="kind">Which playlist.</param>
    /// <param name="epsilon">ε in thousandths.</param>
    /// <param name="lanes">What it draws from: τ is the mean step of merit among the best of them.</param>
    public SlotPolicy Policy(PlaylistKind kind, int epsilon, params ReadOnlySpan<List<Candidate>> lanes)
    {
        var spread = 0L;
        foreach (var lane in lanes)
        {
            if (lane.Count > 1)
            {
                var last = Math.Min(lane.Count, SlotPolicy.MostChoices) - 1;
                spread = Math.Max(spread, (lane[0].Merit - lane[last].Merit) / last);
            }
        }
        return new SlotPolicy(
            SlotPolicy.KeyOf(Seed, Taste.Listener, kind, Date),
            epsilon,
            Math.Max(1, spread * TemperatureSteps)
        );
    }

    /// <summary>The finished track: what it is called, and why it is here.</summary>
    /// <param name="placement">It.</param>
    /// <param name="reasonOf">Why, by a recipe's own account; null is by the seeds in use.</param>
    public PlaylistTrack Track(Placement placement, Func<Candidate, Reason?>? reasonOf)
    {
        var candidate = placement.Candidate;
        var track = Numbers.TrackAt(candidate.Index);
        var item = Numbers.IdAt(candidate.Index);
        return new PlaylistTrack(item, reasonOf?.Invoke(candidate) ?? _reasons.Of(candidate, item, _explainsRanked))
        {
            Propensity = SlotPolicy.PropensityOf(placement.Propensity),
            Title = track?.Title,
            Artist = track?.Artist,
            ArtistName = track?.ArtistName,
            Album = track?.Album,
            Duration = track?.Duration is { } duration
                ? new TimeSpan(duration.Ticks - (duration.Ticks % TimeSpan.TicksPerMillisecond))
                : null,
        };
    }
}
