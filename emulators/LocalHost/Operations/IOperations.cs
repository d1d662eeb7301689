using Nocturne.Collect;
using Nocturne.Domain;
using Nocturne.Identity;
using Nocturne.LocalHost.Stack;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Ports;

namespace Nocturne.LocalHost.Operations;

/// <summary>
/// What commands do with a stack: by themselves where they have it open, over HTTP where <c>up</c> has.
/// </summary>
internal interface IOperations : IAsyncDisposable
{
    /// <summary>What commands must know of the stack.</summary>
    StackManner Manner { get; }

    /// <summary>Publishes messages to listening-events as they are; durable when it returns.</summary>
    ValueTask PublishAsync(IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken);

    /// <summary>Has Collect take a body: valid lines are stamped and published.</summary>
    ValueTask<CollectOutcome> CollectAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>Messages that are not handled yet, and not archived; null where that is not known here.</summary>
    ValueTask<long?> BacklogAsync(CancellationToken cancellationToken);

    /// <summary>Completes when there are none; at once where that is not known here.</summary>
    ValueTask DrainAsync(CancellationToken cancellationToken);

    /// <summary>Starts a run, or what is left of one.</summary>
    ValueTask StartNightAsync(RunId run, CancellationToken cancellationToken);

    /// <summary>Cancels a run (<see cref="NightStep.Cancel"/>) or lets it go on (<see cref="NightStep.Resume"/>).</summary>
    ValueTask ControlNightAsync(NightStep step, RunId run, CancellationToken cancellationToken);

    /// <summary>A run, or the published one (null); null if there is none.</summary>
    ValueTask<RunView?> ReadRunAsync(RunId? run, CancellationToken cancellationToken);

    /// <summary>A listener's profile; null without events.</summary>
    ValueTask<ListenerView?> ReadListenerAsync(ListenerId listener, CancellationToken cancellationToken);

    /// <summary>A listener's published playlists; null where there are none.</summary>
    ValueTask<PlaylistsView?> ReadPlaylistsAsync(ListenerId listener, CancellationToken cancellationToken);

    /// <summary>Makes a blend, or lets a listener into one or out.</summary>
    ValueTask<BlendOutcome> ChangeBlendAsync(
        BlendAction action,
        BlendId blend,
        ListenerId listener,
        CancellationToken cancellationToken
    );

    /// <summary>A blend; null if there is none, or nobody is left in it.</summary>
    ValueTask<BlendView?> ReadBlendAsync(BlendId blend, CancellationToken cancellationToken);

    /// <summary>Puts a catalogue file in place of the one of that name.</summary>
    ValueTask UploadCatalogueAsync(string name, Stream content, CancellationToken cancellationToken);

    /// <summary>Makes a token for a listener's player.</summary>
    ValueTask<NewListenerToken> CreateTokenAsync(ListenerId listener, string name, CancellationToken cancellationToken);

    /// <summary>A listener's tokens.</summary>
    ValueTask<IReadOnlyList<ListenerToken>> ListTokensAsync(ListenerId listener, CancellationToken cancellationToken);

    /// <summary>Revokes a token; false if there is none such.</summary>
    ValueTask<bool> RevokeTokenAsync(ListenerId listener, string id, CancellationToken cancellationToken);

    /// <summary>Sends dead letters back to the topics they came from.</summary>
    ValueTask<IReadOnlyList<RedrivenTopic>> RedriveAsync(CancellationToken cancellationToken);

    /// <summary>Looks for what is wrong.</summary>
    ValueTask<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken);
}

/// <summary>How many dead letters went back to a topic.</summary>
internal sealed record RedrivenTopic(string Topic, int Messages);

/// <summary>How grave a finding is.</summary>
internal enum Gravity
{
    Good,
    Warning,
    Bad,
}

/// <summary>What doctor found.</summary>
/// <param name="Subject">What was looked at.</param>
/// <param name="Gravity">How grave it is.</param>
/// <param name="Detail">What is the case.</param>
/// <param name="Remedy">What to do about it; null if nothing.</param>
internal sealed record Finding(string Subject, Gravity Gravity, string Detail, string? Remedy = null);
