using System.Net;
using System.Text.Json.Nodes;

namespace Nocturne.StorageEmulator.Tests;

public sealed class ListTests(Emulator emulator) : EmulatorTest(emulator)
{
    [Fact]
    public async Task List_Prefix_IsInByteOrderWithResources()
    {
        // U+E000 comes before U+1F3B5 in UTF-8, though after its surrogates in UTF-16.
        string[] names = ["A", "a", "a/b", "a0", "ä", "\ue000", "🎵"];
        var prefix = await PutAllAsync(names.Reverse());

        var page = await ListAsync($"prefix={prefix}");

        Assert.Equal(names, Names(page, prefix));
        Assert.Equal("storage#objects", (string?)page["kind"]);
        Assert.All(page["items"]!.AsArray(), item => Assert.Equal("1", (string?)item!["size"]));
    }

    [Fact]
    public async Task List_NothingThere_HasNoItems()
    {
        var page = await ListAsync($"prefix={NewName("none")}");

        Assert.Null(page["items"]);
        Assert.Null(page["nextPageToken"]);
    }

    [Theory]
    [InlineData("", "a,a/,a/x,b/c/d,b/e,f")]
    [InlineData("delimiter=/", "a,f | a/,b/")]
    [InlineData("delimiter=/&includeTrailingDelimiter=true", "a,a/,f | a/,b/")]
    [InlineData("delimiter=/&startOffset=PREFIXb", "f | b/")]
    [InlineData("startOffset=PREFIXa/", "a/,a/x,b/c/d,b/e,f")]
    [InlineData("endOffset=PREFIXb/e", "a,a/,a/x,b/c/d")]
    [InlineData("startOffset=PREFIXa/x&endOffset=PREFIXf", "a/x,b/c/d,b/e")]
    [InlineData("startOffset=zzz", "")]
    [InlineData("endOffset=AAA", "")]
    [InlineData("delimiter=c/", "a,a/,a/x,b/e,f | b/c/")]
    public async Task List_ByEveryPageSize_IsTheSame(string query, string expected)
    {
        var prefix = await PutAllAsync(["f", "b/e", "b/c/d", "a/x", "a/", "a"]);
        query = query.Replace("PREFIX", prefix, StringComparison.Ordinal);

        foreach (var size in new[] { 1, 2, 3, 100 })
        {
            var (items, prefixes) = (new List<string>(), new List<string>());
            var token = "";
            do
            {
                var page = await ListAsync($"prefix={prefix}&maxResults={size}&pageToken={token}&{query}");
                var found = Names(page, prefix);
                var folders = page["prefixes"]?.AsArray().Select(p => ((string)p!)[prefix.Length..]).ToList() ?? [];
                // An object that is its folder's own name comes with the folder.
                Assert.InRange(found.Count + folders.Count, 0, size + 1);
                items.AddRange(found);
                prefixes.AddRange(folders);
                token = Uri.EscapeDataString((string?)page["nextPageToken"] ?? "");
            } while (token.Length > 0);

            var listed = string.Join(',', items) + (prefixes.Count > 0 ? " | " + string.Join(',', prefixes) : "");
            Assert.Equal(expected, listed);
        }
    }

    [Fact]
    public async Task List_ObjectsAddedAndRemovedBetweenPages_KeepsItsPlace()
    {
        var prefix = await PutAllAsync(["b", "d", "f"]);
        var first = await ListAsync($"prefix={prefix}&maxResults=2");

        await PutAsync(prefix + "a", "x");
        await PutAsync(prefix + "e", "x");
        await SendAsync(HttpMethod.Delete, ObjectPath(prefix + "d"));
        var token = Uri.EscapeDataString((string)first["nextPageToken"]!);
        var second = await ListAsync($"prefix={prefix}&pageToken={token}");

        Assert.Equal(["b", "d"], Names(first, prefix));
        Assert.Equal(["e", "f"], Names(second, prefix));
    }

    [Fact]
    public async Task List_MoreThanAThousand_ComesInPagesOfAThousand()
    {
        const int Count = 1001;
        var prefix = NewName("many") + "/";
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Count),
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (i, _) => await PutAsync($"{prefix}{i:d4}", "x")
        );

        var first = await ListAsync($"prefix={prefix}&maxResults=5000");
        var token = Uri.EscapeDataString((string)first["nextPageToken"]!);
        var second = await ListAsync($"prefix={prefix}&pageToken={token}");

        Assert.Equal(1000, first["items"]!.AsArray().Count);
        Assert.Equal(["1000"], Names(second, prefix));
    }

    [Theory]
    [InlineData("pageToken=%21%21")]
    [InlineData("maxResults=-1")]
    [InlineData("maxResults=many")]
    public async Task List_NonsensicalParameters_AreInvalid(string query)
    {
        await AssertErrorAsync(
            HttpStatusCode.BadRequest,
            "invalid",
            HttpMethod.Get,
            $"/storage/v1/b/{Bucket}/o?{query}"
        );
    }

    private async Task<string> PutAllAsync(IEnumerable<string> names)
    {
        var prefix = NewName("list") + "-";
        foreach (var name in names)
        {
            await PutAsync(prefix + name, "x");
        }
        return prefix;
    }

    private async Task<JsonNode> ListAsync(string query) =>
        await ReadAsync(await SendAsync(HttpMethod.Get, $"/storage/v1/b/{Bucket}/o?{query}"));

    private static List<string> Names(JsonNode page, string prefix) =>
        page["items"]?.AsArray().Select(item => ((string)item!["name"]!)[prefix.Length..]).ToList() ?? [];
}
