using System.Diagnostics;
using System.Globalization;
using System.Text;
using Nocturne.Domain;
using Nocturne.Importing;

namespace Nocturne.Benchmarks;

/// <summary>
/// Histories of a million records in every large form, read on one thread from a file to events, and how much memory
/// that takes; beside them the same file's lines read and not looked at.
/// </summary>
internal static class ImportBenchmark
{
    private const int Records = 1_000_000;
    private const int QuickRecords = 100_000;
    private const int Tracks = 40_000;
    private const int Artists = 3_000;
    private const long FirstStart = 1_300_000_000;
    private const int Apart = 240;

    public static int Run(bool quick)
    {
        var records = quick ? QuickRecords : Records;
        var folder = Directory.CreateTempSubdirectory("nocturne-import-");
        try
        {
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{records:n0} records a file, one thread; lines: the same file read line by line"
                )
            );
            Console.WriteLine(
                "form                  MiB       events        s     records/s  of CPU    lines/s   managed MiB   allocated B/record"
            );
            Measure(folder, "Spotify extended", records, "[\n", ",\n", "\n]\n", SpotifyRecord);
            Measure(folder, "Spotify basic", records, "[\n", ",\n", "\n]\n", BasicRecord);
            Measure(folder, "ListenBrainz", records, "", "\n", "\n", ListenRecord);
            Measure(folder, "Last.fm CSV", records, "uts,utc_time,artist,album,track\n", "\n", "\n", TableRecord);
            Measure(folder, ".scrobbler.log", records, "#AUDIOSCROBBLER/1.1\n#TZ/UTC\n", "\n", "\n", LogRecord);
            Measure(folder, "Maloja", records, "{\"scrobbles\":[\n", ",\n", "\n]}\n", MalojaRecord);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Measure(
        DirectoryInfo folder,
        string form,
        int records,
        string before,
        string between,
        string after,
        Func<int, string> record
    )
    {
        var path = Path.Combine(folder.FullName, "history");
        using (var writer = new StreamWriter(path, append: false, new UTF8Encoding(false)))
        {
            writer.Write(before);
            for (var i = 0; i < records; i++)
            {
                writer.Write(i == 0 ? "" : between);
                writer.Write(record(i));
            }
            writer.Write(after);
        }
        var naive = Stopwatch.StartNew();
        var lines = File.ReadLines(path).Count();
        naive.Stop();
        var options = new ImportOptions
        {
            Listener = new ListenerId("anna"),
            Now = Instant.FromDate(new DateOnly(2199, 1, 1)),
        };
        var baseline = GC.GetTotalMemory(forceFullCollection: true);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var (read, events, most) = (0, 0, 0L);
        using var process = Process.GetCurrentProcess();
        var processor = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        using (var stream = File.OpenRead(path))
        {
            foreach (var imported in new HistoryFile(stream, path, options).Read())
            {
                events += imported.Outcome == Outcome.Event ? 1 : 0;
                if (++read % (records / 4) == 0)
                {
                    watch.Stop();
                    most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - baseline);
                    watch.Start();
                }
            }
        }
        watch.Stop();
        process.Refresh();
        processor = process.TotalProcessorTime - processor;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{form, -18}{new FileInfo(path).Length / 1048576.0, 7:n0}{events, 13:n0}{watch.Elapsed.TotalSeconds, 9:n2}{read / watch.Elapsed.TotalSeconds, 14:n0}{read / processor.TotalSeconds, 8:n0}{lines / naive.Elapsed.TotalSeconds, 11:n0}{most / 1048576.0, 14:n1}{allocated / read, 21:n0}"
            )
        );
    }

    private static string Track(int i) => $"{(i % 5 == 0 ? "Übertragung" : "Song")} {(long)i * i % Tracks}";

    private static string Artist(int i) => $"The Artists {(long)i * i % Tracks % Artists}";

    private static DateTimeOffset Start(int i) => DateTimeOffset.FromUnixTimeSeconds(FirstStart + ((long)i * Apart));

    private static string SpotifyRecord(int i) =>
        $"  {{\n    \"ts\": \"{Start(i):yyyy-MM-ddTHH:mm:ss}Z\",\n    \"platform\": \"Android OS 13 API 33 (samsung, SM-S901B)\",\n    \"ms_played\": {180_000 + (i % 60_000)},\n    \"conn_country\": \"CH\",\n    \"ip_addr\": \"192.0.2.1\",\n    \"master_metadata_track_name\": \"{Track(i)}\",\n    \"master_metadata_album_artist_name\": \"{Artist(i)}\",\n    \"master_metadata_album_album_name\": \"An Album of {Artist(i)}\",\n    \"spotify_track_uri\": \"spotify:track:{i % Tracks:d22}\",\n    \"episode_name\": null,\n    \"episode_show_name\": null,\n    \"spotify_episode_uri\": null,\n    \"audiobook_title\": null,\n    \"audiobook_uri\": null,\n    \"audiobook_chapter_uri\": null,\n    \"audiobook_chapter_title\": null,\n    \"reason_start\": \"trackdone\",\n    \"reason_end\": \"trackdone\",\n    \"shuffle\": false,\n    \"skipped\": false,\n    \"offline\": false,\n    \"offline_timestamp\": null,\n    \"incognito_mode\": {(i % 100 == 7 ? "true" : "false")}\n  }}";

    private static string BasicRecord(int i) =>
        $"  {{\n    \"endTime\" : \"{Start(i):yyyy-MM-dd HH:mm}\",\n    \"artistName\" : \"{Artist(i)}\",\n    \"trackName\" : \"{Track(i)}\",\n    \"msPlayed\" : {180_000 + (i % 60_000)}\n  }}";

    private static string ListenRecord(int i) =>
        $"{{\"listened_at\":{FirstStart + ((long)i * Apart)},\"inserted_at\":{FirstStart + ((long)i * Apart)},\"track_metadata\":{{\"track_name\":\"{Track(i)}\",\"artist_name\":\"{Artist(i)}\",\"release_name\":\"An Album\",\"recording_msid\":\"00000000-0000-4000-8000-{i % Tracks:d12}\",\"mbid_mapping\":{{\"recording_mbid\":\"00000000-0000-4000-9000-{i % Tracks:d12}\",\"artists\":[{{\"artist_mbid\":\"00000000-0000-4000-9000-000000000001\",\"join_phrase\":\"\"}}]}},\"additional_info\":{{\"duration_ms\":214000,\"submission_client\":\"navidrome\",\"tracknumber\":3}}}}}}";

    private static string TableRecord(int i) =>
        $"\"{FirstStart + ((long)i * Apart)}\",\"{Start(i):dd MMM yyyy, HH:mm}\",\"{Artist(i)}\",\"An Album\",\"{Track(i)}\"";

    private static string LogRecord(int i) =>
        $"{Artist(i)}\tAn Album\t{Track(i)}\t3\t214\tL\t{FirstStart + ((long)i * Apart)}\t";

    private static string MalojaRecord(int i) =>
        $"   {{\"time\": {FirstStart + ((long)i * Apart)}, \"track\": {{\"artists\": [\"{Artist(i)}\"], \"title\": \"{Track(i)}\", \"album\": {{\"artists\": null, \"albumtitle\": \"An Album\"}}, \"length\": 214}}, \"duration\": 200, \"origin\": \"client:navidrome\"}}";
}
