using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Nocturne.Playlists.Composing;

/// <summary>Cuts a listener's taste into a few parts that belong together, heaviest first.</summary>
/// <remarks>
/// <para>
/// An artist is described by its links: the similarities between its items and all others of the listener, by
/// artist. Two artists are alike by the cosine of their links, so artists that are linked to the same ones belong
/// together without being linked themselves. The first centre is the heaviest artist; each next one has the largest
/// √mass × (1 - likeness to the nearest centre)² (the root, or a heavy taste would be split before a light one is
/// found); every artist joins its nearest centre, centres move to the mean of
/// their artists, and they join once more: spherical k-means (Dhillon and Modha 2001) with farthest-first centres,
/// no draws and a fixed number of steps.
/// </para>
/// <para>
/// Scalar arithmetic in a fixed order: the same parts on every machine. Artists without any link, and those beyond
/// <see cref="RecipeParameters.MixArtists"/>, join the lightest part.
/// </para>
/// </remarks>
internal sealed class TasteClusters(int items, RecipeParameters parameters)
{
    // Rows are padded with zeros to a multiple of what the dot product takes at once.
    private const int Stride = 8;

    // Artists nearer than this to a centre are no centre of their own: the difference is rounding.
    private const double LeastApart = 1e-9;

    // The artist of an item of the listener, from 1; 0 for all others, and for all between listeners.
    private readonly int[] _nodeAt = new int[items];

    // A bit for each item that has a node: most neighbours have none, and bits stay in the first-level cache.
    private readonly ulong[] _hasNode = new ulong[(items / 64) + 1];

    // Where a list names items that have a node.
    private int[] _linked = [];
    private readonly Dictionary<int, int> _nodeOfArtist = [];
    private readonly double[] _links = new double[parameters.MixArtists * Row(parameters)];
    private readonly double[] _centres = new double[parameters.Mixes * Row(parameters)];
    private readonly double[] _nearest = new double[parameters.MixArtists];
    private readonly int[] _clusterOf = new int[parameters.MixArtists];

    private readonly int _row = Row(parameters);

    /// <summary>The parts, heaviest first, each in the order of the entries.</summary>
    public List<List<TasteEntry>> Cut(Composition composition, List<TasteEntry> entries)
    {
        var partOf = new int[entries.Count];
        var parts = new List<List<TasteEntry>>();
        for (var count = Assign(composition, entries, partOf); count > 0; count--)
        {
            parts.Add([]);
        }
        for (var i = 0; i < partOf.Length; i++)
        {
            parts[partOf[i] < 0 ? ^1 : partOf[i]].Add(entries[i]);
        }
        return parts;
    }

    /// <summary>The same as numbers.</summary>
    /// <param name="composition">The listener.</param>
    /// <param name="entries">What is cut.</param>
    /// <param name="partOf">Receives each entry's part, from 0, the heaviest first, or -1 for one that is like nothing
    /// else; as long as the entries.</param>
    /// <returns>How many parts there are, at least one; none is empty unless there are no entries.</returns>
    public int Assign(Composition composition, List<TasteEntry> entries, Span<int> partOf)
    {
        partOf.Clear();
        var wanted = Wanted(entries.Count);
        if (wanted == 1)
        {
            return 1;
        }
        var nodeOf = new int[entries.Count];
        var masses = Nodes(entries, nodeOf);
        Link(composition, entries, nodeOf, masses.Length);
        var centres = ChooseCentres(masses, wanted);
        MoveCentres(masses.Length, centres);
        Loosen(masses.Length);
        for (var centre = 0; centre < centres; centre++)
        {
            Join(masses.Length, centre);
        }
        return Collect(entries, nodeOf, centres, partOf);
    }

    /// <summary>As many parts as a taste of so many items supports.</summary>
    public int Wanted(int entries) => Math.Clamp(entries / parameters.ItemsPerMix, 1, parameters.Mixes);

