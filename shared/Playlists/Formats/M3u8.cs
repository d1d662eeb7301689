using System.Globalization;
using System.Text;

namespace Nocturne.Playlists;

/// <summary>Extended M3U in UTF-8, one track in two lines: length and name, then its address.</summary>
public static class M3u8
{
    /// <summary>The playlist as a UTF-8 document; a length that is not known is -1.</summary>
    public static byte[] Write(Playlist playlist, PlaylistLinks links)
    {
        var text = new StringBuilder("#EXTM3U\n#PLAYLIST:");
        AppendLine(text, playlist.Title).Append('\n');
        foreach (var track in playlist.Tracks)
        {
            var seconds = track.Duration is { } duration ? (long)Math.Round(duration.TotalSeconds) : -1;
            text.Append(CultureInfo.InvariantCulture, $"#EXTINF:{seconds},");
            if (track.ArtistName is not null)
            {
                AppendLine(text, track.ArtistName).Append(" - ");
            }
            AppendLine(text, track.Title ?? track.Item.Value).Append('\n');
            text.Append(links.To(track.Item)).Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>A name is one line, whatever is in it: a line of its own would be read as an address.</summary>
    private static StringBuilder AppendLine(StringBuilder text, string name)
    {
        foreach (var c in name)
        {
            text.Append(char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c);
        }
        return text;
    }
}
