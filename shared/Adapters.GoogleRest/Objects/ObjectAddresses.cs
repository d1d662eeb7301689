using System.Globalization;
using System.Text;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>Addresses of objects in the JSON API.</summary>
internal sealed class ObjectAddresses(GoogleService service, Deployment deployment)
{
    private const int MaxNameBytes = 1024; // Cloud Storage's

    /// <summary>Objects of one page; Cloud Storage's largest.</summary>
    private const int PageObjects = 1_000;

    /// <summary>An object's resource, or with <c>alt=media</c> its content.</summary>
    public Uri Object(ObjectKey key, string query) =>
        service.At($"storage/v1/b/{Bucket(key.Bucket)}/o/{Uri.EscapeDataString(key.Name)}?{query}");

    /// <summary>Where an object is uploaded to; its name is in the body.</summary>
    public Uri Upload(ObjectKey key, string uploadType, long ifGeneration) =>
        service.At(
            $"upload/storage/v1/b/{Bucket(key.Bucket)}/o?uploadType={uploadType}&fields={StoredObject.Fields}"
                + Condition(ifGeneration)
        );

    /// <summary>A page of a listing.</summary>
    public Uri List(string bucket, string prefix, string? startOffset, string? pageToken)
    {
        var query = new StringBuilder("prefix=").Append(Uri.EscapeDataString(prefix));
        if (startOffset is not null)
        {
            query.Append("&startOffset=").Append(Uri.EscapeDataString(startOffset));
        }
        if (pageToken is not null)
        {
            query.Append("&pageToken=").Append(Uri.EscapeDataString(pageToken));
        }
        query.Append(
            CultureInfo.InvariantCulture,
            $"&maxResults={PageObjects}&fields=nextPageToken,items({StoredObject.Fields})&prettyPrint=false"
        );
        return service.At($"storage/v1/b/{Bucket(bucket)}/o?{query}");
    }

    /// <summary>A condition on the generation as a part of a query.</summary>
    public static string Condition(long ifGeneration) =>
        ifGeneration == IfGeneration.Any ? "" : FormattableString.Invariant($"&ifGenerationMatch={ifGeneration}");

    /// <summary>Checks a name before it becomes part of an address.</summary>
    public static void CheckName(ObjectKey key)
    {
        if (
            string.IsNullOrEmpty(key.Name)
            || key.Name is "." or ".."
            || Encoding.UTF8.GetByteCount(key.Name) > MaxNameBytes
            || key.Name.AsSpan().ContainsAny('\r', '\n', '\0')
        )
        {
            throw new ArgumentException(
                $"'{key}' is not an object name: 1 to {MaxNameBytes} bytes, without CR, LF or NUL, not . or ..",
                nameof(key)
            );
        }
    }

    private string Bucket(string bucket) => Uri.EscapeDataString(deployment.BucketName(bucket));
}
