using System.Text.Json;
using Nocturne.LocalHost.Operations;
using Spectre.Console;

namespace Nocturne.LocalHost.CommandLine;

/// <summary>
/// Where a command writes. What people read goes to standard output, or to standard error where a script asked for
/// JSON: standard output then holds JSON only.
/// </summary>
internal sealed class Terminal
{
    private readonly TextWriter _output;

    public Terminal(TextWriter output, TextWriter error, bool isJson, bool isInteractive)
    {
        _output = output;
        IsJson = isJson;
        IsInteractive = isInteractive;
        Screen = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(isJson ? error : output),
                Interactive = isInteractive ? InteractionSupport.Yes : InteractionSupport.No,
                Ansi = isInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            }
        );
        if (!isInteractive)
        {
            Screen.Profile.Width = 160; // nobody's window: do not wrap what a file or a pipe takes
        }
    }

    /// <summary>Whether results are printed as JSON.</summary>
    public bool IsJson { get; }

    /// <summary>Whether someone sees the output as it appears.</summary>
    public bool IsInteractive { get; }

    /// <summary>For people.</summary>
    public IAnsiConsole Screen { get; }

    /// <summary>A line for people, without markup.</summary>
    public void Say(string text) => Screen.WriteLine(text);

    /// <summary>A headline.</summary>
    public void Headline(string text)
    {
        Screen.WriteLine();
        Screen.MarkupLineInterpolated($"[bold]{text}[/]");
    }

    /// <summary>A result for scripts, on one line; nothing where no script asked.</summary>
    public void WriteJson<T>(T result)
    {
        if (IsJson)
        {
            _output.WriteLine(JsonSerializer.Serialize(result, CommandJson.Line));
        }
    }

    /// <summary>A result that is text of its own, such as a playlist in JSPF.</summary>
    public void WriteRaw(string text) => _output.WriteLine(text);

    /// <summary>A table without frames.</summary>
    public static Table Columns(params string[] headings)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders();
        if (Array.Exists(headings, heading => heading.Length > 0))
        {
            table.ShowHeaders();
        }
        foreach (var heading in headings)
        {
            table.AddColumn(new TableColumn(Markup.Escape(heading)).PadRight(3));
        }
        return table;
    }
}
