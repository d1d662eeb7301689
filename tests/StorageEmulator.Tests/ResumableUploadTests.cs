using System.Net;

namespace Nocturne.StorageEmulator.Tests;

public sealed class ResumableUploadTests(Emulator emulator) : EmulatorTest(emulator)
{
    private const int Block = 256 << 10;

    [Fact]
    public async Task Start_Answer_NamesTheSession()
    {
        using var response = await SendAsync(HttpMethod.Post, UploadPath("resumable", NewName()));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("upload_id=", response.Headers.Location!.Query, StringComparison.Ordinal);
        Assert.Equal(Authority, response.Headers.Location.Authority);
        Assert.True(response.Headers.Contains("X-GUploader-UploadID"));
    }

    [Fact]
    public async Task Put_WholeContentAtOnce_IsTheObject()
    {
        var name = NewName();
        var session = await StartAsync(
            name,
            """{"metadata":{"k":"v"}}""",
            "",
            ("X-Upload-Content-Type", "text/x"),
            ("X-Upload-Content-Length", "5")
        );

        var stored = await ReadAsync(await SendAsync(HttpMethod.Put, session, Content("hello"u8.ToArray())));

        Assert.Equal("text/x", (string?)stored["contentType"]);
        Assert.Equal("v", (string?)stored["metadata"]!["k"]);
        Assert.Equal("hello", await TextAsync(name));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Block)]
    [InlineData((2 * Block) + 77)]
    public async Task Put_InChunksOfKnownTotal_IsTheObject(int size)
    {
        var (name, content) = (NewName(), Bytes(size));
        var session = await StartAsync(name);

        for (var from = 0; from + Block < size; from += Block)
        {
            await AssertIncompleteAsync(from + Block, await PutChunkAsync(session, content, from, from + Block, size));
        }
        var start = Math.Max(0, (size - 1) / Block * Block);
        await ReadAsync(await PutChunkAsync(session, content, start, size, size));

        Assert.Equal(content, await Http.GetByteArrayAsync(ObjectPath(name, "?alt=media")));
    }

    [Fact]
    public async Task Put_UnknownTotal_EndsWithTheChunkThatSaysIt()
    {
        var (name, content) = (NewName(), Bytes(Block + 10));
        var session = await StartAsync(name);

        await AssertIncompleteAsync(Block, await PutChunkAsync(session, content, 0, Block, null));
        await ReadAsync(await PutChunkAsync(session, content, Block, content.Length, content.Length));

        Assert.Equal(content, await Http.GetByteArrayAsync(ObjectPath(name, "?alt=media")));
    }

    [Fact]
    public async Task Put_TotalSaidAfterTheLastChunk_EndsTheUpload()
    {
        // What the C# library sends when the end of a stream falls on a chunk's.
        var (name, content) = (NewName(), Bytes(Block));
        var session = await StartAsync(name);
        await AssertIncompleteAsync(Block, await PutChunkAsync(session, content, 0, Block, null));

        await ReadAsync(await AskAsync(session, $"bytes */{Block}"));

        Assert.Equal(content, await Http.GetByteArrayAsync(ObjectPath(name, "?alt=media")));
    }

    [Fact]
    public async Task Put_ChunkThatIsNoMultiple_KeepsWholeBlocksOnly()
    {
        var session = await StartAsync(NewName());

        var response = await PutChunkAsync(session, Bytes(Block + 100), 0, Block + 100, null);

        await AssertIncompleteAsync(Block, response);
    }

    [Fact]
    public async Task Put_BytesThatWereReceived_AreNotTakenTwice()
    {
        var (name, content) = (NewName(), Bytes((2 * Block) + 5));
        var session = await StartAsync(name);
        await AssertIncompleteAsync(Block, await PutChunkAsync(session, content, 0, Block, content.Length));

        await ReadAsync(await PutChunkAsync(session, content, 100, content.Length, content.Length));

        Assert.Equal(content, await Http.GetByteArrayAsync(ObjectPath(name, "?alt=media")));
    }

    [Fact]
    public async Task Ask_AtAnyTime_TellsHowFarItIs()
    {
        var (name, content) = (NewName(), Bytes(Block + 1));
        var session = await StartAsync(name);

        await AssertIncompleteAsync(0, await AskAsync(session, "bytes */*"));
        await PutChunkAsync(session, content, 0, Block, null);
        await AssertIncompleteAsync(Block, await AskAsync(session, "bytes */*"));
        await AssertIncompleteAsync(Block, await AskAsync(session, $"bytes */{content.Length}"));
        var stored = await ReadAsync(await PutChunkAsync(session, content, Block, content.Length, content.Length));

        // The answer of the last chunk may be lost: asking gives it again.
        var asked = await ReadAsync(await AskAsync(session, $"bytes */{content.Length}"));
        Assert.Equal((string?)stored["generation"], (string?)asked["generation"]);
        var repeated = await ReadAsync(await PutChunkAsync(session, content, Block, content.Length, content.Length));
        Assert.Equal((string?)stored["generation"], (string?)repeated["generation"]);
    }

    [Fact]
    public async Task Put_ConnectionBroken_IsResumedWhereItBroke()
    {
        var (name, content) = (NewName(), Bytes((4 * Block) + 123));
        var session = await StartAsync(name);
        await AssertIncompleteAsync(Block, await PutChunkAsync(session, content, 0, Block, content.Length));
        using (var client = await RawClient.ConnectAsync(Authority))
        {
            await client.SendAsync(RestOf(session, Block, content.Length));
            await client.SendAsync(content[Block..((3 * Block) + 1000)]);
        }

        var received = await ReceivedAsync(session);
        Assert.InRange(received, Block, 3 * Block);
        Assert.Equal(0, received % Block);
        await ReadAsync(await PutChunkAsync(session, content, received, content.Length, content.Length));

        Assert.Equal(content, await Http.GetByteArrayAsync(ObjectPath(name, "?alt=media")));
    }

    [Fact]
    public async Task Ask_WhileAnotherRequestHangs_IsAnsweredAtOnce()
    {
        var (name, content) = (NewName(), Bytes(Block + 10));
        var session = await StartAsync(name);
        using var hanging = await RawClient.ConnectAsync(Authority);
        await hanging.SendAsync(RestOf(session, 0, content.Length));
        await hanging.SendAsync(content[..Block]);

        // An answer that came before the hanging request was noticed has ended nothing.
        var ended = hanging.ReceiveAsync();
        var received = await ReceivedAsync(session);
        while (await Task.WhenAny(ended, Task.Delay(50)) != ended)
        {
            received = await ReceivedAsync(session);
        }

        Assert.Equal(0, received % Block);
        Assert.StartsWith("HTTP/1.1 503", await ended, StringComparison.Ordinal);
        await ReadAsync(await PutChunkAsync(session, content, received, content.Length, content.Length));
        Assert.Equal(content, await Http.GetByteArrayAsync(ObjectPath(name, "?alt=media")));
    }

    [Fact]
    public async Task Delete_Session_CancelsIt()
    {
        var name = NewName();
        var session = await StartAsync(name);

        using var cancelled = await SendAsync(HttpMethod.Delete, session, null, ("Content-Length", "0"));
        using var after = await SendAsync(HttpMethod.Put, session, Content([1]));

        Assert.Equal(499, (int)cancelled.StatusCode);
        Assert.Equal(499, (int)after.StatusCode);
        await AssertErrorAsync(HttpStatusCode.NotFound, "notFound", HttpMethod.Get, ObjectPath(name));
    }

    [Fact]
    public async Task Put_UnknownSession_IsNotFound()
    {
        var path = $"/upload/storage/v1/b/{Bucket}/o?uploadType=resumable&upload_id=unknown";

        await AssertErrorAsync(HttpStatusCode.NotFound, "notFound", HttpMethod.Put, path);
    }

    [Theory]
    [InlineData("bytes 5-9/10")]
    [InlineData("bytes 0-9/5")]
    [InlineData("bytes 9-0/20")]
    [InlineData("bytes x-y/z")]
    [InlineData("lines 0-1/2")]
    public async Task Put_RangeThatCannotBe_IsRefused(string range)
    {
        var session = await StartAsync(NewName());

        var response = await SendAsync(HttpMethod.Put, session, Content(Bytes(5)), ("Content-Range", range));

        await AssertErrorAsync(HttpStatusCode.BadRequest, "invalid", response);
    }

    [Fact]
    public async Task Put_MoreThanAnnounced_IsRefused()
    {
        var session = await StartAsync(NewName(), "{}", "", ("X-Upload-Content-Length", "3"));

        var response = await SendAsync(HttpMethod.Put, session, Content(Bytes(5)));

        await AssertErrorAsync(HttpStatusCode.BadRequest, "invalid", response);
    }

    [Theory]
    [InlineData("""{"crc32c":"AAAAAA=="}""")]
    [InlineData("""{"md5Hash":"AAAAAAAAAAAAAAAAAAAAAA=="}""")]
    public async Task Put_WrongChecksumInTheStart_IsRefusedAtTheEnd(string resource)
    {
        var name = NewName();
        var session = await StartAsync(name, resource);

        var response = await SendAsync(HttpMethod.Put, session, Content("hello"u8.ToArray()));

        await AssertErrorAsync(HttpStatusCode.BadRequest, "invalid", response);
        await AssertErrorAsync(HttpStatusCode.NotFound, "notFound", HttpMethod.Get, ObjectPath(name));
    }

    [Fact]
    public async Task Condition_HeldAtTheStartButNotAtTheEnd_FailsThere()
    {
        var name = NewName();
        var session = await StartAsync(name, query: "&ifGenerationMatch=0");
        await PutAsync(name, "another's");

        var response = await SendAsync(HttpMethod.Put, session, Content("mine"u8.ToArray()));

        await AssertErrorAsync(HttpStatusCode.PreconditionFailed, "conditionNotMet", response);
        Assert.Equal("another's", await TextAsync(name));
    }

    [Fact]
    public async Task Condition_ThatDoesNotHold_FailsTheStart()
    {
        var name = NewName();
        await PutAsync(name, "there");

        var response = await SendAsync(HttpMethod.Post, UploadPath("resumable", name, "&ifGenerationMatch=0"));

        await AssertErrorAsync(HttpStatusCode.PreconditionFailed, "conditionNotMet", response);
    }

    private async Task<string> StartAsync(
        string name,
        string resource = "{}",
        string query = "",
        params (string Name, string Value)[] headers
    )
    {
        using var response = await SendAsync(
            HttpMethod.Post,
            UploadPath("resumable", name, query),
            Json(resource),
            headers
        );
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response.Headers.Location!.AbsoluteUri;
    }

    /// <summary>The head of a request that says it sends all from a byte on.</summary>
    private string RestOf(string session, int from, int total) =>
        $"PUT {new Uri(session).PathAndQuery} HTTP/1.1\r\nHost: {Authority}\r\nContent-Length: {total - from}\r\n"
        + $"Content-Range: bytes {from}-{total - 1}/{total}\r\n\r\n";

    private async Task<HttpResponseMessage> PutChunkAsync(string session, byte[] content, int from, int to, int? total)
    {
        var range = from == to ? $"bytes */{total}" : $"bytes {from}-{to - 1}/{total?.ToString() ?? "*"}";
        return await SendAsync(HttpMethod.Put, session, Content(content[from..to]), ("Content-Range", range));
    }

    private Task<HttpResponseMessage> AskAsync(string session, string range) =>
        SendAsync(HttpMethod.Put, session, null, ("Content-Range", range));

    private async Task<int> ReceivedAsync(string session)
    {
        using var response = await AskAsync(session, "bytes */*");
        Assert.Equal(HttpStatusCode.PermanentRedirect, response.StatusCode);
        return response.Headers.TryGetValues("Range", out var range) ? int.Parse(range.Single().Split('-')[1]) + 1 : 0;
    }

    private static async Task AssertIncompleteAsync(int received, HttpResponseMessage response)
    {
        using (response)
        {
            Assert.Equal(HttpStatusCode.PermanentRedirect, response.StatusCode);
            Assert.Equal("", await response.Content.ReadAsStringAsync());
            Assert.Equal(
                received == 0 ? null : $"bytes=0-{received - 1}",
                response.Headers.TryGetValues("Range", out var range) ? Assert.Single(range) : null
            );
        }
    }
}
