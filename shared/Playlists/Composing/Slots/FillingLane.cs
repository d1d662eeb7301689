using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Nocturne.Playlists.Composing;

/// <summary>
/// A lane's candidates as one filling sees them: what choosing asks of them side by side, and sets of them as bits, the
/// best first. Memory of one worker, used again.
/// </summary>
internal sealed class FillingLane
{
    private const int WordBits = 64;
    private const int Lanes = 8;

    // No candidate's number: pads the last word.
    private const int Nobody = int.MinValue;

    private int[] _artists = [];
    private int[] _recordings = [];
    private float[] _tempos = [];
    private float[] _loudnesses = [];
    private float[] _energies = [];
    private long[] _merits = [];

    // Those that may still be placed; and of each of the last slots that spacing looks back to, those of its artist.
    private ulong[] _left = [];
    private ulong[] _near = [];

    // Those that any slot was drawn from, and the number of each word's first.
    private ulong[] _named = [];
    private int[] _numbers = [];
    private ulong[] _ranks = [];
    private int _spacing;
    private int _words;

    /// <summary>The lane.</summary>
    public CandidateLane Lane { get; private set; } = CandidateLane.Fallback([]);

    /// <summary>Takes a lane for one filling.</summary>
    public void Begin(CandidateLane lane, int spacing, Composition composition)
    {
        Lane = lane;
        _spacing = spacing;
        _words = (lane.Count + WordBits - 1) / WordBits;
        var padded = _words * WordBits;
        if (_artists.Length < padded)
        {
            padded *= 2;
            (_artists, _recordings) = (new int[padded], new int[padded]);
            (_tempos, _loudnesses, _energies) = (new float[padded], new float[padded], new float[padded]);
            _merits = new long[padded];
            var words = padded / WordBits;
            (_left, _named, _ranks) = (new ulong[words], new ulong[words], new ulong[words]);
            _numbers = new int[words];
        }
        if (_near.Length < _words * spacing)
        {
            _near = new ulong[_words * spacing * 2];
        }
        _near.AsSpan(0, _words * spacing).Clear();
        _named.AsSpan(0, _words).Clear();
        _left.AsSpan(0, _words).Fill(ulong.MaxValue);
        for (var at = 0; at < lane.Count; at++)
        {
            var candidate = lane[at];
            var sound = composition.Numbers.SoundAt(candidate.Index);
            (_artists[at], _recordings[at], _merits[at]) = (candidate.Artist, candidate.Recording, candidate.Merit);
            (_tempos[at], _loudnesses[at], _energies[at]) = (sound.Tempo, sound.Loudness, sound.Energy);
        }
        if (lane.Count % WordBits != 0)
        {
            _left[_words - 1] = (1ul << lane.Count) - 1;
            _artists.AsSpan(lane.Count, (_words * WordBits) - lane.Count).Fill(Nobody);
            _recordings.AsSpan(lane.Count, (_words * WordBits) - lane.Count).Fill(Nobody);
        }
    }

    public long Merit(int at) => _merits[at];

    public int Artist(int at) => _artists[at];

    public int Recording(int at) => _recordings[at];

    /// <summary>The first from a position on that may still be placed somewhere; the lane's count if there is none.</summary>
    public int NextLeft(int at)
    {
        while (at < Lane.Count && (_left[at / WordBits] >> at & 1) == 0)
        {
            at++;
        }
        return at;
    }

    /// <summary>The best of those that keep the rules in a slot.</summary>
    /// <param name="before">How the track before sounds, where steps are to be kept.</param>
    /// <param name="wanted">How many, at most.</param>
    /// <param name="choices">Receives their positions.</param>
    /// <returns>How many there are.</returns>
    public int Choose(Sound? before, int wanted, Span<int> choices)
    {
        var count = 0;
        for (var word = 0; word < _words; word++)
        {
            var open = _left[word];
            for (var slot = 0; slot < _spacing; slot++)
            {
                open &= ~_near[(slot * _words) + word];
            }
            if (open != 0 && before is { } last)
            {
                open &= Following(last, word * WordBits);
            }
            for (; open != 0; open &= open - 1)
            {
                choices[count] = (word * WordBits) + BitOperations.TrailingZeroCount(open);
                if (++count == wanted)
                {
                    return count;
                }
            }
        }
        return count;
    }

