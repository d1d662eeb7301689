using System.Text.Json;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;
using Nocturne.LocalHost.Stack;
using Nocturne.Population;
using Nocturne.Ports;

namespace Nocturne.LocalHost.Commands;

/// <summary>What a data folder knows of the demo in it.</summary>
/// <param name="Population">Whose events they are.</param>
/// <param name="IngestSeconds">How long taking them in took; null until all are in.</param>
internal sealed record DemoState(PopulationOptions Population, double? IngestSeconds)
{
    private static readonly DocumentKey Key = DocumentKey.Of("operator", "demo");

    /// <summary>Reads a folder's state; null if there was no demo in it.</summary>
    /// <exception cref="FolderStateException">The demo in it is of other people.</exception>
    public static async Task<DemoState?> ReadAsync(
        IStack stack,
        PopulationOptions wanted,
        CancellationToken cancellationToken
    )
    {
        var document = await stack.Documents.GetAsync(Key, cancellationToken);
        if (document is null)
        {
            return null;
        }
        var state = JsonSerializer.Deserialize<DemoState>(document.Data.Span)!;
        var there = state.Population;
        return there == wanted
            ? state
            : throw new FolderStateException(
                $"'{stack.Place}' has a demo of seed {there.Seed} with {there.Listeners} listeners and "
                    + $"{there.Events} events. Choose another folder with --data, or ask for the same."
            );
    }

    public async Task WriteAsync(IStack stack, TimeProvider time, CancellationToken cancellationToken)
    {
        var write = DocumentWrite.Put(Key, JsonSerializer.SerializeToUtf8Bytes(this));
        await Patience.CommitAsync(stack.Documents, [write], time, cancellationToken);
    }
}
