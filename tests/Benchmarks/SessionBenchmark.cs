using System.Diagnostics;
using System.Globalization;
using Nocturne.Recommending;

namespace Nocturne.Benchmarks;

/// <summary>
/// What comes next, within a request: sessions of 10 items against 950,000 generated clicks on 60,000 items, on one
/// thread; beside it the same neighbours found the obvious way.
/// </summary>
internal static class SessionBenchmark
{
    private const int Items = 60_000;
    private const int Clicks = 950_000;
    private const int Asked = 10;
    private const int Listed = 20;

    public static int Run(bool quick)
    {
        var repeats = quick ? 2 : 10;
        var log = Generate(Clicks, seed: 1);
        var asked = Enumerable.Range(0, 2_000).Select(seed => Session(new Random(-1 - seed), Asked)).ToArray();
        var hardest = Enumerable
            .Range(0, log.Count)
            .SelectMany(session => log[session].ToArray().Distinct())
            .CountBy(item => item)
            .OrderByDescending(item => item.Value)
            .Take(Asked)
            .Select(item => item.Key)
            .ToArray();
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{log.Clicks:n0} clicks in {log.Count:n0} sessions on {Items:n0} items; {asked.Length:n0} sessions of {Asked} items asked {repeats} times, top {Listed}, one thread"
            )
        );
        Console.WriteLine(
            "undisturbed: p99 over sessions of the shortest of their answers, as on a machine of one's own; hardest: the 10 items with most sessions"
        );
        Console.WriteLine();
        Console.WriteLine(
            "model                  fit s    MB   load s   p50 µs   p99 µs   undisturbed  hardest   target p99"
        );
        Fit("rules", () => SequentialRules.Fit(log, new SequentialRulesOptions(), Environment.ProcessorCount));
        Fit("neighbours", () => SessionNeighbours.Fit(log, new SessionNeighboursOptions()));
        Fit("blend", () => new SessionBlendFamily().Fit(log, HyperParameters.Defaults, 2, CancellationToken.None));
        // Ages are left out of both: the log does not tell them.
        var options = new SessionNeighboursOptions { AgeDecay = 0 };
        var ageless = SessionNeighbours.Fit(log, options);
        var naive = new NaiveNeighbours(log, options);
        var naiveTimes = Time(asked[..200], 2, session => naive.Top(session, Listed).Length);
        Console.WriteLine($"{"naive neighbours", -44}{Columns(naiveTimes)}");
        var ours = Time(asked[..200], 2, Ask(ageless));
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"naive to ours, median: {At(naiveTimes.Shortest, 0.5) / At(ours.Shortest, 0.5):n1} x; the same lists: {Agreement(naive, ageless, asked):p0}"
            )
        );
        return 0;

        void Fit(string name, Func<SessionModel> fit)
        {
            var watch = Stopwatch.StartNew();
            var model = fit();
            var fitSeconds = watch.Elapsed.TotalSeconds;
            using var stream = new MemoryStream();
            model.Save(stream);
            stream.Position = 0;
            watch.Restart();
            model = SessionModel.Load(stream);
            var loadSeconds = watch.Elapsed.TotalSeconds;
            var times = Time(asked, repeats, Ask(model));
            var (_, hard) = Time([hardest], repeats * 10, Ask(model));
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name, -18}{fitSeconds, 10:n2}{stream.Length / 1e6, 6:n0}{loadSeconds, 9:n2} {Columns(times)}{hard[0], 12:n0}        1,000"
                )
            );
        }
    }

    private static Func<int[], int> Ask(SessionModel model)
    {
        var scratch = new SessionScratch();
        var (items, scores) = (new int[Listed], new float[Listed]);
        return session => model.Top(session, [], scratch, items, scores);
    }

    /// <summary>How long each answer took, and the shortest that each session's answers took.</summary>
    private static (double[] All, double[] Shortest) Time(int[][] sessions, int repeats, Func<int[], int> ask)
    {
        const int WarmingUp = 500;
        foreach (var session in sessions.Take(WarmingUp))
        {
            _ = ask(session);
        }
        var all = new List<double>();
        var shortest = new double[sessions.Length];
        Array.Fill(shortest, double.MaxValue);
        for (var repeat = 0; repeat < repeats; repeat++)
        {
            for (var i = 0; i < sessions.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                _ = ask(sessions[i]);
                var elapsed = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
                all.Add(elapsed);
                shortest[i] = Math.Min(shortest[i], elapsed);
            }
        }
        all.Sort();
        Array.Sort(shortest);
        return ([.. all], shortest);
    }

    private static double At(double[] sorted, double share) =>
        sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];

    private static string Columns((double[] All, double[] Shortest) times) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{At(times.All, 0.5), 8:n0} {At(times.All, 0.99), 8:n0} {At(times.Shortest, 0.99), 10:n0}"
        );

    private static double Agreement(NaiveNeighbours naive, SessionModel model, int[][] sessions)
    {
        var scratch = new SessionScratch();
        var (items, scores) = (new int[Listed], new float[Listed]);
        return sessions
            .Take(100)
            .Average(session =>
            {
                var found = model.Top(session, [], scratch, items, scores);
                return (double)naive.Top(session, Listed).Intersect(items[..found]).Count() / found;
            });
    }

    /// <summary>Short sessions that stay with one of 2,000 subjects, both by Zipf-like laws.</summary>
    private static SessionLog Generate(int clicks, int seed)
    {
        const double MsPerClick = 30d * 24 * 60 * 60 * 1_000 / Clicks;
        var random = new Random(seed);
        var (sessions, times, items) = (new int[clicks], new long[clicks], new int[clicks]);
        for (int at = 0, session = 0; at < clicks; session++)
        {
            var length = 2 + (int)(-3 * Math.Log(1 - random.NextDouble()));
            foreach (var item in Session(random, length).Take(clicks - at))
            {
                (sessions[at], times[at], items[at]) = (session, (long)(at * MsPerClick), item);
                at++;
            }
        }
        return SessionLog.Of(Items, sessions, times, items);
    }

    private static int[] Session(Random random, int length)
    {
        const int Subjects = 2_000;
        const int PerSubject = Items / Subjects;
        var subject = (int)(Subjects * Math.Pow(random.NextDouble(), 3));
        var items = new int[length];
        for (var i = 0; i < length; i++)
        {
            if (random.Next(10) == 0)
            {
                subject = (int)(Subjects * Math.Pow(random.NextDouble(), 3));
            }
            // Items of a subject are spread over the numbering, as ids are.
            items[i] = subject + (Subjects * (int)(PerSubject * Math.Pow(random.NextDouble(), 3)));
        }
        return items;
    }
}
