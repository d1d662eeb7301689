using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;

namespace Nocturne.Serve;

/// <summary>What a night made for a listener: Home, Made For You, the playlists and their formats.</summary>
internal sealed class PlaylistRoutes(PublishedPlaylists published, PlaylistLinks links, TimeProvider time)
{
    private static readonly (string Name, string ContentType)[] Formats =
    [
        ("json", "application/json"),
        ("jspf", "application/jspf+json"),
        ("xspf", "application/xspf+xml"),
        ("m3u8", "application/vnd.apple.mpegurl"),
    ];

    /// <summary><c>GET …/home</c>.</summary>
    public ValueTask<IResult> HomeAsync(ServeCall call) =>
        HomeAsync(call, (home, playlists) => HomeJson.Write(home, playlists, Instant.From(time.GetUtcNow())));

    /// <summary><c>GET …/made-for-you</c>.</summary>
    public ValueTask<IResult> MadeForYouAsync(ServeCall call) => HomeAsync(call, HomeJson.WriteMadeForYou);

    /// <summary><c>GET …/playlists</c>.</summary>
    public async ValueTask<IResult> ListAsync(ServeCall call)
    {
        var playlists = await published.ReadAsync(call.Listener, call.Aborted);
        return playlists is null
            ? NoPlaylists(call.Listener)
            : Answers.Object(Answers.Nightly, json => WriteBrief(json, call.Listener, playlists));
    }

    /// <summary><c>GET …/playlists/{kind}</c>, by <c>?format=</c> or else by <c>Accept</c>.</summary>
    public async ValueTask<IResult> OneAsync(ServeCall call)
    {
        var asked = call.Query("format");
        var accepted = call.Context.Request.Headers.Accept.ToString();
        var format = asked is null
            ? Array.Find(Formats, f => accepted.Contains(f.ContentType, StringComparison.OrdinalIgnoreCase))
            : Array.Find(Formats, f => f.Name == asked);
        if (asked is not null && format.Name is null)
        {
            return Answers.BadRequest(
                $"There is no such format: use {string.Join(", ", Formats.Select(f => f.Name))}."
            );
        }
        var playlists = await published.ReadAsync(call.Listener, call.Aborted);
        var kind = call.Part("kind");
        var playlist = playlists?.Playlists.FirstOrDefault(p => p.Kind.Value == kind);
        if (playlist is null)
        {
            return playlists is null
                ? NoPlaylists(call.Listener)
                : Answers.NotFound(
                    "There is no playlist of that kind; there are "
                        + $"{string.Join(", ", playlists.Playlists.Select(p => p.Kind.Value))}."
                );
        }
        var bytes = format.Name switch
        {
            "jspf" => Jspf.Write(playlist, links),
            "xspf" => Xspf.Write(playlist, links),
            "m3u8" => M3u8.Write(playlist, links),
            _ => PlaylistJson.Write(playlist),
        };
        return Answers.Tagged(bytes, Answers.Nightly, format.ContentType ?? Formats[0].ContentType);
    }

    private async ValueTask<IResult> HomeAsync(ServeCall call, Func<HomePage, IReadOnlyList<Playlist>, byte[]> write)
    {
        var playlists = await published.ReadAsync(call.Listener, call.Aborted);
        return playlists?.Home is { } home
            ? Answers.Tagged(write(home, playlists.Playlists), Answers.Nightly)
            : NoPlaylists(call.Listener);
    }

    private static IResult NoPlaylists(ListenerId listener) =>
        Answers.NotFound(
            $"There are no playlists for '{listener}' yet: they are made nightly for listeners with events."
        );

    private static void WriteBrief(Utf8JsonWriter json, ListenerId listener, ListenerPlaylists playlists)
    {
        json.WriteString("listener"u8, listener.Value);
        json.WriteString("run"u8, playlists.Run);
        json.WriteStartArray("playlists"u8);
        foreach (var playlist in playlists.Playlists)
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, playlist.Kind.Value);
            json.WriteString("id"u8, playlist.Id.ToString());
            json.WriteString("title"u8, playlist.Title);
            json.WriteString("description"u8, playlist.Description);
            json.WriteNumber("tracks"u8, playlist.Tracks.Count);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
