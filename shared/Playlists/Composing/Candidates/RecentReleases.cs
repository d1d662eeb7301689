using System.Runtime.CompilerServices;

namespace Nocturne.Playlists.Composing;

/// <summary>What was released lately, by artist: the same for all listeners, made once a worker and date.</summary>
/// <remarks>
/// Artists with something new have slots, in the order of their numbers. A recording counts as new if no item of it
/// was out before: neither a re-release nor a compilation makes an old song new.
/// </remarks>
internal sealed class RecentReleases(Catalogue catalogue, ITasteModel model)
{
    private readonly int[] _slotOf = new int[catalogue.Artists];

    // A bit for each item whose artist has something new: most have not, and bits stay in the first-level cache.
    private readonly ulong[] _isByOne = new ulong[(catalogue.Count / 64) + 1];
    private int[] _firsts = [0];
    private int[] _items = [];
    private int[] _popular = [];
    private (DateOnly Date, int Days) _window;

    /// <summary>How many artists have something new.</summary>
    public int Artists => _firsts.Length - 1;

    /// <summary>What is new and played by anyone, most listeners first, ties by lower item.</summary>
    public ReadOnlySpan<int> Popular => _popular;

    /// <summary>The slot of an artist; -1 without anything new, or unknown to the catalogue.</summary>
    public int SlotOf(int artist) => (uint)artist < (uint)_slotOf.Length ? _slotOf[artist] : -1;

    /// <summary>Which of a list's items are by artists with something new: their places in it.</summary>
    /// <param name="items">The list.</param>
    /// <param name="places">Receives them; at least as long.</param>
    /// <returns>How many there are.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)] // so that all of it stays in registers
    public int PlacesIn(ReadOnlySpan<int> items, Span<int> places)
    {
        var (isByOne, count) = (_isByOne, 0);
        // Without a branch on it, for no predictor foresees that.
        for (var place = 0; place < items.Length && place < places.Length; place++)
        {
            places[count] = place;
            count += (int)(isByOne[items[place] >> 6] >> items[place] & 1);
        }
        return count;
    }

    /// <summary>What is new of an artist: most listeners first, then the newest, then the lower item.</summary>
    public ReadOnlySpan<int> ItemsOf(int slot) => _items.AsSpan(_firsts[slot].._firsts[slot + 1]);

    /// <summary>Looks for what was released in the last <paramref name="days"/> days up to <paramref name="date"/>.</summary>
    public void Prepare(DateOnly date, int days)
    {
        if (_window == (date, days))
        {
            return;
        }
        _window = (date, days);
        var items = new List<int>();
        var popular = new List<int>();
        for (var item = 0; item < catalogue.Count; item++)
        {
            if (IsNew(item, date.AddDays(1 - days), date))
            {
                if (catalogue.ArtistOf(item) >= 0)
                {
                    items.Add(item);
                }
                if (model.ListenersOf(item) > 0)
                {
                    popular.Add(item);
                }
            }
        }
        items.Sort(ByArtistAndListeners);
        popular.Sort(ByListeners);
        Array.Fill(_slotOf, -1);
        var firsts = new List<int>();
        for (var at = 0; at < items.Count; at++)
        {
            var artist = catalogue.ArtistOf(items[at]);
            if (_slotOf[artist] < 0)
            {
                _slotOf[artist] = firsts.Count;
                firsts.Add(at);
            }
        }
        Array.Clear(_isByOne);
        for (var item = 0; item < catalogue.Count; item++)
        {
            _isByOne[item >> 6] |= SlotOf(catalogue.ArtistOf(item)) >= 0 ? 1ul << item : 0;
        }
        (_items, _popular, _firsts) = ([.. items], [.. popular], [.. firsts, items.Count]);
    }

    private bool IsNew(int item, DateOnly first, DateOnly last)
    {
        if (catalogue[item].Released is not { } released || released < first || released > last)
        {
            return false;
        }
        for (var twin = catalogue.NextOfRecording(item); twin != item; twin = catalogue.NextOfRecording(twin))
        {
            var track = catalogue[twin];
            if (track.Released < first || (track.Released is null && track.Year < first.Year))
            {
                return false;
            }
        }
        return true;
    }

    private int ByArtistAndListeners(int a, int b)
    {
        var byArtist = catalogue.ArtistOf(a).CompareTo(catalogue.ArtistOf(b));
        if (byArtist != 0)
        {
            return byArtist;
        }
        var byListeners = model.ListenersOf(b).CompareTo(model.ListenersOf(a));
        var byDay = byListeners != 0 ? byListeners : Nullable.Compare(catalogue[b].Released, catalogue[a].Released);
        return byDay != 0 ? byDay : a.CompareTo(b);
    }

    private int ByListeners(int a, int b)
    {
        var byListeners = model.ListenersOf(b).CompareTo(model.ListenersOf(a));
        return byListeners != 0 ? byListeners : a.CompareTo(b);
    }
}
