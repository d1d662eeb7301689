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

    /// <summary>Commits likewise.</summary>
    public static async ValueTask CommitAsync(
        IDocumentStore documents,
        IReadOnlyList<DocumentWrite> writes,
        TimeProvider time,
        CancellationToken cancellationToken
    ) =>
        await TryAsync(
            async () =>
            {
                await documents.CommitAsync(writes, cancellationToken);
                return true;
            },
            time,
            cancellationToken
        );
}
