using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists.Blends;

/// <summary>Names the tracks of a blend and says why each is there: by the taste of the member whom it suits best.</summary>
internal sealed class BlendReasons(Composition composition, GroupRules rules, ListenerTaste[] tastes, DateOnly date)
{
    /// <summary>The members for whom a candidate is worth something, the greatest score first, ties by member.</summary>
    public static IEnumerable<int> Order(BlendCandidate candidate) =>
        Enumerable
            .Range(0, candidate.Scores.Length)
            .Where(member => candidate.Scores[member] > 0)
            .OrderByDescending(member => candidate.Scores[member]);

    /// <summary>The tracks, in the order of the slots.</summary>
    public PlaylistTrack[] TracksOf(List<BlendSlot> slots)
    {
        var reasons = new Reason?[slots.Count];
        var leading = slots.ConvertAll(slot => slot.Candidate is { } candidate ? Order(candidate).First() : -1);
        for (var member = 0; member < tastes.Length; member++)
        {
            if (!leading.Contains(member))
            {
                continue;
            }
            composition.Begin(tastes[member], date);
            composition.Ranked(out _); // what is explained next is explained by it
            for (var slot = 0; slot < slots.Count; slot++)
            {
                if (leading[slot] == member)
                {
                    var own = slots[slot].Candidate!.Own[member]!.Value;
                    reasons[slot] = WithoutBans(composition.Track(new Placement(own, SlotPolicy.Unit), null).Reason);
                }
            }
        }
        return
        [
            .. slots.Select(
                (slot, at) =>
                    composition.Track(
                        new Placement(slot.Placed, slot.Propensity),
                        candidate => reasons[at] ?? new Reason(ReasonKind.Popular, [], Base: candidate.Score)
                    )
            ),
        ];
    }

    /// <summary>A reason names nothing that another member banned; the terms stay in the sum.</summary>
    private Reason WithoutBans(Reason reason)
    {
        var banned = reason
            .Seeds.Where(seed => composition.Catalogue.IndexOf(seed.Item) is >= 0 and var item && rules.IsBanned(item))
            .ToList();
        return banned.Count == 0
            ? reason
            : reason with
            {
                Seeds = [.. reason.Seeds.Except(banned)],
                Others = reason.Others + banned.Sum(seed => seed.Term),
            };
    }
}
