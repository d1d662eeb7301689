using System.Globalization;
using Nocturne.Adapters.Local;
using Nocturne.Benchmarks;

return args switch
{
    ["ingest", .. var rest] => await IngestBenchmark.RunAsync(
        quick: rest.Contains("--quick"),
        rest.Contains("--disk") ? LogDurability.Disk : LogDurability.Process
    ),
    ["cold-start", var published, var demo, var runs]
        when int.TryParse(runs, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 =>
        await ColdStart.RunAsync(published, demo, count),
    _ => Help(),
};

static int Help()
{
    Console.WriteLine(
        """
        Benchmarks of Nocturne's hot paths, each beside a naive baseline in the same run.

          ingest [--quick] [--disk]
                     from published message to durable profile, local adapter:
                     throughput in messages of 100 events and of 1, latency at half
                     the target load, documents read and written per 1,000 events

          cold-start PUBLISHED DEMO RUNS
                     from a function's start to its first answer, and its peak memory;
                     tests/Benchmarks/cold-start.sh publishes, and then runs this

        Run with: dotnet run -c Release --project tests/Benchmarks -- ingest
        """
    );
    return 2;
}
