using System.Runtime.InteropServices;
using Nocturne.Domain;

namespace Nocturne.Playlists.Composing;

/// <summary>An item that acts as favourite and as seed.</summary>
/// <param name="Index">Its number; from the catalogue's count on, an item that only this listener's history names.</param>
/// <param name="Item">Its id.</param>
/// <param name="Artist">Its artist's number, -1 if unknown.</param>
/// <param name="Recording">Its recording's number.</param>
/// <param name="Affinity">How much the listener likes it now, in fixed point, over 0.</param>
internal readonly record struct TasteEntry(int Index, ItemId Item, int Artist, int Recording, long Affinity)
{
    /// <summary>Where it stands in the taste's items; past their end if it was liked and never played.</summary>
    public int Position { get; init; } = int.MaxValue;
}

/// <summary>A track that may be placed.</summary>
/// <param name="Index">Its number, as in <see cref="TasteEntry"/>.</param>
/// <param name="Recording">Its recording's number.</param>
/// <param name="Artist">Its artist's number, -1 if unknown.</param>
/// <param name="Score">What its reason adds up to.</param>
/// <param name="Kind">By which source it came.</param>
internal readonly record struct Candidate(int Index, int Recording, int Artist, long Score, ReasonKind Kind)
{
    /// <summary>What it is worth to the ranking it stands in, which is the score unless a re-ranking says otherwise.</summary>
    public long Merit { get; init; } = Score;
}

/// <summary>One listener's composing: taste by number, what is banned, heard and placed, and the seeds in use.</summary>
/// <remarks>Reused from listener to listener by one worker; <see cref="Begin"/> starts the next.</remarks>
internal sealed class Composition
{
    private const int Banned = 1;
    private const int Played = 2;
    private const int Placed = 4;
    private const int KnownArtist = 2;

    // Five of the steps between the best candidates: the tenth is then a quarter as likely as the best.
    private const int TemperatureSteps = 5;

    private readonly RoundTable _recordings;
    private readonly RoundTable _artists;
    private readonly RoundTable _seen;
    private readonly Dictionary<ItemId, int> _ownItems = [];
    private readonly Dictionary<ArtistId, int> _ownArtists = [];
    private readonly List<ItemId> _ownIds = [];
    private readonly List<int> _excluded = [];
    private readonly HashSet<ulong> _repeated = [];
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
        _recordings = new RoundTable(catalogue.Count);
        _artists = new RoundTable(catalogue.Artists);
        _seen = new RoundTable(catalogue.Count);
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
    public List<TasteEntry> Entries { get; } = [];

    /// <summary>Those of <see cref="Entries"/> that are music, in the same order.</summary>
    public List<TasteEntry> Music { get; } = [];

    /// <summary>Items that are never candidates of the model: all of the history and everything banned.</summary>
    public ReadOnlySpan<int> Excluded => CollectionsMarshal.AsSpan(_excluded);

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
        _recordings.Clear();
        _artists.Clear();
        _seen.Clear();
        _ownItems.Clear();
        _ownArtists.Clear();
        _ownIds.Clear();
        _excluded.Clear();
        _repeated.Clear();
        Entries.Clear();
        Music.Clear();
        Ban();
        var indices = taste.IndicesIn(Catalogue);
        for (var position = 0; position < indices.Length; position++)
        {
            var item = taste.Items[position];
            Enter(item, indices[position] >= 0 ? indices[position] : IndexOf(item.Item), position);
        }
        foreach (var item in taste.Liked)
        {
            Enter(new TasteItem(item, null, 0, 0, 0, 0), IndexOf(item), int.MaxValue);
        }
        foreach (var item in taste.Unfinished)
        {
            BanOfHatedShow(item);
        }
        // Only now is every ban known, whatever the order of the history.
        Entries.RemoveAll(e => (_recordings[e.Recording] & Banned) != 0);
        KnowArtists();
        Entries.Sort(
            static (a, b) =>
                a.Affinity != b.Affinity
                    ? b.Affinity.CompareTo(a.Affinity)
                    : string.CompareOrdinal(a.Item.Value, b.Item.Value)
        );
        if (Entries.Count > Parameters.TasteItems)
        {
            Entries.RemoveRange(Parameters.TasteItems, Entries.Count - Parameters.TasteItems);
        }
        foreach (var entry in Entries)
        {
            // What the catalogue does not know is what its events said it is.
            if (
                TraitsAt(entry.Index).HasFlag(CatalogueTraits.Music)
                && (entry.Index < Catalogue.Count || HistoryOf(entry).Kind == ItemKind.Track)
            )
            {
                Music.Add(entry);
            }
        }
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
                    if (Model.IsEmerging(Catalogue.ArtistOf(item)) && TraitsAt(item).HasFlag(CatalogueTraits.Music))
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
    public TasteItem HistoryOf(TasteEntry entry) =>
        entry.Position < Taste.Items.Count ? Taste.Items[entry.Position] : new TasteItem(entry.Item, null, 0, 0, 0, 0);

