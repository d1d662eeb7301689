namespace Nocturne.Playlists.Composing;

/// <summary>What artists with something new are worth to one listener, and which of their items say so.</summary>
/// <remarks>
/// An artist's score is the follow bonus if followed, and for every item of the listener's its affinity if it is the
/// artist's, and weight × similarity for every one of its neighbours that is the artist's, where the weight is the root
/// of the affinity in streams. Scratch memory of one worker; terms are integers, so their order does not matter.
/// </remarks>
internal sealed class ReleaseArtists(Catalogue catalogue, ITasteModel model)
{
    private readonly RecentReleases _recent = new(catalogue, model);
    private readonly List<(int Next, int Entry, long Term)> _terms = [];
    private readonly List<int> _touched = [];
    private readonly List<(int Entry, long Term)> _ofOne = [];
    private Standing[] _standings = [];
    private int[] _places = [];

    /// <summary>What is new, as of the latest <see cref="Score"/>.</summary>
    public RecentReleases Recent => _recent;

    /// <summary>The slots of artists that are worth something, in no order that may show.</summary>
    public IReadOnlyList<int> Slots => _touched;

    /// <summary>Scores every artist with something new.</summary>
    public void Score(Composition composition)
    {
        var parameters = composition.Parameters.ReleaseRadar;
        _recent.Prepare(composition.Date, parameters.Days);
        _terms.Clear();
        _touched.Clear();
        if (_standings.Length < _recent.Artists)
        {
            _standings = new Standing[_recent.Artists];
        }
        Array.Clear(_standings);
        foreach (var artist in composition.Taste.FollowedArtists)
        {
            if (_recent.SlotOf(composition.Numbers.ArtistNumber(artist)) is var slot and >= 0)
            {
                Touch(slot).Bonus = parameters.FollowBonus;
            }
        }
        var music = composition.Music;
        for (var entry = 0; entry < music.Count; entry++)
        {
            if (_recent.SlotOf(music[entry].Artist) is var slot and >= 0)
            {
                Touch(slot).Own += music[entry].Affinity;
                Add(slot, entry, music[entry].Affinity);
            }
            if (entry < parameters.Seeds && music[entry].Index < catalogue.Count)
            {
                if (entry + 1 < music.Count && music[entry + 1].Index < catalogue.Count)
                {
                    model.ExpectNeighboursOf(music[entry + 1].Index);
                }
                AddNeighbours(entry, music[entry]);
            }
        }
    }

    /// <summary>An artist's score.</summary>
    public long ScoreOf(int slot) => _standings[slot].Score;

    /// <summary>Whether the listener follows the artist, or plays them enough to love them.</summary>
    public bool IsLoved(int slot, ReleaseRadarParameters parameters) =>
        _standings[slot].Bonus > 0 || _standings[slot].Own >= parameters.LovedAffinity;

    /// <summary>Why an artist's release is there: the listener's items that speak for the artist.</summary>
    public Reason ReasonOf(Composition composition, int slot)
    {
        _ofOne.Clear();
        for (var at = _standings[slot].Head; at > 0; at = _terms[at - 1].Next)
        {
            // An item's terms follow each other in the chain.
            var (_, entry, term) = _terms[at - 1];
            if (_ofOne.Count > 0 && _ofOne[^1].Entry == entry)
            {
                _ofOne[^1] = (entry, _ofOne[^1].Term + term);
            }
            else
            {
                _ofOne.Add((entry, term));
            }
        }
        // Entries stand by affinity, ties by id.
        _ofOne.Sort(static (a, b) => a.Term != b.Term ? b.Term.CompareTo(a.Term) : a.Entry.CompareTo(b.Entry));
        var most = composition.Parameters.SeedsPerReason;
        var seeds = new List<ReasonSeed>(Math.Min(most, _ofOne.Count));
        var others = 0L;
        foreach (var (entry, term) in _ofOne)
        {
            if (seeds.Count < most)
            {
                seeds.Add(new ReasonSeed(composition.Music[entry].Item, term));
            }
            else
            {
                others += term;
            }
        }
        return new Reason(ReasonKind.Release, seeds, others, _standings[slot].Bonus);
    }

    private void AddNeighbours(int entry, TasteEntry seed)
    {
        var weight = Math.Sqrt(seed.Affinity / (double)FixedPoint.One);
        var neighbours = model.NeighboursOf(seed.Index);
        var similarities = model.SimilaritiesOf(seed.Index);
        if (_places.Length < neighbours.Length)
        {
            _places = new int[neighbours.Length * 2];
        }
        foreach (var place in _places.AsSpan(0, _recent.PlacesIn(neighbours, _places)))
        {
            Add(
                _recent.SlotOf(catalogue.ArtistOf(neighbours[place])),
                entry,
                FixedPoint.Of(weight * similarities[place])
            );
        }
    }

    private void Add(int slot, int entry, long term)
    {
        if (term <= 0)
        {
            return;
        }
        ref var standing = ref Touch(slot);
        _terms.Add((standing.Head, entry, term));
        standing.Head = _terms.Count;
        standing.Terms += term;
    }

    private ref Standing Touch(int slot)
    {
        ref var standing = ref _standings[slot];
        if (!standing.IsTouched)
        {
            standing.IsTouched = true;
            _touched.Add(slot);
        }
        return ref standing;
    }

    private struct Standing
    {
        public bool IsTouched;
        public long Bonus;
        public long Own;
        public long Terms;

        // One more than the place of the latest term; 0 without any.
        public int Head;

        public readonly long Score => Bonus + Terms;
    }
}
