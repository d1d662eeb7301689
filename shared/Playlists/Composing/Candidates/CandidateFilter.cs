namespace Nocturne.Playlists.Composing;

/// <summary>Whether a candidate keeps a rule. By reference: several rules look at thousands a listener.</summary>
internal delegate bool CandidateRule(Composition composition, in Candidate candidate);

/// <summary>A rule that a candidate keeps or fails whatever else is placed.</summary>
/// <param name="Name">What it keeps.</param>
/// <param name="Keeps">Whether the candidate may be used.</param>
internal sealed record CandidateFilter(string Name, CandidateRule Keeps)
{
    /// <summary>Not hated, not excluded, not by a hated artist, under no id of the recording.</summary>
    public static CandidateFilter NotBanned { get; } = new("not banned", static (c, in x) => !c.Marks.IsBanned(x));

    /// <summary>Playable in the listener's market, and not explicit where that is not wanted.</summary>
    public static CandidateFilter Available { get; } = new("available", static (c, in x) => IsAvailable(c, x));

    /// <summary>A track, or of unknown kind.</summary>
    public static CandidateFilter Music { get; } =
        new("music", static (c, in x) => c.Numbers.TraitsAt(x.Index).HasFlag(CatalogueTraits.Music));

    /// <summary>Not in the history that composing sees: favourites come from there by their own source.</summary>
    public static CandidateFilter NotPlayed { get; } = new("not played", static (c, in x) => !c.Marks.IsPlayed(x));

    /// <summary>Never heard at all.</summary>
    public static CandidateFilter NeverHeard { get; } = new("never heard", static (c, in x) => !c.Marks.IsHeard(x));

    /// <summary>By an emerging artist.</summary>
    public static CandidateFilter Emerging { get; } = new("emerging", static (c, in x) => c.Model.IsEmerging(x.Artist));

    /// <summary>Not among the discoveries of the last eight weeks; see <see cref="PastNights.MarkDiscoveries"/>.</summary>
    public static CandidateFilter NotRepeated { get; } =
        new("not repeated", static (c, in x) => !c.Marks.IsRepeated(x));

    /// <summary>Not in another mix of the same day.</summary>
    public static CandidateFilter NotPlacedToday { get; } =
        new("not placed today", static (c, in x) => !c.Marks.IsPlaced(x));

    /// <summary>Whether a candidate passes all of some filters.</summary>
    public static bool KeepAll(CandidateFilter[] filters, Composition composition, in Candidate candidate)
    {
        foreach (var filter in filters)
        {
            if (!filter.Keeps(composition, candidate))
            {
                return false;
            }
        }
        return true;
    }

    private static bool IsAvailable(Composition composition, in Candidate candidate)
    {
        var traits = composition.Numbers.TraitsAt(candidate.Index);
        var taste = composition.Taste;
        return (taste.AllowsExplicit || !traits.HasFlag(CatalogueTraits.Explicit))
            && (
                taste.Market is null
                || !traits.HasFlag(CatalogueTraits.SomeMarkets)
                || composition.Catalogue[candidate.Index].Markets!.Contains(taste.Market)
            );
    }
}
