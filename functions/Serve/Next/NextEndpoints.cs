using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nocturne.Domain;
using Nocturne.Playlists;
using Nocturne.Serve.Serving;

namespace Nocturne.Serve.Next;

/// <summary><c>GET /v1/listeners/{id}/next</c>.</summary>
internal static class NextEndpoints
{
    private const int DefaultTracks = 20;

    public static void MapNext(this IEndpointRouteBuilder endpoints, Discovery discovery) =>
        endpoints.MapGet(
            "/v1/listeners/{id}/next",
            async (string id, string? limit, string? after, CancellationToken cancellationToken) =>
            {
                if (!Id.IsValid(id))
                {
                    return Parameters.Refuse($"'{id}' is not a listener id.");
                }
                if (Parameters.Limit(limit, DefaultTracks, NextComposer.MostTracks) is not { } tracks)
                {
                    return Parameters.NotALimit(limit, NextComposer.MostTracks);
                }
                if (after is not null && !Id.IsValid(after))
                {
                    return Parameters.Refuse("'after' is not an item id: 1 to 128 bytes without control characters.");
                }
                var (next, run) = await discovery.NextAsync(
                    new ListenerId(id),
                    after is null ? null : new ItemId(after),
                    tracks,
                    cancellationToken
                );
                return new JsonAnswer(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("basis"u8, NameOf(next.Basis));
                    JsonAnswer.WriteText(writer, "run"u8, run);
                    writer.WritePropertyName("playlist"u8);
                    PlaylistJson.Write(writer, next.Playlist);
                    writer.WriteEndObject();
                });
            }
        );

    private static string NameOf(NextBasis basis) =>
        basis switch
        {
            NextBasis.Session => "session",
            NextBasis.Taste => "taste",
            _ => "general",
        };
}
