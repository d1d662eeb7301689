using Nocturne.Ports;

namespace Nocturne.LocalHost.Operations;

/// <summary>Repeats a call that a store did not answer, with growing pauses.</summary>
internal static class Patience
{
    private const int MaxAttempts = 12;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);

    public static async ValueTask<T> TryAsync<T>(
        Func<ValueTask<T>> call,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (StoreUnavailableException) when (attempt < MaxAttempts)
            {
                await Task.Delay(FirstPause * (1 << Math.Min(attempt, 8)), time, cancellationToken);
            }
        }
    }
}
