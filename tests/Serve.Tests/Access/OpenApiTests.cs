using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;

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
}
