using System.Globalization;
using Nocturne.Domain;

namespace Nocturne.Population;

/// <summary>One listener, event by event.</summary>
internal sealed class ListenerSimulation
{
    private const double JoinsLater = 0.15;
    private const double SharesWithChild = 0.03;
    private const int ChildSessionsUntilExclude = 3;
    private const string ChildDevice = "family-tablet";

    private readonly PopulationOptions _options;
    private readonly PopulationCatalogue _catalogue;
    private readonly ListenerId _listener;
    private readonly Home _home;
    private readonly List<PlannedSession> _sessions;
    private readonly Tastes _tastes;
    private readonly PlayedTracks _played = new();
    private readonly HashSet<int> _followed = [];
    private readonly Queue<ListenEvent> _pending = new(); // what a play brings with it
    private readonly string[] _devices;
    private readonly double _repeats;
    private readonly bool _sharesWithChild;
    private readonly bool _hasSettings;
    private Draws _draws;
    private int _lastTrack = -1;
    private int _childSessions;
    private int _number;

    public ListenerSimulation(PopulationOptions options, PopulationCatalogue catalogue, int number, int events)
    {
        _options = options;
        _catalogue = catalogue;
        _listener = IdOf(number, options.Listeners);
        _draws = new Draws(options.Seed, Draws.Purpose.Listener, number);
        _home = _draws.Pick(Home.All);
        var habit = _draws.Pick(HabitHours.All);
        _tastes = new Tastes(catalogue, ref _draws);
        _repeats = 0.2 + (0.35 * _draws.Unit());
        _devices = _draws.Chance(0.5) ? ["phone", "desktop"] : ["phone", "speaker", "car"];
        _sharesWithChild = _draws.Chance(SharesWithChild);
        _hasSettings = _draws.Chance(0.6);
        // Who joins later has fewer days for the same events; only who has room for it does.
        var hasRoom = (long)events * 3 < (long)options.Days * PopulationOptions.MaxEventsPerListenerDay;
        var firstDay = hasRoom && _draws.Chance(JoinsLater) ? _draws.Below((options.Days / 2) + 1) : 0;
        _sessions = SessionPlan.Of(options, habit, _home.OffsetHours, firstDay, events, ref _draws);
    }

    public static ListenerId IdOf(int number, int listeners) =>
        new(
            "listener-"
                + number
                    .ToString(CultureInfo.InvariantCulture)
                    .PadLeft((listeners - 1).ToString(CultureInfo.InvariantCulture).Length, '0')
        );

    public IEnumerable<ListenEvent> Events()
    {
        for (var session = 0; session < _sessions.Count; session++)
        {
            foreach (var listenEvent in Events(session, _sessions[session]))
            {
                yield return listenEvent;
            }
        }
    }

    private IEnumerable<ListenEvent> Events(int number, PlannedSession planned)
    {
        var now = new Instant(planned.StartMilliseconds);
        var session = BeginSession(number, now);
        if (number == 0 && _hasSettings)
        {
            _pending.Enqueue(Settings(now));
        }
        var left = planned.Events;
        while (true)
        {
            while (_pending.TryDequeue(out var pending))
            {
                yield return pending;
                if (--left == 0)
                {
                    _pending.Clear();
                    yield break;
                }
            }
            now = Play(session, now, isLast: left == 1);
        }
    }

    private Session BeginSession(int number, Instant now)
    {
        var day = now.Date.DayNumber - _options.StartDate.DayNumber;
        var taste = _tastes.Draw(ref _draws, Math.Max(0, day), _options.Days);
        var session = new Session
        {
            Id = $"{_listener.Value}.{number.ToString(CultureInfo.InvariantCulture)}",
            Taste = taste,
            Device = _draws.Pick(_devices),
            Repeats = _repeats,
        };
        if (_sharesWithChild && _draws.Chance(0.1))
        {
            if (++_childSessions == ChildSessionsUntilExclude)
            {
                _pending.Enqueue(Exclude(now));
            }
            return session with { Device = ChildDevice, Artist = _catalogue.DrawArtist(ref _draws, 0), Repeats = 0 };
        }
        switch (_draws.Below(10))
        {
            case 0 or 1:
                return session with { Context = "collection:favourites", Repeats = 0.8 };
            case 3 or 4:
                var artist = _tastes.DrawFavourite(ref _draws, taste);
                var id = _catalogue.Artists[artist].Id.Value;
                return session with { Context = $"artist:{id}", Artist = artist, Repeats = 0.1 };
            case 5:
                return session with { Context = $"daily-mix-{taste + 1}", Shows = $"{now.Date:yyyy-MM-dd}" };
            case 6:
                return session with { Context = "radio", Repeats = 0.15 };
            default:
                return session;
        }
    }

