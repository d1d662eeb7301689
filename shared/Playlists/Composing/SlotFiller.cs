using System.Runtime.InteropServices;

namespace Nocturne.Playlists.Composing;

/// <summary>What the placed tracks of one playlist keep among themselves.</summary>
/// <param name="Tracks">How many there are at most.</param>
/// <param name="ArtistCap">How many of one artist, at most; tracks of unknown artists are not counted.</param>
/// <param name="ArtistSpacing">Tracks between two of one artist, where the candidates allow it.</param>
internal readonly record struct SlotRules(int Tracks, int ArtistCap, int ArtistSpacing);

/// <summary>Candidates of one kind, ranked, and the share of slots they are to fill, in thousandths.</summary>
internal sealed class CandidateLane(List<Candidate> candidates, int share)
{
    // A linked list over the ranking, so that what can never be placed again is not looked at again.
    private readonly int[] _next = Chain(candidates.Count);

    public int Share { get; } = share;

    /// <summary>Whether it is used only for slots that no lane with a share can fill.</summary>
    public bool IsFallback { get; private init; }

    public int Placed { get; set; }

    /// <summary>Position before the first; <see cref="Next"/> of it is the best one left.</summary>
    public const int Start = -1;

    private int First { get; set; }

    public static CandidateLane Fallback(List<Candidate> candidates) => new(candidates, 0) { IsFallback = true };

    public int Next(int position) => position == Start ? First : _next[position];

    public bool IsEnd(int position) => position >= candidates.Count;

    public Candidate this[int position] => candidates[position];

    public void Remove(int previous, int position)
    {
        if (previous == Start)
        {
            First = _next[position];
        }
        else
        {
            _next[previous] = _next[position];
        }
    }

    private static int[] Chain(int count)
    {
        var next = new int[count];
        for (var i = 0; i < count; i++)
        {
            next[i] = i + 1;
        }
        return next;
    }
}

/// <summary>
/// Fills slots in playing order: each takes the best candidate that keeps every rule given the slots before it, and
/// nothing is moved, dropped or replaced afterwards.
/// </summary>
/// <remarks>
/// The slot's lane is the one furthest behind its share, then the others; when none has a candidate that keeps the
/// artist spacing, the one whose artist was heard longest ago; then the fall-back lanes in their order, likewise.
/// Caps and "each recording once" are never relaxed.
/// </remarks>
internal sealed class SlotFiller
{
    private readonly HashSet<int> _recordings = [];
    private readonly Dictionary<int, (int Count, int Last)> _artists = [];
    private readonly List<CandidateLane> _order = [];

    public List<Candidate> Fill(SlotRules rules, params ReadOnlySpan<CandidateLane> lanes)
    {
        _recordings.Clear();
        _artists.Clear();
        var placed = new List<Candidate>(rules.Tracks);
        while (placed.Count < rules.Tracks)
        {
            Order(lanes, placed.Count);
            if (
                Pick(rules, _order, placed.Count) is not { } slot
                && !PickFallback(rules, lanes, placed.Count, out slot)
            )
            {
                break;
            }
            Place(slot.Lane, slot.Candidate, placed);
        }
        return placed;
    }

    /// <summary>The lanes that are no fall-back, the one furthest behind first, ties in the order given.</summary>
    private void Order(ReadOnlySpan<CandidateLane> lanes, int slot)
    {
        _order.Clear();
        foreach (var lane in lanes)
        {
            if (lane.IsFallback)
            {
                continue;
            }
            var at = _order.Count;
            while (at > 0 && Deficit(_order[at - 1], slot) < Deficit(lane, slot))
            {
                at--;
            }
            _order.Insert(at, lane);
        }
    }

    private static int Deficit(CandidateLane lane, int slot) => (lane.Share * (slot + 1)) - (lane.Placed * 1000);

    private bool PickFallback(
        SlotRules rules,
        ReadOnlySpan<CandidateLane> lanes,
        int slot,
        out (CandidateLane Lane, Candidate Candidate) picked
    )
    {
        foreach (var lane in lanes)
        {
            if (lane.IsFallback)
            {
                _order.Clear();
                _order.Add(lane);
                if (Pick(rules, _order, slot) is { } found)
                {
                    picked = found;
                    return true;
                }
            }
        }
        picked = default;
        return false;
    }

    private (CandidateLane Lane, Candidate Candidate)? Pick(SlotRules rules, List<CandidateLane> lanes, int slot)
    {
        (CandidateLane, Candidate)? best = null;
        var bestGap = -1;
        foreach (var lane in lanes)
        {
            var previous = CandidateLane.Start;
            for (var position = lane.Next(previous); !lane.IsEnd(position); position = lane.Next(previous))
            {
                var candidate = lane[position];
                var artist = candidate.Artist < 0 ? default : _artists.GetValueOrDefault(candidate.Artist);
                if (_recordings.Contains(candidate.Recording) || artist.Count >= rules.ArtistCap)
                {
                    lane.Remove(previous, position);
                    continue;
                }
                var gap = artist.Count == 0 ? int.MaxValue : slot - artist.Last - 1;
                if (gap >= rules.ArtistSpacing)
                {
                    return (lane, candidate);
                }
                if (gap > bestGap)
                {
                    (best, bestGap) = ((lane, candidate), gap);
                }
                previous = position;
            }
        }
        return best;
    }

    private void Place(CandidateLane lane, Candidate candidate, List<Candidate> placed)
    {
        _recordings.Add(candidate.Recording);
        if (candidate.Artist >= 0)
        {
            ref var artist = ref CollectionsMarshal.GetValueRefOrAddDefault(_artists, candidate.Artist, out _);
            artist = (artist.Count + 1, placed.Count);
        }
        lane.Placed++;
        placed.Add(candidate);
    }
}
