using System.Runtime.InteropServices;
using Nocturne.Domain;

namespace Nocturne.Playlists.Composing;

/// <summary>
/// A listener's history by number: what is banned and known of it, and what of it acts as favourite and as seed. Memory of
/// one worker; <see cref="Read"/> takes the next listener.
/// </summary>
internal sealed class TasteHistory(
    Catalogue catalogue,
    ItemNumbers numbers,
    CandidateMarks marks,
    RecipeParameters parameters
)
{
    private const int Seen = 1;
    private const int Liked = 2;

    private readonly RoundTable _items = new(catalogue.Count);
    private readonly List<int> _excluded = [];
    private ListenerTaste _taste = new(default);

    /// <summary>Favourites and seeds, strongest first, ties by id; nothing banned.</summary>
    public List<TasteEntry> Entries { get; } = [];

    /// <summary>Those of <see cref="Entries"/> that are music, in the same order.</summary>
    public List<TasteEntry> Music { get; } = [];

    /// <summary>Items that are never candidates of the model: all of the history and everything banned.</summary>
    public ReadOnlySpan<int> Excluded => CollectionsMarshal.AsSpan(_excluded);

    /// <summary>The taste's item of an entry; an item without streams if it was liked and never played.</summary>
    public TasteItem ItemOf(TasteEntry entry) =>
        entry.Position < _taste.Items.Count
            ? _taste.Items[entry.Position]
            : new TasteItem(entry.Item, null, 0, 0, 0, 0);

    /// <summary>Takes the next listener, for whom numbers and marks were begun.</summary>
    public void Read(ListenerTaste taste)
    {
        _taste = taste;
        _items.Clear();
        _excluded.Clear();
        Entries.Clear();
        Music.Clear();
        Ban();
        Enter();
        foreach (var item in taste.Unfinished)
        {
            BanOfHatedShow(item);
        }
        // Only now is every ban known, whatever the order of the history.
        Entries.RemoveAll(e => marks.IsRecordingBanned(e.Recording));
        KnowArtists();
        TasteEntry.SortStrongestFirst(Entries);
        if (Entries.Count > parameters.TasteItems)
        {
            Entries.RemoveRange(parameters.TasteItems, Entries.Count - parameters.TasteItems);
        }
        foreach (var entry in Entries)
        {
            // What the catalogue does not know is what its events said it is.
            if (
                numbers.TraitsAt(entry.Index).HasFlag(CatalogueTraits.Music)
                && (entry.Index < catalogue.Count || ItemOf(entry).Kind == ItemKind.Track)
            )
            {
                Music.Add(entry);
            }
        }
    }

    private void Ban()
    {
        foreach (var item in _taste.Hated)
        {
            Ban(item);
        }
        foreach (var item in _taste.Excluded)
        {
            Ban(item);
        }
        foreach (var artist in _taste.HatedArtists)
        {
            marks.BanArtist(numbers.ArtistNumber(artist));
        }
    }

    private void Ban(ItemId item)
    {
        var index = numbers.IndexOf(item);
        marks.Ban(numbers.RecordingOf(index));
        if (index < catalogue.Count)
        {
            _excluded.Add(index);
        }
    }

    /// <summary>The catalogue may not know the show that the event named, so the item itself is banned.</summary>
    private void BanOfHatedShow(UnfinishedItem item)
    {
        var index = numbers.IndexOf(item.Item);
        if (item.Show is { } show && numbers.ArtistOf(index) < 0 && marks.IsArtistBanned(numbers.ArtistNumber(show)))
        {
            marks.Ban(numbers.RecordingOf(index));
        }
    }

    private void KnowArtists()
    {
        foreach (var entry in Entries)
        {
            if (entry.Artist >= 0)
            {
                marks.MarkKnownArtist(entry.Artist);
            }
        }
        foreach (var artist in _taste.FollowedArtists)
        {
            marks.MarkKnownArtist(numbers.ArtistNumber(artist));
        }
    }

    private void Enter()
    {
        // By number: texts take long to hash.
        foreach (var item in _taste.Liked)
        {
            if (catalogue.IndexOf(item) is var index and >= 0)
            {
                _items[index] = Liked;
            }
        }
        var indices = _taste.IndicesIn(catalogue);
        for (var position = 0; position < indices.Length; position++)
        {
            var item = _taste.Items[position];
            Enter(item, indices[position] >= 0 ? indices[position] : numbers.IndexOf(item.Item), position);
        }
        foreach (var item in _taste.Liked)
        {
            Enter(new TasteItem(item, null, 0, 0, 0, 0), numbers.IndexOf(item), int.MaxValue);
        }
    }

    private void Enter(in TasteItem item, int index, int position)
    {
        var marked = _items[index];
        if ((marked & Seen) != 0)
        {
            return;
        }
        _items[index] = marked | Seen;
        var recording = numbers.RecordingOf(index);
        var artist = numbers.ArtistOf(index);
        if (artist < 0 && item.Artist is { } named)
        {
            artist = numbers.ArtistNumber(named);
        }
        marks.MarkPlayed(recording);
        if (index < catalogue.Count)
        {
            _excluded.Add(index);
        }
        if (marks.IsArtistBanned(artist))
        {
            // The catalogue may not know the artist that the event named, so the item itself is banned.
            marks.Ban(recording);
        }
        var isLiked = index < catalogue.Count ? (marked & Liked) != 0 : _taste.Liked.Contains(item.Item);
        var affinity = AffinityOf(item) + (isLiked ? parameters.LikedBonus : 0);
        if (affinity > 0)
        {
            Entries.Add(new TasteEntry(index, item.Item, artist, recording, affinity) { Position = position });
        }
    }

    private long AffinityOf(in TasteItem item)
    {
        if (item.Streams <= 0)
        {
            return 0;
        }
        var mixed =
            ((Int128)item.ShortWeight * parameters.ShortShare)
            + ((Int128)item.LongWeight * (1000 - parameters.ShortShare));
        var skips = Math.Max(0, item.Skips);
        var share = mixed / 1000 * item.Streams / ((Int128)item.Streams + skips);
        // One at least: a stream long ago is still a stream.
        return (long)Int128.Clamp(share, 1, 1L << 52);
    }
}
