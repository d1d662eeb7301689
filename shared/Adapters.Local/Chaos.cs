namespace Nocturne.Adapters.Local;

/// <summary>What may go wrong in the embedded stack when <see cref="Chaos"/> is on.</summary>
public enum Mishap
{
    /// <summary>A write (commit, object) fails before it happens.</summary>
    WriteLost,

    /// <summary>A write happens, and its caller is told that the store did not answer.</summary>
    WriteUnanswered,

    /// <summary>A publish fails before it happens.</summary>
    PublishLost,

    /// <summary>A publish happens, and its caller is told that the service did not answer.</summary>
    PublishUnanswered,

    /// <summary>A message is delivered once more than it needs to be.</summary>
    DeliveryDuplicated,

    /// <summary>A message is delivered later than it could be.</summary>
    DeliveryDelayed,

    /// <summary>A message is delivered after others that were published after it.</summary>
    DeliveryReordered,

    /// <summary>A message was handled, and its acknowledgement is lost.</summary>
    AcknowledgementLost,
}

/// <summary>How often each mishap happens, from 0 (never) to 1 (always).</summary>
public sealed record ChaosOptions
{
    /// <summary>Rate of <see cref="Mishap.WriteLost"/>.</summary>
    public double WriteLost { get; init; } = 0.02;

    /// <summary>Rate of <see cref="Mishap.WriteUnanswered"/>.</summary>
    public double WriteUnanswered { get; init; } = 0.02;

    /// <summary>Rate of <see cref="Mishap.PublishLost"/>.</summary>
    public double PublishLost { get; init; } = 0.02;

    /// <summary>Rate of <see cref="Mishap.PublishUnanswered"/>.</summary>
    public double PublishUnanswered { get; init; } = 0.02;

    /// <summary>Rate of <see cref="Mishap.DeliveryDuplicated"/>.</summary>
    public double DeliveryDuplicated { get; init; } = 0.05;

    /// <summary>Rate of <see cref="Mishap.DeliveryDelayed"/>.</summary>
    public double DeliveryDelayed { get; init; } = 0.05;

    /// <summary>Rate of <see cref="Mishap.DeliveryReordered"/>.</summary>
    public double DeliveryReordered { get; init; } = 0.2;

    /// <summary>Rate of <see cref="Mishap.AcknowledgementLost"/>.</summary>
    public double AcknowledgementLost { get; init; } = 0.05;

    /// <summary>The longest delay of <see cref="Mishap.DeliveryDelayed"/>.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromMilliseconds(200);
}

/// <summary>
/// Makes the embedded stack misbehave as the services may, by a seed: the n-th decision about a mishap is the same for
/// the same seed, whatever was decided about the others in between.
/// </summary>
public sealed class Chaos
{
    private readonly ulong _seed;
    private readonly double[] _rates;
    private readonly long[] _asked;
    private readonly long[] _struck;

    /// <summary>Makes one for a stack.</summary>
    public Chaos(int seed, ChaosOptions? options = null)
    {
        _seed = (ulong)seed;
        Options = options ?? new ChaosOptions();
        _rates =
        [
            Options.WriteLost,
            Options.WriteUnanswered,
            Options.PublishLost,
            Options.PublishUnanswered,
            Options.DeliveryDuplicated,
            Options.DeliveryDelayed,
            Options.DeliveryReordered,
            Options.AcknowledgementLost,
        ];
        _asked = new long[_rates.Length];
        _struck = new long[_rates.Length];
    }

    /// <summary>How often each mishap happens.</summary>
    public ChaosOptions Options { get; }

    /// <summary>Decides whether <paramref name="mishap"/> happens now.</summary>
    public bool Strikes(Mishap mishap) => Strikes(mishap, out _);

    /// <summary>How often <paramref name="mishap"/> has happened.</summary>
    public long Count(Mishap mishap) => Interlocked.Read(ref _struck[(int)mishap]);

    /// <summary>Decides whether a delivery is late, and by how much.</summary>
    internal TimeSpan Delay() =>
        Strikes(Mishap.DeliveryDelayed, out var spread) ? Options.LongestDelay * spread : TimeSpan.Zero;

    private bool Strikes(Mishap mishap, out double spread)
    {
        var turn = (ulong)Interlocked.Increment(ref _asked[(int)mishap]);
        var draw = Mix(Mix(_seed + ((ulong)mishap << 32)) + turn);
        spread = Unit(Mix(draw));
        if (Unit(draw) >= _rates[(int)mishap])
        {
            return false;
        }
        Interlocked.Increment(ref _struck[(int)mishap]);
        return true;
    }

    private static double Unit(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));

    /// <summary>SplitMix64 (Steele, Lea and Flood, 2014).</summary>
    private static ulong Mix(ulong x)
    {
        x += 0x9e3779b97f4a7c15;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }
}