    private static int Row(RecipeParameters parameters) => (parameters.MixArtists + Stride - 1) / Stride * Stride;

    /// <summary>Artists by mass, heaviest first; an item of unknown artist is its own.</summary>
    private double[] Nodes(List<TasteEntry> entries, int[] nodeOf)
    {
        _nodeOfArtist.Clear();
        var masses = new List<double>();
        for (var i = 0; i < nodeOf.Length; i++)
        {
            var node = masses.Count;
            if (entries[i].Artist >= 0)
            {
                ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(
                    _nodeOfArtist,
                    entries[i].Artist,
                    out var exists
                );
                node = known = exists ? known : node;
            }
            if (node == masses.Count)
            {
                masses.Add(0);
            }
            masses[node] += entries[i].Affinity;
            nodeOf[i] = node;
        }
        var byMass = Enumerable.Range(0, masses.Count).ToArray();
        byMass.AsSpan().Sort((a, b) => masses[a] != masses[b] ? masses[b].CompareTo(masses[a]) : a.CompareTo(b));
        var rank = new int[byMass.Length];
        for (var i = 0; i < byMass.Length; i++)
        {
            rank[byMass[i]] = i;
        }
        for (var i = 0; i < nodeOf.Length; i++)
        {
            nodeOf[i] = rank[nodeOf[i]];
        }
        return [.. byMass.Take(parameters.MixArtists).Select(n => masses[n])];
    }

