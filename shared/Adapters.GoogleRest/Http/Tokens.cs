using System.Globalization;
using System.Security.Cryptography;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>Strings that nobody else writes: one tells a writer its own write when no answer came.</summary>
internal sealed class Tokens
{
    private const int PrefixBytes = 12; // 96 random bits a process

    private readonly string _prefix = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PrefixBytes));
    private long _count;

    /// <summary>The next one: letters, digits and a hyphen.</summary>
    public string Next() =>
        string.Create(CultureInfo.InvariantCulture, $"{_prefix}-{Interlocked.Increment(ref _count):x}");
}
