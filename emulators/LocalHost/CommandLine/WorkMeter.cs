using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Nocturne.LocalHost.CommandLine;

/// <summary>How far a piece of work is: a bar with rate and remaining time on a terminal, else a line now and then.</summary>
internal sealed class WorkMeter
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5);

    private readonly Terminal _terminal;
    private readonly string _title;
    private readonly string _unit;
    private readonly long _total; // 0: not known
    private readonly ProgressTask? _bar;
    private readonly long _startedAt;
    private long _lineAt;

    private WorkMeter(Terminal terminal, string title, string unit, long total, ProgressTask? bar)
    {
        _terminal = terminal;
        _title = title;
        _unit = unit;
        _total = total;
        _bar = bar;
        _startedAt = _lineAt = TimeProvider.System.GetTimestamp();
    }

    /// <summary>How long it has been going on.</summary>
    public TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_startedAt);

    /// <summary>Does a piece of work and shows how far it is.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="title">What is done.</param>
    /// <param name="unit">What is counted.</param>
    /// <param name="total">How many there are; 0 if that is not known.</param>
    /// <param name="work">The work.</param>
    public static async Task RunAsync(
        Terminal terminal,
        string title,
        string unit,
        long total,
        Func<WorkMeter, Task> work
    )
    {
        if (!terminal.IsInteractive)
        {
            await work(new WorkMeter(terminal, title, unit, total, bar: null));
            return;
        }
        await terminal
            .Screen.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new RateColumn(unit),
                new RemainingTimeColumn()
            )
            .StartAsync(async context =>
            {
                var bar = context.AddTask(Markup.Escape(title), maxValue: Math.Max(1, total));
                bar.IsIndeterminate = total == 0;
                await work(new WorkMeter(terminal, title, unit, total, bar));
            });
    }

    /// <summary>Says how many are done.</summary>
    public void Report(long done)
    {
        if (_bar is not null)
        {
            _bar.Value = done;
            return;
        }
        if (TimeProvider.System.GetElapsedTime(_lineAt) < LineEvery)
        {
            return;
        }
        _lineAt = TimeProvider.System.GetTimestamp();
        var rate = done / Elapsed.TotalSeconds;
        var left = _total > done && rate > 0 ? TimeSpan.FromSeconds((_total - done) / rate) : TimeSpan.Zero;
        _terminal.Say(
            _total == 0
                ? string.Create(CultureInfo.InvariantCulture, $"{_title}: {done:n0} {_unit} ({rate:n0}/s)")
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_title}: {done:n0} of {_total:n0} {_unit} ({rate:n0}/s, {left:m\\:ss} left)"
                )
        );
    }

    private sealed class RateColumn(string unit) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            var seconds = task.ElapsedTime?.TotalSeconds ?? 0;
            var rate = seconds > 0 ? task.Value / seconds : 0;
            return new Text(
                string.Create(CultureInfo.InvariantCulture, $"{task.Value:n0} {unit}, {rate:n0}/s"),
                new Style(Color.Grey)
            );
        }
    }
}
