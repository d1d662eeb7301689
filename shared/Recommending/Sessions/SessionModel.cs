namespace Nocturne.Recommending;

/// <summary>A fitted model of what comes next in a session.</summary>
/// <remarks>
/// <para>
/// A session is known to a model only by its items so far, oldest first; -1 stands for an item that the model does not
/// know. Models are immutable and may be shared by threads; scratch memory may not. A score is a bias plus one term
/// for each click that contributes; scores are not negative, never NaN, and the same on every machine.
/// </para>
/// <para>They are meant to be asked within a request: the cost depends on the session, not on the number of items.</para>
/// </remarks>
public abstract class SessionModel
{
    /// <summary>The latest clicks that any model looks at: what bounds the time of an answer.</summary>
    public const int LongestPrefix = 32;

    private protected SessionModel(int items) => Items = items;

    /// <summary>The name of the kind of model, as artefacts store it.</summary>
    public abstract string Kind { get; }

    /// <summary>How many items there are; items are 0 to this, exclusive.</summary>
    public int Items { get; }

    /// <summary>The score of every item.</summary>
    /// <param name="session">The session's items so far, oldest first.</param>
    /// <param name="scratch">Working memory of the calling worker.</param>
    /// <param name="scores">Receives <see cref="Items"/> scores; 0 where the model knows nothing.</param>
    public void Score(ReadOnlySpan<int> session, SessionScratch scratch, Span<float> scores)
    {
        scores = scores[..Items];
        scores.Clear();
        var sums = scratch.Sums(0, Items);
        Accumulate(session, scratch, sums);
        for (var i = 0; i < sums.Count; i++)
        {
            scores[sums.Items[i]] = sums.Take(sums.Items[i]);
        }
        sums.Reset();
        var bias = Bias;
        for (var item = 0; item < bias.Length; item++)
        {
            scores[item] += bias[item];
        }
    }

    /// <summary>The best items of those with a score, strongest first, ties by lower item.</summary>
    /// <param name="session">The session's items so far, oldest first.</param>
    /// <param name="excluded">Items to leave out, in any order.</param>
    /// <param name="scratch">Working memory of the calling worker.</param>
    /// <param name="items">Receives the items; its length is the K of top-K.</param>
    /// <param name="scores">Receives their scores; as long as <paramref name="items"/>.</param>
    /// <returns>How many were found.</returns>
    public int Top(
        ReadOnlySpan<int> session,
        ReadOnlySpan<int> excluded,
        SessionScratch scratch,
        Span<int> items,
        Span<float> scores
    )
    {
        if (items.Length != scores.Length)
        {
            throw new ArgumentException(
                $"There are {items.Length} places for items and {scores.Length} for scores: they must be as many.",
                nameof(scores)
            );
        }
        var sums = scratch.Sums(0, Items);
        Accumulate(session, scratch, sums);
        var bias = Bias;
        if (!bias.IsEmpty)
        {
            // Of items without a sum, only as many as there are places can come into the list.
            var missing = items.Length;
            foreach (var item in Ranking)
            {
                if (missing == 0)
                {
                    break;
                }
                if (sums.IsNew(item) && !excluded.Contains(item))
                {
                    sums.Touch(item);
                    missing--;
                }
            }
        }
        foreach (var item in excluded)
        {
            sums.Drop(item);
        }
        var top = new TopItems(items, scores);
        for (var i = 0; i < sums.Count; i++)
        {
            var item = sums.Items[i];
            var score = sums.Take(item) + (bias.IsEmpty ? 0 : bias[item]);
            if (score > 0)
            {
                top.Offer(item, score);
            }
        }
        sums.Reset();
        return top.Sort();
    }

    /// <summary>Why an item has its score: the session's contributing clicks and their terms, strongest first.</summary>
    /// <param name="session">The session's items so far, oldest first.</param>
    /// <param name="item">The item to explain.</param>
    /// <param name="scratch">Working memory of the calling worker.</param>
    /// <param name="clicks">Receives positions in <paramref name="session"/>; at least as long as it.</param>
    /// <param name="terms">Receives their terms; at least as long as the session.</param>
    /// <param name="bias">What does not come from the session: bias + Σ terms is the score, to rounding.</param>
    /// <returns>How many clicks contributed.</returns>
    public int Explain(
        ReadOnlySpan<int> session,
        int item,
        SessionScratch scratch,
        Span<int> clicks,
        Span<float> terms,
        out float bias
    )
    {
        bias = Bias.IsEmpty ? 0 : Bias[item];
        Span<float> parts = stackalloc float[LongestPrefix];
        parts.Clear();
        Decompose(session, item, scratch, parts);
        Span<int> positions = stackalloc int[LongestPrefix];
        for (var step = 0; step < LongestPrefix; step++)
        {
            positions[step] = session.Length - 1 - step;
        }
        var known = Math.Min(session.Length, LongestPrefix);
        return TopItems.OfParts(positions[..known], parts[..known], clicks, terms);
    }

