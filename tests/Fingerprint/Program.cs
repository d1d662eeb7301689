using System.Globalization;
using System.Runtime.Intrinsics.X86;
using Nocturne.Fingerprint;

// Fits every kind of model to generated data and prints what its artefact hashes to: a line for each model and seed.
// The lines are to be the same on every machine. Arguments: the first and the last seed, and the workers.
if (
    args is not [var first, var last, var threads]
    || !int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
    || !int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var to)
    || !int.TryParse(threads, NumberStyles.None, CultureInfo.InvariantCulture, out var workers)
    || workers < 1
)
{
    await Console.Error.WriteLineAsync("Usage: FIRST-SEED LAST-SEED WORKERS");
    return 2;
}
var watch = System.Diagnostics.Stopwatch.StartNew();
for (var seed = from; seed <= to; seed++)
{
    foreach (var (model, hash) in Artefacts.Hash(seed, workers))
    {
        Console.WriteLine($"{model} seed {seed.ToString(CultureInfo.InvariantCulture)} {hash}");
    }
}

// Which instructions did it, and how long: on the other stream, because it may differ.
await Console.Error.WriteLineAsync(
    string.Create(
        CultureInfo.InvariantCulture,
        $"sse {Sse.IsSupported} avx2 {Avx2.IsSupported} fma {Fma.IsSupported} avx512 {Avx512F.IsSupported}; {watch.Elapsed.TotalSeconds:f1} s"
    )
);
return 0;
