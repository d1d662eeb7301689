using Nocturne.Adapters.Local;
using Nocturne.Emulators;
using Nocturne.LocalHost.CommandLine;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Stack.Emulated;

/// <summary>Google's emulators: those that the environment names, or some of this command's own.</summary>
internal sealed class EmulatorChoice(Deployment deployment, EmulatorHosts named, string folder) : IStackChoice
{
    public string Folder => folder;

    public string? Emptiness =>
        named.Documents is not null
            ? null
            : "There is no data: Google's emulators keep it while they run, and none are named. Have some run with "
                + "'nocturne up --stack google-emulators' and give this command beside it; or set "
                + $"{EmulatorHosts.DocumentsVariable}, {EmulatorHosts.MessagesVariable} and {EmulatorHosts.ObjectsVariable}."
                + (GoogleEmulators.Missing is { } missing ? $" They cannot be started here: {missing}" : "");

    public bool RunsFunctions => true;

    /// <summary>Of the environment: Firestore's and Pub/Sub's go together, and Cloud Storage's goes with them.</summary>
    /// <exception cref="UsageException">One is set without the others that it needs.</exception>
    public static EmulatorHosts Named(Func<string, string?> variable)
    {
        var hosts = new EmulatorHosts(
            Read(EmulatorHosts.DocumentsVariable),
            Read(EmulatorHosts.MessagesVariable),
            Read(EmulatorHosts.ObjectsVariable)
        );
        if (hosts.Documents is null != hosts.Messages is null || (hosts.Documents is null && hosts.Objects is not null))
        {
            string[] all =
            [
                EmulatorHosts.DocumentsVariable,
                EmulatorHosts.MessagesVariable,
                EmulatorHosts.ObjectsVariable,
            ];
            throw new UsageException(
                $"Of the emulators' variables only {string.Join(" and ", all.Where(name => Read(name) is not null))} "
                    + $"is set. Set {all[0]} and {all[1]} together ({all[2]} too, or one is started here), or none."
            );
        }
        return hosts;

        string? Read(string name) => variable(name) is { Length: > 0 } value ? value : null;
    }

    public async Task<IStack> OpenAsync(StackSettings settings, CancellationToken cancellationToken)
    {
        if (settings.ChaosSeed is not null)
        {
            throw new UsageException("--chaos is in the embedded stores: give it with --stack embedded.");
        }
        return await EmulatorStack.OpenAsync(deployment, named, Take(), settings, cancellationToken);
    }

    /// <summary>One command at a time: another would have the pushes sent to itself.</summary>
    /// <exception cref="FolderInUseException">Another command has the folder.</exception>
    private FileStream Take()
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new FileStream(
                Path.Combine(folder, "lock"),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
        }
        catch (IOException e)
        {
            throw new FolderInUseException(folder, e);
        }
    }
}
