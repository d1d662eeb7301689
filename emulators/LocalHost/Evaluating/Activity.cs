using System.Globalization;
using Nocturne.LocalHost.CommandLine;
using Nocturne.Recommending;

namespace Nocturne.LocalHost.Evaluating;

/// <summary>Says what long work is at: a line when it begins to be long, and then now and then.</summary>
internal sealed class Activity(Terminal terminal)
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(10);

    /// <summary>Does work that cannot say how far it is.</summary>
    public async Task<T> DoAsync<T>(string what, Func<T> work)
    {
        var start = TimeProvider.System.GetTimestamp();
        var task = Task.Run(work);
        while (await Task.WhenAny(task, Task.Delay(LineEvery)) != task)
        {
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{what}, {elapsed.TotalSeconds:f0} s"));
        }
        return await task;
    }

    /// <summary>Does work that says how many of so many are done.</summary>
    public async Task<T> CountAsync<T>(string what, long total, Func<Action<long>, T> work)
    {
        T result = default!;
        await WorkMeter.RunAsync(
            terminal,
            what,
            "cases",
            total,
            async meter =>
            {
                var done = 0L;
                var task = Task.Run(() => work(count => Interlocked.Exchange(ref done, count)));
                // The meter belongs to one thread; the work reports from many.
                while (await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(200))) != task)
                {
                    meter.Report(Interlocked.Read(ref done));
                }
                result = await task;
            }
        );
        return result;
    }

    /// <summary>Reads a file and says how many lines are read.</summary>
    public async Task<T> ReadAsync<T>(string path, Func<Action<long>, Task<T>> read)
    {
        T result = default!;
        await WorkMeter.RunAsync(
            terminal,
            $"reading {Path.GetFileName(path)}",
            "lines",
            total: 0,
            async meter => result = await read(meter.Report)
        );
        return result;
    }

    /// <summary>Says what each trial came to.</summary>
    public Action<Trial> Trials(string model)
    {
        var number = 0;
        var best = double.NegativeInfinity;
        return trial =>
        {
            number++;
            var isBest = trial.Score > best;
            best = Math.Max(best, trial.Score);
            terminal.Say(
                string.Create(CultureInfo.InvariantCulture, $"{model}, trial {number}: {trial.Score:f4}")
                    + (isBest ? $", the best so far, with {Describe(trial.Values.Values)}" : "")
            );
        };
    }

    /// <summary>Hyper-parameters as people read them.</summary>
    public static string Describe(IReadOnlyDictionary<string, double> values) =>
        values.Count == 0
            ? "the defaults"
            : string.Join(
                ", ",
                values
                    .OrderBy(value => value.Key, StringComparer.Ordinal)
                    .Select(value => string.Create(CultureInfo.InvariantCulture, $"{value.Key} {value.Value:g4}"))
            );
}
