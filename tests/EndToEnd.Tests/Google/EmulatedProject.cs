using Nocturne.Adapters.GoogleRest;
using Nocturne.Contracts;
using Nocturne.StorageEmulator;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.EndToEnd.Tests.Google;

/// <summary>A project of its own on emulators that outlive the commands given on it.</summary>
internal sealed class EmulatedProject : IAsyncDisposable
{
    private readonly StorageEmulatorHost _storage;
    private readonly TemporaryFolder _folder = new();

    private EmulatedProject(StorageEmulatorHost storage, EmulatorHosts hosts)
    {
        _storage = storage;
        Stores = new GoogleRestStores(Deployment, new GoogleRestOptions { Emulators = hosts });
        Variables = new Dictionary<string, string>
        {
            [EmulatorHosts.DocumentsVariable] = hosts.Documents!,
            [EmulatorHosts.MessagesVariable] = hosts.Messages!,
            [EmulatorHosts.ObjectsVariable] = hosts.Objects!,
        };
    }

    /// <summary>The project.</summary>
    public Deployment Deployment { get; } = new(Unique.Name("nocturne"));

    /// <summary>What is in it.</summary>
    public GoogleRestStores Stores { get; }

    /// <summary>What names the emulators to a command.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

    public static async Task<EmulatedProject> StartAsync()
    {
        var storage = await StorageEmulatorHost.StartAsync();
        return new EmulatedProject(storage, await SharedGoogleEmulators.HostsAsync() with { Objects = storage.Host });
    }

    /// <summary>The arguments with those that say on what: a stack, this project, a folder.</summary>
    public string[] On(string stack, params string[] arguments) =>
        [.. arguments, "--stack", stack, "--project", Deployment.Project, "--data", _folder.Path];

    /// <summary>Runs a command.</summary>
    public Task<CommandResult> RunAsync(string stack, params string[] arguments) =>
        NocturneProcess.RunAsync(Variables, On(stack, arguments));

    /// <summary>Runs a command that must succeed.</summary>
    public Task<CommandResult> SucceedAsync(string stack, params string[] arguments) =>
        NocturneProcess.SucceedAsync(Variables, On(stack, arguments));

    public async ValueTask DisposeAsync()
    {
        await Stores.DisposeAsync();
        await _storage.DisposeAsync();
        _folder.Dispose();
    }
}
