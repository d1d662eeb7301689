namespace Nocturne.Hosting;

/// <summary>
/// Something that Pub/Sub pushes to: takes a message, and answers an HTTP status code once the message is safe.
/// </summary>
/// <remarks>102, 200, 201, 202 and 204 acknowledge; anything else asks for another delivery.</remarks>
public interface IPushReceiver
{
    /// <summary>Handles one delivery.</summary>
    ValueTask<int> ReceiveAsync(PushedMessage message, CancellationToken cancellationToken);

    /// <summary>Handles a body in which there is no message.</summary>
    /// <param name="body">The body, as it came.</param>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    ValueTask<int> RefuseAsync(ReadOnlyMemory<byte> body, string error, CancellationToken cancellationToken);
}

/// <summary>From a body to a receiver.</summary>
public static class PushReceiverExtensions
{
    /// <summary>Decodes a push body and hands over the message in it, or the body if there is none.</summary>
    public static ValueTask<int> ReceiveBodyAsync(
        this IPushReceiver receiver,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken
    ) =>
        PushDecoder.TryDecode(body, out var message, out var error)
            ? receiver.ReceiveAsync(message, cancellationToken)
            : receiver.RefuseAsync(body, error, cancellationToken);
}
