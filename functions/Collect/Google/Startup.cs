using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Nocturne.Hosting.Functions;

namespace Nocturne.Collect;

/// <summary>Composes Collect under the Functions Framework.</summary>
/// <param name="variable">Reads a variable of the environment.</param>
public sealed class Startup(Func<string, string?> variable) : HttpFunctionStartup("Collect", variable)
{
    /// <summary>Composes it from the process's own environment.</summary>
    public Startup()
        : this(Environment.GetEnvironmentVariable) { }

    /// <inheritdoc/>
    protected override void AddHandler(IServiceCollection services) => services.AddCollect();

    /// <inheritdoc/>
    protected override void Map(IEndpointRouteBuilder routes) => routes.MapCollect();
}
