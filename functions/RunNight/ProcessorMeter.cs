namespace Nocturne.RunNight;

/// <summary>
/// How much of the process's processor time each of the steps takes that run in it: what it takes while several run is
/// theirs in equal shares, so that no second counts twice.
/// </summary>
/// <param name="taken">What the process has taken so far.</param>
internal sealed class ProcessorMeter(Func<TimeSpan> taken)
{
    private readonly Lock _gate = new();
    private readonly List<Work> _running = [];
    private TimeSpan _shared;

    /// <summary>Of this process. What else it does while a step runs counts with the step.</summary>
    public static ProcessorMeter OfProcess { get; } = new(static () => Environment.CpuUsage.TotalTime);

    /// <summary>A step begins.</summary>
    public Work Begin()
    {
        lock (_gate)
        {
            Share();
            var work = new Work();
            _running.Add(work);
            return work;
        }
    }

    /// <summary>It ends.</summary>
    /// <returns>What it took.</returns>
    public TimeSpan End(Work work)
    {
        lock (_gate)
        {
            Share();
            _running.Remove(work);
            return work.Time;
        }
    }

    private void Share()
    {
        var now = taken();
        foreach (var work in _running)
        {
            work.Time += (now - _shared) / _running.Count;
        }
        _shared = now;
    }

    /// <summary>A step that runs.</summary>
    public sealed class Work
    {
        internal TimeSpan Time { get; set; }
    }
}