    /// <summary>Writes the model as an artefact (see <see cref="ModelArtefact"/>).</summary>
    /// <param name="stream">Where to; need not seek, stays open.</param>
    /// <param name="notes">What the caller wants kept with it: versions of data and code, seed, metrics.</param>
    public void Save(Stream stream, IReadOnlyDictionary<string, string>? notes = null)
    {
        var artefact = new ModelArtefactWriter(Kind, Items, notes);
        Write(artefact);
        artefact.WriteTo(stream);
    }

    /// <summary>Reads whichever session model an artefact holds.</summary>
    /// <param name="stream">Positioned at the artefact's start; need not seek, stays open.</param>
    /// <exception cref="ModelArtefactException">Truncated, damaged, of a newer format or an unknown kind.</exception>
    public static SessionModel Load(Stream stream)
    {
        var artefact = ModelArtefact.Read(stream);
        return artefact.Kind switch
        {
            SessionPopularity.KindName => SessionPopularity.From(artefact),
            SequentialRules.KindName => SequentialRules.From(artefact),
            SessionNeighbours.KindName => SessionNeighbours.From(artefact),
            SessionBlend.KindName => SessionBlend.From(artefact),
            _ => throw new ModelArtefactException(
                $"The artefact holds an unknown kind of session model, '{artefact.Kind}'."
            ),
        };
    }

    /// <summary>What every item scores whatever the session is; empty if nothing.</summary>
    private protected virtual ReadOnlySpan<float> Bias => [];

    /// <summary>Items with a bias, the largest first.</summary>
    private protected virtual ReadOnlySpan<int> Ranking => [];

    /// <summary>Adds what the session gives every item.</summary>
    internal abstract void Accumulate(ReadOnlySpan<int> session, SessionScratch scratch, SparseSums sums);

    /// <summary>What each of the session's clicks gives one item, by steps back from the last click.</summary>
    internal abstract void Decompose(ReadOnlySpan<int> session, int item, SessionScratch scratch, Span<float> parts);

    private protected abstract void Write(ModelArtefactWriter artefact);

    /// <summary>Writes the model as a part of another.</summary>
    internal void WritePart(ModelArtefactWriter artefact, string prefix)
    {
        artefact.Prefix = prefix;
        Write(artefact);
        artefact.Prefix = "";
    }
}

/// <summary>Working memory of one worker, for session models of any size; grows to what it is used for.</summary>
public sealed class SessionScratch
{
    private SparseSums?[] _sums = new SparseSums?[4];
    private SparseSums? _sessions;

    /// <summary>Room for the nearest sessions.</summary>
    internal int[] Nearest { get; private set; } = [];

    internal float[] Similarities { get; private set; } = [];

    /// <summary>For each session in use, the steps back to the latest click that it shares.</summary>
    internal int[] Steps { get; private set; } = [];

    /// <summary>And where in that session the shared item is.</summary>
    internal int[] Positions { get; private set; } = [];

    /// <summary>One of several sums over items; a model that asks others gives each one its own.</summary>
    internal SparseSums Sums(int level, int items)
    {
        if (level >= _sums.Length)
        {
            Array.Resize(ref _sums, level + 1);
        }
        return _sums[level] is { } sums && sums.Capacity >= items ? sums : _sums[level] = new SparseSums(items);
    }

    internal SparseSums Sessions(int sessions, int nearest)
    {
        if (_sessions is null || _sessions.Capacity < sessions)
        {
            _sessions = new SparseSums(sessions);
            Steps = new int[sessions];
            Positions = new int[sessions];
        }
        if (Nearest.Length < nearest)
        {
            Nearest = new int[nearest];
            Similarities = new float[nearest];
        }
        return _sessions;
    }
}

/// <summary>
/// Sums of positive numbers over a few of many places, and which are in use; taking them out leaves zeros behind, so
/// that nothing is ever cleared as a whole.
/// </summary>
internal sealed class SparseSums(int capacity)
{
    private readonly float[] _sums = new float[capacity];
    private readonly bool[] _used = new bool[capacity];

    public int Capacity => _sums.Length;

    /// <summary>The places in use, in the order in which they came up.</summary>
    public int[] Items { get; } = new int[capacity];

    public int Count { get; private set; }

    public bool IsNew(int item) => !_used[item];

    public float this[int item] => _sums[item];

    public void Add(int item, float value)
    {
        Touch(item);
        _sums[item] += value;
    }

    public void Touch(int item)
    {
        if (!_used[item])
        {
            _used[item] = true;
            Items[Count++] = item;
        }
    }

    public void Scale(int item, float factor) => _sums[item] *= factor;

    /// <summary>Makes a sum negative infinity, so that it is no score any more.</summary>
    public void Drop(int item)
    {
        if ((uint)item < (uint)Capacity && _used[item])
        {
            _sums[item] = float.NegativeInfinity;
        }
    }

    /// <summary>Takes a sum out.</summary>
    public float Take(int item)
    {
        var sum = _sums[item];
        _sums[item] = 0;
        _used[item] = false;
        return sum;
    }

    /// <summary>After all are taken out.</summary>
    public void Reset() => Count = 0;

    /// <summary>Takes all out, unread.</summary>
    public void Empty()
    {
        foreach (var item in Items.AsSpan(0, Count))
        {
            _ = Take(item);
        }
        Count = 0;
    }
}
