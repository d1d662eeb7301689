using System.Buffers.Binary;
using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Playlists.Blends;

/// <summary>A blend's playlist with its marks and what its slots were drawn from, as one object: same content, same bytes.</summary>
/// <remarks>
/// "NBL" and the version (1); the length of the head in 4 bytes, little-endian; the head, JSON; the playlist as a
/// <see cref="PlaylistPack"/> holds it. The head:
/// <code>
/// {"blend":ID,"version":3,"match":64,"members":[{"listener":ID,"satisfaction":N,"has_taste":true}],"marks":[[m,N,s,…]]}
/// </code>
/// with an array of marks for every track: the member's number in "members" from 0, the score in millionths and the share
/// in thousandths, one mark after another. A match that is unknown is left out.
/// </remarks>
public static class BlendPack
{
    /// <summary>The version that is written.</summary>
    public const byte Version = 1;

    private const int HeaderBytes = 8;
    private const int NumbersOfMark = 3;

    private static ReadOnlySpan<byte> Magic => "NBL"u8;

    /// <summary>The stored bytes.</summary>
    /// <param name="blend">The playlist, with its trace.</param>
    /// <param name="run">The run whose model made it.</param>
    public static byte[] Write(BlendPlaylist blend, string run)
    {
        var head = WriteHead(blend);
        var playlist = PlaylistPack.Write(
            new PackedPlaylists(blend.Playlist.Listener, run, [blend.Playlist], ListenerMemory.Empty)
        );
        var bytes = new byte[HeaderBytes + head.Length + playlist.Length];
        Magic.CopyTo(bytes);
        bytes[Magic.Length] = Version;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Magic.Length + 1), head.Length);
        head.CopyTo(bytes.AsSpan(HeaderBytes));
        playlist.CopyTo(bytes.AsSpan(HeaderBytes + head.Length));
        return bytes;
    }

    /// <summary>Reads stored bytes.</summary>
    /// <exception cref="InvalidDataException">Not a packed blend, of another version, or damaged.</exception>
    public static (BlendPlaylist Blend, string Run) Read(ReadOnlyMemory<byte> bytes)
    {
        var data = bytes.Span;
        if (data.Length < HeaderBytes || !data.StartsWith(Magic))
        {
            throw new InvalidDataException("This is not a packed blend.");
        }
        if (data[Magic.Length] != Version)
        {
            throw new InvalidDataException(
                $"A packed blend has version {data[Magic.Length]}; this build reads {Version}. Deploy the build that wrote it."
            );
        }
        var length = BinaryPrimitives.ReadInt32LittleEndian(data[(Magic.Length + 1)..]);
        if (length < 0 || length > data.Length - HeaderBytes)
        {
            throw new InvalidDataException($"A packed blend claims a head of {length} bytes.");
        }
        var packed = PlaylistPack.Read(bytes[(HeaderBytes + length)..]);
        try
        {
            using var head = JsonDocument.Parse(bytes.Slice(HeaderBytes, length));
            return (ReadHead(head.RootElement, packed.Playlists.Single()), packed.Run);
        }
        catch (Exception e)
            when (e
                    is JsonException
                        or KeyNotFoundException
                        or InvalidOperationException
                        or FormatException
                        or IndexOutOfRangeException
            )
        {
            throw new InvalidDataException($"A packed blend is damaged: {e.Message}", e);
        }
    }

    private static byte[] WriteHead(BlendPlaylist blend)
    {
        var numbers = new Dictionary<ListenerId, int>();
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("blend"u8, blend.Blend.Value);
            json.WriteNumber("version"u8, blend.Version);
            if (blend.Match is { } match)
            {
                json.WriteNumber("match"u8, match);
            }
            json.WriteStartArray("members"u8);
            foreach (var member in blend.Members)
            {
                numbers.Add(member.Listener, numbers.Count);
                json.WriteStartObject();
                json.WriteString("listener"u8, member.Listener.Value);
                json.WriteNumber("satisfaction"u8, member.Satisfaction);
                json.WriteBoolean("has_taste"u8, member.HasTaste);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("marks"u8);
            foreach (var marks in blend.Marks)
            {
                json.WriteStartArray();
                foreach (var mark in marks)
                {
                    json.WriteNumberValue(numbers[mark.Member]);
                    json.WriteNumberValue(mark.Score);
                    json.WriteNumberValue(mark.Share);
                }
                json.WriteEndArray();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static BlendPlaylist ReadHead(JsonElement head, Playlist playlist)
    {
        BlendMember[] members =
        [
            .. head.GetProperty("members")
                .EnumerateArray()
                .Select(member => new BlendMember(
                    ListenerId.Parse(member.GetProperty("listener").GetString() ?? ""),
                    member.GetProperty("satisfaction").GetInt64(),
                    member.GetProperty("has_taste").GetBoolean()
                )),
        ];
        return new BlendPlaylist(
            BlendId.Parse(head.GetProperty("blend").GetString() ?? ""),
            head.GetProperty("version").GetInt32(),
            playlist,
            members,
            [.. head.GetProperty("marks").EnumerateArray().Select(marks => ReadMarks(marks, members))]
        )
        {
            Match = head.TryGetProperty("match", out var match) ? match.GetInt32() : null,
        };
    }

    private static BlendMark[] ReadMarks(JsonElement marks, BlendMember[] members)
    {
        var read = new BlendMark[marks.GetArrayLength() / NumbersOfMark];
        for (var i = 0; i < read.Length; i++)
        {
            var at = i * NumbersOfMark;
            read[i] = new BlendMark(
                members[marks[at].GetInt32()].Listener,
                marks[at + 1].GetInt64(),
                marks[at + 2].GetInt32()
            );
        }
        return read;
    }
}
