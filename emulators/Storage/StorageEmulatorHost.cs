using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.StorageEmulator.Http;
using Nocturne.StorageEmulator.Objects;

namespace Nocturne.StorageEmulator;

/// <summary>
/// A small emulator of Cloud Storage's JSON API on 127.0.0.1, for tests and for one machine; Google has none.
/// </summary>
/// <remarks>
/// Served: buckets (insert, get, list, delete); objects by media, multipart and resumable upload, download with ranges,
/// metadata, listing, delete, patch, update, copy, rewrite and compose, with generation and metageneration conditions
/// and checksums. Not served, and answered with 501 and a sentence: access control, versions, soft delete, holds,
/// encryption keys, signed URLs, notifications, batches, the XML API. Nobody is authenticated.
/// <para>
/// Contents are files in a folder and never whole in memory. An object is published by renaming its record, so a
/// reader sees one generation or the other; what was answered survives the process, though not the machine's power.
/// Resumable sessions end with the process: clients begin such an upload again, as after a session's expiry.
/// </para>
/// </remarks>
public sealed class StorageEmulatorHost : IAsyncDisposable
{
    // Twice an object name of 1,024 bytes, every byte of it percent-encoded, and the rest of the path and query.
    private const int MaxRequestLineBytes = 16 << 10;

    // Requests under way at the end are cut off: their clients would meet the same of a service that restarts.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(1);

    private readonly WebApplication _application;
    private readonly ObjectFolder _folder;
    private readonly StorageApi _api;

    private StorageEmulatorHost(WebApplication application, ObjectFolder folder, StorageApi api)
    {
        _application = application;
        _folder = folder;
        _api = api;
        var address = application
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.Single();
        Host = new Uri(address).Authority;
    }

    /// <summary><c>host:port</c>, as <c>STORAGE_EMULATOR_HOST</c> names it.</summary>
    public string Host { get; }

    /// <summary>The base address of the JSON API, for clients that want all of it.</summary>
    public Uri BaseUri => new($"http://{Host}/storage/v1/");

    /// <summary>The folder that holds the buckets.</summary>
    public string Folder => _folder.Root;

    /// <summary>Opens the folder and listens.</summary>
    /// <exception cref="IOException">The folder is in use by another emulator, or the port by anyone.</exception>
    public static async Task<StorageEmulatorHost> StartAsync(
        StorageEmulatorOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        options ??= new StorageEmulatorOptions();
        var folder = ObjectFolder.Open(options.Folder, options.Time);
        try
        {
            foreach (var bucket in options.Buckets)
            {
                folder.EnsureBucket(bucket);
            }
            var loggers = options.Loggers ?? NullLoggerFactory.Instance;
            var api = new StorageApi(folder, loggers.CreateLogger<StorageApi>());
            var application = Build(options.Port, loggers, api);
            try
            {
                await application.StartAsync(cancellationToken);
                return new StorageEmulatorHost(application, folder, api);
            }
            catch
            {
                await application.DisposeAsync();
                await api.DisposeAsync();
                throw;
            }
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Completes when the host is asked to stop.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken = default) =>
        _application.WaitForShutdownAsync(cancellationToken);

    /// <summary>Stops listening and closes the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        await _api.DisposeAsync();
        _folder.Dispose();
    }

    private static WebApplication Build(int port, ILoggerFactory loggers, StorageApi api)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // objects are streamed to disk
            kestrel.Limits.MinRequestBodyDataRate = null; // who is slow is tested, not cut off
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxRequestLineSize = MaxRequestLineBytes;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(loggers);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var application = builder.Build();
        application.Run(api.HandleAsync);
        return application;
    }

    /// <summary>Whoever started the emulator handles signals.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
