using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Nocturne.Hosting;

/// <summary>How a function logs.</summary>
public static class HostingLogging
{
    /// <summary>
    /// Logs for Cloud Logging where the process is a Cloud Run service, in place of what its host set up; elsewhere the
    /// host's readable console stays as it is.
    /// </summary>
    public static ILoggingBuilder AddFunctionLogging(this ILoggingBuilder logging, FunctionSettings settings)
    {
        // A request's two lines say what Cloud Run's own request log says.
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        return settings.IsDeployed
            ? logging.ClearProviders().AddCloudLogging(settings.Deployment.Project, TimeProvider.System)
            : logging;
    }

    /// <summary>Logs to standard output by <see cref="CloudLogFormatter"/>.</summary>
    public static ILoggingBuilder AddCloudLogging(this ILoggingBuilder logging, string project, TimeProvider time)
    {
        logging.Services.AddSingleton<ConsoleFormatter>(new CloudLogFormatter(project, time));
        return logging.AddConsole(options => options.FormatterName = CloudLogFormatter.FormatterName);
    }
}
