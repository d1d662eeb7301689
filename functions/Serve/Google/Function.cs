using Google.Cloud.Functions.Framework;
using Google.Cloud.Functions.Hosting;
using Microsoft.AspNetCore.Http;
using Nocturne.Hosting.Functions;

namespace Nocturne.Serve;

/// <summary>Serve as the Functions Framework starts it.</summary>
[FunctionsStartup(typeof(Startup))]
public sealed class Function(FunctionRoutes routes) : IHttpFunction
{
    /// <inheritdoc/>
    public Task HandleAsync(HttpContext context) => routes.HandleAsync(context);
}
