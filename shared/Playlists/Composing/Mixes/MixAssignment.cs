namespace Nocturne.Playlists.Composing;

/// <summary>Which mix and which part of tonight's cut every item of a taste is in, and what they share.</summary>
internal sealed class MixAssignment
{
    /// <summary>The mix of an entry that has none yet.</summary>
    public const int Nowhere = -1;

    /// <summary>Of an entry whose mix gave way: no new taste, but what joins another mix.</summary>
    public const int Displaced = -2;

    private int[] _mixOf = [];
    private int[] _partOf = [];

    // Affinity of the members by mix and part.
    private long[] _shared = [];

    /// <summary>The entries, strongest first.</summary>
    public List<TasteEntry> Entries { get; private set; } = [];

    /// <summary>The mixes; what lost every member stays until the end, so that positions do not change.</summary>
    public List<MixTaste> Mixes { get; } = [];

    /// <summary>How many parts tonight's cut has.</summary>
    public int Parts { get; private set; }

    /// <summary>How many mixes have members.</summary>
    public int Living => Mixes.Count(mix => mix.Mass > 0);

    /// <summary>Starts the next listener.</summary>
    public void Begin(Composition composition, List<TasteEntry> entries)
    {
        Entries = entries;
        Mixes.Clear();
        if (_mixOf.Length < entries.Count)
        {
            _mixOf = new int[entries.Count];
            _partOf = new int[entries.Count];
        }
        _mixOf.AsSpan(0, entries.Count).Fill(Nowhere);
        Parts = composition.Clusters.Assign(composition, entries, _partOf.AsSpan(0, entries.Count));
        _shared.AsSpan().Clear();
    }

    /// <summary>The entry's mix, or below 0.</summary>
    public int MixOf(int entry) => _mixOf[entry];

    /// <summary>The entry's part, or -1 for one that is like nothing else.</summary>
    public int PartOf(int entry) => _partOf[entry];

    /// <summary>The affinity of those that are in both.</summary>
    public long Shared(int mix, int part) => _shared[(mix * Parts) + part];

    /// <summary>The mix that most of a part's members are in.</summary>
    public int HomeOf(int part)
    {
        var home = Nowhere;
        for (var mix = 0; mix < Mixes.Count; mix++)
        {
            if (Shared(mix, part) > (home < 0 ? 0 : Shared(home, part)))
            {
                home = mix;
            }
        }
        return home;
    }

    /// <summary>Adds a mix without members.</summary>
    public int Add(MixTaste mix)
    {
        Mixes.Add(mix);
        if (_shared.Length < Mixes.Count * Parts)
        {
            Array.Resize(ref _shared, Mixes.Count * Parts);
        }
        return Mixes.Count - 1;
    }

    /// <summary>Adds one that no night before knew.</summary>
    public int AddNew() => Add(new MixTaste { IsNew = true });

    /// <summary>Moves an entry to a mix.</summary>
    public void Move(int entry, int to)
    {
        Add(_mixOf[entry], _partOf[entry], -Entries[entry].Affinity);
        Add(to, _partOf[entry], Entries[entry].Affinity);
        _mixOf[entry] = to;
    }

    /// <summary>Moves every member of one mix to another.</summary>
    public void MoveAll(int from, int to)
    {
        for (var i = 0; i < Entries.Count; i++)
        {
            if (_mixOf[i] == from)
            {
                Move(i, to);
            }
        }
    }

    /// <summary>Moves the members of one mix that are in a part to another mix.</summary>
    public void MovePart(int from, int part, int to)
    {
        for (var i = 0; i < Entries.Count; i++)
        {
            if (_mixOf[i] == from && _partOf[i] == part)
            {
                Move(i, to);
            }
        }
    }

    private void Add(int mix, int part, long affinity)
    {
        if (mix < 0)
        {
            return;
        }
        Mixes[mix].Mass += affinity;
        if (part >= 0)
        {
            _shared[(mix * Parts) + part] += affinity;
        }
    }
}
