using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Nocturne.Ports;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>One upload in chunks. After a failure the session is asked how far it has come, and goes on there.</summary>
internal sealed class ResumableUpload(GoogleApi api, Put put, ChunkReader chunks)
{
    private const string HashHeader = "x-goog-hash";

    private long _chunkStart;

    /// <summary>Sends everything; what comes back is the finished object.</summary>
    public async ValueTask<StoredObject> RunAsync(Uri session, CancellationToken cancellationToken)
    {
        while (true)
        {
            var finished = await SendChunkAsync(session, cancellationToken);
            if (finished is not null)
            {
                return finished;
            }
            _chunkStart = chunks.Bytes;
            await chunks.NextAsync(cancellationToken);
        }
    }

    /// <summary>Sends the current chunk until all of it is stored; null while the object is not finished.</summary>
    private async ValueTask<StoredObject?> SendChunkAsync(Uri session, CancellationToken cancellationToken)
    {
        var budget = api.Budget();
        var at = _chunkStart;
        var ask = false;
        while (true)
        {
            var call = ask ? Question(session) : Chunk(session, at);
            var attempt = await api.AttemptAsync(call, cancellationToken);
            if (attempt.Error is { } error)
            {
                throw Explain(call, error);
            }
            if (attempt.Failure is not null)
            {
                await api.PauseAsync(call, attempt, budget, mayHaveHappened: true, cancellationToken);
                ask = true;
                continue;
            }
            var (stored, persisted) = attempt.Value;
            if (stored is not null)
            {
                return stored;
            }
            if (persisted < _chunkStart || persisted > chunks.Bytes)
            {
                throw new StoreUnavailableException(
                    $"The upload of {put.Key} has come to byte {persisted} by Cloud Storage's account, between "
                        + $"{_chunkStart} and {chunks.Bytes} by ours. Nothing was written: write it again."
                );
            }
            if (persisted == chunks.Bytes && !chunks.IsLast)
            {
                return null;
            }
            if (persisted > at)
            {
                budget.Reset();
            }
            else if (!ask)
            {
                // Taken, but not kept: as good as a failure.
                var nothing = new Attempt<(StoredObject?, long)> { Failure = new IOException("nothing was stored") };
                await api.PauseAsync(call, nothing, budget, mayHaveHappened: false, cancellationToken);
            }
            (at, ask) = (persisted, false);
        }
    }

    private ApiCall<(StoredObject? Stored, long Persisted)> Chunk(Uri session, long at)
    {
        var rest = chunks.Current[(int)(at - _chunkStart)..];
        return Call(
            "write",
            () =>
            {
                var content = Bodies.Bytes(rest);
                content.Headers.ContentRange = (rest.Length, chunks.IsLast) switch
                {
                    (0, _) => new ContentRangeHeaderValue(chunks.Bytes),
                    (_, true) => new ContentRangeHeaderValue(at, chunks.Bytes - 1, chunks.Bytes),
                    _ => new ContentRangeHeaderValue(at, chunks.Bytes - 1),
                };
                var request = api.Service.Request(HttpMethod.Put, session, content);
                if (chunks.IsLast)
                {
                    request.Headers.Add(HashHeader, $"crc32c={StorageChecksum.ToText(chunks.Crc)}");
                }
                return request;
            }
        );
    }

    private ApiCall<(StoredObject? Stored, long Persisted)> Question(Uri session) =>
        Call(
            "question for the state",
            () =>
            {
                var content = Bodies.Bytes(ReadOnlyMemory<byte>.Empty);
                content.Headers.TryAddWithoutValidation("Content-Range", "bytes */*");
                return api.Service.Request(HttpMethod.Put, session, content);
            }
        );

    private ApiCall<(StoredObject? Stored, long Persisted)> Call(string operation, Func<HttpRequestMessage> request) =>
        new(operation, $"{put.Key} from byte {_chunkStart}", request, ReadAsync)
        {
            Succeeds = status =>
                status is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.PermanentRedirect,
        };

    private static async ValueTask<(StoredObject? Stored, long Persisted)> ReadAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        if (response.StatusCode != HttpStatusCode.PermanentRedirect)
        {
            return (
                await ObjectUploads.ReadJsonAsync(response, StorageJson.Default.StoredObject, cancellationToken),
                0
            );
        }
        // "bytes=0-N", or nothing where nothing is stored.
        var range = response.Headers.TryGetValues("Range", out var values) ? values.First() : null;
        var last = range is null ? -1 : long.Parse(range[(range.IndexOf('-') + 1)..], CultureInfo.InvariantCulture);
        return (null, last + 1);
    }

    private Exception Explain<T>(ApiCall<T> call, ApiError error) =>
        error.Code switch
        {
            HttpStatusCode.PreconditionFailed => put.Refused(),
            HttpStatusCode.BadRequest when Put.IsDamaged(error) => put.Damaged(error),
            HttpStatusCode.NotFound or HttpStatusCode.Gone => new StoreUnavailableException(
                $"Cloud Storage has forgotten the upload of {put.Key} ({error.Message}). Nothing was written: write it "
                    + "again."
            ),
            _ => api.Refusal(call, error),
        };
}
