using Microsoft.Extensions.Hosting;

namespace Nocturne.LocalHost.CommandLine;

/// <summary>A web application's lifetime where the command line handles Ctrl-C itself.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
