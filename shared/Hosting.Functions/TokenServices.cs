using Microsoft.Extensions.DependencyInjection;
using Nocturne.Identity;
using Nocturne.Ports;

namespace Nocturne.Hosting.Functions;

/// <summary>Who calls a deployed function.</summary>
public static class TokenServices
{
    /// <summary>
    /// Adds <see cref="Callers"/>, and <see cref="ListenerTokens"/> under the deployment's pepper. On emulators without one it is a developer's;
    /// deployed without one nobody has a token, and requests that bring one are answered 503.
    /// </summary>
    /// <param name="services">Where they are added.</param>
    /// <param name="settings">The deployment's.</param>
    /// <param name="firebase">Whose ID tokens are taken; null for the settings' project.</param>
    public static IServiceCollection AddCallers(
        this IServiceCollection services,
        FunctionSettings settings,
        FirebaseOptions? firebase = null
    )
    {
        var pepper =
            settings.TokenPepper is { } secret ? TokenPepper.Of(secret)
            : settings.Emulators.Any && !settings.IsDeployed ? DevelopmentAccess.Pepper
            : null;
        services.AddSingleton(provider => new ListenerTokens(
            provider.GetRequiredService<IDocumentStore>(),
            pepper,
            provider.GetRequiredService<TimeProvider>()
        ));
        var project = settings.Identity.Project ?? settings.Deployment.Project;
        return services.AddSingleton(provider => new Callers(
            provider.GetRequiredService<ListenerTokens>(),
            new FirebaseIdTokens(firebase ?? new FirebaseOptions(project), provider.GetRequiredService<TimeProvider>()),
            settings.Identity.Callers,
            provider.GetRequiredService<TimeProvider>()
        ));
    }
}
