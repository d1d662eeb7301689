using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Nocturne.Ports;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>Writes objects: small ones in one request, larger ones in chunks.</summary>
/// <remarks>
/// <para>
/// A small object goes with its checksum, which Cloud Storage compares before the object exists. Sent again after an
/// attempt without answer, a write on a condition may be refused because of itself; so it carries a token in the
/// object's metadata, and whoever finds the token there has written the object. Size and checksum would not do:
/// another's object of the same bytes must not be taken for one's own.
/// </para>
/// <para>
/// A large object's session can always be asked how far it has come, also whether it is complete: nothing about it is
/// uncertain. The checksum goes with the last chunk and is compared with the answer's.
/// </para>
/// </remarks>
internal sealed class ObjectUploads
{
    /// <summary>Chunks but the last are multiples of this; Cloud Storage's.</summary>
    private const int ChunkUnit = 256 << 10;

    private const string TokenKey = "nocturne-put";

    private readonly GoogleApi _api;
    private readonly ObjectAddresses _addresses;
    private readonly Tokens _tokens;
    private readonly int _chunkBytes;

    public ObjectUploads(GoogleApi api, ObjectAddresses addresses, Tokens tokens, int chunkBytes)
    {
        if (chunkBytes < ChunkUnit || chunkBytes % ChunkUnit != 0)
        {
            throw new ArgumentException(
                $"UploadChunkBytes is {chunkBytes}, no multiple of {ChunkUnit}.",
                nameof(chunkBytes)
            );
        }
        _api = api;
        _addresses = addresses;
        _tokens = tokens;
        _chunkBytes = chunkBytes;
    }

    /// <summary>Writes an object; see <see cref="IObjectStore.PutAsync"/>.</summary>
    public async ValueTask<ObjectInfo> PutAsync(
        ObjectKey key,
        Stream content,
        string contentType,
        long ifGeneration,
        CancellationToken cancellationToken
    )
    {
        var chunks = new ChunkReader(content, _chunkBytes);
        await chunks.NextAsync(cancellationToken);
        var put = new Put(key, contentType, ifGeneration);
        var stored = chunks.IsLast
            ? await PutWholeAsync(put, chunks.Current, cancellationToken)
            : await new ResumableUpload(_api, put, chunks).RunAsync(
                await StartAsync(put, cancellationToken),
                cancellationToken
            );
        var info = stored.ToInfo(key);
        if (info.Size != chunks.Bytes || info.Crc32C != chunks.Crc)
        {
            await RemoveAsync(info, cancellationToken);
            throw new StoreUnavailableException(
                $"{key} was stored with {info.Size} bytes and CRC32C {info.Crc32C:x8}; sent were {chunks.Bytes} with "
                    + $"{chunks.Crc:x8}. That generation was removed: write the object again."
            );
        }
        return info;
    }

