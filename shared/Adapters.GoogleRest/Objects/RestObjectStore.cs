using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>Objects in Cloud Storage.</summary>
/// <remarks>
/// A read is of one generation, whose checksum is compared at the end; a connection that breaks is resumed at the byte
/// that it had come to. Of writes see <see cref="ObjectUploads"/>.
/// </remarks>
internal sealed class RestObjectStore : IObjectStore
{
    private readonly GoogleApi _api;
    private readonly ObjectAddresses _addresses;
    private readonly ObjectUploads _uploads;
    private readonly OperationCounters _counters;

    public RestObjectStore(
        GoogleApi api,
        Deployment deployment,
        Tokens tokens,
        OperationCounters counters,
        int uploadChunkBytes
    )
    {
        _api = api;
        _addresses = new ObjectAddresses(api.Service, deployment);
        _uploads = new ObjectUploads(api, _addresses, tokens, uploadChunkBytes);
        _counters = counters;
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectInfo> PutAsync(
        ObjectKey key,
        Stream content,
        string contentType,
        long ifGeneration,
        CancellationToken cancellationToken
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(contentType);
        ObjectAddresses.CheckName(key);
        cancellationToken.ThrowIfCancellationRequested();
        var info = await _uploads.PutAsync(key, content, contentType, ifGeneration, cancellationToken);
        _counters.CountObjectWrite(info.Size);
        return info;
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectInfo?> HeadAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        ObjectAddresses.CheckName(key);
        var address = _addresses.Object(key, $"fields={StoredObject.Fields}");
        var answer = await GetAsync("get", $"{key}", address, StorageJson.Default.StoredObject, cancellationToken);
        _counters.CountObjectRead(0);
        return IsAbsent(answer.Error) ? null : answer.Required().ToInfo(key);
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectContent?> OpenReadAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        ObjectAddresses.CheckName(key);
        var address = _addresses.Object(key, "alt=media");
        var call = new ApiCall<(ObjectInfo Info, HttpResponseMessage Response, Stream Body)>(
            "read",
            $"{key}",
            () => _api.Service.Request(HttpMethod.Get, address),
            async (response, cancellation) =>
                (StorageHeaders.ToInfo(key, response), response, await response.Content.ReadAsStreamAsync(cancellation))
        )
        {
            KeepsResponse = true,
        };
        var answer = await _api.SendAsync(call, cancellationToken);
        if (IsAbsent(answer.Error))
        {
            _counters.CountObjectRead(0);
            return null;
        }
        var (info, response, body) = answer.Required();
        _counters.CountObjectRead(info.Size);
        return new ObjectContent(info, new ObjectStream(_api, _addresses, info, response, body));
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Where an attempt got no answer and a later one finds no object, the first is taken to have deleted it.
    /// </remarks>
    public async ValueTask<bool> DeleteAsync(ObjectKey key, long ifGeneration, CancellationToken cancellationToken)
    {
        ObjectAddresses.CheckName(key);
        cancellationToken.ThrowIfCancellationRequested();
        var address = _addresses.Object(key, "prettyPrint=false" + ObjectAddresses.Condition(ifGeneration));
        var call = new ApiCall<bool>(
            "delete",
            $"{key}",
            () => _api.Service.Request(HttpMethod.Delete, address),
            (_, _) => ValueTask.FromResult(true)
        );
        var answer = await _api.SendAsync(call, cancellationToken);
        if (answer.Error is { Code: HttpStatusCode.PreconditionFailed })
        {
            throw new PreconditionFailedException($"{key} has not generation {ifGeneration}; it was not deleted.");
        }
        if (IsAbsent(answer.Error) && !answer.MayHaveHappened)
        {
            return false;
        }
        if (!IsAbsent(answer.Error))
        {
            answer.Required();
        }
        _counters.CountObjectDelete();
        return true;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(
        string bucket,
        string prefix,
        string? startAfter,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        string? pageToken = null;
        do
        {
            var address = _addresses.List(bucket, prefix, startAfter, pageToken);
            var answer = await GetAsync(
                "list",
                $"{bucket}/{prefix}*",
                address,
                StorageJson.Default.ObjectPage,
                cancellationToken
            );
            var page = answer.Required();
            _counters.CountObjectList();
            foreach (var item in page.Items ?? [])
            {
                // The service's bound is inclusive.
                if (!string.Equals(item.Name, startAfter, StringComparison.Ordinal))
                {
                    yield return item.ToInfo(new ObjectKey(bucket, item.Name));
                }
            }
            pageToken = page.NextPageToken;
        } while (pageToken is not null);
    }

    /// <summary>Whether there is no such object; that there is no such bucket is another matter.</summary>
    private static bool IsAbsent(ApiError? error) =>
        error is { Code: HttpStatusCode.NotFound }
        && !error.Message.Contains("bucket does not exist", StringComparison.Ordinal);

    private ValueTask<ApiAnswer<T>> GetAsync<T>(
        string operation,
        string subject,
        Uri address,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    ) =>
        _api.SendAsync(
            new ApiCall<T>(
                operation,
                subject,
                () => _api.Service.Request(HttpMethod.Get, address),
                (response, cancellation) => ObjectUploads.ReadJsonAsync(response, type, cancellation)
            ),
            cancellationToken
        );
}
