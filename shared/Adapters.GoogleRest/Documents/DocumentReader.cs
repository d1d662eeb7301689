using System.Text.Json;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>A document as it is stored, expired or not.</summary>
/// <param name="Document">The document.</param>
/// <param name="Commit">The token of the commit that wrote it; null if another program did.</param>
internal sealed record RawDocument(Document Document, string? Commit);

/// <summary>Reads documents by name and by range, whatever their time to live.</summary>
internal sealed class DocumentReader(GoogleApi api, Deployment deployment)
{
    private readonly string _prefix = deployment.DocumentsPath + "/";
    private readonly string _root = $"v1/{deployment.DocumentsPath}";

    /// <summary>Reads documents by key; what is absent is missing from the answer.</summary>
    public async ValueTask<Dictionary<DocumentKey, RawDocument>> GetAsync(
        IReadOnlyCollection<DocumentKey> keys,
        CancellationToken cancellationToken
    )
    {
        var body = Bodies.Write(
            keys.Count * (_prefix.Length + 64),
            json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("documents");
                foreach (var key in keys)
                {
                    json.WriteStringValue($"{_prefix}{key}");
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
        );
        var subject = keys.Count == 1 ? keys.First().ToString() : $"{keys.Count} documents";
        var found = new Dictionary<DocumentKey, RawDocument>(keys.Count);
        foreach (var document in await ReadAsync("batchGet", subject, _root, body, cancellationToken))
        {
            found[document.Document.Key] = document;
        }
        return found;
    }

    /// <summary>Reads the next documents of a collection in the order of their ids.</summary>
    /// <param name="collection">Its path.</param>
    /// <param name="from">The first id; null for the collection's first.</param>
    /// <param name="after">Whether <paramref name="from"/> itself is left out.</param>
    /// <param name="to">The id before which to stop; null for the end.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public ValueTask<List<RawDocument>> QueryAsync(
        string collection,
        string? from,
        bool after,
        string? to,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var lastSlash = collection.LastIndexOf('/');
        var parent = lastSlash < 0 ? "" : "/" + EscapePath(collection[..lastSlash]);
        var body = Bodies.Write(
            1024,
            json =>
            {
                json.WriteStartObject();
                json.WriteStartObject("structuredQuery");
                json.WriteStartArray("from");
                json.WriteStartObject();
                json.WriteString("collectionId", collection[(lastSlash + 1)..]);
                json.WriteEndObject();
                json.WriteEndArray();
                json.WriteStartArray("orderBy");
                json.WriteStartObject();
                json.WriteStartObject("field");
                json.WriteString("fieldPath", "__name__");
                json.WriteEndObject();
                json.WriteString("direction", "ASCENDING");
                json.WriteEndObject();
                json.WriteEndArray();
                WriteCursor(json, "startAt", collection, from, before: !after);
                WriteCursor(json, "endAt", collection, to, before: true);
                json.WriteNumber("limit", limit);
                json.WriteEndObject();
                json.WriteEndObject();
            }
        );
        return ReadAsync("runQuery", collection, _root + parent, body, cancellationToken);
    }

    private void WriteCursor(Utf8JsonWriter json, string name, string collection, string? id, bool before)
    {
        if (id is null)
        {
            return;
        }
        json.WriteStartObject(name);
        json.WriteStartArray("values");
        json.WriteStartObject();
        json.WriteString("referenceValue", $"{_prefix}{collection}/{id}");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteBoolean("before", before);
        json.WriteEndObject();
    }

    private async ValueTask<List<RawDocument>> ReadAsync(
        string operation,
        string subject,
        string parent,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken
    )
    {
        var address = api.Service.At($"{parent}:{operation}?prettyPrint=false");
        var call = new ApiCall<List<RawDocument>>(
            operation,
            subject,
            () => api.Service.Request(HttpMethod.Post, address, Bodies.Json(body)),
            ReadStreamAsync
        );
        return (await api.SendAsync(call, cancellationToken)).Required();
    }

    /// <summary>Reads an array of elements as they come, so that only the documents themselves are held.</summary>
    private async ValueTask<List<RawDocument>> ReadStreamAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        var documents = new List<RawDocument>();
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var elements = JsonSerializer.DeserializeAsyncEnumerable(
            stream,
            FirestoreJson.Default.StreamedDocument,
            cancellationToken
        );
        await foreach (var element in elements)
        {
            if ((element?.Found ?? element?.Document) is { } stored)
            {
                documents.Add(ToRaw(stored));
            }
        }
        return documents;
    }

    private RawDocument ToRaw(StoredDocument stored)
    {
        var path = stored.Name[_prefix.Length..];
        var lastSlash = path.LastIndexOf('/');
        var expires = stored.Fields?.ExpiresAt?.TimestampValue;
        return new RawDocument(
            new Document(
                DocumentKey.Of(path[..lastSlash], path[(lastSlash + 1)..]),
                stored.Fields?.Data?.BytesValue ?? [],
                FirestoreTime.Version(stored.UpdateTime),
                expires is null ? null : FirestoreTime.Parse(expires)
            ),
            stored.Fields?.Commit?.StringValue
        );
    }

    private static string EscapePath(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
