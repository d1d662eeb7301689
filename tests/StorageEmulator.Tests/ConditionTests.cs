using System.Net;

namespace Nocturne.StorageEmulator.Tests;

public sealed class ConditionTests(Emulator emulator) : EmulatorTest(emulator)
{
    [Fact]
    public async Task Generations_OfOneName_Grow()
    {
        var name = NewName();

        var generations = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            generations.Add(long.Parse((string)(await PutAsync(name, $"{i}"))["generation"]!));
            if (i == 2)
            {
                await SendAsync(HttpMethod.Delete, ObjectPath(name));
            }
        }

        Assert.Equal(generations.Distinct().Order(), generations);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300_000)]
    public async Task CreateIfAbsent_Concurrently_HasOneWinner(int bytes)
    {
        var name = NewName();

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(async i =>
                {
                    var content = new byte[bytes];
                    content.AsSpan().Fill((byte)i);
                    using var response = await SendAsync(
                        HttpMethod.Post,
                        UploadPath("media", name, "&ifGenerationMatch=0"),
                        Content(content)
                    );
                    return (Status: response.StatusCode, Writer: (byte)i);
                })
        );

        var winner = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK).Writer;
        Assert.All(
            answers.Where(answer => answer.Writer != winner),
            answer => Assert.Equal(HttpStatusCode.PreconditionFailed, answer.Status)
        );
        var stored = await Http.GetByteArrayAsync(ObjectPath(name, "?alt=media"));
        Assert.Equal(bytes, stored.Length);
        Assert.False(stored.AsSpan().ContainsAnyExcept(winner));
    }

    [Fact]
    public async Task CreateIfAbsent_ConcurrentSessions_HaveOneWinner()
    {
        var name = NewName();
        var sessions = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            using var started = await SendAsync(HttpMethod.Post, UploadPath("resumable", name, "&ifGenerationMatch=0"));
            sessions.Add(started.Headers.Location!.AbsoluteUri);
        }

        var answers = await Task.WhenAll(
            sessions.Select(async session =>
            {
                using var response = await SendAsync(HttpMethod.Put, session, Content("x"u8.ToArray()));
                return response.StatusCode;
            })
        );

        Assert.Single(answers, HttpStatusCode.OK);
        Assert.Equal(7, answers.Count(status => status == HttpStatusCode.PreconditionFailed));
    }

    // What a write, a delete, a patch and a read of an object of generation G and metageneration 1 are answered.
    [Theory]
    [InlineData("ifGenerationMatch=G", 200, 200, 200)]
    [InlineData("ifGenerationMatch=1", 412, 412, 412)]
    [InlineData("ifGenerationMatch=0", 412, 412, 412)]
    [InlineData("ifGenerationNotMatch=1", 200, 200, 200)]
    [InlineData("ifGenerationNotMatch=0", 200, 200, 200)]
    [InlineData("ifGenerationNotMatch=G", 412, 412, 304)]
    [InlineData("ifMetagenerationMatch=1", 200, 200, 200)]
    [InlineData("ifMetagenerationMatch=2", 412, 412, 412)]
    [InlineData("ifMetagenerationNotMatch=2", 200, 200, 200)]
    [InlineData("ifMetagenerationNotMatch=1", 412, 412, 304)]
    [InlineData("ifGenerationMatch=G&ifMetagenerationMatch=2", 412, 412, 412)]
    public async Task Conditions_OnAnObject_AreAnsweredAsDocumented(string condition, int write, int patch, int read)
    {
        var name = NewName();
        var stored = await PutAsync(name, "x");
        condition = condition.Replace("G&", $"{stored["generation"]}&", StringComparison.Ordinal);
        condition = condition.EndsWith("=G", StringComparison.Ordinal)
            ? condition[..^1] + stored["generation"]
            : condition;

        Assert.Equal(read, await StatusAsync(HttpMethod.Get, ObjectPath(name, $"?{condition}")));
        Assert.Equal(read, await StatusAsync(HttpMethod.Get, ObjectPath(name, $"?alt=media&{condition}")));
        // A patch grows the metageneration, and an upload the generation: each object has one of them.
        Assert.Equal(patch, await StatusAsync(HttpMethod.Patch, ObjectPath(name, $"?{condition}"), Json("{}")));
        var deleted = await CopyOfAsync(name, condition, stored);
        Assert.Equal(
            write == 200 ? 204 : write,
            await StatusAsync(HttpMethod.Delete, ObjectPath(deleted.Name, $"?{deleted.Condition}"))
        );
        var written = await CopyOfAsync(name, condition, stored);
        Assert.Equal(
            write,
            await StatusAsync(
                HttpMethod.Post,
                UploadPath("media", written.Name, $"&{written.Condition}"),
                Content("y"u8.ToArray())
            )
        );
    }

    [Theory]
    [InlineData("ifGenerationMatch=0", 200)]
    [InlineData("ifGenerationMatch=5", 412)]
    [InlineData("ifGenerationNotMatch=0", 412)]
    [InlineData("ifGenerationNotMatch=5", 200)]
    [InlineData("ifMetagenerationMatch=1", 412)]
    public async Task Conditions_OnNoObject_AreThoseOfGenerationZero(string condition, int expected)
    {
        var name = NewName();

        var path = UploadPath("media", name, $"&{condition}");

        Assert.Equal(expected, await StatusAsync(HttpMethod.Post, path, Content([1])));
    }

    [Theory]
    [InlineData("?ifGenerationMatch=5")]
    [InlineData("")]
    public async Task Delete_NoObject_IsNotFound(string query)
    {
        await AssertErrorAsync(HttpStatusCode.NotFound, "notFound", HttpMethod.Delete, ObjectPath(NewName(), query));
    }

    [Fact]
    public async Task Conditions_ThatAreNoNumbers_AreInvalid()
    {
        await AssertErrorAsync(
            HttpStatusCode.BadRequest,
            "invalid",
            HttpMethod.Get,
            ObjectPath(NewName(), "?ifGenerationMatch=yes")
        );
    }

    private async Task<int> StatusAsync(HttpMethod method, string path, HttpContent? content = null)
    {
        using var response = await SendAsync(method, path, content);
        return (int)response.StatusCode;
    }

    /// <summary>A fresh object for which the condition says what it said of <paramref name="stored"/>.</summary>
    private async Task<(string Name, string Condition)> CopyOfAsync(
        string name,
        string condition,
        System.Text.Json.Nodes.JsonNode stored
    )
    {
        var copy = name + NewName("-copy");
        var made = await PutAsync(copy, "x");
        var condition2 = condition.Replace(
            (string)stored["generation"]!,
            (string)made["generation"]!,
            StringComparison.Ordinal
        );
        return (copy, condition2);
    }
}
