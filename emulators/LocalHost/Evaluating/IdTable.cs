using System.Globalization;
using Nocturne.LocalHost.CommandLine;

namespace Nocturne.LocalHost.Evaluating;

/// <summary>Ids as dense numbers, in the order in which they came up.</summary>
/// <param name="what">What they are ids of, for errors.</param>
internal sealed class IdTable(string what)
{
    /// <summary>A table of so many ids takes about a gigabyte.</summary>
    private const int MaxIds = 8_000_000;

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<ulong> _keys = [];

    /// <summary>How many there are.</summary>
    public int Count => _numbers.Count;

    /// <summary>A hash of every id, by number: the same in every run and for any order of lines.</summary>
    public ulong[] Keys() => [.. _keys];

    /// <summary>An id's number, a new one if it has none.</summary>
    public int Add(ReadOnlySpan<char> id)
    {
        var lookup = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(id, out var number))
        {
            return number;
        }
        if (Count == MaxIds)
        {
            throw new CommandFailedException(
                string.Create(CultureInfo.InvariantCulture, $"There are more than {MaxIds:n0} {what}: sample the data.")
            );
        }
        number = Count;
        lookup[id] = number;
        _keys.Add(Hash(id));
        return number;
    }

    /// <summary>FNV-1a over the UTF-16 characters.</summary>
    private static ulong Hash(ReadOnlySpan<char> id)
    {
        var hash = 14_695_981_039_346_656_037ul;
        foreach (var character in id)
        {
            hash = unchecked((hash ^ character) * 1_099_511_628_211ul);
        }
        return hash;
    }
}
