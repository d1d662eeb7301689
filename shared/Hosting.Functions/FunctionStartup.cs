using Google.Cloud.Functions.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Topology;

namespace Nocturne.Hosting.Functions;

/// <summary>
/// The composition root of a deployed function: settings from the environment, logs, telemetry, the ports by one
/// adapter, and what comes before the function itself in a request.
/// </summary>
/// <remarks>
/// The Functions Framework makes a function's type for every request; everything behind it is a singleton here.
/// </remarks>
public abstract class FunctionStartup : FunctionsStartup
{
    private readonly string _function;
    private readonly Func<string, string?> _variable;
    private readonly Lazy<FunctionSettings> _settings;

    private protected FunctionStartup(string function, Func<string, string?> variable)
    {
        _function = function;
        _variable = variable;
        _settings = new Lazy<FunctionSettings>(ReadSettings);
    }

    /// <summary>What the environment says.</summary>
    /// <exception cref="ConfigurationException">Something is missing or wrong.</exception>
    protected FunctionSettings Settings => _settings.Value;

    /// <inheritdoc/>
    public sealed override void ConfigureLogging(WebHostBuilderContext context, ILoggingBuilder logging) =>
        logging.AddFunctionLogging(Settings);

    /// <inheritdoc/>
    public sealed override void ConfigureServices(WebHostBuilderContext context, IServiceCollection services)
    {
        services.Configure<HostOptions>(options => options.ShutdownTimeout = PushDrain.HostBound);
        services.AddSingleton(Settings);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new PushDrain(
            provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping,
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton(provider =>
            FunctionStores.Open(
                Settings,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILoggerFactory>()
            )
        );
        services.AddSingleton(provider => provider.GetRequiredService<FunctionStores>().Documents);
        services.AddSingleton(provider => provider.GetRequiredService<FunctionStores>().Objects);
        services.AddSingleton<IEventPublisher>(provider => new TracedPublisher(
            provider.GetRequiredService<FunctionStores>().Messages
        ));
        services.AddSingleton(provider => new ListenerStore(
            provider.GetRequiredService<IDocumentStore>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        if (Settings.Telemetry is not null)
        {
            services.AddHostedService(provider => new TelemetryExport(
                Settings,
                _function,
                provider.GetRequiredService<FunctionStores>().Counters
            ));
        }
        AddFunction(services);
    }

    /// <inheritdoc/>
    public sealed override void Configure(WebHostBuilderContext context, IApplicationBuilder app)
    {
        var services = app.ApplicationServices;
        var drain = services.GetRequiredService<PushDrain>();
        app.UseHealth(async cancellationToken =>
        {
            if (drain.IsStopping)
            {
                return false;
            }
            try
            {
                await CheckAsync(services, cancellationToken);
                return true;
            }
            catch (StoreUnavailableException)
            {
                return false;
            }
        });
        ConfigureFunction(app);
    }

    /// <summary>Adds what the function itself consists of.</summary>
    protected abstract void AddFunction(IServiceCollection services);

    /// <summary>Asks the stores that the function cannot do without whether they are there.</summary>
    /// <exception cref="StoreUnavailableException">One is not.</exception>
    protected virtual ValueTask CheckAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;

    /// <summary>What comes before the function in a request.</summary>
    private protected abstract void ConfigureFunction(IApplicationBuilder app);

    /// <summary>The first subscription that pushes to the function; null if none does. All come with one identity.</summary>
    private protected Subscription? PushedBy() =>
        NocturneTopology.Subscriptions.FirstOrDefault(subscription =>
            subscription.Delivery is Delivery.Push push && push.Function == _function
        );

    private FunctionSettings ReadSettings() => FunctionSettings.Read(_variable, isPushed: PushedBy() is not null);
}
