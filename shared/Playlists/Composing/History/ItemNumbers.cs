using Nocturne.Domain;

namespace Nocturne.Playlists.Composing;

/// <summary>
/// Numbers of all that one listener's composing names: the catalogue's indices, and after them those of items and artists
/// that only this listener's history names. Memory of one worker; <see cref="Clear"/> starts the next listener.
/// </summary>
internal sealed class ItemNumbers(Catalogue catalogue)
{
    private readonly Dictionary<ItemId, int> _ownItems = [];
    private readonly Dictionary<ArtistId, int> _ownArtists = [];
    private readonly List<ItemId> _ownIds = [];

    /// <summary>Forgets what the catalogue does not know.</summary>
    public void Clear()
    {
        _ownItems.Clear();
        _ownArtists.Clear();
        _ownIds.Clear();
    }

    /// <summary>An item's number; the next own one if neither the catalogue knows it nor anything named it before.</summary>
    public int IndexOf(ItemId item)
    {
        var index = catalogue.IndexOf(item);
        if (index < 0 && !_ownItems.TryGetValue(item, out index))
        {
            index = catalogue.Count + _ownIds.Count;
            _ownItems.Add(item, index);
            _ownIds.Add(item);
        }
        return index;
    }

    /// <summary>An artist's number; likewise.</summary>
    public int ArtistNumber(ArtistId artist)
    {
        var number = catalogue.ArtistNumber(artist);
        if (number < 0 && !_ownArtists.TryGetValue(artist, out number))
        {
            number = catalogue.Artists + _ownArtists.Count;
            _ownArtists.Add(artist, number);
        }
        return number;
    }

    /// <summary>The number of an item's recording; an own item is its own.</summary>
    public int RecordingOf(int index) => index < catalogue.Count ? catalogue.RecordingOf(index) : index;

    /// <summary>The number of an item's artist; -1 if the catalogue does not know it.</summary>
    public int ArtistOf(int index) => index < catalogue.Count ? catalogue.ArtistOf(index) : -1;

    public ItemId IdAt(int index) => index < catalogue.Count ? catalogue.IdOf(index) : _ownIds[index - catalogue.Count];

    /// <summary>What an item is called in a <see cref="ListenerMemory"/>.</summary>
    public ulong KeyAt(int index) =>
        index < catalogue.Count ? catalogue.KeyOf(index) : ListenerMemory.KeyOf(_ownIds[index - catalogue.Count]);

    public CatalogueTrack? TrackAt(int index) => index < catalogue.Count ? catalogue[index] : null;

    /// <summary>What only the listener's history names is taken for music that may be played.</summary>
    public CatalogueTraits TraitsAt(int index) =>
        index < catalogue.Count ? catalogue.Traits(index) : CatalogueTraits.Music;

    public Sound SoundAt(int index) => index < catalogue.Count ? catalogue.Sound(index) : Sound.Unknown;

    /// <summary>What an item is: as the catalogue says, else as events do.</summary>
    public ItemKind KindOf(ItemId item, ItemKind named) => KindAt(catalogue.IndexOf(item), named);

    /// <summary>What an item is by its index in the catalogue, or below 0, and by what events say.</summary>
    public ItemKind KindAt(int index, ItemKind named) =>
        index < 0 ? named
        : catalogue.Traits(index).HasFlag(CatalogueTraits.Music) ? ItemKind.Track
        : catalogue[index].Kind;

    /// <summary>An item of the catalogue as a candidate.</summary>
    public Candidate CandidateAt(int index, long score, ReasonKind kind) =>
        new(index, catalogue.RecordingOf(index), catalogue.ArtistOf(index), score, kind);

    /// <summary>
    /// What an item is as a candidate tonight; null for one that neither the catalogue nor the history knows any more.
    /// </summary>
    public Candidate? CandidateOf(ItemId item)
    {
        var index = catalogue.IndexOf(item);
        return index >= 0 ? CandidateAt(index, 0, default)
            : _ownItems.TryGetValue(item, out index) ? new Candidate(index, index, -1, 0, default)
            : null;
    }
}
