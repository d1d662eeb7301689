namespace Nocturne.Testing;

/// <summary>What a <see cref="FaultProxy"/> does to a request.</summary>
public enum Fault
{
    /// <summary>Nothing: it is forwarded.</summary>
    None,

    /// <summary>The connection is killed before the request is forwarded.</summary>
    KillBefore,

    /// <summary>Half of the request's body is forwarded, then both connections are killed.</summary>
    KillRequest,

    /// <summary>The request is forwarded and done; the connection is killed before the answer.</summary>
    KillAfter,

    /// <summary>Half of the answer's body comes, then the connection is killed.</summary>
    KillAnswer,

    /// <summary>429 with <c>Retry-After</c>, not forwarded.</summary>
    TooManyRequests,

    /// <summary>503, not forwarded.</summary>
    UnavailableBefore,

    /// <summary>The request is forwarded and done; the answer is 503 all the same.</summary>
    UnavailableAfter,

    /// <summary>No answer until the caller gives up; not forwarded.</summary>
    HangBefore,

    /// <summary>The request is forwarded and done; no answer until the caller gives up.</summary>
    HangAfter,

    /// <summary>The answer comes in small pieces with pauses.</summary>
    Trickle,

    /// <summary>One byte in the middle of the request's body is another. Not among those drawn by default.</summary>
    DamageRequest,

    /// <summary>One byte in the middle of the answer's body is another. Not among those drawn by default.</summary>
    DamageAnswer,
}

/// <summary>Which requests meet which fault: by a seed, or by a script for the next ones.</summary>
/// <param name="seed">The same seed and the same order of requests give the same faults.</param>
/// <param name="rate">The share of requests that meet a fault, 0 to 1.</param>
/// <param name="kinds">What they meet; all alike often. Null for every kind.</param>
public sealed class FaultPlan(int seed = 0, double rate = 0, IReadOnlyList<Fault>? kinds = null)
{
    private static readonly Fault[] Every =
    [
        .. Enum.GetValues<Fault>()
            .Where(fault => fault is not (Fault.None or Fault.DamageRequest or Fault.DamageAnswer)),
    ];

    // Guards everything below.
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly List<(Fault Fault, Func<string, bool> Meets)> _script = [];
    private readonly Dictionary<Fault, int> _met = [];

    /// <summary>Lets the next request whose method and target satisfy a condition meet a fault.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="meets">Of method, blank and target, such as <c>POST /v1/…:commit</c>; null for the next whichever.</param>
    public FaultPlan Next(Fault fault, Func<string, bool>? meets = null)
    {
        lock (_gate)
        {
            _script.Add((fault, meets ?? (_ => true)));
        }
        return this;
    }

    /// <summary>Awaited before every request, with method, blank and target: what others do in between.</summary>
    public Func<string, Task>? Before { get; set; }

    /// <summary>How many requests met a fault, or one kind of it.</summary>
    public int Met(Fault? fault = null)
    {
        lock (_gate)
        {
            return fault is { } kind ? _met.GetValueOrDefault(kind) : _met.Values.Sum();
        }
    }

    internal Fault Draw(string request)
    {
        lock (_gate)
        {
            var fault = Fault.None;
            var scripted = _script.FindIndex(step => step.Meets(request));
            if (scripted >= 0)
            {
                fault = _script[scripted].Fault;
                _script.RemoveAt(scripted);
            }
            else if (_random.NextDouble() < rate)
            {
                var drawn = kinds ?? Every;
                fault = drawn[_random.Next(drawn.Count)];
            }
            if (fault != Fault.None)
            {
                _met[fault] = _met.GetValueOrDefault(fault) + 1;
            }
            return fault;
        }
    }
}
