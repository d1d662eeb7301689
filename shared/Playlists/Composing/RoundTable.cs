namespace Nocturne.Playlists.Composing;

/// <summary>A table of small numbers that is emptied in O(1): entries of an earlier round read as 0.</summary>
/// <remarks>
/// A listener touches a few hundred of a catalogue's many items, so clearing or hashing would cost more than the work.
/// </remarks>
internal sealed class RoundTable(int size)
{
    private ulong[] _entries = new ulong[size];
    private uint _round = 1;

    public int this[int index]
    {
        get
        {
            var entry = (uint)index < (uint)_entries.Length ? _entries[index] : 0;
            return entry >> 32 == _round ? (int)entry : 0;
        }
        set
        {
            if (index >= _entries.Length)
            {
                Array.Resize(ref _entries, Math.Max(index + 1, _entries.Length * 2));
            }
            _entries[index] = ((ulong)_round << 32) | (uint)value;
        }
    }

    public void Clear()
    {
        if (_round == uint.MaxValue)
        {
            Array.Clear(_entries);
            _round = 0;
        }
        _round++;
    }
}
