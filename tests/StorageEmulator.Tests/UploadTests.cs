using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Nocturne.StorageEmulator.Tests;

public sealed class UploadTests(Emulator emulator) : EmulatorTest(emulator)
{
    // The usual check value of CRC-32C, and what md5sum says of the same digits.
    private const string Digits = "123456789";
    private const string DigitsCrc = "4waSgw==";
    private const string DigitsMd5 = "JfnnlDI7RTiF9RgfG2JNCw==";

    [Fact]
    public async Task Media_Answer_IsTheResourceWithNumbersAsStrings()
    {
        var name = NewName();

        var stored = await PutAsync(name, Digits);

        Assert.Equal("storage#object", (string?)stored["kind"]);
        Assert.Equal((name, Bucket), ((string?)stored["name"], (string?)stored["bucket"]));
        Assert.Equal("9", (string?)stored["size"]);
        Assert.Equal("1", (string?)stored["metageneration"]);
        Assert.True(long.Parse((string)stored["generation"]!) > 1_000_000_000_000_000);
        Assert.Equal((DigitsCrc, DigitsMd5), ((string?)stored["crc32c"], (string?)stored["md5Hash"]));
        Assert.Equal("text/plain", (string?)stored["contentType"]);
        Assert.Equal("STANDARD", (string?)stored["storageClass"]);
        Assert.Equal((string?)stored["timeCreated"], (string?)stored["updated"]);
        Assert.Equal($"{Bucket}/{name}/{stored["generation"]}", (string?)stored["id"]);
        Assert.Equal(Digits, await TextAsync(name));
        Assert.Equal(Digits, await Http.GetStringAsync((string)stored["mediaLink"]!));
        Assert.Equal((string?)stored["etag"], (string?)(await GetAsync(name))["etag"]);
    }

    [Fact]
    public async Task Media_WithoutAType_IsAStreamOfOctets()
    {
        var name = NewName();

        await SendAsync(HttpMethod.Post, UploadPath("media", name), new ByteArrayContent([1, 2, 3]));

        Assert.Equal("application/octet-stream", (string?)(await GetAsync(name))["contentType"]);
    }

    [Fact]
    public async Task Media_EmptyContent_IsAnObject()
    {
        var stored = await PutAsync(NewName(), "");

        Assert.Equal("0", (string?)stored["size"]);
        Assert.Equal("AAAAAA==", (string?)stored["crc32c"]);
    }

