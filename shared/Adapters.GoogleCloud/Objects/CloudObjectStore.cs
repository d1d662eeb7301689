using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Google.Apis.Upload;
using Google.Cloud.Storage.V1;
using Nocturne.Ports;
using Nocturne.Topology;
using StorageObject = Google.Apis.Storage.v1.Data.Object;

namespace Nocturne.Adapters.GoogleCloud;

/// <summary>Objects in Cloud Storage.</summary>
/// <remarks>
/// Uploads are the client's own resumable ones; it compares the checksum. Every upload carries a token in the object's
/// metadata, which tells an upload that meets its own earlier attempt from one that meets another's.
/// </remarks>
internal sealed class CloudObjectStore(
    LazyClient<StorageClient> client,
    Caller caller,
    Deployment deployment,
    WriteTokens tokens,
    OperationCounters counters,
    GoogleCloudOptions options
) : IObjectStore
{
    private const int ListPage = 1000; // Cloud Storage's own
    private const string ListFields = "items(name,generation,size,crc32c,contentType),nextPageToken";
    private const int MaxNameBytes = 1024;
    private const string TokenKey = "nocturne-put"; // in an object's metadata, as over REST

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
        CheckName(key);
        cancellationToken.ThrowIfCancellationRequested();
        var source = await RepeatableContent.OfAsync(content, options.UploadChunkBytes, cancellationToken);
        var target = new StorageObject
        {
            Bucket = deployment.BucketName(key.Bucket),
            Name = key.Name,
            ContentType = contentType,
            Crc32c = (await source.Crc32CAsync(cancellationToken))!, // null says nothing
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [TokenKey] = tokens.Next() },
        };
        var uploading = new UploadObjectOptions
        {
            ChunkSize = options.UploadChunkBytes,
            IfGenerationMatch = ifGeneration == IfGeneration.Any ? null : ifGeneration,
        };
        var storage = await client.GetAsync(cancellationToken);
        var outcome = await caller.CallAsync(
            "upload",
            key.ToString(),
            deadline =>
                storage.UploadObjectAsync(target, source.Begin(), uploading, deadline.Token, new Extending(deadline)),
            cancellationToken,
            () => source.CanRepeat
        );
        var stored = outcome.Fault switch
        {
            null => outcome.Value!,
            { Kind: FaultKind.Condition } fault => await AfterConditionAsync(
                key,
                target,
                fault,
                outcome.MayHaveHappened,
                cancellationToken
            ),
            { } fault when IsDamaged(fault) => throw new StoreUnavailableException(
                $"{key} arrived damaged ({fault.Cause.Message}). Nothing was written: write it again.",
                fault.Cause
            ),
            { } fault => throw caller.Refusal("upload", key.ToString(), fault),
        };
        var info = ToInfo(key, stored);
        counters.CountObjectWrite(info.Size);
        return info;
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectInfo?> HeadAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var found = await FindAsync(key, cancellationToken);
        return found is null ? null : ToInfo(key, found);
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectContent?> OpenReadAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await HeadAsync(key, cancellationToken) is not { } info)
            {
                return null;
            }
            var storage = await client.GetAsync(cancellationToken);
            var stream = new DownloadStream(storage, deployment.BucketName(key.Bucket), info, caller, options);
            try
            {
                if (await stream.BeginAsync(cancellationToken))
                {
                    counters.CountObjectRead(info.Size);
                    return new ObjectContent(info, stream);
                }
            }
            catch
            {
                await stream.DisposeAsync();
                throw;
            }
            await stream.DisposeAsync();
            if (attempt >= options.Retry.MaxAttempts)
            {
                throw new StoreUnavailableException($"{key} was replaced {attempt} times before it could be read.");
            }
            await Task.Delay(caller.Pause(attempt), options.Time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(ObjectKey key, long ifGeneration, CancellationToken cancellationToken)
    {
        CheckName(key);
        var storage = await client.GetAsync(cancellationToken);
        var outcome = await caller.CallAsync(
            "delete",
            key.ToString(),
            async deadline =>
            {
                await storage.DeleteObjectAsync(
                    deployment.BucketName(key.Bucket),
                    key.Name,
                    new DeleteObjectOptions
                    {
                        IfGenerationMatch = ifGeneration == IfGeneration.Any ? null : ifGeneration,
                    },
                    deadline.Token
                );
                return true;
            },
            cancellationToken
        );
        switch (outcome.Fault)
        {
            case null:
                counters.CountObjectDelete();
                return true;
            case { Kind: FaultKind.NotFound } fault when !IsBucketMissing(fault):
                if (outcome.MayHaveHappened)
                {
                    counters.CountObjectDelete(); // by the attempt whose answer was lost
                }
                return outcome.MayHaveHappened;
            case { Kind: FaultKind.Condition } fault when outcome.MayHaveHappened:
                throw caller.Unknown("delete", key.ToString(), fault.Cause);
            case { Kind: FaultKind.Condition } fault:
                throw Failed(key, fault);
            case { } fault:
                throw caller.Refusal("delete", key.ToString(), fault);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(
        string bucket,
        string prefix,
        string? startAfter,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        string? token = null;
        do
        {
            var storage = await client.GetAsync(cancellationToken);
            var listing = storage.ListObjectsAsync(
                deployment.BucketName(bucket),
                prefix,
                new ListObjectsOptions
                {
                    Fields = ListFields,
                    PageSize = ListPage,
                    PageToken = token,
                    StartOffset = startAfter,
                }
            );
            var page = await caller.RequireAsync(
                "list",
                $"{bucket}/{prefix}",
                deadline => listing.ReadPageAsync(ListPage, deadline.Token),
                cancellationToken
            );
            counters.CountObjectList();
            foreach (var stored in page)
            {
                if (stored.Name != startAfter) // the offset includes it
                {
                    yield return ToInfo(new ObjectKey(bucket, stored.Name), stored);
                }
            }
            token = page.NextPageToken;
        } while (!string.IsNullOrEmpty(token));
    }

    private static void CheckName(ObjectKey key)
    {
        if (
            string.IsNullOrEmpty(key.Name)
            || Encoding.UTF8.GetByteCount(key.Name) > MaxNameBytes
            || key.Name.AsSpan().ContainsAny('\r', '\n', '\0')
        )
        {
            throw new ArgumentException(
                $"'{key}' is not an object name: 1 to {MaxNameBytes} bytes, without CR, LF or NUL.",
                nameof(key)
            );
        }
    }

    private static ObjectInfo ToInfo(ObjectKey key, StorageObject stored) =>
        new(
            key,
            stored.Generation!.Value,
            (long)stored.Size!.Value,
            BinaryPrimitives.ReadUInt32BigEndian(Convert.FromBase64String(stored.Crc32c)),
            stored.ContentType
        );

    /// <summary>Cloud Storage answers 404 for both; which it was, its words say.</summary>
    private static bool IsBucketMissing(Fault fault) =>
        fault.Cause.Message.Contains("bucket does not exist", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a refusal is of the checksum that was sent along.</summary>
    private static bool IsDamaged(Fault fault) =>
        fault.Kind == FaultKind.Refused && fault.Cause.Message.Contains("crc32c", StringComparison.OrdinalIgnoreCase);

    private static PreconditionFailedException Failed(ObjectKey key, Fault fault) =>
        new($"{key} does not have the generation that was asked for (0: none).", fault.Cause);

    private async ValueTask<StorageObject?> FindAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        CheckName(key);
        var storage = await client.GetAsync(cancellationToken);
        var outcome = await caller.CallAsync(
            "look up",
            key.ToString(),
            deadline => storage.GetObjectAsync(deployment.BucketName(key.Bucket), key.Name, null, deadline.Token),
            cancellationToken
        );
        counters.CountObjectRead(0);
        return outcome.Fault switch
        {
            null => outcome.Value,
            { Kind: FaultKind.NotFound } fault when !IsBucketMissing(fault) => null,
            { } fault => throw caller.Refusal("look up", key.ToString(), fault),
        };
    }

    /// <summary>
    /// After a condition that did not hold: if an attempt before may have been made, whether it is what is there now.
    /// </summary>
    private async ValueTask<StorageObject> AfterConditionAsync(
        ObjectKey key,
        StorageObject target,
        Fault fault,
        bool mayHaveHappened,
        CancellationToken cancellationToken
    )
    {
        if (!mayHaveHappened)
        {
            throw Failed(key, fault);
        }
        var token = target.Metadata[TokenKey];
        var found = await FindAsync(key, cancellationToken);
        return found?.Metadata?.TryGetValue(TokenKey, out var last) == true && last == token
            ? found
            : throw caller.Unknown("upload", key.ToString(), fault.Cause);
    }

    /// <summary>A chunk that has arrived gives the next one its time.</summary>
    private sealed class Extending(AttemptDeadline deadline) : IProgress<IUploadProgress>
    {
        public void Report(IUploadProgress value) => deadline.Extend();
    }
}
