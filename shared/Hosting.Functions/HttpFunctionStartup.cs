using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nocturne.Ports;

namespace Nocturne.Hosting.Functions;

/// <summary>The composition root of a function that answers HTTP.</summary>
/// <param name="function">The function's name in Topology.</param>
/// <param name="variable">Reads a variable of the environment.</param>
public abstract class HttpFunctionStartup(string function, Func<string, string?> variable)
    : FunctionStartup(function, variable)
{
    /// <summary>Adds the handler and its options.</summary>
    protected abstract void AddHandler(IServiceCollection services);

    /// <summary>Maps the function's routes.</summary>
    protected abstract void Map(IEndpointRouteBuilder routes);

    /// <inheritdoc/>
    protected sealed override void AddFunction(IServiceCollection services)
    {
        services.AddRouting();
        services.AddProblemDetails();
        services.AddSingleton<FunctionRoutes>();
        AddHandler(services);
    }

    private protected sealed override void ConfigureFunction(IApplicationBuilder app)
    {
        var table = app.New();
        table.UseStatusCodePages(); // a path or method that nothing answers, as problem details
        table.UseRouting();
        table.UseEndpoints(Map);
        app.ApplicationServices.GetRequiredService<FunctionRoutes>().Table = table.Build();
    }
}

/// <summary>A function's routes, made once at the start.</summary>
public sealed partial class FunctionRoutes(ILogger<FunctionRoutes> logger)
{
    private const string RetryAfterSeconds = "5";

    internal RequestDelegate? Table { get; set; }

    /// <summary>Answers a request: 404 where no route matches, 503 while a store does not answer.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var table =
            Table ?? throw new InvalidOperationException("The function's startup has not mapped its routes yet.");
        try
        {
            await table(context);
        }
        catch (StoreUnavailableException e) when (!context.Response.HasStarted)
        {
            LogUnavailable(e.Message);
            context.Response.Clear();
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
            await Results
                .Problem("A store does not answer; try again.", statusCode: StatusCodes.Status503ServiceUnavailable)
                .ExecuteAsync(context);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A store did not answer: {Error}")]
    private partial void LogUnavailable(string error);
}