    [Fact]
    public async Task Media_CompressedForTheWay_IsStoredAsItWas()
    {
        var name = NewName();
        var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(Digits));
        }
        var content = Content(packed.ToArray());
        content.Headers.ContentEncoding.Add("gzip");

        var stored = await ReadAsync(await SendAsync(HttpMethod.Post, UploadPath("media", name), content));

        Assert.Equal(DigitsCrc, (string?)stored["crc32c"]);
    }

    [Theory]
    [InlineData("Content-MD5", DigitsMd5)]
    [InlineData("x-goog-hash", $"crc32c={DigitsCrc},md5={DigitsMd5}")]
    [InlineData("x-goog-hash", $"crc32c={DigitsCrc}")]
    public async Task Media_RightChecksum_IsStored(string header, string value)
    {
        var name = NewName();
        var content = Content(Encoding.UTF8.GetBytes(Digits));

        await ReadAsync(await SendAsync(HttpMethod.Post, UploadPath("media", name), content, (header, value)));

        Assert.Equal(Digits, await TextAsync(name));
    }

    [Theory]
    [InlineData("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("x-goog-hash", "crc32c=AAAAAA==")]
    [InlineData("x-goog-hash", $"crc32c={DigitsCrc},md5=AAAAAAAAAAAAAAAAAAAAAA==")]
    public async Task Media_WrongChecksum_IsRefusedAndNotStored(string header, string value)
    {
        var name = NewName();
        var content = Content(Encoding.UTF8.GetBytes(Digits));

        var response = await SendAsync(HttpMethod.Post, UploadPath("media", name), content, (header, value));

        await AssertErrorAsync(HttpStatusCode.BadRequest, "invalid", response);
        await AssertErrorAsync(HttpStatusCode.NotFound, "notFound", HttpMethod.Get, ObjectPath(name));
    }

    [Fact]
    public async Task Multipart_ResourceAndContent_AreBothTaken()
    {
        var name = NewName();
        using var body = new MultipartContent("related", "===outer===")
        {
            Json(
                $$"""{"name":"{{name}}","contentType":"text/x","crc32c":"{{DigitsCrc}}","metadata":{"k":"v"},"cacheControl":"no-store"}"""
            ),
            Content(Encoding.UTF8.GetBytes(Digits), "text/y"),
        };

        var stored = await ReadAsync(
            await SendAsync(HttpMethod.Post, $"/upload/storage/v1/b/{Bucket}/o?uploadType=multipart", body)
        );

        Assert.Equal("text/x", (string?)stored["contentType"]);
        Assert.Equal("v", (string?)stored["metadata"]!["k"]);
        Assert.Equal("no-store", (string?)stored["cacheControl"]);
        Assert.Equal(Digits, await TextAsync(name));
    }

    [Theory]
    [InlineData("\r\n", "===b===")]
    [InlineData("\n", "'===b==='")]
    [InlineData("\r\n", "\"===b===\"")]
    public async Task Multipart_AsClientsWriteIt_KeepsTheContentsOwnLines(string newLine, string quoted)
    {
        // gcloud ends lines in LF and quotes the boundary with apostrophes; Python's library uses quotation marks.
        var name = NewName();
        var content = $"line{newLine}--===b==not{newLine}{newLine}";
        var body = string.Join(
            newLine,
            "--===b===",
            "Content-Type: application/json; charset=UTF-8",
            "",
            $$"""{"name":"{{name}}"}""",
            "--===b===",
            "content-type: text/z",
            "MIME-Version: 1.0",
            "",
            content,
            "--===b===--"
        );

        var stored = await ReadAsync(await SendMultipartAsync(body, quoted));

        Assert.Equal("text/z", (string?)stored["contentType"]);
        Assert.Equal(content, await TextAsync(name));
    }

    [Fact]
    public async Task Multipart_LargeContent_IsStreamedWhole()
    {
        var name = NewName();
        var content = Bytes((3 << 20) + 1);
        using var body = new MultipartContent("related") { Json($$"""{"name":"{{name}}"}"""), Content(content) };

        await ReadAsync(
            await SendAsync(HttpMethod.Post, $"/upload/storage/v1/b/{Bucket}/o?uploadType=multipart", body)
        );

        Assert.Equal(content, await Http.GetByteArrayAsync(ObjectPath(name, "?alt=media")));
    }

    [Theory]
    [InlineData("--b\r\n\r\n{}\r\n--b--")]
    [InlineData("--b\r\n\r\n{}\r\n--b\r\n\r\nno end")]
    [InlineData("nothing of the kind")]
    public async Task Multipart_Malformed_IsRefusedAndNotStored(string body)
    {
        var name = NewName();

        var response = await SendMultipartAsync(body, "b", $"&name={name}");

        await AssertErrorAsync(HttpStatusCode.BadRequest, "invalid", response);
        await AssertErrorAsync(HttpStatusCode.NotFound, "notFound", HttpMethod.Get, ObjectPath(name));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("dt=2026-11-21/03_44_57Z_x.ndjson")]
    [InlineData("with space & + % # ? = : ; ' \" \\ | * < >")]
    [InlineData("ümläut/日本語/🎵")]
    [InlineData("../../escape")]
    [InlineData("a/../b/./c")]
    [InlineData("double//slash/")]
    [InlineData("%2e%2e%2f")]
    public async Task Names_OfAllKinds_AreOneObjectEach(string suffix)
    {
        var name = NewName("names") + "/" + suffix;

        await PutAsync(name, "content");

        Assert.Equal("content", await TextAsync(name));
        Assert.Equal(name, (string?)(await GetAsync(name))["name"]);
        Assert.Equal(
            "content",
            await Http.GetStringAsync($"/download/storage/v1/b/{Bucket}/o/{Uri.EscapeDataString(name)}?alt=media")
        );
    }

    [Theory]
    [InlineData("media", "")]
    [InlineData("media", "&name=")]
    [InlineData("resumable", "")]
    public async Task Upload_WithoutAName_IsRefused(string type, string query)
    {
        var path = $"/upload/storage/v1/b/{Bucket}/o?uploadType={type}{query}";

        await AssertErrorAsync(HttpStatusCode.BadRequest, "required", HttpMethod.Post, path);
    }

    [Fact]
    public async Task Upload_NameTooLong_IsRefused()
    {
        var response = await SendAsync(HttpMethod.Post, UploadPath("media", new string('x', 1025)), Content([1]));

        await AssertErrorAsync(HttpStatusCode.BadRequest, "invalid", response);
    }

    [Fact]
    public async Task Media_ConnectionBrokenWithinTheContent_StoresNothing()
    {
        var name = NewName();
        await PutAsync(name, "old");

        using (var client = await RawClient.ConnectAsync(Authority))
        {
            await client.SendAsync(
                $"POST {UploadPath("media", name)} HTTP/1.1\r\nHost: {Authority}\r\nContent-Length: 1000\r\n\r\nhalf"
            );
        }

        await RawClient.UntilServedAsync(Http);
        Assert.Equal("old", await TextAsync(name));
    }

    private Task<HttpResponseMessage> SendMultipartAsync(string body, string boundary, string query = "")
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", $"multipart/related; boundary={boundary}");
        return SendAsync(HttpMethod.Post, $"/upload/storage/v1/b/{Bucket}/o?uploadType=multipart{query}", content);
    }
}
