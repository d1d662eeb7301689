using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Nocturne.Domain;

namespace Nocturne.Importing.Formats;

/// <summary>
/// Names the events of lines that have no ids: by what is in the line, and by how many such lines came before. A file
/// that is imported again, or of which an import was broken off, gives the same events.
/// </summary>
/// <remarks>
/// Lines are remembered for the next <see cref="Remembered"/> different ones at least; the same line farther on is taken
/// for the same event. That bounds memory (about 100 MB), and identical lines stand close together in any file that has
/// an order.
/// </remarks>
public sealed class LineIds
{
    /// <summary>How many different lines are remembered at least.</summary>
    public const int Remembered = 1_000_000;

    private const int NameBytes = 16;

    private Dictionary<UInt128, int> _latest = [];
    private Dictionary<UInt128, int> _earlier = [];

    /// <summary>The id of the next line's event.</summary>
    public EventId Next(ReadOnlySpan<byte> line)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(line, hash);
        var name = BinaryPrimitives.ReadUInt128BigEndian(hash);
        var count = 1 + (_latest.TryGetValue(name, out var before) ? before : _earlier.GetValueOrDefault(name));
        if (_latest.Count >= Remembered && before == 0)
        {
            (_earlier, _latest) = (_latest, []);
        }
        _latest[name] = count;
        var text = Convert.ToHexStringLower(hash[..NameBytes]);
        return new EventId(count == 1 ? text : $"{text}-{count.ToString(CultureInfo.InvariantCulture)}");
    }
}
