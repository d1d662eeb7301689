using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Nocturne.Hosting;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Stack.Emulated;

/// <summary>
/// Where the emulator pushes to: an endpoint for each push subscription, over real HTTP on the loopback interface.
/// Google's emulator sends no token, so nobody is asked for one.
/// </summary>
internal sealed class PushHost : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Uri _address;

    private PushHost(WebApplication application)
    {
        _application = application;
        _address = new Uri(
            application
                .Services.GetRequiredService<IServer>()
                .Features.Get<IServerAddressesFeature>()!
                .Addresses.Single()
        );
    }

    /// <summary>Listens on a free port.</summary>
    public static async Task<PushHost> StartAsync(
        IServiceProvider services,
        MessageTracker tracker,
        CancellationToken cancellationToken
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(services.GetRequiredService<ILoggerFactory>());
        builder.Services.AddSingleton<IHostLifetime, CommandLine.NoLifetime>();
        var application = builder.Build();
        foreach (var subscription in NocturneTopology.Subscriptions)
        {
            if (subscription.Delivery is Delivery.Push push)
            {
                application.MapPush(
                    $"/push/{subscription.Name}",
                    new TrackedReceiver(subscription.Name, services.ReceiverOf(push), tracker),
                    PushIdentity.Waived
                );
            }
        }
        await application.StartAsync(cancellationToken);
        return new PushHost(application);
    }

    /// <summary>A subscription's endpoint.</summary>
    public Uri EndpointOf(Subscription subscription) => new(_address, $"/push/{subscription.Name}");

    /// <summary>Ends deliveries under way; those after are sent back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }
}
