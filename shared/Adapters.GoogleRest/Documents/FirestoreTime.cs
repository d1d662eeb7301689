using System.Globalization;
using Nocturne.Ports;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>Times in RFC 3339, to the microsecond, which is all that Firestore keeps.</summary>
internal static class FirestoreTime
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>A time as Firestore takes it.</summary>
    public static string ToText(DateTimeOffset time) => time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>The update time that a version stands for.</summary>
    public static string ToText(DocumentVersion version) =>
        ToText(DateTimeOffset.UnixEpoch.AddTicks(version.Value * TimeSpan.TicksPerMicrosecond));

    /// <summary>A time as Firestore gives it.</summary>
    public static DateTimeOffset Parse(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>The version that an update time makes: microseconds since 1970.</summary>
    public static DocumentVersion Version(string updateTime) =>
        new((Parse(updateTime) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
}
