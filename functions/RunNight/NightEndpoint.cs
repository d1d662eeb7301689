using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nocturne.Hosting;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.RunNight;

/// <summary>Where the subscriptions of <c>night-steps</c> and <c>blend-changes</c> push to.</summary>
/// <remarks>
/// What a message may ask for follows from the subscription that it came by: one of <c>blend-changes</c> is no step.
/// 204 when the step is done or there is nothing to do, 503 when a store does not answer, 500 when the step failed
/// for another reason: it comes again, and after all attempts it is dead-lettered. A body that is no step is
/// answered 204 with an error in the log, for no retry would help.
/// </remarks>
public sealed partial class NightEndpoint(
    NightHandler handler,
    ILogger<NightEndpoint> logger,
    TimeProvider? time = null
) : IPushReceiver
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <inheritdoc/>
    public async ValueTask<int> ReceiveAsync(PushedMessage message, CancellationToken cancellationToken)
    {
        try
        {
            if (IsOf(message, NocturneTopology.SubscriptionNames.RunBlends))
            {
                var change = BlendChange.Parse(message.Data);
                return await RunAsync(change, "Blend", token => handler.HandleAsync(change, token), cancellationToken);
            }
            var step = NightMessage.Parse(message.Data);
            return await RunAsync(
                step,
                step.Step.ToString(),
                token => handler.HandleAsync(step, token),
                cancellationToken
            );
        }
        catch (FormatException e)
        {
            return await RefuseAsync(message.Data, e.Message, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public ValueTask<int> RefuseAsync(ReadOnlyMemory<byte> body, string error, CancellationToken cancellationToken)
    {
        LogRefused(error);
        return ValueTask.FromResult(StatusCodes.Status204NoContent);
    }

    private static bool IsOf(PushedMessage message, string subscription) =>
        message.Subscription.AsSpan(message.Subscription.LastIndexOf('/') + 1).SequenceEqual(subscription);

    private async ValueTask<int> RunAsync(
        object message,
        string step,
        Func<CancellationToken, ValueTask> handle,
        CancellationToken cancellationToken
    )
    {
        var started = _time.GetTimestamp();
        var outcome = "cancelled";
        try
        {
            await handle(cancellationToken);
            outcome = "done";
            return StatusCodes.Status204NoContent;
        }
        catch (StepClaimedException e)
        {
            outcome = "claimed";
            LogClaimed(e.Message);
            return StatusCodes.Status503ServiceUnavailable;
        }
        catch (Exception e) when (e is StoreUnavailableException or DocumentConflictException)
        {
            outcome = "unavailable";
            LogUnavailable(message, e.Message);
            return StatusCodes.Status503ServiceUnavailable;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            outcome = "failed";
            LogFailed(message, e);
            return StatusCodes.Status500InternalServerError;
        }
        finally
        {
            NocturneTelemetry.NightStepDuration.Record(
                _time.GetElapsedTime(started).TotalSeconds,
                new("step", step),
                new("outcome", outcome)
            );
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Refused a night message: {Error}")]
    private partial void LogRefused(string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Reason}; the message comes again")]
    private partial void LogClaimed(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Message}: a store did not answer, it comes again: {Error}")]
    private partial void LogUnavailable(object message, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Message} failed and comes again")]
    private partial void LogFailed(object message, Exception failure);
}
