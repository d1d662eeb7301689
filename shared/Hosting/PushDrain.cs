namespace Nocturne.Hosting;

/// <summary>
/// Ends pushes when the process is asked to: those that come after are sent back at once, those under way may finish
/// within a bound, and what has not finished by then is sent back as well. Pub/Sub delivers all of these again.
/// </summary>
public sealed class PushDrain : IDisposable
{
    /// <summary>
    /// How long deliveries under way may go on. Cloud Run kills ten seconds after SIGTERM; what is left is for answers,
    /// closing the stores and telemetry.
    /// </summary>
    public static readonly TimeSpan DefaultBound = TimeSpan.FromSeconds(6);

    /// <summary>
    /// The host's own limit for all requests to end: longer than <see cref="DefaultBound"/>, so that answers still go
    /// out, and shorter than Cloud Run's ten seconds.
    /// </summary>
    public static readonly TimeSpan HostBound = TimeSpan.FromSeconds(8);

    private readonly TimeSpan _bound;
    private readonly CancellationTokenSource _giveUp;
    private readonly CancellationTokenRegistration _registration;
    private volatile bool _isStopping;

    /// <summary>Waits for the sign.</summary>
    /// <param name="stopping">Is cancelled when the process is asked to end.</param>
    /// <param name="time">Measures the bound.</param>
    /// <param name="bound">How long deliveries under way may go on; null for <see cref="DefaultBound"/>.</param>
    public PushDrain(CancellationToken stopping, TimeProvider time, TimeSpan? bound = null)
    {
        _bound = bound ?? DefaultBound;
        _giveUp = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _registration = stopping.Register(Stop);
    }

    /// <summary>Whether no new work is taken.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>Is cancelled when the bound is over.</summary>
    public CancellationToken GiveUp => _giveUp.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        _giveUp.Dispose();
    }

    private void Stop()
    {
        _isStopping = true;
        _giveUp.CancelAfter(_bound);
    }
}
