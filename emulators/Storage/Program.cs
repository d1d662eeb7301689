using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Nocturne.StorageEmulator;

var port = new Option<int>("--port")
{
    Description = "The port on 127.0.0.1; 0 for any that is free.",
    DefaultValueFactory = _ => 9199,
};
var folder = new Option<string?>("--folder")
{
    Description = "Where buckets are kept, and found again. Default: a temporary folder that goes at the end.",
};
var buckets = new Option<string[]>("--bucket")
{
    Description = "A bucket to create at the start, unless it exists. May be given several times.",
    DefaultValueFactory = _ => [],
};
var verbose = new Option<bool>("--verbose") { Description = "Print every request to standard error." };
var command = new RootCommand(
    "A small emulator of Cloud Storage's JSON API, for tests and for one machine. Clients find it by "
        + "STORAGE_EMULATOR_HOST. Nobody is authenticated. Ctrl-C stops it."
)
{
    port,
    folder,
    buckets,
    verbose,
};
command.SetAction(
    async (line, cancellationToken) =>
    {
        using var loggers = line.GetValue(verbose)
            ? LoggerFactory.Create(logging =>
                logging
                    .SetMinimumLevel(LogLevel.Information)
                    .AddFilter("Microsoft", LogLevel.Warning)
                    .AddSimpleConsole(console => console.SingleLine = true)
                    .Services.Configure<ConsoleLoggerOptions>(console =>
                        console.LogToStandardErrorThreshold = LogLevel.Trace
                    )
            )
            : null;
        try
        {
            await using var host = await StorageEmulatorHost.StartAsync(
                new StorageEmulatorOptions
                {
                    Port = line.GetValue(port),
                    Folder = line.GetValue(folder),
                    Buckets = line.GetValue(buckets) ?? [],
                    Loggers = loggers,
                },
                cancellationToken
            );
            await Console.Out.WriteLineAsync($"Listening on http://{host.Host}, buckets in {host.Folder}");
            await Console.Out.WriteLineAsync($"export STORAGE_EMULATOR_HOST=http://{host.Host}");
            await host.WaitForShutdownAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C: everything answered is on disk.
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        return 0;
    }
);
return await command.Parse(args).InvokeAsync();