    private void Link(Composition composition, List<TasteEntry> entries, int[] nodeOf, int nodes)
    {
        _links.AsSpan(0, nodes * _row).Clear();
        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i].Index < _nodeAt.Length && nodeOf[i] < nodes)
            {
                _nodeAt[entries[i].Index] = nodeOf[i] + 1;
                _hasNode[entries[i].Index >> 6] |= 1ul << entries[i].Index;
            }
        }
        for (var i = 0; i < entries.Count; i++)
        {
            if (i + 1 < entries.Count && entries[i + 1].Index < _nodeAt.Length)
            {
                composition.Model.ExpectNeighboursOf(entries[i + 1].Index);
            }
            if (entries[i].Index < _nodeAt.Length && _nodeAt[entries[i].Index] is var node and > 0)
            {
                LinkNeighbours(composition.Model, entries[i].Index, node - 1);
            }
        }
        foreach (var entry in entries)
        {
            if (entry.Index < _nodeAt.Length)
            {
                _nodeAt[entry.Index] = 0;
                _hasNode[entry.Index >> 6] = 0;
            }
        }
        for (var node = 0; node < nodes; node++)
        {
            Normalise(Links(node));
        }
    }

    private void LinkNeighbours(ITasteModel model, int item, int node)
    {
        var neighbours = model.NeighboursOf(item);
        var similarities = model.SimilaritiesOf(item);
        foreach (var n in Linked(neighbours))
        {
            var other = _nodeAt[neighbours[n]] - 1;
            _links[(node * _row) + other] += similarities[n];
            _links[(other * _row) + node] += similarities[n];
            // Whoever is linked at all is linked to itself, or two artists that are linked only to each other would
            // be unlike.
            _links[(node * _row) + node] += similarities[n] / 2;
            _links[(other * _row) + other] += similarities[n] / 2;
        }
    }

    /// <summary>Where a list names items that have a node; without a branch on it, for no predictor foresees that.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // so that all of it stays in registers
    private ReadOnlySpan<int> Linked(ReadOnlySpan<int> neighbours)
    {
        if (_linked.Length < neighbours.Length)
        {
            _linked = new int[neighbours.Length * 2];
        }
        var (linked, hasNode, count) = (_linked, _hasNode, 0);
        for (var n = 0; n < neighbours.Length && n < linked.Length; n++)
        {
            linked[count] = n;
            count += (int)(hasNode[neighbours[n] >> 6] >> neighbours[n] & 1);
        }
        return linked.AsSpan(0, count);
    }

    private int ChooseCentres(double[] masses, int wanted)
    {
        Loosen(masses.Length);
        var centres = 0;
        while (centres < wanted)
        {
            var best = -1;
            var bestValue = 0d;
            for (var node = 0; node < masses.Length; node++)
            {
                var apart = Math.Max(0, 1 - _nearest[node]);
                var value = Math.Sqrt(masses[node]) * apart * apart;
                if (value > bestValue && apart > LeastApart && _links[(node * _row) + node] > 0)
                {
                    (best, bestValue) = (node, value);
                }
            }
            if (best < 0)
            {
                break;
            }
            Links(best).CopyTo(Centre(centres));
            Join(masses.Length, centres);
            centres++;
        }
        return centres;
    }

    private void Loosen(int nodes)
    {
        _nearest.AsSpan(0, nodes).Clear();
        _clusterOf.AsSpan(0, nodes).Fill(-1);
    }

    /// <summary>Every artist that is nearer to this centre than to those before it joins it.</summary>
    private void Join(int nodes, int centre)
    {
        for (var node = 0; node < nodes; node++)
        {
            var likeness = Dot(Links(node), Centre(centre));
            if (likeness > _nearest[node])
            {
                (_clusterOf[node], _nearest[node]) = (centre, likeness);
            }
        }
    }

    private void MoveCentres(int nodes, int centres)
    {
        _centres.AsSpan(0, centres * _row).Clear();
        for (var node = 0; node < nodes; node++)
        {
            if (_clusterOf[node] >= 0)
            {
                var links = Links(node);
                var centre = Centre(_clusterOf[node]);
                for (var i = 0; i < links.Length; i++)
                {
                    centre[i] += links[i];
                }
            }
        }
        for (var centre = 0; centre < centres; centre++)
        {
            Normalise(Centre(centre));
        }
    }

    private int Collect(List<TasteEntry> entries, int[] nodeOf, int centres, Span<int> partOf)
    {
        Span<double> masses = stackalloc double[centres];
        Span<int> byMass = stackalloc int[centres];
        for (var i = 0; i < entries.Count; i++)
        {
            partOf[i] = nodeOf[i] < parameters.MixArtists ? _clusterOf[nodeOf[i]] : -1;
            if (partOf[i] >= 0)
            {
                masses[partOf[i]] += entries[i].Affinity;
            }
        }
        var count = 0;
        for (var centre = 0; centre < centres; centre++)
        {
            if (masses[centre] > 0)
            {
                // Equal masses stay in the order of their centres.
                var at = count++;
                for (; at > 0 && masses[byMass[at - 1]] < masses[centre]; at--)
                {
                    byMass[at] = byMass[at - 1];
                }
                byMass[at] = centre;
            }
        }
        if (count == 0)
        {
            partOf.Clear();
            return 1;
        }
        byMass = byMass[..count];
        foreach (ref var part in partOf)
        {
            part = part < 0 ? part : byMass.IndexOf(part);
        }
        return count;
    }

    private Span<double> Links(int node) => _links.AsSpan(node * _row, _row);

    private Span<double> Centre(int centre) => _centres.AsSpan(centre * _row, _row);

    private static void Normalise(Span<double> row)
    {
        var norm = Math.Sqrt(Dot(row, row));
        if (norm > 0)
        {
            foreach (ref var value in row)
            {
                value /= norm;
            }
        }
    }

    /// <summary>Eight sums in a fixed order and no fused steps: the same on every machine, with or without AVX.</summary>
    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var low = Vector256<double>.Zero;
        var high = Vector256<double>.Zero;
        for (; a.Length >= Stride; a = a[Stride..], b = b[Stride..])
        {
            low += Vector256.Create(a) * Vector256.Create(b);
            high += Vector256.Create(a[4..]) * Vector256.Create(b[4..]);
        }
        var sums = low + high;
        return sums[0] + sums[1] + (sums[2] + sums[3]);
    }
}