    /// <summary>Reads a body of JSON.</summary>
    public static async ValueTask<T> ReadJsonAsync<T>(
        HttpResponseMessage response,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    )
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await JsonSerializer.DeserializeAsync(stream, type, cancellationToken)
            ?? throw new JsonException("The answer is null.");
    }

    private async ValueTask<StoredObject> PutWholeAsync(
        Put put,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken
    )
    {
        var token = _tokens.Next();
        var metadata = Metadata(put, token, Crc32C.Compute(content.Span));
        var address = _addresses.Upload(put.Key, "multipart", put.IfGeneration);
        var call = new ApiCall<StoredObject>(
            "write",
            $"{put.Key}",
            () => _api.Service.Request(HttpMethod.Post, address, Multipart(metadata, content, put.ContentType, token)),
            (response, cancellation) => ReadJsonAsync(response, StorageJson.Default.StoredObject, cancellation)
        );
        var answer = await _api.SendAsync(call, cancellationToken);
        if (answer.Error is { } error && Put.IsDamaged(error))
        {
            throw put.Damaged(error);
        }
        if (answer.Error is not { Code: HttpStatusCode.PreconditionFailed })
        {
            return answer.Required();
        }
        if (!answer.MayHaveHappened)
        {
            throw put.Refused();
        }
        return await FindAsync(put, token, cancellationToken)
            ?? throw new StoreUnavailableException(
                $"The write of {put.Key} got no answer, and was refused by its condition when it was sent again; the "
                    + "object there now is not it. Whether it happened is unknown."
            );
    }

    /// <summary>The object that a token's write made, if it is still there.</summary>
    private async ValueTask<StoredObject?> FindAsync(Put put, string token, CancellationToken cancellationToken)
    {
        var address = _addresses.Object(put.Key, $"fields={StoredObject.Fields}");
        var call = new ApiCall<StoredObject>(
            "get",
            $"{put.Key}",
            () => _api.Service.Request(HttpMethod.Get, address),
            (response, cancellation) => ReadJsonAsync(response, StorageJson.Default.StoredObject, cancellation)
        );
        var answer = await _api.SendAsync(call, cancellationToken);
        if (answer.Error is { Code: HttpStatusCode.NotFound })
        {
            return null;
        }
        var found = answer.Required();
        return string.Equals(found.Metadata?.GetValueOrDefault(TokenKey), token, StringComparison.Ordinal)
            ? found
            : null;
    }

    /// <summary>Removes a damaged object, so that a write on the condition of absence can be repeated.</summary>
    private async ValueTask RemoveAsync(ObjectInfo damaged, CancellationToken cancellationToken)
    {
        var address = _addresses.Object(
            damaged.Key,
            "prettyPrint=false" + ObjectAddresses.Condition(damaged.Generation)
        );
        var call = new ApiCall<bool>(
            "delete",
            $"{damaged.Key}",
            () => _api.Service.Request(HttpMethod.Delete, address),
            (_, _) => ValueTask.FromResult(true)
        );
        await _api.SendAsync(call, cancellationToken); // replaced or gone meanwhile is as well
    }

    private async ValueTask<Uri> StartAsync(Put put, CancellationToken cancellationToken)
    {
        var metadata = Metadata(put, _tokens.Next(), crc: null);
        var address = _addresses.Upload(put.Key, "resumable", put.IfGeneration);
        var call = new ApiCall<Uri>(
            "start of a write",
            $"{put.Key}",
            () =>
            {
                var request = _api.Service.Request(HttpMethod.Post, address, Bodies.Json(metadata));
                request.Headers.Add("X-Upload-Content-Type", put.ContentType);
                return request;
            },
            (response, _) =>
                response.Headers.Location is { } session
                    ? ValueTask.FromResult(new Uri(_api.Service.Root, session))
                    : throw new IOException("The answer names no session.")
        );
        var answer = await _api.SendAsync(call, cancellationToken);
        // A session that nobody uses is no write: a refusal here is of the condition.
        return answer.Error is { Code: HttpStatusCode.PreconditionFailed } ? throw put.Refused() : answer.Required();
    }

    private static ReadOnlyMemory<byte> Metadata(Put put, string token, uint? crc) =>
        Bodies.Write(
            2048,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("name", put.Key.Name);
                json.WriteString("contentType", put.ContentType);
                if (crc is { } checksum)
                {
                    json.WriteString("crc32c", StorageChecksum.ToText(checksum));
                }
                json.WriteStartObject("metadata");
                json.WriteString(TokenKey, token);
                json.WriteEndObject();
                json.WriteEndObject();
            }
        );

    private static MultipartContent Multipart(
        ReadOnlyMemory<byte> metadata,
        ReadOnlyMemory<byte> content,
        string contentType,
        string token
    )
    {
        // The token is nowhere else in the world, so it is not in the content.
        var parts = new MultipartContent("related", token)
        {
            Bodies.Json(metadata),
            Bodies.Bytes(content, MediaTypeHeaderValue.Parse(contentType)),
        };
        parts.Headers.ContentType = MediaTypeHeaderValue.Parse($"multipart/related; boundary={token}");
        return parts;
    }
}

/// <summary>What is to be written where.</summary>
internal sealed record Put(ObjectKey Key, string ContentType, long IfGeneration)
{
    /// <summary>Whether a refusal is of the checksum that was sent along.</summary>
    public static bool IsDamaged(ApiError error) =>
        error.Code == HttpStatusCode.BadRequest && error.Message.Contains("crc32c", StringComparison.OrdinalIgnoreCase);

    /// <summary>The content did not arrive as it was sent.</summary>
    public StoreUnavailableException Damaged(ApiError error) =>
        new($"{Key} arrived damaged ({error.Message}). Nothing was written: write it again.");

    /// <summary>The condition did not hold.</summary>
    public PreconditionFailedException Refused() =>
        new($"{Key} has not generation {IfGeneration} (0: that there is none); nothing was written.");
}
