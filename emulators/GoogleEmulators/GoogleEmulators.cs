using System.Net;
using System.Net.Sockets;
using Nocturne.Topology;

namespace Nocturne.Emulators;

/// <summary>How the emulators are started.</summary>
public sealed record GoogleEmulatorOptions
{
    /// <summary>How long an emulator may take to answer; on a quiet machine it is under two seconds.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>An emulator did not start; the message has its last output.</summary>
public sealed class EmulatorFailedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Google's own Firestore and Pub/Sub emulators: those of the installed Google Cloud SDK on free ports of the loopback
/// interface, or those that <c>FIRESTORE_EMULATOR_HOST</c> and <c>PUBSUB_EMULATOR_HOST</c> name.
/// </summary>
/// <remarks>
/// What they hold is in memory and gone with them. The Firestore emulator takes databases of any name without
/// their being created, <see cref="Deployment.DefaultDatabase"/> among them, and keeps them apart.
/// </remarks>
public sealed class GoogleEmulators : IAsyncDisposable
{
    /// <summary>Between finding a free port and binding it another process may take it.</summary>
    private const int StartAttempts = 3;

    private static readonly TimeSpan AskPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(10);

    // The first request of a kind loads the classes behind it, so each is asked what tests ask first, and the
    // emulator is warm when it counts as started.
    private const string FirestoreQuestion = "v1/projects/ready/databases/ready/documents/ready/ready";
    private const string PubSubQuestion = "v1/projects/ready/topics";

    private readonly List<EmulatorProcess> _processes;

    private GoogleEmulators(EmulatorHosts hosts, List<EmulatorProcess> processes)
    {
        Hosts = hosts;
        _processes = processes;
    }

    /// <summary>Why the emulators cannot be started on this machine, with the remedy; null if they can.</summary>
    public static string? Missing => FromEnvironment() is not null ? null : GoogleSdk.Find().Missing;

    /// <summary>Where they listen; there is none for objects, because Google has none.</summary>
    public EmulatorHosts Hosts { get; }

    /// <summary>Starts both, or finds those of the environment, and returns when both answer.</summary>
    /// <exception cref="EmulatorFailedException">One is missing or does not answer.</exception>
    public static async Task<GoogleEmulators> StartAsync(
        GoogleEmulatorOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        options ??= new GoogleEmulatorOptions();
        using var http = new HttpClient { Timeout = AskTimeout };
        if (FromEnvironment() is { } given)
        {
            await WhenReadyAsync(given.Documents!, FirestoreQuestion, null, http, options, cancellationToken);
            await WhenReadyAsync(given.Messages!, PubSubQuestion, null, http, options, cancellationToken);
            return new GoogleEmulators(given, []);
        }
        var (sdk, missing) = GoogleSdk.Find();
        if (sdk is null)
        {
            throw new EmulatorFailedException(missing!);
        }
        // Both at once: most of a start is the virtual machine's own.
        var firestore = StartOneAsync(sdk.Firestore, FirestoreQuestion, http, options, cancellationToken);
        var pubSub = StartOneAsync(sdk.PubSub, PubSubQuestion, http, options, cancellationToken);
        try
        {
            await Task.WhenAll(firestore, pubSub);
        }
        catch
        {
            foreach (var started in new[] { firestore, pubSub }.Where(task => task.IsCompletedSuccessfully))
            {
                await (await started).Process.DisposeAsync();
            }
            throw;
        }
        var (documents, messages) = (await firestore, await pubSub);
        return new GoogleEmulators(
            new EmulatorHosts(documents.Host, messages.Host),
            [documents.Process, messages.Process]
        );
    }

    /// <summary>Ends what was started here; emulators of the environment stay.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    private static EmulatorHosts? FromEnvironment()
    {
        var documents = Environment.GetEnvironmentVariable(EmulatorHosts.DocumentsVariable);
        var messages = Environment.GetEnvironmentVariable(EmulatorHosts.MessagesVariable);
        return string.IsNullOrEmpty(documents) || string.IsNullOrEmpty(messages)
            ? null
            : new EmulatorHosts(documents, messages);
    }

    private static async Task<(string Host, EmulatorProcess Process)> StartOneAsync(
        Func<int, IReadOnlyList<string>> command,
        string question,
        HttpClient http,
        GoogleEmulatorOptions options,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            var host = $"{GoogleSdk.Loopback}:{port}";
            var process = EmulatorProcess.Start(command(port));
            try
            {
                await WhenReadyAsync(host, question, process, http, options, cancellationToken);
                return (host, process);
            }
            catch (EmulatorFailedException) when (process.HasEnded && attempt < StartAttempts)
            {
                await process.DisposeAsync();
            }
            catch
            {
                await process.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Asks until there is an answer of the emulator's, whatever its status.</summary>
    private static async Task WhenReadyAsync(
        string host,
        string question,
        EmulatorProcess? process,
        HttpClient http,
        GoogleEmulatorOptions options,
        CancellationToken cancellationToken
    )
    {
        var started = options.Time.GetTimestamp();
        while (true)
        {
            Exception silence;
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://{host}/{question}"), cancellationToken);
                return;
            }
            catch (Exception e)
                when (e is HttpRequestException
                    || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
                )
            {
                silence = e;
            }
            if (process is { HasEnded: true })
            {
                throw new EmulatorFailedException($"The emulator for {host} ended:\n{process.LastOutput()}", silence);
            }
            if (options.Time.GetElapsedTime(started) > options.StartTimeout)
            {
                throw new EmulatorFailedException(
                    process is null
                        ? $"No emulator answers at {host}, which the environment names: start it, or unset the variable."
                        : $"The emulator at {host} did not answer within {options.StartTimeout}:\n{process.LastOutput()}",
                    silence
                );
            }
            await Task.Delay(AskPause, options.Time, cancellationToken);
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
