using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Recommending;
using Nocturne.RunNight;
using Nocturne.RunNight.Training;

namespace Nocturne.Benchmarks;

/// <summary>
/// Every recipe for every listener, packed as it is stored, into a store that counts: on two threads, with a night's own
/// models.
/// </summary>
internal static class ComposeBenchmark
{
    private const int Workers = 2;

    // As a night composes them.
    private const int Batch = 8;
    private const int Tracks = 50_000;
    private const int Sample = 20_000;
    private const int Listeners = 100_000;
    private const int TargetRate = 1_500;
    private const long TargetMemory = 1_536L << 20;
    private const int TargetBytes = 48 << 10;
    private const double TargetGrowth = 1.15;

    public static int Run(bool quick, bool scale, int? listeners, int rounds)
    {
        var watch = Stopwatch.StartNew();
        var world = new ComposeWorld(quick ? Tracks / 10 : Tracks, quick ? Sample / 10 : Sample, Workers);
        Print(
            $"{world.Model.Catalogue.Count:n0} tracks by {world.Model.Catalogue.Artists:n0} artists; models of {world.Matrix.Listeners:n0} listeners, {world.Matrix.Count:n0} entries, fitted in {watch.Elapsed.TotalSeconds:n1} s"
        );
        var warm = Compose(world, quick ? 200 : 2_000, isFingerprinted: true); // compiled and warm
        Print(
            $"the first {warm.Listeners:n0} are stored as {warm.Fingerprint:x16}: builds that compose alike print the same"
        );
        Components(world);
        Print($"listeners     listeners/s   CPU ms each   KiB allocated   KiB stored   lists   tracks   peak MiB");
        if (!scale)
        {
            for (var round = 0; round < rounds; round++)
            {
                Show(Compose(world, listeners ?? (quick ? Listeners / 50 : Listeners)));
            }
            Print(
                $"targets       {TargetRate, 11:n0}                                   {TargetBytes / 1024, 10:n0}                     {TargetMemory >> 20:n0}"
            );
            return 0;
        }
        var few = Compose(world, quick ? 1_000 : 10_000);
        Show(few);
        var many = Compose(world, quick ? 10_000 : 1_000_000);
        Show(many);
        var again = Compose(world, quick ? 1_000 : 10_000);
        Show(again);
        var growth =
            many.Processor / many.Listeners / ((few.Processor + again.Processor) / (few.Listeners + again.Listeners));
        Print($"processor time of a listener among many to among few: {growth:n3}, at most {TargetGrowth}");
        return growth <= TargetGrowth || quick ? 0 : 1;
    }

    private sealed record Measured(
        int Listeners,
        double Seconds,
        double Processor,
        long Allocated,
        long Bytes,
        long Lists,
        long PlacedTracks,
        long Peak,
        ulong Fingerprint
    );

