using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;
using Nocturne.Privacy;

namespace Nocturne.Serve.Tests.Access;

public sealed class OpenApiTests
{
    [Fact]
    public async Task Document_IsValid_AndDescribesEveryRouteAndNoOther()
    {
        await using var host = await ServeHost.StartAsync();
        using var response = await host.SendAsync("GET", "/openapi.json");

        var read = OpenApiDocument.Parse(await response.Content.ReadAsStringAsync(), "json");

        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        var described = read.Document!.Paths.SelectMany(path =>
            path.Value.Operations!.Keys.Select(method => $"{method.Method.ToUpperInvariant()} {path.Key}")
        );
        var mapped =
            from endpoint in host.Endpoints
            from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
            where method != "OPTIONS"
            select $"{method} {endpoint.RoutePattern.RawText}";
        Assert.Equal(mapped.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Document_EveryPath_DeclaresItsParametersAndEveryOperationItsRefusals()
    {
        await using var host = await ServeHost.StartAsync();
        using var response = await host.SendAsync("GET", "/openapi.json");

        var document = OpenApiDocument.Parse(await response.Content.ReadAsStringAsync(), "json").Document!;

        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (path, item) in document.Paths)
        {
            var named = Regex
                .Matches(path, "{(?<name>[^}]+)}", RegexOptions.None, TimeSpan.FromSeconds(1))
                .Select(match => match.Groups["name"].Value);
            Assert.Equal(named, item.Parameters?.Select(parameter => parameter.Name!) ?? []);
            foreach (var operation in item.Operations!.Values)
            {
                Assert.True(ids.Add(operation.OperationId!), operation.OperationId);
                Assert.Contains("429", operation.Responses!.Keys);
                Assert.Equal(path != "/openapi.json", operation.Responses.ContainsKey("401"));
            }
        }
    }

    [Fact]
    public async Task Document_OfADeletion_HasItsMembers()
    {
        var answer = new DeletionRecord
        {
            Hash = "h",
            Listener = "ada",
            Epoch = default,
            CompletedAt = default(DateTimeOffset),
            WaitsFor = "a night",
            Done = [new DeletedFrom("profiles", default, 1)],
            Retained = [new RetainedCopy("archive", "versions", default(DateTimeOffset))],
        };
        await using var host = await ServeHost.StartAsync();
        using var response = await host.SendAsync("GET", "/openapi.json");

        var document = OpenApiDocument.Parse(await response.Content.ReadAsStringAsync(), "json").Document!;

        AssertMembers(JsonNode.Parse(answer.ToBytes())!, document.Components!.Schemas!["Deletion"]);
    }

    private static void AssertMembers(JsonNode value, IOpenApiSchema schema)
    {
        if (value is JsonArray array)
        {
            Assert.All(array, item => AssertMembers(item!, schema.Items!));
        }
        else if (value is JsonObject members)
        {
            Assert.Equal(
                schema.Properties!.Keys.Order(StringComparer.Ordinal),
                members.Select(member => member.Key).Order(StringComparer.Ordinal)
            );
            Assert.All(members, member => AssertMembers(member.Value!, schema.Properties[member.Key]));
        }
    }
}
