using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nocturne.StorageEmulator.Objects;
using Nocturne.StorageEmulator.Uploads;

namespace Nocturne.StorageEmulator.Http;

/// <summary>Finds out what a request is about, and turns refusals into answers.</summary>
internal sealed partial class StorageApi(ObjectFolder folder, ILogger<StorageApi> logger) : IAsyncDisposable
{
    private const string Health = "Cloud Storage emulator: the JSON API is at /storage/v1/\n";

    private static readonly string[] RefusedParameters =
    [
        "predefinedAcl",
        "predefinedDefaultObjectAcl",
        "destinationPredefinedAcl",
        "kmsKeyName",
        "destinationKmsKeyName",
        "X-Goog-Signature",
        "GoogleAccessId",
    ];

    private readonly BucketRequests _buckets = new(folder);
    private readonly ObjectRequests _objects = new(folder);
    private readonly CopyRequests _copies = new(folder);
    private readonly UploadRequests _uploads = new(folder);

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            await DispatchAsync(context);
        }
        catch (ApiException e)
        {
            await Answers.ErrorAsync(context, e);
        }
        catch (BadHttpRequestException e)
        {
            await Answers.ErrorAsync(context, new ApiException(e.StatusCode, "badRequest", e.Message));
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested)
        {
            LogAborted(context.Request.Method, context.Request.Path, e.Message);
            context.Abort();
            return;
        }
        LogRequest(context.Request.Method, context.Request.Path, context.Response.StatusCode);
    }

    public ValueTask DisposeAsync() => _uploads.DisposeAsync();

    private Task DispatchAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Path.Value is "/" or "/health" or "/health/live" or "/health/ready")
        {
            return context.Response.WriteAsync(Health);
        }
        foreach (var name in RefusedParameters)
        {
            if (request.Query.ContainsKey(name))
            {
                throw ApiException.NotImplemented($"the parameter '{name}'");
            }
        }
        if (request.Headers.ContainsKey("x-goog-encryption-algorithm"))
        {
            throw ApiException.NotImplemented("encryption keys of customers");
        }
        if (RequestPath.Parse(request) is not { } path)
        {
            throw ApiException.NotImplemented(
                $"{request.Path}: it serves the JSON API at /storage/v1/, not the XML API, batches or signed URLs"
            );
        }
        var method = request.Headers["X-HTTP-Method-Override"] is [{ Length: > 0 } meant, ..] ? meant : request.Method;
        return (path.Root, path.Segments) switch
        {
            (ApiRoot.Upload, ["b", var bucket, "o"]) => _uploads.HandleAsync(context, method, bucket),
            (not ApiRoot.Upload, ["b", var bucket, "o", var name]) => _objects.HandleAsync(
                context,
                method,
                bucket,
                CheckedName(name),
                path.Root == ApiRoot.Download
            ),
            (ApiRoot.Json, ["b"]) => _buckets.HandleAllAsync(context, method),
            (ApiRoot.Json, ["b", var bucket]) => _buckets.HandleAsync(context, method, bucket),
            (ApiRoot.Json, ["b", var bucket, "o"]) => _objects.HandleAllAsync(context, method, bucket),
            (ApiRoot.Json, ["b", var from, "o", var source, "rewriteTo" or "copyTo", "b", var to, "o", var target]) =>
                _copies.CopyAsync(
                    context,
                    (from, CheckedName(source)),
                    (to, CheckedName(target)),
                    rewrite: path.Segments[4] == "rewriteTo"
                ),
            (ApiRoot.Json, ["b", var bucket, "o", var target, "compose"]) => _copies.ComposeAsync(
                context,
                bucket,
                CheckedName(target)
            ),
            (_, ["b", _, "o", ..]) => throw ApiException.NotImplemented(
                $"'{string.Join('/', path.Segments.Skip(4))}' of objects (a '/' of an object's name is sent as %2F)"
            ),
            _ => throw ApiException.NotImplemented(request.Path),
        };
    }

    /// <summary>A name that Cloud Storage would take.</summary>
    public static string CheckedName(string name)
    {
        const int MaxBytes = 1024;
        if (
            name.Length == 0
            || name is "." or ".."
            || System.Text.Encoding.UTF8.GetByteCount(name) > MaxBytes
            || name.AsSpan().ContainsAny('\r', '\n')
            || name.StartsWith(".well-known/acme-challenge/", StringComparison.Ordinal)
        )
        {
            throw ApiException.Invalid($"Invalid object name: '{name}'");
        }
        return name;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Method} {Path}: {Status}")]
    private partial void LogRequest(string method, PathString path, int status);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Method} {Path}: the client went away ({Reason})")]
    private partial void LogAborted(string method, PathString path, string reason);
}
