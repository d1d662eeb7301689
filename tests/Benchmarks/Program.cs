using Nocturne.Adapters.Local;
using Nocturne.Benchmarks;

return args switch
{
    ["ingest", .. var rest] => await IngestBenchmark.RunAsync(
        quick: rest.Contains("--quick"),
        rest.Contains("--disk") ? LogDurability.Disk : LogDurability.Process
    ),
    ["sessions", .. var rest] => SessionBenchmark.Run(quick: rest.Contains("--quick")),
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

          sessions [--quick]
                     what comes next: fit, load and time to answer for sessions of 10
                     items over 60,000 items and 950,000 clicks, on one thread

        Run with: dotnet run -c Release --project tests/Benchmarks -- ingest
        """
    );
    return 2;
}
