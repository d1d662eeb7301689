using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Nocturne.Domain;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>
/// What ListenBrainz calls a recording by its texts: a UUID that follows from title, artist, release and length, in
/// any case of their letters.
/// </summary>
/// <remarks>
/// ListenBrainz counts the track number too; a profile does not keep it, and the id of a listen that is read must be
/// the one that was given when it was submitted. Texts are taken as events keep them.
/// </remarks>
internal static class RecordingMsid
{
    /// <summary>The id of a recording with these texts.</summary>
    public static Guid Of(string? title, string? artist, string? release, int? durationMs) =>
        Hash(
            string.Create(
                CultureInfo.InvariantCulture,
                $"msid\n{Fold(title)}\n{Fold(artist)}\n{Fold(release)}\n{durationMs}"
            )
        );

    /// <summary>The id of a play's recording.</summary>
    public static Guid Of(PlayEvent play) =>
        play.Title is null && play.ArtistName is null
            ? Of(play.Item)
            : Of(play.Title, play.ArtistName, play.ReleaseName, play.DurationMs);

    /// <summary>The id of an item whose texts are not known.</summary>
    public static Guid Of(ItemId item) => Hash($"msid-item\n{item.Value}");

    private static string Fold(string? text) => EventParser.CleanName(text)?.ToLowerInvariant() ?? "";

    private static Guid Hash(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
