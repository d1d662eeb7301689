using Nocturne.Domain;

namespace Nocturne.Playlists.Composing;

/// <summary>What earlier nights published for the listener and remembered, and what this night will be remembered by.</summary>
internal sealed class PastNights(Composition composition)
{
    // What tonight's list of discoveries names.
    private readonly HashSet<ulong> _published = [];

    /// <summary>What the next night is to know; recipes replace their own part of it.</summary>
    public ListenerMemory Next { get; set; } = ListenerMemory.Empty;

    /// <summary>Starts the listener: what is too old is forgotten, the rest stands until a recipe says otherwise.</summary>
    public void Begin()
    {
        var memory = composition.Taste.Memory;
        if (composition.Taste.AtRestSince is not null)
        {
            // Forgetting alone would be a change; a listener is not at rest for more than a week.
            Next = memory;
            return;
        }
        var first = composition.Date.AddDays(-ListenerMemory.DaysOfDiscoveries);
        if (memory.Discoveries.Any(d => d.Date < first))
        {
            memory = memory with { Discoveries = [.. memory.Discoveries.Where(d => d.Date >= first)] };
        }
        Next = memory;
    }

    /// <summary>
    /// Keeps the published playlists of a recipe if they are of its last due date or later, and nothing in them is
    /// banned or gone by now. Of a listener at rest all are kept (that there is none, too) but what is due since.
    /// </summary>
    /// <returns>False if the recipe has to compose.</returns>
    public bool TryKeep(PlaylistRecipe recipe, List<Playlist> playlists)
    {
        var since = composition.Taste.AtRestSince;
        var isDue = since is { } last
            ? recipe.IsDueAtRestWithin(last, composition.Date)
            : recipe.IsDue(composition.Date);
        if (composition.Taste.Published.Count == 0 || isDue)
        {
            return false;
        }
        var before = playlists.Count;
        foreach (
            var playlist in since is null
                ? OfThisTerm(recipe)
                : composition.Taste.Published.Where(published => recipe.Makes(published.Kind))
        )
        {
            if (!MayStay(playlist))
            {
                playlists.RemoveRange(before, playlists.Count - before);
                return false;
            }
            playlists.Add(playlist);
        }
        return since is not null || playlists.Count > before;
    }

    /// <summary>The published Home, for a listener at rest of whom every playlist was kept; else null.</summary>
    public HomePage? HomeToKeep(List<Playlist> playlists)
    {
        var taste = composition.Taste;
        if (taste.AtRestSince is null || playlists.Count != taste.Published.Count)
        {
            return null;
        }
        foreach (var playlist in playlists)
        {
            if (!taste.Published.Contains(playlist, ReferenceEqualityComparer.Instance))
            {
                return null;
            }
        }
        return taste.PublishedHome;
    }

    /// <summary>
    /// Marks what Discover Weekly published in the last eight weeks. A list that is replaced before its week is over
    /// does not count: its other tracks may stay.
    /// </summary>
    public void MarkDiscoveries(PlaylistRecipe recipe)
    {
        var replaced = OfThisTerm(recipe).Select(playlist => playlist.Date).ToList();
        foreach (var past in Next.Discoveries)
        {
            if (!replaced.Contains(past.Date))
            {
                composition.Marks.MarkRepeated(past.Items);
            }
        }
    }

    /// <summary>Remembers tonight's; of a list that it replaces, what is not in it.</summary>
    public void RememberDiscoveries(FilledSlots placed)
    {
        _published.Clear();
        var items = new ulong[placed.Count];
        for (var slot = 0; slot < items.Length; slot++)
        {
            items[slot] = composition.Numbers.KeyAt(placed.Slots[slot].Candidate.Index);
            _published.Add(items[slot]);
        }
        var discoveries = new List<PastDiscoveries>(Next.Discoveries.Count + 1);
        foreach (var past in Next.Discoveries)
        {
            if (past.Date != composition.Date && WithoutPublished(past) is { Items.Count: > 0 } others)
            {
                discoveries.Add(others);
            }
        }
        discoveries.Add(new PastDiscoveries(composition.Date, items));
        Next = Next with { Discoveries = discoveries };
    }

    /// <summary>Of most lists nothing is published again, and those stay as they are.</summary>
    private PastDiscoveries WithoutPublished(PastDiscoveries past)
    {
        var items = past.Items;
        for (var i = 0; i < items.Count; i++)
        {
            if (_published.Contains(items[i]))
            {
                return past with { Items = [.. items.Where(item => !_published.Contains(item))] };
            }
        }
        return past;
    }

    private IEnumerable<Playlist> OfThisTerm(PlaylistRecipe recipe)
    {
        var due = recipe.LastDue(composition.Date);
        return composition.Taste.Published.Where(playlist =>
            playlist.Date >= due && playlist.Date <= composition.Date && recipe.Makes(playlist.Kind)
        );
    }

    private bool MayStay(Playlist playlist)
    {
        foreach (var track in playlist.Tracks)
        {
            if (
                composition.Numbers.CandidateOf(track.Item) is not { } candidate
                || !CandidateFilter.NotBanned.Keeps(composition, candidate)
                || !CandidateFilter.Available.Keeps(composition, candidate)
                || (track.Artist is { } artist && composition.Taste.HatedArtists.Contains(artist))
            )
            {
                return false;
            }
            foreach (var seed in track.Reason.Seeds)
            {
                if (composition.Numbers.CandidateOf(seed.Item) is { } named && composition.Marks.IsBanned(named))
                {
                    return false;
                }
            }
        }
        return true;
    }
}
