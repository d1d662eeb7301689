using System.Text.Encodings.Web;
using System.Text.Json;

namespace Nocturne.Playlists.Blends;

/// <summary>A blend's playlist as apps get it: canonical JSON.</summary>
/// <remarks>
/// <code>
/// {"schema":1,"blend":ID,"version":3,"match":64,"fairness":0.93,"fair":true,
///  "members":[{"listener":ID,"satisfaction":N,"has_taste":true}],
///  "playlist":{…},"tastes":[[{"listener":ID,"share":0.6,"score":N}]]}
/// </code>
/// "playlist" is as in <see cref="PlaylistJson"/>, "tastes" says whose taste each of its tracks is, in their order. N are
/// millionths. "match" (percent) and "fairness" are left out where they are unknown.
/// </remarks>
public static class BlendJson
{
    /// <summary>The version of the form that is written.</summary>
    public const int Schema = 1;

    private const decimal Whole = 1000m;

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The canonical bytes.</summary>
    public static byte[] Write(BlendPlaylist blend)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteNumber("schema"u8, Schema);
            json.WriteString("blend"u8, blend.Blend.Value);
            json.WriteNumber("version"u8, blend.Version);
            if (blend.Match is { } match)
            {
                json.WriteNumber("match"u8, match);
            }
            if (blend.Fairness is { } fairness)
            {
                json.WriteNumber("fairness"u8, fairness / Whole);
            }
            json.WriteBoolean("fair"u8, blend.IsFair());
            json.WriteStartArray("members"u8);
            foreach (var member in blend.Members)
            {
                json.WriteStartObject();
                json.WriteString("listener"u8, member.Listener.Value);
                json.WriteNumber("satisfaction"u8, member.Satisfaction);
                json.WriteBoolean("has_taste"u8, member.HasTaste);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WritePropertyName("playlist"u8);
            PlaylistJson.Write(json, blend.Playlist);
            json.WriteStartArray("tastes"u8);
            foreach (var marks in blend.Marks)
            {
                json.WriteStartArray();
                foreach (var mark in marks)
                {
                    json.WriteStartObject();
                    json.WriteString("listener"u8, mark.Member.Value);
                    json.WriteNumber("share"u8, mark.Share / Whole);
                    json.WriteNumber("score"u8, mark.Score);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }
}
