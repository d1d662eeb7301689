using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nocturne.Domain;
using Nocturne.Serve.Serving;

namespace Nocturne.Serve.Search;

/// <summary><c>GET /v1/search</c>, in a listener's taste with <c>?listener=</c> or as <c>/v1/listeners/{id}/search</c>.</summary>
internal static class SearchEndpoints
{
    private const int DefaultLimit = 10;
    private const int MostLimit = 50;
    private static readonly string[] Kinds = ["artist", "track", "show", "episode"];
    private static readonly string[] Groups = ["artists", "tracks", "shows", "episodes"];

    public static void MapSearch(
        this IEndpointRouteBuilder endpoints,
        Discovery discovery,
        Func<HttpContext, ListenerId, bool> mayReadFor
    )
    {
        endpoints.MapGet(
            "/v1/search",
            async (
                string? q,
                string? kind,
                string? limit,
                string? cursor,
                string? listener,
                HttpContext context,
                CancellationToken cancellationToken
            ) =>
                listener is null ? await FindAsync(q, kind, limit, cursor, null, cancellationToken)
                : !Id.IsValid(listener) ? Parameters.Refuse("'listener' is not a listener id.")
                : !mayReadFor(context, new ListenerId(listener))
                    ? Results.Problem(
                        "'listener' is somebody else: search in your own taste, or without 'listener'.",
                        statusCode: StatusCodes.Status403Forbidden
                    )
                : await FindAsync(q, kind, limit, cursor, new ListenerId(listener), cancellationToken)
        );
        endpoints.MapGet(
            "/v1/listeners/{id}/search",
            async (
                string id,
                string? q,
                string? kind,
                string? limit,
                string? cursor,
                CancellationToken cancellationToken
            ) =>
                Id.IsValid(id)
                    ? await FindAsync(q, kind, limit, cursor, new ListenerId(id), cancellationToken)
                    : Parameters.Refuse($"'{Parameters.Short(id)}' is not a listener id.")
        );

        async Task<IResult> FindAsync(
            string? q,
            string? kind,
            string? limit,
            string? cursor,
            ListenerId? listener,
            CancellationToken cancellationToken
        )
        {
            if (Read(q, kind, limit, cursor, out var request) is { } refusal)
            {
                return refusal;
            }
            if (await discovery.IndexAsync(cancellationToken) is not { } index)
            {
                return Parameters.NotYet;
            }
            var page = await discovery.SearchAsync(index, request, listener, cancellationToken);
            return new JsonAnswer(writer => Write(writer, index, request, page))
            {
                Run = listener is null ? index.Run : null,
            };
        }
    }

    private static IResult? Read(string? q, string? kind, string? limit, string? cursor, out SearchRequest request)
    {
        request = new SearchRequest([], null, 0, DefaultLimit);
        if (string.IsNullOrWhiteSpace(q) || q.Length > SearchRequest.MostLetters)
        {
            return Parameters.Refuse($"'q' is what is looked for: 1 to {SearchRequest.MostLetters} characters.");
        }
        var group = Array.IndexOf(Kinds, kind);
        if (kind is not null && group < 0)
        {
            return Parameters.Refuse($"There is no kind '{Parameters.Short(kind)}': use {string.Join(", ", Kinds)}.");
        }
        if (Parameters.Limit(limit, DefaultLimit, MostLimit) is not { } most)
        {
            return Parameters.NotALimit(limit, MostLimit);
        }
        var offset = cursor is null ? 0 : SearchRequest.OffsetOf(cursor);
        if (offset is null || (cursor is not null && kind is null))
        {
            return Parameters.Refuse(
                "'cursor' is what a page of one kind gave, handed back with the same query and kind."
            );
        }
        request = new SearchRequest(
            SearchText.Words(q, SearchRequest.MostWords),
            kind is null ? null : (SearchKind)group,
            offset.Value,
            most
        );
        return null;
    }

    private static void Write(Utf8JsonWriter writer, ServingIndex index, SearchRequest request, SearchPage page)
    {
        writer.WriteStartObject();
        writer.WriteString("query"u8, string.Join(' ', request.Words));
        JsonAnswer.WriteText(writer, "run"u8, index.Run);
        for (var kind = 0; kind < Groups.Length; kind++)
        {
            if (request.Kind is { } only && (int)only != kind)
            {
                continue;
            }
            writer.WriteStartArray(Groups[kind]);
            foreach (var hit in page.Groups[kind])
            {
                writer.WriteStartObject();
                if (hit.Kind is SearchKind.Artist or SearchKind.Show)
                {
                    writer.WriteString("id"u8, index.Artists.IdOf(hit.Number));
                    JsonAnswer.WriteText(writer, "name"u8, index.Artists.NameOf(hit.Number));
                }
                else
                {
                    JsonAnswer.WriteItem(writer, index.Catalogue[hit.Number], index.ListenersOf(hit.Number));
                }
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        if (page.Next is { } next)
        {
            writer.WriteString("cursor"u8, SearchRequest.CursorAt(next));
        }
        writer.WriteEndObject();
    }
}
