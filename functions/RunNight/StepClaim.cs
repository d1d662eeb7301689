using Nocturne.Nights;
using Nocturne.Ports;

namespace Nocturne.RunNight;

/// <summary>Another worker has the claim on a single-worker step.</summary>
internal sealed class StepClaimedException(string message) : Exception(message);

/// <summary>
/// The claim on a single-worker step: a document that is created if absent, expires, and is renewed while its owner
/// works. Two owners at once (a stall longer than the lease) cost double work, not correctness: outputs are created
/// if absent.
/// </summary>
internal sealed class StepClaim : IAsyncDisposable
{
    private readonly NightContext _context;
    private readonly DocumentKey _key;
    private readonly CancellationTokenSource _done = new();
    private readonly Task _renewing;

    private StepClaim(NightContext context, DocumentKey key)
    {
        _context = context;
        _key = key;
        _renewing = RenewAsync();
    }

    /// <summary>Takes the claim.</summary>
    /// <exception cref="StepClaimedException">Another worker has it.</exception>
    public static async ValueTask<StepClaim> TakeAsync(
        NightContext context,
        RunId run,
        NightStep step,
        CancellationToken cancellationToken
    )
    {
        var key = NightObjects.Lease(run, step);
        try
        {
            await context.Documents.CommitAsync([Lease(context, key).IfAbsent()], cancellationToken);
            return new StepClaim(context, key);
        }
        catch (DocumentConflictException)
        {
            throw new StepClaimedException($"Another worker has {NightMessage.NameOf(step)} of {run}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _done.CancelAsync();
        await _renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _done.Dispose();
        try
        {
            await _context.Documents.CommitAsync([DocumentWrite.Delete(_key)], CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // The lease expires by itself.
        }
    }

    private static DocumentWrite Lease(NightContext context, DocumentKey key) =>
        DocumentWrite.Put(key, "claimed"u8.ToArray()) with
        {
            ExpiresAt = context.Time.GetUtcNow().AddSeconds(context.Options.LeaseSeconds),
        };

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(_context.Options.LeaseSeconds / 3.0), _context.Time);
        while (await timer.WaitForNextTickAsync(_done.Token))
        {
            try
            {
                await _context.Documents.CommitAsync([Lease(_context, _key)], _done.Token);
            }
            catch (StoreUnavailableException)
            {
                // The next renewal may succeed; if none does, another worker takes over.
            }
        }
    }
}
