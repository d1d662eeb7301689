using System.Text;
using Microsoft.AspNetCore.Http;
using Nocturne.StorageEmulator.Http;

namespace Nocturne.StorageEmulator.Objects;

/// <summary>A page of a bucket that is asked for.</summary>
internal sealed record ObjectQuery
{
    /// <summary>Objects and prefixes of one page at most; Cloud Storage's own.</summary>
    public const int MaxPage = 1000;

    public string Prefix { get; init; } = "";

    public string Delimiter { get; init; } = "";

    public string StartOffset { get; init; } = "";

    public string? EndOffset { get; init; }

    /// <summary>The last name or prefix of the page before; null for the first page.</summary>
    public string? After { get; init; }

    public bool IncludeTrailingDelimiter { get; init; }

    public int MaxResults { get; init; } = MaxPage;

    public static ObjectQuery Read(IQueryCollection query)
    {
        foreach (var name in (string[])["matchGlob", "softDeleted", "filter"])
        {
            if (query.ContainsKey(name) && query[name] != "false")
            {
                throw ApiException.NotImplemented($"'{name}' of listings");
            }
        }
        return new ObjectQuery
        {
            Prefix = query["prefix"].ToString(),
            Delimiter = query["delimiter"].ToString(),
            StartOffset = query["startOffset"].ToString(),
            EndOffset = query["endOffset"] is [{ Length: > 0 } end, ..] ? end : null,
            After = query["pageToken"] is [{ Length: > 0 } token, ..] ? ReadToken(token) : null,
            IncludeTrailingDelimiter = query["includeTrailingDelimiter"] == "true",
            MaxResults = ReadMaxResults(query),
        };
    }

    public static int ReadMaxResults(IQueryCollection query) =>
        Preconditions.Number(query, "maxResults") switch
        {
            null => MaxPage,
            < 0 => throw ApiException.Invalid("Invalid value for maxResults: it is negative."),
            0 => MaxPage,
            var number => (int)Math.Min(MaxPage, number.Value),
        };

    public static string WriteToken(string last) => Convert.ToBase64String(Encoding.UTF8.GetBytes(last));

    public static string ReadToken(string token)
    {
        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var written)
            ? Encoding.UTF8.GetString(bytes, 0, written)
            : throw ApiException.Invalid("Invalid value for pageToken.");
    }
}

/// <summary>Objects and common prefixes, each in order; null for the token of the last page.</summary>
internal sealed record ObjectPage(IReadOnlyList<StoredObject> Items, IReadOnlyList<string> Prefixes, string? Next)
{
    /// <summary>Reads a page; the caller holds the lock of <paramref name="bucket"/>.</summary>
    public static ObjectPage Of(BucketContents bucket, ObjectQuery query)
    {
        var items = new List<StoredObject>();
        var prefixes = new List<string>();
        var last = query.After;
        var order = Utf8Comparer.Instance;
        var from = order.Compare(query.StartOffset, query.Prefix) > 0 ? query.StartOffset : query.Prefix;
        from = last is not null && order.Compare(last, from) > 0 ? last : from;
        for (var at = bucket.LowerBound(from); at < bucket.Count; at++)
        {
            var found = bucket[at];
            if (
                !found.Name.StartsWith(query.Prefix, StringComparison.Ordinal)
                || (query.EndOffset is not null && order.Compare(found.Name, query.EndOffset) >= 0)
            )
            {
                break;
            }
            var folder = FolderOf(found.Name, query);
            var entry = folder ?? found.Name;
            var listed = folder is null || (query.IncludeTrailingDelimiter && folder.Length == found.Name.Length);
            if (last is not null && order.Compare(entry, last) <= 0)
            {
                continue; // of the page before, or of a prefix that has been given
            }
            if (items.Count + prefixes.Count >= query.MaxResults)
            {
                return new ObjectPage(items, prefixes, ObjectQuery.WriteToken(last!));
            }
            if (folder is not null)
            {
                prefixes.Add(folder);
            }
            if (listed)
            {
                items.Add(found);
            }
            last = entry;
        }
        return new ObjectPage(items, prefixes, null);
    }

    /// <summary>The name up to the first delimiter after the prefix, with it; null where it has none.</summary>
    private static string? FolderOf(string name, ObjectQuery query)
    {
        if (query.Delimiter.Length == 0)
        {
            return null;
        }
        var at = name.IndexOf(query.Delimiter, query.Prefix.Length, StringComparison.Ordinal);
        return at < 0 ? null : name[..(at + query.Delimiter.Length)];
    }
}
