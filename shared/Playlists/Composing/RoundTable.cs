namespace Nocturne.Playlists.Composing;

/// <summary>A table of small numbers that is emptied in O(1): entries of an earlier round read as 0.</summary>
/// <remarks>
/// A listener touches a few hundred of a catalogue's many items, so clearing or hashing would cost more than the work.
/// An entry is the round and the number in four bytes, for such tables share the caches with the models.
/// </remarks>
internal sealed class RoundTable(int size)
{
    private const int NumberBits = 12;
    private const int MostNumber = (1 << NumberBits) - 1;

    private uint[] _entries = new uint[size];
    private uint _round = 1;

    public int this[int index]
    {
        get
        {
            var entry = (uint)index < (uint)_entries.Length ? _entries[index] : 0;
            return entry >> NumberBits == _round ? (int)(entry & MostNumber) : 0;
        }
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MostNumber);
            if (index >= _entries.Length)
            {
                Array.Resize(ref _entries, Math.Max(index + 1, _entries.Length * 2));
            }
            _entries[index] = (_round << NumberBits) | (uint)value;
        }
    }

    public void Clear()
    {
        if (_round == uint.MaxValue >> NumberBits)
        {
            Array.Clear(_entries);
            _round = 0;
        }
        _round++;
    }
}
