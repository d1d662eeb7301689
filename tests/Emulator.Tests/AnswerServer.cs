using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Nocturne.Emulator.Tests;

/// <summary>A server that answers what it is told to: refusals that no emulator gives.</summary>
internal sealed class AnswerServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private AnswerServer(WebApplication application, string host)
    {
        _application = application;
        Host = host;
    }

    public string Host { get; }

    public static async Task<AnswerServer> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var application = builder.Build();
        application.Run(answer);
        await application.StartAsync();
        var addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        return new AnswerServer(application, new Uri(addresses.Addresses.Single()).Authority);
    }

    /// <summary>Google's form of an error.</summary>
    public static Task<AnswerServer> StartAsync(int code, string status, string message) =>
        StartAsync(context =>
        {
            context.Response.StatusCode = code;
            return context.Response.WriteAsJsonAsync(
                new
                {
                    error = new
                    {
                        code,
                        message,
                        status,
                    },
                }
            );
        });

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }
}
