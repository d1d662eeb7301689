using System.Globalization;
using System.Text.Json;
using Nocturne.Serve.Serving;

namespace Nocturne.Serve.Items;

/// <summary>An artist or show as apps show it: top items by listeners, similar artists, newest releases.</summary>
internal static class ArtistPage
{
    private const int MostReleases = 10;

    public static void Write(Utf8JsonWriter writer, ServingIndex index, int artist, int most)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, index.Artists.IdOf(artist));
        writer.WriteString("kind"u8, index.Artists.IsShow(artist) ? "show" : "artist");
        JsonAnswer.WriteText(writer, "name"u8, index.Artists.NameOf(artist));
        writer.WriteString("run"u8, index.Run);
        WriteTop(writer, index, artist, most);
        writer.WriteStartArray("similar"u8);
        foreach (var (other, _) in Similar.ArtistsTo(index, artist, most))
        {
            if (index.Artists.IdOf(other) is { } id)
            {
                writer.WriteStartObject();
                writer.WriteString("id"u8, id);
                JsonAnswer.WriteText(writer, "name"u8, index.Artists.NameOf(other));
                writer.WriteEndObject();
            }
        }
        writer.WriteEndArray();
        WriteReleases(writer, index, artist);
        writer.WriteEndObject();
    }

    private static void WriteTop(Utf8JsonWriter writer, ServingIndex index, int artist, int most)
    {
        var seen = new HashSet<int>();
        writer.WriteStartArray("top"u8);
        foreach (var item in index.Artists.ItemsOf(artist))
        {
            if (seen.Count < most && seen.Add(index.Catalogue.RecordingOf(item)))
            {
                writer.WriteStartObject();
                JsonAnswer.WriteItem(writer, index.Catalogue[item], index.ListenersOf(item));
                writer.WriteEndObject();
            }
        }
        writer.WriteEndArray();
    }

    /// <summary>By day of release, else by year; what has neither is no news.</summary>
    private static void WriteReleases(Utf8JsonWriter writer, ServingIndex index, int artist)
    {
        var releases = new Dictionary<string, (DateOnly Date, bool IsDay, int Items)>(StringComparer.Ordinal);
        foreach (var item in index.Artists.ItemsOf(artist))
        {
            var track = index.Catalogue[item];
            var date =
                track.Released
                ?? (track.Year is >= 1 and <= 9999 and var year ? new DateOnly(year, 1, 1) : default(DateOnly?));
            if ((track.Album ?? track.Title) is not { } title || date is not { } day)
            {
                continue;
            }
            var known = releases.GetValueOrDefault(title);
            releases[title] =
                day > known.Date
                    ? (day, track.Released is not null, known.Items + 1)
                    : known with
                    {
                        Items = known.Items + 1,
                    };
        }
        writer.WriteStartArray("releases"u8);
        foreach (
            var (title, release) in releases
                .OrderByDescending(release => release.Value.Date)
                .ThenBy(release => release.Key, StringComparer.Ordinal)
                .Take(MostReleases)
        )
        {
            writer.WriteStartObject();
            writer.WriteString("title"u8, title);
            writer.WriteString(
                "released"u8,
                release.Date.ToString(release.IsDay ? "yyyy-MM-dd" : "yyyy", CultureInfo.InvariantCulture)
            );
            writer.WriteNumber("items"u8, release.Items);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
