using System.Collections.Concurrent;
using Nocturne.Domain;
using Nocturne.Serve.Serving;

namespace Nocturne.Serve.Search;

/// <summary>Everything that has a name in the published catalogue, by the words of its names.</summary>
/// <remarks>
/// A recording is there once, under the item that most listeners have; artists and shows by their names, tracks and
/// episodes by title and, for less, by artist and album. Every word of a query must be answered. A hit is worth the
/// mean quality of the answers, the share of its name that was asked for, its listeners on a logarithmic scale, and
/// the listener's taste.
/// </remarks>
internal sealed class SearchIndex
{
    private const float Coverage = 0.2f;
    private const float Popularity = 0.3f;
    private const float Taste = 0.4f;

    // A word found in the artist's or album's name of a track.
    private const float Beside = 0.7f;
    private const int Fields = 2;

    private readonly ServingIndex _index;
    private readonly Vocabulary _words;
    private readonly int[] _starts;
    private readonly int[] _postings; // Fields × document + field
    private readonly SearchHit[] _documents;
    private readonly byte[] _lengths; // words of the name itself
    private readonly float[] _popularity;
    private readonly int[] _artists;

    // As many as ever searched at once, which Discovery bounds.
    private readonly ConcurrentBag<Scratch> _scratch = [];

    public SearchIndex(ServingIndex index)
    {
        _index = index;
        var building = new Building();
        AddArtists(index, building);
        AddItems(index, building);
        string[] words = [.. building.Postings.Keys];
        Array.Sort(words, StringComparer.Ordinal);
        _words = new Vocabulary(words);
        _starts = new int[words.Length + 1];
        for (var word = 0; word < words.Length; word++)
        {
            _starts[word + 1] = _starts[word] + building.Postings[words[word]].Count;
        }
        _postings = new int[_starts[^1]];
        for (var word = 0; word < words.Length; word++)
        {
            building.Postings[words[word]].CopyTo(_postings, _starts[word]);
        }
        _documents = [.. building.Documents];
        _lengths = [.. building.Lengths];
        _artists = [.. building.Artists];
        var most = building.Listeners.Count == 0 ? 0 : building.Listeners.Max();
        var scale = most > 0 ? 1 / Math.Log(1d + most) : 0;
        _popularity = [.. building.Listeners.Select(listeners => (float)(Math.Log(1d + listeners) * scale))];
    }

    public SearchPage Find(SearchRequest request, SearchTaste taste)
    {
        if (!_scratch.TryTake(out var scratch))
        {
            scratch = new Scratch(_documents.Length);
        }
        try
        {
            Match(request.Words, scratch);
            return Rank(request, taste, scratch);
        }
        finally
        {
            scratch.Clear();
            _scratch.Add(scratch);
        }
    }

    private void Match(IReadOnlyList<string> words, Scratch scratch)
    {
        for (var number = 0; number < words.Count; number++)
        {
            _words.Find(words[number], isLast: number == words.Count - 1, scratch.Matches);
            foreach (var match in scratch.Matches)
            {
                foreach (var posting in _postings.AsSpan(_starts[match.Word].._starts[match.Word + 1]))
                {
                    scratch.Answer(number, posting / Fields, match.Quality * (posting % Fields == 0 ? 1 : Beside));
                }
            }
            scratch.End(number);
        }
    }

