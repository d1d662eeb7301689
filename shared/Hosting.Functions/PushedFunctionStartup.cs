using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nocturne.Ports;

namespace Nocturne.Hosting.Functions;

/// <summary>The composition root of a function that Pub/Sub pushes to.</summary>
/// <remarks>
/// Identity, size and form of a push are settled before the Functions Framework makes a CloudEvent of it, for what it
/// cannot read it answers 400, which would only bring the same body again.
/// </remarks>
/// <typeparam name="TReceiver">Who takes the messages.</typeparam>
/// <param name="function">The function's name in Topology.</param>
/// <param name="variable">Reads a variable of the environment.</param>
/// <param name="identity">Where the keys come from that sign callers' tokens; null for Google's own.</param>
public abstract class PushedFunctionStartup<TReceiver>(
    string function,
    Func<string, string?> variable,
    PushIdentityOptions? identity = null
) : FunctionStartup(function, variable)
    where TReceiver : class, IPushReceiver
{
    // Need not exist: that the store says so is all that is asked.
    private static readonly DocumentKey Probe = DocumentKey.Of("operator", "health");

    /// <inheritdoc/>
    protected override async ValueTask CheckAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<IDocumentStore>().GetAsync(Probe, cancellationToken);

    private protected sealed override void ConfigureFunction(IApplicationBuilder app)
    {
        var services = app.ApplicationServices;
        var gate = new PushGate(
            services.GetRequiredService<TReceiver>(),
            Settings.PushCaller is { } caller ? PushIdentity.Of(caller, identity) : PushIdentity.Waived,
            services.GetRequiredService<PushDrain>(),
            services.GetRequiredService<ILogger<PushGate>>()
        );
        // The framework takes an event's topic from the path, and warns at every request that has none there.
        var path = PushedBy() is { } subscription
            ? new PathString("/" + Settings.Deployment.TopicPath(subscription.Topic))
            : PathString.Empty;
        app.Use(next =>
        {
            RequestDelegate framework = context =>
            {
                context.Request.Path = path;
                return next(context);
            };
            return context => gate.HandleAsync(context, framework);
        });
    }
}
