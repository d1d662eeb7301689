using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Nocturne.StorageEmulator.Http;

/// <summary>The kinds of addresses that an object may be asked for under.</summary>
internal enum ApiRoot
{
    /// <summary><c>/storage/v1/</c>.</summary>
    Json,

    /// <summary><c>/upload/storage/v1/</c>.</summary>
    Upload,

    /// <summary><c>/download/storage/v1/</c>.</summary>
    Download,
}

/// <summary>A request's path after its root, split before it was unescaped: names hold escaped slashes.</summary>
internal sealed record RequestPath(ApiRoot Root, IReadOnlyList<string> Segments)
{
    // Some clients take STORAGE_EMULATOR_HOST for the whole base address and leave storage/v1 out.
    private static readonly (string Prefix, ApiRoot Root)[] Roots =
    [
        ("/storage/v1/", ApiRoot.Json),
        ("/upload/storage/v1/", ApiRoot.Upload),
        ("/resumable/upload/storage/v1/", ApiRoot.Upload),
        ("/download/storage/v1/", ApiRoot.Download),
        ("/b", ApiRoot.Json),
    ];

    /// <summary>Null where the path is none of the API.</summary>
    public static RequestPath? Parse(HttpRequest request)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        foreach (var (prefix, root) in Roots)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
            {
                var rest = path[(prefix == "/b" ? 1 : prefix.Length)..];
                return new RequestPath(root, [.. rest.Split('/').Select(Uri.UnescapeDataString)]);
            }
        }
        return null;
    }
}
