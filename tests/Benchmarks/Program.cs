using System.Globalization;
using Nocturne.Adapters.Local;
using Nocturne.Benchmarks;

return args switch
{
    ["ingest", .. var rest] => await IngestBenchmark.RunAsync(
        quick: rest.Contains("--quick"),
        rest.Contains("--disk") ? LogDurability.Disk : LogDurability.Process
    ),
    ["training", .. var rest] => TrainingBenchmark.Run(
        quick: rest.Contains("--quick"),
        large: rest.Contains("--large")
    ),
    ["compose", .. var rest] => ComposeBenchmark.Run(
        quick: rest.Contains("--quick"),
        scale: rest.Contains("--scale"),
        listeners: NumberOf(rest, "--listeners"),
        rounds: NumberOf(rest, "--rounds") ?? 1
    ),
    ["serve", .. var rest] => await ServeBenchmark.RunAsync(
        quick: rest.Contains("--quick"),
        data: ValueOf(rest, "--data"),
        perRoute: NumberOf(rest, "--seconds")
    ),
    ["sessions", .. var rest] => SessionBenchmark.Run(quick: rest.Contains("--quick")),
    ["import", .. var rest] => ImportBenchmark.Run(quick: rest.Contains("--quick")),
    ["cold-start", var published, var demo, var runs]
        when int.TryParse(runs, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 =>
        await ColdStart.RunAsync(published, demo, count),
    _ => Help(),
};

static string? ValueOf(string[] rest, string option) =>
    Array.IndexOf(rest, option) is >= 0 and var at && at + 1 < rest.Length ? rest[at + 1] : null;

static int? NumberOf(string[] rest, string option) =>
    int.TryParse(ValueOf(rest, option), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
        ? number
        : null;

static int Help()
{
    Console.WriteLine(
        """
        Benchmarks of Nocturne's hot paths, each beside a naive baseline in the same run.

          ingest [--quick] [--disk]
                     from published message to durable profile, local adapter:
                     throughput in messages of 100 events and of 1, latency at half
                     the target load, documents read and written per 1,000 events

          training [--quick | --large]
                     an epoch of alternating least squares, fits of neighbours, top 100 of
                     all listeners, on a matrix of 29,858 × 40,981 and on ten times it;
                     --large: a million listeners, for its memory

          compose [--quick | --scale] [--listeners NUMBER] [--rounds NUMBER]
                     every recipe for 100,000 generated listeners on 50,000 tracks: listeners/s,
                     memory and bytes stored; --scale: 10,000 against 1,000,000 listeners;
                     --rounds: measured so often, to compare builds on a machine that is not quiet

          sessions [--quick]
                     what comes next: fit, load and time to answer for sessions of 10
                     items over 60,000 items and 950,000 clicks, on one thread

          serve [--quick] [--data FOLDER] [--seconds NUMBER]
                     Serve's hot routes over sockets, for 100,000 listeners on 50,000 tracks:
                     latency at a rate, requests/s, and from an event to what is next;
                     a night is made first, and kept in FOLDER for the next time

          import [--quick]
                     histories of a million records in every large form, from file to events:
                     records/s on one thread, and memory

          cold-start PUBLISHED DEMO RUNS
                     from a function's start to its first answer, and its peak memory;
                     tests/Benchmarks/cold-start.sh publishes, and then runs this

        Run with: dotnet run -c Release --project tests/Benchmarks -- ingest
        """
    );
    return 2;
}
