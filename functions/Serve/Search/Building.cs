using System.Runtime.InteropServices;

namespace Nocturne.Serve.Search;

/// <summary>A <see cref="SearchIndex"/> while it is made.</summary>
internal sealed class Building
{
    public Dictionary<string, List<int>> Postings { get; } = new(StringComparer.Ordinal);

    public List<SearchHit> Documents { get; } = [];

    public List<byte> Lengths { get; } = [];

    public List<int> Artists { get; } = [];

    public List<long> Listeners { get; } = [];

    public void Begin(SearchHit hit, int artist, long listeners)
    {
        Documents.Add(hit);
        Artists.Add(artist);
        Listeners.Add(listeners);
        Lengths.Add(0);
    }

    /// <summary>The words of the name itself.</summary>
    public void AddName(string name)
    {
        var words = SearchText.Words(name);
        Lengths[^1] = (byte)words.Count;
        words.ForEach(word => Add(word, field: 0));
    }

    /// <summary>The words of names that stand beside it.</summary>
    public void AddBeside(string? name)
    {
        if (name is not null)
        {
            SearchText.Words(name).ForEach(word => Add(word, field: 1));
        }
    }

    private void Add(string word, int field)
    {
        ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(Postings, word, out _);
        list ??= [];
        var document = Documents.Count - 1;
        // A document's words come together, the name's first: twice in a name is once, and beside it is not again.
        if (list.Count == 0 || list[^1] / 2 != document)
        {
            list.Add((document * 2) + field);
        }
    }
}

/// <summary>One search's notes on the documents, taken back after it.</summary>
/// <param name="documents">How many there are.</param>
internal sealed class Scratch(int documents)
{
    private readonly float[] _best = new float[documents];

    /// <summary>The words that may be meant by the word at hand.</summary>
    public List<WordMatch> Matches { get; } = [];

    /// <summary>Documents that answered the first word.</summary>
    public List<int> Touched { get; } = [];

    /// <summary>How many words each answered, without a gap.</summary>
    public byte[] Answered { get; } = new byte[documents];

    /// <summary>The qualities of its answers.</summary>
    public float[] Sums { get; } = new float[documents];

    /// <summary>A document answers a word of the query; its best answer counts.</summary>
    public void Answer(int number, int document, float quality)
    {
        var answered = Answered[document];
        if (answered == number)
        {
            Answered[document] = (byte)(number + 1);
            _best[document] = quality;
            if (number == 0)
            {
                Touched.Add(document);
            }
        }
        else if (answered == number + 1 && quality > _best[document])
        {
            _best[document] = quality;
        }
    }

    /// <summary>A word's answers are all there.</summary>
    public void End(int number)
    {
        foreach (var document in Touched)
        {
            if (Answered[document] == number + 1)
            {
                Sums[document] += _best[document];
            }
        }
    }

    public void Clear()
    {
        foreach (var document in Touched)
        {
            Answered[document] = 0;
            Sums[document] = 0;
        }
        Touched.Clear();
        Matches.Clear();
    }
}