    /// <summary>Enqueues a play with what it brings; returns when the next event may be.</summary>
    private Instant Play(Session session, Instant now, bool isLast)
    {
        var (track, skips) = Choose(session);
        _lastTrack = track;
        var known = _catalogue.Tracks[track];
        var length = (int)known.Duration.TotalMilliseconds;
        var isSkipped = !isLast && _draws.Chance(skips);
        var isStopped = !isSkipped && isLast && _draws.Chance(0.4);
        var played = isSkipped
            ? _draws.Chance(0.75)
                ? _draws.Between(1_500, 29_000)
                : _draws.Between(30_000, length / 2)
            : isStopped
                ? _draws.Between(5_000, length)
                : length;
        if (session.Shows is { } date)
        {
            _pending.Enqueue(Impression(known, $"{session.Context}/{date}", session.Slot++, now));
        }
        var play = new PlayEvent
        {
            Listener = _listener,
            Id = NextId(),
            StartedAt = now,
            ReceivedAt = now + TimeSpan.FromMilliseconds(played + _draws.Between(200, 4_000)),
            Item = known.Id,
            Artist = known.Artist.Id,
            MsPlayed = played,
            DurationMs = length,
            End =
                isSkipped ? PlayEnd.Skipped
                : isStopped ? PlayEnd.Stopped
                : PlayEnd.Completed,
            Context = session.Context,
            Device = session.Device,
            Session = session.Id,
            Title = _options.Names ? known.Title : null,
            ArtistName = _options.Names ? known.Artist.Name : null,
            ReleaseName = _options.Names ? known.Album : null,
        };
        _pending.Enqueue(play);
        if (_draws.Chance(0.0005))
        {
            _pending.Enqueue(
                new RetractEvent
                {
                    Listener = _listener,
                    Id = play.Id,
                    StartedAt = play.StartedAt,
                    ReceivedAt = play.ReceivedAt,
                }
            );
        }
        var end = now + TimeSpan.FromMilliseconds(played);
        React(session, track, play, end);
        return end + TimeSpan.FromMilliseconds(_draws.Between(100, SessionPlan.MostPauseMilliseconds));
    }

    private (int Track, double Skips) Choose(Session session)
    {
        const int Familiar = 8; // before so many plays there is little to come back to
        for (var attempt = 0; ; attempt++)
        {
            var (track, skips) =
                _played.Count >= Familiar && _draws.Chance(session.Repeats)
                    ? (_played.Draw(ref _draws, session.Taste), 0.05)
                : session.Artist is { } artist ? (_catalogue.DrawTrackOfArtist(ref _draws, artist), 0.12)
                : _draws.Chance(0.12) ? (_catalogue.DrawTrack(ref _draws), 0.45)
                : (_tastes.DrawTrack(ref _draws, session.Taste), 0.22);
            if (track != _lastTrack || attempt == 2)
            {
                return (track, skips);
            }
        }
    }

    private void React(Session session, int track, PlayEvent play, Instant end)
    {
        if (session.Device == ChildDevice)
        {
            return;
        }
        if (play.End == PlayEnd.Skipped)
        {
            if (_draws.Chance(0.03))
            {
                _pending.Enqueue(Feedback(play.Item, -1, end));
            }
            return;
        }
        if (play.End != PlayEnd.Completed)
        {
            return;
        }
        _played.Add(ref _draws, track, session.Taste);
        if (_draws.Chance(0.02))
        {
            _pending.Enqueue(Feedback(play.Item, _draws.Chance(0.95) ? 1 : 0, end));
            _tastes.Favour(ref _draws, session.Taste, track);
        }
        if (_draws.Chance(0.006))
        {
            var artist = _catalogue.ArtistOf(track);
            var follows = _followed.Add(artist);
            if (!follows)
            {
                _followed.Remove(artist);
            }
            _pending.Enqueue(Follow(_catalogue.Artists[artist].Id, follows, end));
        }
    }

    private SettingsEvent Settings(Instant now) =>
        new()
        {
            Listener = _listener,
            Id = NextId(),
            StartedAt = now,
            ReceivedAt = now,
            TimeZone = _home.TimeZone,
            Market = _home.Market,
            Explicit = _draws.Chance(0.2) ? false : null,
            Languages = _home.Language == "en" ? ["en"] : [_home.Language, "en"],
        };

    private ExcludeEvent Exclude(Instant now) =>
        new()
        {
            Listener = _listener,
            Id = NextId(),
            StartedAt = now,
            ReceivedAt = now,
            Target = ExcludeTarget.Device,
            Value = ChildDevice,
            On = true,
        };

    private ImpressionEvent Impression(PopulationTrack track, string playlist, int slot, Instant now) =>
        new()
        {
            Listener = _listener,
            Id = NextId(),
            StartedAt = now,
            ReceivedAt = now,
            Item = track.Id,
            Playlist = playlist,
            Slot = slot,
            PropensityNano = _draws.Between(20, 1_000) * (ImpressionEvent.Certain / 1_000),
        };

    private FeedbackEvent Feedback(ItemId item, int score, Instant now) =>
        new()
        {
            Listener = _listener,
            Id = NextId(),
            StartedAt = now,
            ReceivedAt = now,
            Item = item,
            Score = score,
        };

    private FollowEvent Follow(ArtistId artist, bool follows, Instant now) =>
        new()
        {
            Listener = _listener,
            Id = NextId(),
            StartedAt = now,
            ReceivedAt = now,
            Artist = artist,
            On = follows,
        };

    private EventId NextId() => new($"{_listener.Value}-{(++_number).ToString(CultureInfo.InvariantCulture)}");

    /// <summary>What holds for the whole of a session.</summary>
    private sealed record Session
    {
        public required string Id { get; init; }
        public required int Taste { get; init; }
        public required string Device { get; init; }

        /// <summary>How likely a play is one of the known tracks.</summary>
        public required double Repeats { get; init; }
        public string? Context { get; init; }

        /// <summary>The only artist played, if there is one.</summary>
        public int? Artist { get; init; }

        /// <summary>The version of the playlist whose slots are played and shown, if it is one of ours.</summary>
        public string? Shows { get; init; }
        public int Slot { get; set; }
    }
}
