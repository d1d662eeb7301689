using System.Net;

namespace Nocturne.StorageEmulator.Tests;

public sealed class DownloadTests(Emulator emulator) : EmulatorTest(emulator)
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz";

    [Fact]
    public async Task Media_Answer_CarriesWhatIsKnownOfTheObject()
    {
        var name = NewName();
        var stored = await PutAsync(name, Alphabet);

        using var response = await SendAsync(HttpMethod.Get, ObjectPath(name, "?alt=media"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(Alphabet.Length, response.Content.Headers.ContentLength);
        Assert.Equal((string?)stored["generation"], Header(response, "x-goog-generation"));
        Assert.Equal("1", Header(response, "x-goog-metageneration"));
        Assert.Equal("26", Header(response, "x-goog-stored-content-length"));
        Assert.Equal("STANDARD", Header(response, "x-goog-storage-class"));
        Assert.Equal($"crc32c={stored["crc32c"]},md5={stored["md5Hash"]}", Header(response, "x-goog-hash"));
        Assert.Equal($"\"{stored["etag"]}\"", response.Headers.ETag!.Tag);
    }

    [Fact]
    public async Task Head_OfMedia_HasTheHeadersAlone()
    {
        var name = NewName();
        await PutAsync(name, Alphabet);

        using var response = await SendAsync(HttpMethod.Head, ObjectPath(name, "?alt=media"));

        Assert.Equal(Alphabet.Length, response.Content.Headers.ContentLength);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("bytes=0-0", "a", "bytes 0-0/26")]
    [InlineData("bytes=2-4", "cde", "bytes 2-4/26")]
    [InlineData("bytes=23-", "xyz", "bytes 23-25/26")]
    [InlineData("bytes=24-999", "yz", "bytes 24-25/26")]
    [InlineData("bytes=-3", "xyz", "bytes 23-25/26")]
    [InlineData("bytes=-999", Alphabet, "bytes 0-25/26")]
    public async Task Range_WithinTheContent_GivesThatPart(string range, string expected, string contentRange)
    {
        var name = NewName();
        await PutAsync(name, Alphabet);

        using var response = await SendAsync(HttpMethod.Get, ObjectPath(name, "?alt=media"), null, ("Range", range));

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(expected, await response.Content.ReadAsStringAsync());
        Assert.Equal(contentRange, response.Content.Headers.ContentRange!.ToString());
    }

    [Theory]
    [InlineData("bytes=26-")]
    [InlineData("bytes=100-200")]
    [InlineData("bytes=-0")]
    public async Task Range_BeyondTheContent_CannotBeSatisfied(string range)
    {
        var name = NewName();
        await PutAsync(name, Alphabet);

        var response = await SendAsync(HttpMethod.Get, ObjectPath(name, "?alt=media"), null, ("Range", range));

        Assert.Equal("bytes */26", response.Content.Headers.ContentRange!.ToString());
        await AssertErrorAsync(HttpStatusCode.RequestedRangeNotSatisfiable, "requestedRangeNotSatisfiable", response);
    }

    [Theory]
    [InlineData("bytes=0-1,3-4")]
    [InlineData("bytes=4-2")]
    [InlineData("bytes=x-")]
    [InlineData("lines=1-2")]
    public async Task Range_OfAnotherKind_IsIgnored(string range)
    {
        var name = NewName();
        await PutAsync(name, Alphabet);

        using var response = await SendAsync(HttpMethod.Get, ObjectPath(name, "?alt=media"), null, ("Range", range));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Alphabet, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Media_ReplacedMeanwhile_GivesTheGenerationThatWasBegun()
    {
        var name = NewName();
        var content = Bytes(8 << 20);
        await SendAsync(HttpMethod.Post, UploadPath("media", name), Content(content));
        using var request = new HttpRequestMessage(HttpMethod.Get, ObjectPath(name, "?alt=media"));
        using var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[10]);

        await PutAsync(name, "second");
        using var rest = new MemoryStream();
        await stream.CopyToAsync(rest);

        Assert.True(content.AsSpan(10).SequenceEqual(rest.ToArray()));
        Assert.Equal("second", await TextAsync(name));
    }

    [Fact]
    public async Task Media_WhileOverwritten_IsOneGenerationOrTheOther()
    {
        const int Rounds = 40;
        var name = NewName();
        await PutAsync(name, Text(0));

        var writer = Task.Run(async () =>
        {
            for (var i = 1; i <= Rounds; i++)
            {
                await PutAsync(name, Text(i));
            }
        });
        while (!writer.IsCompleted)
        {
            var read = await TextAsync(name);
            Assert.Equal(new string(read[0], read.Length), read);
        }
        await writer;

        Assert.Equal(Text(Rounds), await TextAsync(name));

        static string Text(int round) => new((char)('0' + round), 1000 * (1 + (round % 5)));
    }

    [Fact]
    public async Task Get_AnotherGeneration_IsNotFound()
    {
        var name = NewName();
        var first = await PutAsync(name, "first");
        var second = await PutAsync(name, "second");

        Assert.Equal(
            "second",
            await Http.GetStringAsync(ObjectPath(name, $"?alt=media&generation={second["generation"]}"))
        );
        await AssertErrorAsync(
            HttpStatusCode.NotFound,
            "notFound",
            HttpMethod.Get,
            ObjectPath(name, $"?alt=media&generation={first["generation"]}")
        );
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;
}
