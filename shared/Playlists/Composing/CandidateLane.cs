namespace Nocturne.Playlists.Composing;

/// <summary>Candidates of one kind, ranked, and the share of slots they are to fill, in thousandths.</summary>
internal sealed class CandidateLane
{
    private readonly List<Candidate> _candidates;
    private Entry[] _entries = [];

    public CandidateLane(List<Candidate> candidates, int share)
    {
        _candidates = candidates;
        Share = share;
    }

    /// <summary>What choosing asks of a candidate, side by side.</summary>
    public struct Entry
    {
        // A linked list over the ranking, so that what can never be placed again is not looked at again.
        public int Next;

        // One more than the number under which a slot first named it; 0 for one that none has.
        public int Number;
        public long Merit;

        /// <summary>The artist's and the recording's number in this filling.</summary>
        public int Artist;
        public int Recording;
        public Sound Sound;
    }

    public int Share { get; }

    /// <summary>Whether it is used only for slots that no lane with a share can fill.</summary>
    public bool IsFallback { get; private init; }

    public int Placed { get; set; }

    /// <summary>Position before the first; <see cref="Next"/> of it is the best one left.</summary>
    public const int Start = -1;

    private int First { get; set; }

    public int Count => _candidates.Count;

    /// <summary>Takes memory for what choosing asks, emptied, for one filling.</summary>
    public void Use(ref Entry[] entries)
    {
        if (entries.Length < Count)
        {
            entries = new Entry[Math.Max(Count, entries.Length * 2)];
        }
        _entries = entries;
        _entries.AsSpan(0, Count).Clear();
        First = 0;
    }

    public static CandidateLane Fallback(List<Candidate> candidates) => new(candidates, 0) { IsFallback = true };

    public int Next(int position) => position == Start ? First : _entries[position].Next;

    public bool IsEnd(int position) => position >= _candidates.Count;

    public Candidate this[int position] => _candidates[position];

    public ref Entry At(int position) => ref _entries[position];

    /// <summary>The number of a candidate that a slot names.</summary>
    public int NumberOf(int position, NumberedChoices choices, Composition composition)
    {
        ref var entry = ref _entries[position];
        if (entry.Number == 0)
        {
            choices.Candidates.Add((composition.IdAt(_candidates[position].Index), entry.Merit));
            entry.Number = choices.Candidates.Count;
        }
        return entry.Number - 1;
    }

    public void Remove(int previous, int position)
    {
        if (previous == Start)
        {
            First = _entries[position].Next;
        }
        else
        {
            _entries[previous].Next = _entries[position].Next;
        }
    }
}
