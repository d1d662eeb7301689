using System.Runtime.InteropServices;
using Google.Api.Gax.Grpc;
using Microsoft.Extensions.Logging;
using Nocturne.Ports;

namespace Nocturne.Adapters.GoogleCloud;

/// <summary>One of Google's services, for messages.</summary>
internal sealed record CalledService(string Name, string Container, string Project, string? Emulator, string Variable);

/// <summary>What became of a call.</summary>
/// <param name="Value">The answer, where there is no fault.</param>
/// <param name="Fault">A definite no.</param>
/// <param name="MayHaveHappened">
/// With a fault: whether an earlier attempt may have done what the last one was refused, perhaps for that very reason.
/// </param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Outcome<T>(T? Value, Fault? Fault, bool MayHaveHappened);

/// <summary>Makes the calls of one service: repeats them, and says in words why one failed.</summary>
internal sealed partial class Caller(
    CalledService service,
    RetryOptions retry,
    TimeProvider time,
    Jitter jitter,
    ILogger logger
)
{
    /// <summary>For calls through generated clients: one attempt, because the attempts are counted here.</summary>
    public static CallSettings Once(CancellationToken cancellationToken) =>
        CallSettings
            .FromCancellationToken(cancellationToken)
            .WithRetry(RetrySettings.FromConstantBackoff(1, TimeSpan.Zero, _ => false));

    /// <summary>Calls until there is a definite answer.</summary>
    /// <param name="operation">The call's name for logs, without any id.</param>
    /// <param name="subject">What it is about, for exceptions.</param>
    /// <param name="attempt">Makes the call once.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <param name="mayRepeat">Whether another attempt can be made; null for yes.</param>
    /// <param name="progress">How far the attempts have come together: further, and they are counted anew.</param>
    /// <exception cref="StoreUnavailableException">There was none within the attempts and the time allowed.</exception>
    public async ValueTask<Outcome<T>> CallAsync<T>(
        string operation,
        string subject,
        Func<AttemptDeadline, Task<T>> attempt,
        CancellationToken cancellationToken,
        Func<bool>? mayRepeat = null,
        Func<long>? progress = null
    )
    {
        var started = time.GetTimestamp();
        var reached = progress?.Invoke();
        var mayHaveHappened = false;
        for (var made = 1; ; made++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var deadline = new AttemptDeadline(retry.AttemptTimeout, time, cancellationToken);
            Fault fault;
            try
            {
                return new Outcome<T>(await attempt(deadline), null, mayHaveHappened);
            }
            catch (Exception e) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException($"{operation} of {subject} was cancelled.", e, cancellationToken);
            }
            catch (Exception e) when (Fault.Of(e) is { } known)
            {
                fault = known;
            }
            if (!fault.IsTransient)
            {
                return new Outcome<T>(default, fault, mayHaveHappened);
            }
            mayHaveHappened |= fault.Kind == FaultKind.Unanswered;
            if (progress?.Invoke() is { } now && now > reached)
            {
                (reached, made, started) = (now, 1, time.GetTimestamp());
            }
            var pause = Pause(made);
            var elapsed = time.GetElapsedTime(started);
            if (made >= retry.MaxAttempts || elapsed + pause >= retry.TotalTimeout || mayRepeat?.Invoke() == false)
            {
                LogGivenUp(service.Name, operation, made, fault.Cause.Message);
                throw Unanswered(operation, subject, made, elapsed, fault, mayHaveHappened);
            }
            LogRepeat(service.Name, operation, made, pause.TotalMilliseconds, fault.Cause.Message);
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <summary>The same for calls whose definite no is an error whatever it is.</summary>
    public async ValueTask<T> RequireAsync<T>(
        string operation,
        string subject,
        Func<AttemptDeadline, Task<T>> attempt,
        CancellationToken cancellationToken
    )
    {
        var outcome = await CallAsync(operation, subject, attempt, cancellationToken);
        return outcome.Fault is { } fault ? throw Refusal(operation, subject, fault) : outcome.Value!;
    }

    /// <summary>The pause after so many attempts: a random part of a bound that doubles, so that callers part.</summary>
    public TimeSpan Pause(int attempts)
    {
        const int MostDoublings = 20; // keeps the shift in range; the longest pause comes much earlier
        var bound = Math.Min(
            retry.LongestBackoff.Ticks,
            retry.FirstBackoff.Ticks << Math.Min(attempts - 1, MostDoublings)
        );
        return TimeSpan.FromTicks((long)(bound * jitter.Next()));
    }

    /// <summary>A definite no as a port's exception.</summary>
    public Exception Refusal(string operation, string subject, Fault fault)
    {
        var what = $"{service.Name} refused {operation} of {subject}";
        var said = fault.Cause.Message;
        return fault.Kind switch
        {
            FaultKind.Denied => new StoreUnavailableException(
                $"{what}: it does not accept the credentials, or they may not do that in project {service.Project} "
                    + $"({said}). Is it the right project? `pulumi up` grants every function's account its roles; an "
                    + "operator renews credentials with `gcloud auth application-default login`.",
                fault.Cause
            ),
            FaultKind.NotFound => new StoreUnavailableException(
                $"{what}: there is no such {service.Container} in project {service.Project} ({said}). Is it the right "
                    + "project? If so, `pulumi up` makes what is missing.",
                fault.Cause
            ),
            FaultKind.TooLarge => new LimitExceededException($"{what}: {said}", fault.Cause),
            _ => new InvalidOperationException($"{what}: {said} Repeating it does not help.", fault.Cause),
        };
    }

    /// <summary>For a write that may have happened and can no longer be told from another's.</summary>
    public StoreUnavailableException Unknown(string operation, string subject, Exception? cause) =>
        new(
            $"{service.Name} gave no answer to {operation} of {subject}, and another has written since: whether it happened is unknown.",
            cause
        );

    private StoreUnavailableException Unanswered(
        string operation,
        string subject,
        int attempts,
        TimeSpan elapsed,
        Fault fault,
        bool mayHaveHappened
    ) =>
        new(
            $"{service.Name} gave no answer to {operation} of {subject} in {attempts} attempts and "
                + FormattableString.Invariant($"{elapsed.TotalSeconds:0.#} s")
                + $" ({fault.Cause.Message})."
                + (mayHaveHappened ? " Whether it happened is unknown." : " It did not happen.")
                + (
                    service.Emulator is null
                        ? ""
                        : $" Does the emulator run at {service.Emulator}? {service.Variable} says so."
                ),
            fault.Cause
        );

    [LoggerMessage(
        LogLevel.Warning,
        "{Service} failed attempt {Attempt} of {Operation}; the next is in {Pause} ms ({Reason})"
    )]
    private partial void LogRepeat(string service, string operation, int attempt, double pause, string reason);

    [LoggerMessage(LogLevel.Error, "{Service} gave no answer to {Operation} in {Attempts} attempts ({Reason})")]
    private partial void LogGivenUp(string service, string operation, int attempts, string reason);
}

/// <summary>When an attempt is over, unless it makes progress.</summary>
internal sealed class AttemptDeadline : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _either;

    public AttemptDeadline(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        _timeout = timeout;
        _deadline = new CancellationTokenSource(timeout, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _deadline.Token);
    }

    /// <summary>Ends at the deadline, or when the caller cancels.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>There was progress: the deadline begins anew.</summary>
    public void Extend() => _deadline.CancelAfter(_timeout);

    /// <summary>It is not the service's turn.</summary>
    public void Suspend() => _deadline.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _either.Dispose();
        _deadline.Dispose();
    }
}

/// <summary>Random numbers for many callers.</summary>
internal sealed class Jitter(int seed)
{
    // Guards _random, which is not safe for concurrent use.
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);

    /// <summary>In [0, 1).</summary>
    public double Next()
    {
        lock (_gate)
        {
            return _random.NextDouble();
        }
    }
}
