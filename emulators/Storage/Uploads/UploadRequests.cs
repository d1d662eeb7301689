using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Nocturne.StorageEmulator.Http;
using Nocturne.StorageEmulator.Objects;

namespace Nocturne.StorageEmulator.Uploads;

/// <summary>Requests that send content: <c>/upload/storage/v1/b/{bucket}/o</c>.</summary>
internal sealed class UploadRequests(ObjectFolder folder) : IAsyncDisposable
{
    /// <summary>Sessions kept, finished ones included; the oldest goes first. Each may hold a file.</summary>
    private const int MaxSessions = 10_000;

    private const int StatusClientClosedRequest = 499;
    private const int IdCharacters = 64;

    private readonly ConcurrentDictionary<string, UploadSession> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _ages = new();

    public Task HandleAsync(HttpContext context, string method, string bucket)
    {
        var query = context.Request.Query;
        var id = query["upload_id"].ToString();
        return (method, query["uploadType"].ToString()) switch
        {
            ("PUT" or "POST", _) when id.Length > 0 => ContinueAsync(context, Session(bucket, id), id),
            ("DELETE", _) when id.Length > 0 => CancelAsync(context, Session(bucket, id)),
            ("POST", "media") => InsertMediaAsync(context, bucket),
            ("POST", "multipart") => InsertMultipartAsync(context, bucket),
            ("POST", "resumable") => StartAsync(context, bucket),
            ("POST", "") => throw ApiException.Required("uploadType"),
            ("PUT" or "DELETE", _) => throw ApiException.Required("upload_id"),
            _ => throw ApiException.Invalid($"Unknown upload: {method} with uploadType '{query["uploadType"]}'."),
        };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions.Values)
        {
            await session.DisposeAsync();
        }
    }

    private UploadSession Session(string bucket, string id) =>
        _sessions.TryGetValue(id, out var session) && session.Bucket == bucket
            ? session
            : throw new ApiException(
                StatusCodes.Status404NotFound,
                "notFound",
                "There is no such upload session; start the upload again."
            );

    private Task InsertMediaAsync(HttpContext context, string bucket)
    {
        var body = RequestBodies.Open(context.Request);
        return InsertAsync(
            context,
            bucket,
            [],
            context.Request.ContentType,
            content => content.AppendAsync(body, context.RequestAborted).AsTask()
        );
    }

    private async Task InsertMultipartAsync(HttpContext context, string bucket)
    {
        var aborted = context.RequestAborted;
        var parts = MultipartRelated.Open(RequestBodies.Open(context.Request), context.Request.ContentType);
        await parts.NextAsync(aborted);
        using var first = new MemoryStream();
        await parts.CopyAsync((piece, _) => RequestBodies.KeepAsync(first, piece), aborted);
        var resource = RequestBodies.ParseResource(first);
        var contentType = await parts.NextAsync(aborted);
        await InsertAsync(
            context,
            bucket,
            resource,
            contentType,
            content => parts.CopyAsync(content.AppendAsync, aborted)
        );
    }

    private async Task InsertAsync(
        HttpContext context,
        string bucket,
        JsonObject resource,
        string? contentType,
        Func<PendingContent, Task> receive
    )
    {
        var query = context.Request.Query;
        var name = NameOf(query, resource);
        var attributes = ObjectAttributes.Create(resource, contentType);
        if (query["contentEncoding"] is [{ Length: > 0 } encoding, ..])
        {
            attributes["contentEncoding"] = encoding;
        }
        var conditions = Preconditions.Read(query);
        folder.CheckWrite(bucket, name, conditions);
        await using var content = folder.NewContent();
        await receive(content);
        var hashes = await content.CompleteAsync();
        ExpectedHashes.Verify(ExpectedHashes.Of(resource).Or(ExpectedHashes.Of(context.Request.Headers)), hashes);
        var stored = folder.Publish(new NewObject(bucket, name, attributes, hashes), content, conditions);
        await Answers.ObjectAsync(context, stored);
    }

    private async Task StartAsync(HttpContext context, string bucket)
    {
        var request = context.Request;
        var resource = await RequestBodies.ReadResourceAsync(request);
        var name = NameOf(request.Query, resource);
        var conditions = Preconditions.Read(request.Query);
        folder.CheckWrite(bucket, name, conditions);
        var type = request.Headers["X-Upload-Content-Type"] is [{ Length: > 0 } given, ..] ? given : null;
        var length = request.Headers["X-Upload-Content-Length"].ToString();
        var session = new UploadSession(bucket, name, ObjectAttributes.Create(resource, type), folder.NewContent())
        {
            Conditions = conditions,
            Expected = ExpectedHashes.Of(resource).Or(ExpectedHashes.Of(request.Headers)),
            Total = long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var total)
                ? total
                : null,
        };
        var id = RandomNumberGenerator.GetHexString(IdCharacters, lowercase: true);
        _sessions[id] = session;
        await KeepFewAsync(id);
        context.Response.Headers["X-GUploader-UploadID"] = id;
        context.Response.Headers.Location =
            $"{Answers.Server(request)}/upload/storage/v1/b/{bucket}/o"
            + $"?uploadType=resumable&name={Uri.EscapeDataString(name)}&upload_id={id}";
        context.Response.ContentLength = 0;
    }

    private async Task ContinueAsync(HttpContext context, UploadSession session, string id)
    {
        using var turn = await session.TakeTurnAsync(context.RequestAborted);
        if (session.IsCancelled)
        {
            AnswerCancelled(context);
            return;
        }
        if (session.Result is { } finished)
        {
            await Answers.ObjectAsync(context, finished);
            return;
        }
        try
        {
            var range = UploadRange.Parse(context.Request.Headers.ContentRange);
            session.Total = range.Total;
            if (await session.ReceiveAsync(range, context.Request.Body, turn.Token))
            {
                await Answers.ObjectAsync(context, await FinishAsync(context, session, id));
                return;
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new ApiException(
                StatusCodes.Status503ServiceUnavailable,
                "backendError",
                "A later request of this upload session has taken over."
            );
        }
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.ContentLength = 0;
        if (session.Received > 0)
        {
            context.Response.Headers.Range = string.Create(
                CultureInfo.InvariantCulture,
                $"bytes=0-{session.Received - 1}"
            );
        }
    }

    private async Task<StoredObject> FinishAsync(HttpContext context, UploadSession session, string id)
    {
        try
        {
            return await session.FinishAsync(folder, ExpectedHashes.Of(context.Request.Headers));
        }
        catch (ApiException)
        {
            // A content that was refused stays refused: the session is over.
            _sessions.TryRemove(id, out _);
            await session.DisposeAsync();
            throw;
        }
    }

    private static async Task CancelAsync(HttpContext context, UploadSession session)
    {
        using var turn = await session.TakeTurnAsync(context.RequestAborted);
        if (session.Result is null && !session.IsCancelled)
        {
            await session.CancelAsync();
        }
        AnswerCancelled(context);
    }

    private static void AnswerCancelled(HttpContext context)
    {
        context.Response.StatusCode = StatusClientClosedRequest;
        context.Response.ContentLength = 0;
    }

    private static string NameOf(IQueryCollection query, JsonObject resource)
    {
        var (asked, said) = (query["name"].ToString(), (string?)resource["name"]);
        if (asked.Length > 0 && said is not null && asked != said)
        {
            throw ApiException.Invalid($"Value '{said}' in content does not agree with value '{asked}'.");
        }
        var name = asked.Length > 0 ? asked : said;
        return string.IsNullOrEmpty(name) ? throw ApiException.Required("name") : StorageApi.CheckedName(name);
    }

    private async Task KeepFewAsync(string id)
    {
        _ages.Enqueue(id);
        if (
            _sessions.Count > MaxSessions
            && _ages.TryDequeue(out var oldest)
            && _sessions.TryRemove(oldest, out var old)
        )
        {
            await old.DisposeAsync();
        }
    }
}
