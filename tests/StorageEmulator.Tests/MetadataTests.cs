using System.Net;

namespace Nocturne.StorageEmulator.Tests;

public sealed class MetadataTests(Emulator emulator) : EmulatorTest(emulator)
{
    [Fact]
    public async Task Patch_SomeFields_ChangesThoseAndTheMetageneration()
    {
        var name = NewName();
        var stored = await PutAsync(name, "x");

        await PatchAsync(name, """{"cacheControl":"no-store","metadata":{"a":"1","b":"2"}}""");
        var patched = await PatchAsync(name, """{"contentLanguage":"de","metadata":{"a":null,"c":"3"}}""");

        Assert.Equal("3", (string?)patched["metageneration"]);
        Assert.Equal((string?)stored["generation"], (string?)patched["generation"]);
        Assert.Equal("no-store", (string?)patched["cacheControl"]);
        Assert.Equal("de", (string?)patched["contentLanguage"]);
        Assert.Equal("text/plain", (string?)patched["contentType"]);
        Assert.Equal("""{"b":"2","c":"3"}""", patched["metadata"]!.ToJsonString());
        Assert.NotEqual((string?)stored["etag"], (string?)patched["etag"]);
        Assert.Equal(patched.ToJsonString(), (await GetAsync(name)).ToJsonString());
        Assert.Equal("x", await TextAsync(name));
    }

    [Fact]
    public async Task Patch_ByOverriddenPost_IsAPatch()
    {
        // As Java's library sends it.
        var name = NewName();
        await PutAsync(name, "x");

        var patched = await ReadAsync(
            await SendAsync(
                HttpMethod.Post,
                ObjectPath(name),
                Json("""{"cacheControl":"private"}"""),
                ("X-HTTP-Method-Override", "PATCH")
            )
        );

        Assert.Equal("private", (string?)patched["cacheControl"]);
    }

    [Fact]
    public async Task Update_Resource_ReplacesEverythingThatCanBeSet()
    {
        var name = NewName();
        await PutAsync(name, "x");
        await PatchAsync(name, """{"cacheControl":"no-store","metadata":{"a":"1"}}""");

        var updated = await ReadAsync(
            await SendAsync(HttpMethod.Put, ObjectPath(name), Json("""{"contentType":"text/new","size":"77"}"""))
        );

        Assert.Equal("text/new", (string?)updated["contentType"]);
        Assert.Equal("1", (string?)updated["size"]);
        Assert.Null(updated["cacheControl"]);
        Assert.Null(updated["metadata"]);
    }