    private SearchPage Rank(SearchRequest request, SearchTaste taste, Scratch scratch)
    {
        // One more than is shown tells whether there is a next page.
        var wanted = Math.Min(request.Offset + request.Limit, SearchRequest.MostHits) + 1;
        var groups = new PriorityQueue<int, Rating>[Enum.GetValues<SearchKind>().Length];
        for (var kind = 0; kind < groups.Length; kind++)
        {
            groups[kind] = new PriorityQueue<int, Rating>(RatingOrder.Instance);
        }
        foreach (var document in scratch.Touched)
        {
            if (scratch.Answered[document] != request.Words.Count)
            {
                continue;
            }
            var (kind, number) = _documents[document];
            if (request.Kind is { } only && only != kind)
            {
                continue;
            }
            var isItem = kind is SearchKind.Track or SearchKind.Episode;
            var rating = new Rating(
                (scratch.Sums[document] / request.Words.Count)
                    + (Coverage * Math.Min(1f, (float)request.Words.Count / Math.Max(_lengths[document], (byte)1)))
                    + (Popularity * _popularity[document])
                    + (taste.IsEmpty ? 0 : Taste * taste.For(_artists[document], isItem ? number : -1)),
                document
            );
            var group = groups[(int)kind];
            if (
                group.Count < wanted
                || (group.TryPeek(out _, out var weakest) && RatingOrder.Instance.Compare(rating, weakest) > 0)
            )
            {
                if (!isItem || taste.Allows(_index.Catalogue[number]) || Sibling(number, taste) >= 0)
                {
                    group.Enqueue(document, rating);
                    if (group.Count > wanted)
                    {
                        group.Dequeue();
                    }
                }
            }
        }
        var pages = new IReadOnlyList<SearchHit>[groups.Length];
        var hasMore = false;
        for (var kind = 0; kind < groups.Length; kind++)
        {
            hasMore |= groups[kind].Count == wanted;
            pages[kind] = Page(groups[kind], wanted - 1, request.Offset, taste);
        }
        var next = request.Offset + request.Limit;
        return new SearchPage(
            pages,
            request.Kind is not null && hasMore && next < SearchRequest.MostHits ? next : null
        );
    }

    private List<SearchHit> Page(PriorityQueue<int, Rating> group, int wanted, int offset, SearchTaste taste)
    {
        var hits = new List<SearchHit>(group.Count);
        while (group.TryDequeue(out var document, out _))
        {
            var hit = _documents[document];
            var isHidden =
                hit.Kind is SearchKind.Track or SearchKind.Episode && !taste.Allows(_index.Catalogue[hit.Number]);
            hits.Add(isHidden ? hit with { Number = Sibling(hit.Number, taste) } : hit);
        }
        hits.Reverse();
        return offset >= hits.Count ? [] : hits[offset..Math.Min(wanted, hits.Count)];
    }

    /// <summary>Another item of the same recording that the listener may play; -1 without one.</summary>
    private int Sibling(int item, SearchTaste taste)
    {
        for (
            var next = _index.Catalogue.NextOfRecording(item);
            next != item;
            next = _index.Catalogue.NextOfRecording(next)
        )
        {
            if (taste.Allows(_index.Catalogue[next]))
            {
                return next;
            }
        }
        return -1;
    }

    private static void AddArtists(ServingIndex index, Building building)
    {
        for (var artist = 0; artist < index.Artists.Count; artist++)
        {
            if (index.Artists.NameOf(artist) is not { } name || index.Artists.IdOf(artist) is null)
            {
                continue;
            }
            var listeners = 0L;
            foreach (var item in index.Artists.ItemsOf(artist))
            {
                listeners = Math.Max(listeners, index.ListenersOf(item));
            }
            var kind = index.Artists.IsShow(artist) ? SearchKind.Show : SearchKind.Artist;
            building.Begin(new SearchHit(kind, artist), artist, listeners);
            building.AddName(name);
        }
    }

    private static void AddItems(ServingIndex index, Building building)
    {
        for (var item = 0; item < index.Catalogue.Count; item++)
        {
            var track = index.Catalogue[item];
            if (track.Title is null || !IsMostPlayed(index, item))
            {
                continue;
            }
            var kind = track.Kind == ItemKind.Track ? SearchKind.Track : SearchKind.Episode;
            building.Begin(new SearchHit(kind, item), index.Catalogue.ArtistOf(item), index.ListenersOf(item));
            building.AddName(track.Title);
            building.AddBeside(track.ArtistName);
            building.AddBeside(track.Album);
        }
    }

    private static bool IsMostPlayed(ServingIndex index, int item)
    {
        var listeners = index.ListenersOf(item);
        for (
            var next = index.Catalogue.NextOfRecording(item);
            next != item;
            next = index.Catalogue.NextOfRecording(next)
        )
        {
            var others = index.ListenersOf(next);
            if (index.Catalogue[next].Title is not null && (others > listeners || (others == listeners && next < item)))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>A hit's worth.</summary>
    private readonly record struct Rating(float Score, int Document);

    /// <summary>By worth; of equals what comes first in the index is better.</summary>
    private sealed class RatingOrder : IComparer<Rating>
    {
        public static RatingOrder Instance { get; } = new();

        public int Compare(Rating x, Rating y) =>
            x.Score != y.Score ? x.Score.CompareTo(y.Score) : y.Document.CompareTo(x.Document);
    }
}
