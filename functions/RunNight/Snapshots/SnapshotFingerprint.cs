using System.Buffers.Binary;
using System.Security.Cryptography;
using Nocturne.Domain;

namespace Nocturne.RunNight.Snapshots;

/// <summary>Tells whether a listener has changed since an earlier night.</summary>
internal static class SnapshotFingerprint
{
    /// <summary>
    /// A hash of all that a snapshot says of a listener but for the past, with the months' tallies in place of the
    /// weights that they decay to.
    /// </summary>
    /// <param name="listener">The snapshot.</param>
    /// <param name="tallies">What its items are the sum of.</param>
    /// <param name="date">The run's date: months after it do not count.</param>
    public static ulong Of(
        SnapshotListener listener,
        IReadOnlyList<(Month Month, MonthTally Tally)> tallies,
        DateOnly date
    )
    {
        using var content = new MemoryStream();
        using (var writer = new SnapshotWriter(content))
        {
            writer.Write(
                listener with
                {
                    Items = [.. listener.Items.Select(item => item with { Short = 0, Long = 0 })],
                    Past = default,
                    Fingerprint = 0,
                    RestingObject = "",
                    RestingEpoch = 0,
                }
            );
        }
        Span<byte> number = stackalloc byte[sizeof(int)];
        foreach (var (month, tally) in tallies)
        {
            if (month.FirstDay <= date)
            {
                BinaryPrimitives.WriteInt32LittleEndian(number, month.Number);
                content.Write(number);
                content.Write(tally.ToBytes());
            }
        }
        var hash = SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length));
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