    /// <summary>What only the listener's history names is taken for music that may be played.</summary>
    public CatalogueTraits TraitsAt(int index) =>
        index < Catalogue.Count ? Catalogue.Traits(index) : CatalogueTraits.Music;

    public Sound SoundAt(int index) => index < Catalogue.Count ? Catalogue.Sound(index) : Sound.Unknown;

    /// <summary>What an item is: as the catalogue says, else as events do.</summary>
    public ItemKind KindOf(ItemId item, ItemKind named) => KindAt(Catalogue.IndexOf(item), named);

    /// <summary>What an item is by its index in the catalogue, or below 0, and by what events say.</summary>
    public ItemKind KindAt(int index, ItemKind named) =>
        index < 0 ? named
        : Catalogue.Traits(index).HasFlag(CatalogueTraits.Music) ? ItemKind.Track
        : Catalogue[index].Kind;

    public ItemId IdAt(int index) => index < Catalogue.Count ? Catalogue.IdOf(index) : _ownIds[index - Catalogue.Count];

    /// <summary>What an item is called in a <see cref="ListenerMemory"/>.</summary>
    public ulong KeyAt(int index) =>
        index < Catalogue.Count ? Catalogue.KeyOf(index) : ListenerMemory.KeyOf(_ownIds[index - Catalogue.Count]);

    public CatalogueTrack? TrackAt(int index) => index < Catalogue.Count ? Catalogue[index] : null;

    public Candidate CandidateAt(int index, long score, ReasonKind kind) =>
        new(index, Catalogue.RecordingOf(index), Catalogue.ArtistOf(index), score, kind);

    public bool IsBanned(in Candidate candidate) =>
        (_recordings[candidate.Recording] & Banned) != 0 || HasArtistMark(candidate, Banned);

    public bool IsBanned(int item) => IsBanned(CandidateAt(item, 0, default));

    public bool IsOfKnownArtist(in Candidate candidate) => HasArtistMark(candidate, KnownArtist);

    /// <summary>Whether the recording is in the history that composing sees.</summary>
    public bool IsPlayed(in Candidate candidate) => (_recordings[candidate.Recording] & Played) != 0;

    /// <summary>Whether the recording was ever heard, under any of its ids.</summary>
    public bool IsHeard(in Candidate candidate)
    {
        if (IsPlayed(candidate))
        {
            return true;
        }
        if (Taste.Heard is not { } heard || candidate.Index >= Catalogue.Count)
        {
            return false;
        }
        var index = candidate.Index;
        do
        {
            if (heard(Catalogue.IdOf(index)))
            {
                return true;
            }
            index = Catalogue.NextOfRecording(index);
        } while (index != candidate.Index);
        return false;
    }

    /// <summary>
    /// What an item is as a candidate tonight; null for one that neither the catalogue nor the history knows any more.
    /// </summary>
    public Candidate? CandidateOf(ItemId item)
    {
        var index = Catalogue.IndexOf(item);
        return index >= 0 ? CandidateAt(index, 0, default)
            : _ownItems.TryGetValue(item, out index) ? new Candidate(index, index, -1, 0, default)
            : null;
    }

    /// <summary>Whether the recording was published lately, under any of its ids, and is not to be published again.</summary>
    public bool IsRepeated(in Candidate candidate)
    {
        var index = candidate.Index;
        if (index >= Catalogue.Count)
        {
            return _repeated.Contains(KeyAt(index));
        }
        do
        {
            if (_repeated.Contains(Catalogue.KeyOf(index)))
            {
                return true;
            }
            index = Catalogue.NextOfRecording(index);
        } while (index != candidate.Index);
        return false;
    }

