using System.Globalization;
using System.Text;
using System.Xml;

namespace Nocturne.Playlists;

/// <summary>XSPF version 1 (https://www.xspf.org/spec), the XML form that desktop players import.</summary>
public static class Xspf
{
    private const string Namespace = "http://xspf.org/ns/0/";

    /// <summary>The playlist as a UTF-8 document.</summary>
    public static byte[] Write(Playlist playlist, PlaylistLinks links)
    {
        using var stream = new MemoryStream();
        var settings = new XmlWriterSettings
        {
            Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            Indent = true,
            NewLineChars = "\n",
        };
        using (var xml = XmlWriter.Create(stream, settings))
        {
            xml.WriteStartElement("playlist", Namespace);
            xml.WriteAttributeString("version", "1");
            Element(xml, "title", playlist.Title);
            Element(xml, "creator", links.Creator);
            Element(xml, "annotation", playlist.Description);
            Element(xml, "identifier", links.To(playlist));
            Element(xml, "date", playlist.Date.ToString("yyyy-MM-dd'T00:00:00Z'", CultureInfo.InvariantCulture));
            xml.WriteStartElement("trackList", Namespace);
            foreach (var track in playlist.Tracks)
            {
                xml.WriteStartElement("track", Namespace);
                Element(xml, "identifier", links.To(track.Item));
                Element(xml, "title", track.Title ?? track.Item.Value);
                Element(xml, "creator", track.ArtistName);
                Element(xml, "album", track.Album);
                Element(
                    xml,
                    "duration",
                    track.Duration is { } duration
                        ? ((long)duration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)
                        : null
                );
                xml.WriteEndElement();
            }
            xml.WriteEndElement();
            xml.WriteEndElement();
        }
        return stream.ToArray();
    }

    private static void Element(XmlWriter xml, string name, string? text)
    {
        if (text is not null)
        {
            xml.WriteElementString(name, Namespace, WithoutForbidden(text));
        }
    }

    /// <summary>XML 1.0 has no form for most control characters and for half a surrogate pair, even escaped.</summary>
    private static string WithoutForbidden(string text)
    {
        var valid = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var keeps =
                rune.Value is '\t' or '\n' or '\r' || (rune.Value >= ' ' && rune.Value is not 0xFFFE and not 0xFFFF);
            valid.Append((keeps ? rune : Rune.ReplacementChar).ToString());
        }
        return valid.ToString();
    }
}
