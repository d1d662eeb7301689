using Microsoft.Extensions.DependencyInjection;
using Nocturne.Hosting;
using Nocturne.Hosting.Functions;

namespace Nocturne.IngestEvents;

/// <summary>Composes IngestEvents under the Functions Framework.</summary>
/// <param name="variable">Reads a variable of the environment.</param>
/// <param name="identity">Where the keys come from that sign callers' tokens; null for Google's own.</param>
public sealed class Startup(Func<string, string?> variable, PushIdentityOptions? identity = null)
    : PushedFunctionStartup<IngestEndpoint>("IngestEvents", variable, identity)
{
    /// <summary>Composes it from the process's own environment.</summary>
    public Startup()
        : this(Environment.GetEnvironmentVariable) { }

    /// <inheritdoc/>
    protected override void AddFunction(IServiceCollection services) => services.AddIngestEvents();
}