    private static Measured Compose(ComposeWorld world, int listeners, bool isFingerprinted = false)
    {
        using var process = Process.GetCurrentProcess();
        var counts = new Counts[Workers];
        var next = 0;
        var generating = Generate(world, Math.Min(listeners, 2_000));
        var watch = Stopwatch.StartNew();
        var processor = process.TotalProcessorTime;
        var allocated = GC.GetTotalAllocatedBytes();
        Parallel.For(
            0,
            Workers,
            new ParallelOptions { MaxDegreeOfParallelism = Workers },
            worker =>
            {
                var composer = new PlaylistComposer(world.Model.Catalogue, new NightTasteModel(world.Model), seed: 1);
                var count = new Counts();
                var tastes = new List<ListenerTaste>(Batch);
                for (int first; (first = Interlocked.Add(ref next, Batch) - Batch) < listeners; )
                {
                    tastes.Clear();
                    for (var number = first; number < Math.Min(listeners, first + Batch); number++)
                    {
                        tastes.Add(world.Listener(number));
                    }
                    composer.Expect(tastes);
                    foreach (var taste in tastes)
                    {
                        var playlists = composer.Compose(taste, ComposeWorld.Date);
                        var stored = ListenerPlaylists.Write(
                            taste.Listener,
                            new RunId(ComposeWorld.Date),
                            playlists,
                            playlists.Memory,
                            taste.TimeZone,
                            playlists.Home
                        );
                        count.Bytes += stored.Length;
                        count.Fingerprint ^= isFingerprinted
                            ? BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(stored))
                            : 0;
                        count.Lists += playlists.Count;
                        foreach (var playlist in playlists)
                        {
                            count.Tracks += playlist.Tracks.Count;
                        }
                    }
                }
                counts[worker] = count;
            }
        );
        process.Refresh();
        // Making the listeners up is not composing.
        return new Measured(
            listeners,
            watch.Elapsed.TotalSeconds - (generating.Seconds * listeners / Workers),
            (process.TotalProcessorTime - processor).TotalSeconds - (generating.Seconds * listeners),
            GC.GetTotalAllocatedBytes() - allocated - (long)(generating.Bytes * listeners),
            counts.Sum(count => count.Bytes),
            counts.Sum(count => count.Lists),
            counts.Sum(count => count.Tracks),
            process.PeakWorkingSet64,
            counts.Aggregate(0ul, (all, count) => all ^ count.Fingerprint)
        );
    }

    /// <summary>What one listener costs to make up.</summary>
    private static (double Seconds, double Bytes) Generate(ComposeWorld world, int listeners)
    {
        using var process = Process.GetCurrentProcess();
        var processor = process.TotalProcessorTime;
        var allocated = GC.GetTotalAllocatedBytes();
        for (var number = 0; number < listeners; number++)
        {
            _ = world.Listener(number);
        }
        process.Refresh();
        return (
            (process.TotalProcessorTime - processor).TotalSeconds / listeners,
            (GC.GetTotalAllocatedBytes() - allocated) / (double)listeners
        );
    }

    /// <summary>What each component of the blend takes for one listener: its best 200, and the account of one of them.</summary>
    private static void Components(ComposeWorld world)
    {
        const int Timed = 200;
        const int Explained = 30;
        if (world.Model.Taste is not Blend blend)
        {
            return;
        }
        var catalogue = world.Model.Catalogue;
        Print($"component               µs best {Blend.Depth}   naive   µs account   KiB allocated");
        foreach (var component in blend.Components)
        {
            var ranker = component.NewRanker(new RecommendationScratch(catalogue.Count));
            var (items, scores) = (new int[Blend.Depth], new float[Blend.Depth]);
            var row = new TasteRow();
            var (ranking, accounting) = (new Stopwatch(), new Stopwatch());
            var accounts = 0;
            var allocated = 0L;
            for (var round = 0; round < 2; round++)
            {
                ranking.Reset();
                accounting.Reset();
                accounts = 0;
                for (var listener = 0; listener < Timed; listener++)
                {
                    row.Read(world.Listener(listener), catalogue);
                    var at = GC.GetAllocatedBytesForCurrentThread();
                    ranking.Start();
                    ranker.Begin(row.Row, row.Items);
                    var count = ranker.Top(items, scores);
                    ranking.Stop();
                    var (contributors, terms) = (new int[row.Items.Length], new float[row.Items.Length]);
                    accounting.Start();
                    for (var i = 0; i < Math.Min(count, Explained); i++, accounts++)
                    {
                        _ = ranker.Explain(items[i], contributors, terms, out _);
                    }
                    accounting.Stop();
                    allocated += round == 0 ? 0 : GC.GetAllocatedBytesForCurrentThread() - at;
                }
            }
            var naive = Naive(world, component);
            Print(
                $"{component.Kind, -20}{ranking.Elapsed.TotalMicroseconds / Timed, 12:n0}{naive, 10:n0}{accounting.Elapsed.TotalMicroseconds / Math.Max(accounts, 1), 13:n1}{allocated / 1024d / Timed, 16:n1}"
            );
        }
    }

    /// <summary>The textbook's way to the same items, in µs: score everything, sort all of it.</summary>
    private static double Naive(ComposeWorld world, RecommendationModel model)
    {
        const int Timed = 20;
        var catalogue = world.Model.Catalogue;
        var (items, scores) = (new int[catalogue.Count], new float[catalogue.Count]);
        var row = new TasteRow();
        var watch = new Stopwatch();
        for (var listener = 0; listener < Timed; listener++)
        {
            row.Read(world.Listener(listener), catalogue);
            watch.Start();
            model.Score(row.Row, scores);
            for (var item = 0; item < items.Length; item++)
            {
                items[item] = item;
            }
            Array.Sort(scores, items);
            watch.Stop();
        }
        return watch.Elapsed.TotalMicroseconds / Timed;
    }

    private static void Show(Measured measured)
    {
        var each = 1d / measured.Listeners;
        Print(
            $"{measured.Listeners, 9:n0} {measured.Listeners / measured.Seconds, 15:n0} {measured.Processor * each * 1000, 13:n2} {measured.Allocated * each / 1024, 15:n0} {measured.Bytes * each / 1024, 12:n1} {measured.Lists * each, 7:n1} {measured.PlacedTracks * each, 8:n0} {measured.Peak >> 20, 10:n0}"
        );
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed class Counts
    {
        public long Bytes { get; set; }

        public long Lists { get; set; }

        public long Tracks { get; set; }

        public ulong Fingerprint { get; set; }
    }
}
