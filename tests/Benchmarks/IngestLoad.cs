using System.Buffers;
using Nocturne.Domain;

namespace Nocturne.Benchmarks;

/// <summary>Events of listeners drawn by a Zipf law (exponent 1), deterministic by seed.</summary>
internal sealed class IngestLoad
{
    public const int Listeners = 10_000;
    public const int HistoryEvents = 100;
    private const int Items = 20_000;
    private const int Artists = 2_000;

    private static readonly Instant Today = Instant.FromDate(new DateOnly(2026, 6, 15));

    private readonly Random _random;
    private readonly double[] _cumulative = new double[Listeners];
    private int _next;

    public IngestLoad(int seed)
    {
        _random = new Random(seed);
        var sum = 0d;
        for (var i = 0; i < Listeners; i++)
        {
            sum += 1d / (i + 1);
            _cumulative[i] = sum;
        }
        for (var i = 0; i < Listeners; i++)
        {
            _cumulative[i] /= sum;
        }
    }

    /// <summary>The listener's earlier events, over the month before.</summary>
    public List<HistoryRow> HistoryOf(int listener)
    {
        var rows = new List<HistoryRow>(HistoryEvents);
        for (var i = 0; i < HistoryEvents; i++)
        {
            var minutesAgo = _random.Next(24 * 60, 30 * 24 * 60);
            rows.Add(HistoryRow.Of(Play(listener, $"h{listener}-{i}", Today + TimeSpan.FromMinutes(-minutesAgo))));
        }
        return rows;
    }

    /// <summary>A message of <paramref name="events"/> events of today.</summary>
    public byte[] NextMessage(int events)
    {
        var buffer = new ArrayBufferWriter<byte>(events * 320);
        for (var i = 0; i < events; i++)
        {
            var at = Array.BinarySearch(_cumulative, _random.NextDouble());
            var listener = at < 0 ? Math.Min(~at, Listeners - 1) : at;
            var start = Today + TimeSpan.FromMilliseconds(_random.Next(0, 24 * 3_600_000));
            EventWriter.WriteLine(buffer, Play(listener, $"e{_next++}", start));
        }
        return buffer.WrittenSpan.ToArray();
    }

    public static ListenerId ListenerOf(int index) => new($"listener-{index:d6}");

    private PlayEvent Play(int listener, string id, Instant start)
    {
        var item = (int)(Items * Math.Pow(_random.NextDouble(), 2.5)); // a head and a long tail
        return new PlayEvent
        {
            Listener = ListenerOf(listener),
            Id = new EventId(id),
            StartedAt = start,
            ReceivedAt = start + TimeSpan.FromMinutes(4),
            Item = new ItemId($"track-{item:d7}"),
            Artist = new ArtistId($"artist-{item % Artists:d6}"),
            MsPlayed = _random.Next(5_000, 240_000),
            DurationMs = 240_000,
            End = PlayEnd.Completed,
            Session = $"s-{start.UnixMilliseconds / 3_600_000}-{listener}",
            Device = "phone",
        };
    }
}
