using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nocturne.Domain;
using Nocturne.Serve.Serving;

namespace Nocturne.Serve.Items;

/// <summary><c>GET /v1/items/{id}/similar</c> and <c>GET /v1/artists/{id}</c>: the same for everybody.</summary>
internal static class ItemEndpoints
{
    private const int DefaultSimilar = 20;
    private const int MostSimilar = 100;
    private const int DefaultTop = 10;
    private const int MostTop = 50;

    public static void MapItems(this IEndpointRouteBuilder endpoints, Discovery discovery)
    {
        endpoints.MapGet(
            "/v1/items/{id}/similar",
            async (string id, string? limit, CancellationToken cancellationToken) =>
            {
                if (!Id.IsValid(id))
                {
                    return Parameters.Refuse($"'{Parameters.Short(id)}' is not an item id.");
                }
                if (Parameters.Limit(limit, DefaultSimilar, MostSimilar) is not { } most)
                {
                    return Parameters.NotALimit(limit, MostSimilar);
                }
                if (await discovery.IndexAsync(cancellationToken) is not { } index)
                {
                    return Parameters.NotYet;
                }
                var item = index.Catalogue.IndexOf(new ItemId(id));
                return item < 0
                    ? Parameters.NotFound($"The published catalogue has no item '{id}'.")
                    : new JsonAnswer(writer =>
                    {
                        writer.WriteStartObject();
                        writer.WriteString("item"u8, id);
                        writer.WriteString("run"u8, index.Run);
                        writer.WriteStartArray("items"u8);
                        foreach (var (near, similarity) in Similar.ItemsTo(index, item, most))
                        {
                            writer.WriteStartObject();
                            JsonAnswer.WriteItem(writer, index.Catalogue[near], index.ListenersOf(near));
                            writer.WriteNumber("similarity"u8, Math.Round(similarity, 4));
                            writer.WriteEndObject();
                        }
                        writer.WriteEndArray();
                        writer.WriteEndObject();
                    })
                    {
                        Run = index.Run,
                    };
            }
        );
        endpoints.MapGet(
            "/v1/artists/{id}",
            async (string id, string? limit, CancellationToken cancellationToken) =>
            {
                if (!Id.IsValid(id))
                {
                    return Parameters.Refuse($"'{Parameters.Short(id)}' is not an artist id.");
                }
                if (Parameters.Limit(limit, DefaultTop, MostTop) is not { } most)
                {
                    return Parameters.NotALimit(limit, MostTop);
                }
                if (await discovery.IndexAsync(cancellationToken) is not { } index)
                {
                    return Parameters.NotYet;
                }
                var artist = index.Artists.NumberOf(id);
                return artist < 0
                    ? Parameters.NotFound($"The published catalogue has nothing by '{id}'.")
                    : new JsonAnswer(writer => ArtistPage.Write(writer, index, artist, most)) { Run = index.Run };
            }
        );
    }
}
