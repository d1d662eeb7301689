using Microsoft.Extensions.DependencyInjection;
using Nocturne.Identity;
using Nocturne.Ports;

namespace Nocturne.Hosting.Functions;

/// <summary>Listeners' tokens in a deployed function.</summary>
public static class TokenServices
{
    /// <summary>
    /// Adds <see cref="ListenerTokens"/> under the deployment's pepper. On emulators without one it is a developer's;
    /// deployed without one nobody has a token, and requests that bring one are answered 503.
    /// </summary>
    public static IServiceCollection AddListenerTokens(this IServiceCollection services, FunctionSettings settings)
    {
        var pepper =
            settings.TokenPepper is { } secret ? TokenPepper.Of(secret)
            : settings.Emulators.Any && !settings.IsDeployed ? DevelopmentAccess.Pepper
            : null;
        return services.AddSingleton(provider => new ListenerTokens(
            provider.GetRequiredService<IDocumentStore>(),
            pepper,
            provider.GetRequiredService<TimeProvider>()
        ));
    }
}
