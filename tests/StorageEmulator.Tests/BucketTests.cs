using System.Net;

namespace Nocturne.StorageEmulator.Tests;

public sealed class BucketTests(Emulator emulator) : EmulatorTest(emulator)
{
    [Fact]
    public async Task Insert_NewName_IsThereAfterwards()
    {
        var name = NewName("bucket");

        var made = await InsertAsync(name);

        Assert.Equal("storage#bucket", (string?)made["kind"]);
        var found = await ReadAsync(await SendAsync(HttpMethod.Get, $"/storage/v1/b/{name}"));
        Assert.Equal(name, (string?)found["name"]);
        Assert.Equal("EU", (string?)found["location"]);
    }

    [Fact]
    public async Task Insert_NameInUse_IsAConflict()
    {
        var name = NewName("bucket");
        await InsertAsync(name);

        var again = await SendAsync(HttpMethod.Post, "/storage/v1/b?project=p", Json($$"""{"name":"{{name}}"}"""));

        await AssertErrorAsync(HttpStatusCode.Conflict, "conflict", again);
    }

    [Theory]
    [InlineData("""{"name":"UPPER"}""")]
    [InlineData("""{"name":"../up"}""")]
    [InlineData("""{"name":"a"}""")]
    [InlineData("{}")]
    public async Task Insert_IllegalName_IsInvalid(string resource)
    {
        var response = await SendAsync(HttpMethod.Post, "/storage/v1/b?project=p", Json(resource));

        await AssertErrorAsync(HttpStatusCode.BadRequest, "invalid", response);
    }

    [Fact]
    public async Task List_ManyBuckets_ComesInPagesInOrder()
    {
        var prefix = NewName("list");
        foreach (var suffix in new[] { "b", "a", "c" })
        {
            await InsertAsync($"{prefix}-{suffix}");
        }

        var first = await ReadAsync(
            await SendAsync(HttpMethod.Get, $"/storage/v1/b?project=p&maxResults=2&prefix={prefix}")
        );
        var token = Uri.EscapeDataString((string)first["nextPageToken"]!);
        var second = await ReadAsync(
            await SendAsync(HttpMethod.Get, $"/storage/v1/b?project=p&prefix={prefix}&pageToken={token}")
        );

        Assert.Equal(
            [$"{prefix}-a", $"{prefix}-b"],
            first["items"]!.AsArray().Select(bucket => (string?)bucket!["name"])
        );
        Assert.Equal($"{prefix}-c", (string?)Assert.Single(second["items"]!.AsArray())!["name"]);
        Assert.Null(second["nextPageToken"]);
    }

    [Fact]
    public async Task Delete_WithObjects_IsAConflictUntilItIsEmpty()
    {
        var bucket = NewName("bucket");
        await InsertAsync(bucket);
        await SendAsync(HttpMethod.Post, UploadPath("media", "x", bucket: bucket), Content("x"u8.ToArray()));

        await AssertErrorAsync(HttpStatusCode.Conflict, "conflict", HttpMethod.Delete, $"/storage/v1/b/{bucket}");
        await SendAsync(HttpMethod.Delete, ObjectPath("x", bucket: bucket));
        using var deleted = await SendAsync(HttpMethod.Delete, $"/storage/v1/b/{bucket}");

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await AssertErrorAsync(HttpStatusCode.NotFound, "notFound", HttpMethod.Get, $"/storage/v1/b/{bucket}");
    }

    [Fact]
    public async Task Objects_OfABucketThatIsNotThere_AreNotFound()
    {
        const string Missing = "no-such-bucket";

        await AssertErrorAsync(HttpStatusCode.NotFound, "notFound", HttpMethod.Get, $"/storage/v1/b/{Missing}/o");
        var upload = await SendAsync(HttpMethod.Post, UploadPath("media", "x", bucket: Missing), Content([1]));
        await AssertErrorAsync(HttpStatusCode.NotFound, "notFound", upload);
        var start = await SendAsync(HttpMethod.Post, UploadPath("resumable", "x", bucket: Missing));
        await AssertErrorAsync(HttpStatusCode.NotFound, "notFound", start);
    }

    [Fact]
    public async Task Insert_WithVersioning_IsRefusedRatherThanForgotten()
    {
        var response = await SendAsync(
            HttpMethod.Post,
            "/storage/v1/b?project=p",
            Json($$$"""{"name":"{{{NewName("bucket")}}}","versioning":{"enabled":true}}""")
        );

        await AssertErrorAsync(HttpStatusCode.NotImplemented, "notImplemented", response);
    }

    private async Task<System.Text.Json.Nodes.JsonNode> InsertAsync(string name) =>
        await ReadAsync(
            await SendAsync(
                HttpMethod.Post,
                "/storage/v1/b?project=p",
                Json($$"""{"name":"{{name}}","location":"EU"}""")
            )
        );
}
