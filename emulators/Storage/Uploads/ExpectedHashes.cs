using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Nocturne.StorageEmulator.Http;
using Nocturne.StorageEmulator.Objects;

namespace Nocturne.StorageEmulator.Uploads;

/// <summary>The checksums that a client says its content has.</summary>
internal static class ExpectedHashes
{
    /// <summary>Those of a resource, <c>md5Hash</c> and <c>crc32c</c>.</summary>
    public static ContentHashes Of(JsonObject resource) => new(Text(resource["md5Hash"]), Text(resource["crc32c"]));

    /// <summary>Those of <c>x-goog-hash</c> and <c>Content-MD5</c>.</summary>
    public static ContentHashes Of(IHeaderDictionary headers)
    {
        var found = new ContentHashes(headers.ContentMD5 is [{ Length: > 0 } md5, ..] ? md5 : null, null);
        foreach (var hash in headers["x-goog-hash"].ToString().Split(',', StringSplitOptions.TrimEntries))
        {
            found = hash.Split('=', 2) switch
            {
                ["md5", var value] => found with { Md5 = value },
                ["crc32c", var value] => found with { Crc32C = value },
                _ => found,
            };
        }
        return found;
    }

    /// <summary>Refuses a content that is not what its client meant to send.</summary>
    public static void Verify(ContentHashes expected, ContentHashes actual)
    {
        Check("CRC32C", expected.Crc32C, actual.Crc32C);
        Check("MD5 hash", expected.Md5, actual.Md5);

        static void Check(string kind, string? provided, string? calculated)
        {
            if (provided is not null && provided != calculated)
            {
                throw ApiException.Invalid(
                    $"Provided {kind} \"{provided}\" doesn't match calculated {kind} \"{calculated}\"."
                );
            }
        }
    }

    private static string? Text(JsonNode? node) =>
        node is null ? null
        : node.GetValueKind() == JsonValueKind.String ? (string)node!
        : throw ApiException.Invalid("Invalid value for a checksum: it is not a string.");
}