    /// <summary>Of items by their keys: their recordings were published lately.</summary>
    public void MarkRepeated(IReadOnlyList<ulong> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            _repeated.Add(items[i]);
        }
    }

    public bool IsPlaced(in Candidate candidate) => (_recordings[candidate.Recording] & Placed) != 0;

    public void MarkPlaced(in Candidate candidate) => _recordings[candidate.Recording] |= Placed;

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
        var track = TrackAt(candidate.Index);
        var item = IdAt(candidate.Index);
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

    private void Ban()
    {
        foreach (var item in Taste.Hated)
        {
            Ban(item);
        }
        foreach (var item in Taste.Excluded)
        {
            Ban(item);
        }
        foreach (var artist in Taste.HatedArtists)
        {
            _artists[ArtistNumber(artist)] |= Banned;
        }
    }

    private void Ban(ItemId item)
    {
        var index = IndexOf(item);
        _recordings[RecordingOf(index)] |= Banned;
        if (index < Catalogue.Count)
        {
            _excluded.Add(index);
        }
    }

    /// <summary>The catalogue may not know the show that the event named, so the item itself is banned.</summary>
    private void BanOfHatedShow(UnfinishedItem item)
    {
        var index = IndexOf(item.Item);
        if (
            item.Show is { } show
            && (index >= Catalogue.Count || Catalogue.ArtistOf(index) < 0)
            && (_artists[ArtistNumber(show)] & Banned) != 0
        )
        {
            _recordings[RecordingOf(index)] |= Banned;
        }
    }

    private void KnowArtists()
    {
        foreach (var entry in Entries)
        {
            if (entry.Artist >= 0)
            {
                _artists[entry.Artist] |= KnownArtist;
            }
        }
        foreach (var artist in Taste.FollowedArtists)
        {
            _artists[ArtistNumber(artist)] |= KnownArtist;
        }
    }

    private void Enter(TasteItem item, int index, int position)
    {
        if (_seen[index] != 0)
        {
            return;
        }
        _seen[index] = 1;
        var recording = RecordingOf(index);
        var artist = index < Catalogue.Count ? Catalogue.ArtistOf(index) : -1;
        if (artist < 0 && item.Artist is { } named)
        {
            artist = ArtistNumber(named);
        }
        _recordings[recording] |= Played;
        if (index < Catalogue.Count)
        {
            _excluded.Add(index);
        }
        if (artist >= 0 && (_artists[artist] & Banned) != 0)
        {
            // The catalogue may not know the artist that the event named, so the item itself is banned.
            _recordings[recording] |= Banned;
        }
        var affinity = AffinityOf(item);
        if (affinity > 0)
        {
            Entries.Add(new TasteEntry(index, item.Item, artist, recording, affinity) { Position = position });
        }
    }

    private long AffinityOf(TasteItem item)
    {
        var affinity = 0L;
        if (item.Streams > 0)
        {
            var mixed =
                ((Int128)item.ShortWeight * Parameters.ShortShare)
                + ((Int128)item.LongWeight * (1000 - Parameters.ShortShare));
            var skips = Math.Max(0, item.Skips);
            var share = mixed / 1000 * item.Streams / ((Int128)item.Streams + skips);
            // One at least: a stream long ago is still a stream.
            affinity = (long)Int128.Clamp(share, 1, 1L << 52);
        }
        return Taste.Liked.Contains(item.Item) ? affinity + Parameters.LikedBonus : affinity;
    }

    private bool HasArtistMark(in Candidate candidate, int mark) =>
        candidate.Artist >= 0 && (_artists[candidate.Artist] & mark) != 0;

    /// <summary>Numbers after the catalogue's own are given to what only this listener's history names.</summary>
    public int IndexOf(ItemId item)
    {
        var index = Catalogue.IndexOf(item);
        if (index < 0 && !_ownItems.TryGetValue(item, out index))
        {
            index = Catalogue.Count + _ownIds.Count;
            _ownItems.Add(item, index);
            _ownIds.Add(item);
        }
        return index;
    }

    private int RecordingOf(int index) => index < Catalogue.Count ? Catalogue.RecordingOf(index) : index;

    /// <summary>Numbers after the catalogue's own are given to those whom it does not know.</summary>
    public int ArtistNumber(ArtistId artist)
    {
        var number = Catalogue.ArtistNumber(artist);
        if (number < 0 && !_ownArtists.TryGetValue(artist, out number))
        {
            number = Catalogue.Artists + _ownArtists.Count;
            _ownArtists.Add(artist, number);
        }
        return number;
    }
}
