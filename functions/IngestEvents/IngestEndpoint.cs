using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nocturne.Hosting;
using Nocturne.Ports;

namespace Nocturne.IngestEvents;

/// <summary>Where the subscription of <c>listening-events</c> pushes to.</summary>
/// <remarks>
/// Answers 204 once everything in the message is durable, 204 also to a body that is no message (recorded in
/// rejected-events: sending it again would not help), 503 when a store does not answer or too much is waiting.
/// </remarks>
public sealed partial class IngestEndpoint(IngestHandler handler, ILogger<IngestEndpoint> logger) : IPushReceiver
{
    /// <inheritdoc/>
    public ValueTask<int> ReceiveAsync(PushedMessage message, CancellationToken cancellationToken) =>
        AnswerAsync(async () =>
        {
            switch (await handler.HandleAsync(message.Id, message.Data, cancellationToken))
            {
                case IngestOutcome.Done:
                    return StatusCodes.Status204NoContent;
                default:
                    LogOverloaded(message.Id);
                    return StatusCodes.Status503ServiceUnavailable;
            }
        });

    /// <inheritdoc/>
    public ValueTask<int> RefuseAsync(ReadOnlyMemory<byte> body, string error, CancellationToken cancellationToken) =>
        AnswerAsync(async () =>
        {
            await handler.RejectBodyAsync(body, cancellationToken);
            LogRefusedBody(error);
            return StatusCodes.Status204NoContent;
        });

    private async ValueTask<int> AnswerAsync(Func<ValueTask<int>> handle)
    {
        try
        {
            return await handle();
        }
        catch (Exception e) when (e is StoreUnavailableException or DocumentConflictException)
        {
            LogUnavailable(e.Message);
            return StatusCodes.Status503ServiceUnavailable;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a push body and recorded it: {Error}")]
    private partial void LogRefusedBody(string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Too much is waiting for the store; message {Id} comes again")]
    private partial void LogOverloaded(string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A store did not answer, the message comes again: {Error}")]
    private partial void LogUnavailable(string error);
}
