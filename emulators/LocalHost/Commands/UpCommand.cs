using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nocturne.Collect;
using Nocturne.Domain;
using Nocturne.Hosting;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;
using Nocturne.LocalHost.Stack;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Privacy;
using Nocturne.Profiles;
using Nocturne.Serve;
using Nocturne.Serve.Privacy;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne up</c>: serves until stopped.</summary>
internal static class UpCommand
{
    private const int TokenBytes = 24;

    public static Command Create()
    {
        var command = new Command(
            "up",
            "Serve the functions' HTTP routes on 127.0.0.1 until stopped (Ctrl-C, exit code 0). Other commands on the "
                + "same folder go through this one meanwhile."
        );
        command.SetAction(
            (line, cancellationToken) =>
                RunAsync(CommandContext.Of(line), line.GetValue(GlobalOptions.Port), cancellationToken)
        );
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, int port, CancellationToken cancellationToken)
    {
        context.RequireFunctions("up");
        await using var operations = await context.OpenAsync(cancellationToken);
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes));
        await using var application = Build(operations, context, port, token);
        await application.StartAsync(cancellationToken);
        var address = application
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.Single();
        var host = new HostFile(new Uri(address).Port, Environment.ProcessId, token);
        await host.WriteAsync(context.Folder, cancellationToken);
        try
        {
            context.Terminal.Say(
                $"Listening on {address}, for this machine only: without a credential anybody may do anything. Ctrl-C stops."
            );
            context.Terminal.Say("  POST /v1/events                             events, NDJSON or a JSON array");
            context.Terminal.Say(
                "  /1, /apis/listenbrainz/1                    ListenBrainz, for players: nocturne token create"
            );
            context.Terminal.Say("  GET  /v1/listeners/{id}/playlists           a listener's playlists");
            context.Terminal.Say(
                "  GET  /v1/listeners/{id}/playlists/{kind}    one of them; ?format=jspf, xspf or m3u8"
            );
            context.Terminal.Say("  GET  /v1/listeners/{id}/next                what to play now");
            context.Terminal.Say("  GET  /v1/search?q=                          artists, tracks, shows, episodes");
            context.Terminal.Say("  GET  /v1/listeners/{id}/export              everything held on a listener, a zip");
            context.Terminal.Say(
                "  DELETE /v1/listeners/{id}                   delete it; …/deletion says how far that is"
            );
            context.Terminal.Say("  GET  /openapi.json                          all routes that apps call");
            context.Terminal.Say("  GET  /health/ready");
            context.Terminal.WriteJson(new { host.Port, host.Pid });
            await ScheduleRunner.RunAsync(operations.Stack, context.Settings.Time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            context.Terminal.Say("Stopping.");
        }
        finally
        {
            HostFile.Delete(context.Folder);
            await application.StopAsync(CancellationToken.None);
        }
        return ExitCode.Done;
    }

    private static WebApplication Build(StackOperations operations, CommandContext context, int port, string token)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Limits.MaxRequestBodySize = OperatorApi.MaxCatalogueBytes; // each route bounds its own
        });
        builder.Logging.ClearProviders().SetMinimumLevel(context.Settings.LogLevel);
        builder.Services.AddSingleton(operations.Stack.Services.GetRequiredService<ILoggerFactory>());
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(operations.Stack.Services.GetRequiredService<CollectEndpoint>());
        builder.Services.AddSingleton(operations.Stack.Services.GetRequiredService<ServeRoutes>());
        // This process handles Ctrl-C itself.
        builder.Services.AddSingleton<Microsoft.Extensions.Hosting.IHostLifetime, NoLifetime>();
        var application = builder.Build();
        application.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = AnswerAsync });
        application.UseStatusCodePages(); // a path or method that nothing answers, as problem details
        application.MapCollect();
        application.MapServe();
        application.MapHealth(cancellation => IsReadyAsync(operations, cancellation));
        application.MapOperator(operations, token);
        return application;
    }

    /// <summary>Ready means that the stores answer; a log that could not be written refuses everything.</summary>
    private static async ValueTask<bool> IsReadyAsync(StackOperations operations, CancellationToken cancellationToken)
    {
        try
        {
            var services = operations.Stack.Services;
            await services.GetRequiredService<PublishedPlaylists>().ReadPointerAsync(cancellationToken);
            await services
                .GetRequiredService<ListenerStore>()
                .ReadProfileAsync(new ListenerId("health"), cancellationToken);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private static Task AnswerAsync(HttpContext context)
    {
        var failure = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        var status = failure switch
        {
            FormatException => StatusCodes.Status400BadRequest,
            StoreUnavailableException => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status500InternalServerError,
        };
        return Results.Problem(failure?.Message, statusCode: status).ExecuteAsync(context);
    }
}
