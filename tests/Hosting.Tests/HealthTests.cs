using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;

namespace Nocturne.Hosting.Tests;

public sealed class HealthTests
{
    [Theory]
    [InlineData(true, "/health/live", 200, "live")]
    [InlineData(false, "/health/live", 200, "live")]
    [InlineData(true, "/health/ready", 200, "ready")]
    [InlineData(false, "/health/ready", 503, "unavailable")]
    public async Task Get_WithAndWithoutRouting_AnswersAlike(bool isReady, string path, int status, string text)
    {
        foreach (var hasRouting in new[] { true, false })
        {
            await using var application = await StartAsync(hasRouting, isReady);

            using var response = await application.GetTestClient().GetAsync(new Uri(path, UriKind.Relative));

            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal($$"""{"status":"{{text}}"}""", await response.Content.ReadAsStringAsync());
            Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        }
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("POST", "/health/live")]
    [InlineData("GET", "/health")]
    public async Task AnythingElse_IsPassedOn(string method, string path)
    {
        await using var application = await StartAsync(hasRouting: false, isReady: true);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await application.GetTestClient().SendAsync(request);

        Assert.Equal(StatusCodes.Status418ImATeapot, (int)response.StatusCode);
    }

    private static async Task<WebApplication> StartAsync(bool hasRouting, bool isReady)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        var application = builder.Build();
        if (hasRouting)
        {
            application.MapHealth(_ => ValueTask.FromResult(isReady));
        }
        else
        {
            application.UseHealth(_ => ValueTask.FromResult(isReady));
            application.Run(context =>
            {
                context.Response.StatusCode = StatusCodes.Status418ImATeapot;
                return Task.CompletedTask;
            });
        }
        await application.StartAsync();
        return application;
    }
}