    /// <summary>Takes out what a placed track rules out.</summary>
    /// <param name="slot">Where it was placed.</param>
    /// <param name="recording">Its recording.</param>
    /// <param name="artist">Its artist; below 0 if unknown.</param>
    /// <param name="isCapped">Whether the artist may have no more.</param>
    public void Place(int slot, int recording, int artist, bool isCapped)
    {
        for (var word = 0; word < _words; word++)
        {
            var same = Equal(_recordings, word * WordBits, recording);
            var near = artist < 0 ? 0 : Equal(_artists, word * WordBits, artist);
            _left[word] &= ~(same | (isCapped ? near : 0));
            if (_spacing > 0)
            {
                _near[(slot % _spacing * _words) + word] = near;
            }
        }
    }

    /// <summary>Notes that a slot is drawn from these: as a set, to be given back for its numbers.</summary>
    public void Name(ReadOnlySpan<int> choices, List<ulong> sets)
    {
        var start = sets.Count;
        CollectionsMarshal.SetCount(sets, start + _words);
        var set = CollectionsMarshal.AsSpan(sets)[start..];
        set.Clear();
        foreach (var at in choices)
        {
            set[at / WordBits] |= 1ul << at;
        }
        for (var word = 0; word < _words; word++)
        {
            _named[word] |= set[word];
        }
    }

    /// <summary>How many were named.</summary>
    public int Named
    {
        get
        {
            var named = 0;
            foreach (var set in _named.AsSpan(0, _words))
            {
                named += BitOperations.PopCount(set);
            }
            return named;
        }
    }

    /// <summary>Lists those that were named, in their order.</summary>
    public void ListNamed(NumberedChoices choices, Composition composition)
    {
        for (var word = 0; word < _words; word++)
        {
            _numbers[word] = choices.Candidates.Count;
            for (var left = _named[word]; left != 0; left &= left - 1)
            {
                var at = (word * WordBits) + BitOperations.TrailingZeroCount(left);
                choices.Candidates.Add((composition.Numbers.IdAt(Lane[at].Index), _merits[at]));
            }
        }
    }

    /// <summary>Adds a slot by the numbers of what it was drawn from.</summary>
    /// <param name="choices">All slots.</param>
    /// <param name="sets">The next of them is the slot's.</param>
    /// <param name="count">How many choices there are.</param>
    /// <param name="chosen">Which of them was placed.</param>
    /// <returns>The sets after it.</returns>
    public ReadOnlySpan<ulong> Number(NumberedChoices choices, ReadOnlySpan<ulong> sets, int count, int chosen)
    {
        var ranks = _ranks.AsSpan(0, _words);
        ranks.Clear();
        for (var word = 0; word < _words; word++)
        {
            // Those named before this word come first.
            var rank = _numbers[word] - _numbers[0];
            var (to, bit) = (rank / WordBits, rank % WordBits);
            var extracted = Bits.Extract(sets[word], _named[word]);
            ranks[to] |= extracted << bit;
            if (bit > 0 && to + 1 < _words)
            {
                ranks[to + 1] |= extracted >> (WordBits - bit);
            }
        }
        choices.Add(_numbers[0], ranks, count, chosen);
        return sets[_words..];
    }

    /// <summary>Of 64 candidates those that <see cref="SoundSteps"/> lets follow.</summary>
    private ulong Following(Sound last, int first)
    {
        var following = 0ul;
        for (var at = 0; at < WordBits; at += Lanes)
        {
            var bits = SoundSteps.AreKept(
                last,
                Load(_tempos, first + at),
                Load(_loudnesses, first + at),
                Load(_energies, first + at)
            );
            following |= (ulong)bits << at;
        }
        return following;
    }

    private static ulong Equal(int[] values, int first, int value)
    {
        var wanted = Vector256.Create(value);
        ref var from = ref MemoryMarshal.GetArrayDataReference(values);
        var equal = 0ul;
        for (var at = 0; at < WordBits; at += Lanes)
        {
            var bits = Vector256.Equals(Vector256.LoadUnsafe(ref from, (nuint)(first + at)), wanted);
            equal |= (ulong)bits.ExtractMostSignificantBits() << at;
        }
        return equal;
    }

    private static Vector256<float> Load(float[] values, int at) =>
        Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(values), (nuint)at);
}