    [Fact]
    public async Task Download_AfterPatch_HasTheNewHeaders()
    {
        var name = NewName();
        await PutAsync(name, "x");
        await PatchAsync(
            name,
            """{"cacheControl":"no-store","contentDisposition":"inline","contentType":"text/new"}"""
        );

        using var response = await SendAsync(HttpMethod.Get, ObjectPath(name, "?alt=media"));

        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Equal("inline", response.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("text/new", response.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("""{"acl":[]}""", HttpStatusCode.NotImplemented, "notImplemented")]
    [InlineData("""{"temporaryHold":true}""", HttpStatusCode.NotImplemented, "notImplemented")]
    [InlineData("""{"contentType":5}""", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("""{"metadata":{"k":1}}""", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("[]", HttpStatusCode.BadRequest, "parseError")]
    [InlineData("{", HttpStatusCode.BadRequest, "parseError")]
    public async Task Patch_NotToBeTaken_ChangesNothing(string resource, HttpStatusCode status, string reason)
    {
        var name = NewName();
        var stored = await PutAsync(name, "x");

        await AssertErrorAsync(status, reason, await SendAsync(HttpMethod.Patch, ObjectPath(name), Json(resource)));

        Assert.Equal(stored.ToJsonString(), (await GetAsync(name)).ToJsonString());
    }

    [Theory]
    [InlineData("rewriteTo")]
    [InlineData("copyTo")]
    public async Task Copy_WithoutAResource_KeepsContentAndMetadata(string method)
    {
        var (source, target) = (NewName("source"), NewName("dir/target"));
        await PutAsync(source, "content");
        await PatchAsync(source, """{"metadata":{"a":"1"}}""");

        var answer = await CopyAsync(source, method, target);

        var copy = method == "copyTo" ? answer : answer["resource"]!;
        if (method == "rewriteTo")
        {
            Assert.True((bool)answer["done"]!);
            Assert.Equal("7", (string?)answer["totalBytesRewritten"]);
        }
        Assert.Equal("1", (string?)copy["metadata"]!["a"]);
        Assert.Equal("1", (string?)copy["metageneration"]);
        Assert.Equal("content", await TextAsync(target));
        Assert.Equal("content", await TextAsync(source));
    }

    [Fact]
    public async Task Rewrite_Conditions_AreOfSourceAndTarget()
    {
        var (source, target) = (NewName(), NewName());
        await PutAsync(source, "content");
        await PutAsync(target, "there");

        await AssertErrorAsync(
            HttpStatusCode.PreconditionFailed,
            "conditionNotMet",
            HttpMethod.Post,
            ObjectPath(source, $"/rewriteTo/b/{Bucket}/o/{target}?ifGenerationMatch=0")
        );
        await AssertErrorAsync(
            HttpStatusCode.PreconditionFailed,
            "conditionNotMet",
            HttpMethod.Post,
            ObjectPath(source, $"/rewriteTo/b/{Bucket}/o/{target}?ifSourceGenerationMatch=1")
        );
        await AssertErrorAsync(
            HttpStatusCode.NotFound,
            "notFound",
            HttpMethod.Post,
            ObjectPath(source, $"/rewriteTo/b/{Bucket}/o/{target}?sourceGeneration=1")
        );

        Assert.Equal("there", await TextAsync(target));
    }

    [Fact]
    public async Task Compose_SeveralObjects_IsOneAfterTheOther()
    {
        var (a, b, target) = (NewName(), NewName(), NewName());
        await PutAsync(a, "12345");
        var second = await PutAsync(b, "6789");

        var composed = await ReadAsync(
            await ComposeAsync(
                target,
                $$"""{"destination":{"contentType":"text/x"},"sourceObjects":[{"name":"{{a}}"},{"name":"{{b}}","generation":"{{second["generation"]}}"}]}"""
            )
        );
        var twice = await ReadAsync(
            await ComposeAsync(target, $$"""{"sourceObjects":[{"name":"{{target}}"},{"name":"{{a}}"}]}""")
        );

        Assert.Equal("4waSgw==", (string?)composed["crc32c"]);
        Assert.Null(composed["md5Hash"]);
        Assert.Equal(2, (int)composed["componentCount"]!);
        Assert.Equal(3, (int)twice["componentCount"]!);
        Assert.Equal("12345678912345", await TextAsync(target));
    }

    [Fact]
    public async Task Compose_Nothing_IsInvalid()
    {
        await AssertErrorAsync(HttpStatusCode.BadRequest, "invalid", await ComposeAsync(NewName(), "{}"));
    }

    private async Task<System.Text.Json.Nodes.JsonNode> PatchAsync(string name, string resource) =>
        await ReadAsync(await SendAsync(HttpMethod.Patch, ObjectPath(name), Json(resource)));

    private async Task<System.Text.Json.Nodes.JsonNode> CopyAsync(string source, string method, string target) =>
        await ReadAsync(
            await SendAsync(
                HttpMethod.Post,
                ObjectPath(source, $"/{method}/b/{Bucket}/o/{Uri.EscapeDataString(target)}")
            )
        );

    private Task<HttpResponseMessage> ComposeAsync(string target, string request) =>
        SendAsync(HttpMethod.Post, ObjectPath(target, "/compose"), Json(request));
}
