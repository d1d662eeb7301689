using System.Globalization;

namespace Nocturne.Nights;

/// <summary>A nightly run: the local date for which it makes playlists. There is one run a date.</summary>
/// <param name="Date">The date.</param>
public readonly record struct RunId(DateOnly Date)
{
    /// <summary>Reads <c>2026-11-21</c>.</summary>
    /// <exception cref="FormatException">Not a date of that form.</exception>
    public static RunId Parse(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? new RunId(date)
            : throw new FormatException($"'{text}' is not a run: give its date as yyyy-MM-dd.");

    /// <summary><c>2026-11-21</c>.</summary>
    public override string ToString() => Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
