using System.Globalization;
using Nocturne.Domain;
using Nocturne.LocalHost.Evaluating.Playlists;
using Nocturne.Playlists;
using Nocturne.RunNight;

namespace Nocturne.LocalHost.Evaluating.Adapting;

/// <summary>What an evaluation of changing tastes is asked.</summary>
/// <param name="Listeners">How many change their taste.</param>
/// <param name="Plays">Their plays in the first taste.</param>
/// <param name="Genres">Genres of the world.</param>
/// <param name="Seed">Of everything that is made up.</param>
/// <param name="Workers">Threads.</param>
internal sealed record AdaptInput(int Listeners, int Plays, int Genres, int Seed, int Workers);

/// <summary>One thing that was measured over all listeners.</summary>
/// <param name="Name">What scripts call it.</param>
/// <param name="What">What it is.</param>
/// <param name="Unit">What it is counted in.</param>
/// <param name="Mean">The mean over listeners.</param>
/// <param name="Worst">The listener for whom it took longest.</param>
/// <param name="Bound">What the worst may be; null where there is none.</param>
internal sealed record AdaptMeasure(string Name, string What, string Unit, double Mean, double Worst, double? Bound)
{
    /// <summary>Whether the worst is within the bound.</summary>
    public bool IsHeld => Bound is not { } bound || Worst <= bound;
}

/// <summary>
/// How soon playlists follow a listener whose taste changes: some hundred plays of one genre, and then another genre
/// alone.
/// </summary>
/// <remarks>
/// The nights are real ones: recipes, memory and kept lists of <see cref="PlaylistComposer"/> on a trained model. Between
/// nights it is asked what a night would make after every single play.
/// </remarks>
internal sealed class AdaptEvaluation(AdaptInput input, Activity activity)
{
    /// <summary>Plays within which half of Mixes 1 and 2 are of the new taste.</summary>
    public const int MixBound = 30;

    /// <summary>Plays within which half of what is ranked next is.</summary>
    public const int NextBound = 3;

    /// <summary>The share of mixes that a detour changes at most.</summary>
    public const double DetourBound = 0.2;

    private const int DetourPlays = 8;
    private const int PlaysPerDay = 25;
    private const int MostPlays = 60;
    private const int MostNights = 28;

    // Of what is ranked next, as many as a screen of them has.
    private const int NextItems = 20;

    // What one listener plays of a genre: a fifth of it.
    private const int TracksOfTaste = 60;

    private static readonly TimeSpan BetweenPlays = TimeSpan.FromMinutes(4);

    /// <summary>Measures.</summary>
    public async Task<IReadOnlyList<AdaptMeasure>> RunAsync(CancellationToken cancellationToken)
    {
        var world = await activity.DoAsync(
            "training what a night trains",
            () => AdaptWorld.Make(input.Genres, input.Seed, input.Workers, cancellationToken)
        );
        var found = await activity.CountAsync(
            "changing tastes",
            input.Listeners,
            report => Measure(world, report, cancellationToken)
        );
        return
        [
            Of("mixes", "half of Daily Mixes 1 and 2 is the new taste", "plays", l => l.Mixes, MixBound),
            Of("next", "half of what is ranked next is", "plays", l => l.Next, NextBound),
            Of("detour", "tracks that a detour of 8 plays changes in the mixes", "share", l => l.Detour, DetourBound),
            Of("discoverWeekly", "half of a Discover Weekly made that night is", "nights", l => l.Discover, null),
            Of(
                "discoverWeeklyShown",
                "half of the Discover Weekly of the week is",
                "nights",
                l => l.DiscoverShown,
                null
            ),
        ];

        AdaptMeasure Of(string name, string what, string unit, Func<Found, double> value, double? bound) =>
            new(name, what, unit, found.Average(value), found.Max(value), bound);
    }

    private readonly record struct Found(int Mixes, int Next, double Detour, int Discover, int DiscoverShown);

    private Found[] Measure(AdaptWorld world, Action<long> report, CancellationToken cancellationToken)
    {
        var found = new Found[input.Listeners];
        var done = 0L;
        Parallel.For(
            0,
            found.Length,
            new ParallelOptions { MaxDegreeOfParallelism = input.Workers, CancellationToken = cancellationToken },
            () => new Worker(world),
            (listener, _, worker) =>
            {
                found[listener] = worker.Measure(listener, input);
                report(Interlocked.Increment(ref done));
                return worker;
            },
            static _ => { }
        );
        return found;
    }

    /// <summary>One thread's composer and scorer.</summary>
    private sealed class Worker(AdaptWorld world)
    {
        private readonly PlaylistComposer _composer = new(
            world.Catalogue,
            new NightTasteModel(world.Model),
            seed: FirstNight.Seed
        );

        private readonly NextScorer _next = new(world.Catalogue, new NightTasteModel(world.Model));

        public Found Measure(int listener, AdaptInput input)
        {
            var random = new Random(HashCode(input.Seed, listener));
            var old = random.Next(world.Genres);
            var born = (old + 1 + random.Next(world.Genres - 1)) % world.Genres;
            var life = new Life(world, listener, random);
            // The first taste, night after night.
            var tracks = world.SomeOf(old, TracksOfTaste, random);
            for (var play = 1; play <= input.Plays; play++)
            {
                life.Play(tracks);
                if (life.IsLastOfDay && play < input.Plays)
                {
                    life.Night(_composer);
                }
            }
            var evening = life.Copy();
            life.EndDay(_composer);
            tracks = world.SomeOf(born, TracksOfTaste, random);
            var detour = Detour(life.Copy(), tracks);
            var next = PlaysUntil(_ =>
            {
                evening.Play(tracks); // in the same evening, while the old taste is the session's
                return IsHalf(evening.Rank(_next, NextItems), born);
            });
            var mixes = PlaysUntil(_ =>
            {
                if (life.IsLastOfDay)
                {
                    life.Night(_composer);
                }
                life.Play(tracks);
                return IsHalf(FirstTwo(life.Ask(_composer)), born);
            });
            var (discover, shown) = Discover(life, tracks, born);
            return new Found(mixes, next, detour, discover, shown);
        }

        /// <summary>The first play after which something is so; one more than are tried if none is.</summary>
        private static int PlaysUntil(Func<int, bool> isSo)
        {
            for (var play = 1; play <= MostPlays; play++)
            {
                if (isSo(play))
                {
                    return play;
                }
            }
            return MostPlays + 1;
        }

        /// <summary>The share of the tracks that the mixes would have had without it, and do not have.</summary>
        private double Detour(Life life, int[] tracks)
        {
            var before = TracksOf(life.Ask(_composer), PlaylistRecipe.DailyMix).ToHashSet();
            for (var play = 0; play < DetourPlays; play++)
            {
                life.Play(tracks);
            }
            var after = TracksOf(life.Ask(_composer), PlaylistRecipe.DailyMix).ToHashSet();
            return before.Count == 0 ? 1 : 1 - ((double)before.Intersect(after).Count() / before.Count);
        }

        /// <summary>The nights of the new taste, those that were asked about the mixes included.</summary>
        private (int Made, int Shown) Discover(Life life, int[] tracks, int born)
        {
            var (made, shown) = (MostNights + 1, MostNights + 1);
            life.Rewind();
            for (var night = 1; night <= MostNights && shown > MostNights; night++)
            {
                for (var play = 0; play < PlaysPerDay; play++)
                {
                    life.Play(tracks);
                }
                var anew = life.Ask(_composer, isAnew: true);
                made = made > MostNights && IsHalf(TracksOf(anew, PlaylistRecipe.DiscoverWeekly), born) ? night : made;
                life.Night(_composer);
                shown = IsHalf(TracksOf(life.Published, PlaylistRecipe.DiscoverWeekly), born) ? night : shown;
            }
            return (made, shown);
        }

        private bool IsHalf(IEnumerable<ItemId> items, int genre)
        {
            var (all, some) = (0, 0);
            foreach (var item in items)
            {
                all++;
                some += world.GenreOf(item) == genre ? 1 : 0;
            }
            return all > 0 && some * 2 >= all;
        }

        private static IEnumerable<ItemId> FirstTwo(IReadOnlyList<Playlist> playlists) =>
            playlists
                .Where(list => list.Kind == PlaylistKind.DailyMix(1) || list.Kind == PlaylistKind.DailyMix(2))
                .SelectMany(list => list.Tracks)
                .Select(track => track.Item);

        private static IEnumerable<ItemId> TracksOf(IReadOnlyList<Playlist> playlists, PlaylistRecipe recipe) =>
            playlists
                .Where(list => recipe.Makes(list.Kind))
                .SelectMany(list => list.Tracks)
                .Select(track => track.Item);

        private static int HashCode(int seed, int listener) => unchecked((seed * 7_919) + listener);
    }

    /// <summary>A listener's plays, and what the nights before left.</summary>
    private sealed class Life
    {
        private readonly AdaptWorld _world;
        private readonly ListenerId _listener;
        private readonly Random _random;
        private readonly List<(Instant At, ItemId Item, ArtistId? Artist)> _plays;
        private ListenerMemory _memory = ListenerMemory.Empty;
        private DateOnly _date = AdaptWorld.Start;
        private int _today;
        private (int Plays, ListenerMemory Memory, IReadOnlyList<Playlist> Published, DateOnly Date) _mark;

        public Life(AdaptWorld world, int listener, Random random)
        {
            _world = world;
            _random = random;
            _listener = new ListenerId(string.Create(CultureInfo.InvariantCulture, $"listener-{listener}"));
            _plays = [];
        }

        private Life(Life other)
        {
            (_world, _listener, _plays) = (other._world, other._listener, [.. other._plays]);
            (_memory, _date, _today, Published) = (other._memory, other._date, other._today, other.Published);
            _random = new Random(_plays.Count);
        }

        public IReadOnlyList<Playlist> Published { get; private set; } = [];

        public bool IsLastOfDay => _today == PlaysPerDay;

        private Instant Evening => Instant.FromDate(_date) + TimeSpan.FromHours(18);

        public Life Copy() => new(this);

        public void Play(int[] tracks)
        {
            var track = tracks[_random.Next(tracks.Length)];
            _plays.Add((Evening + (BetweenPlays * _today), AdaptWorld.IdOf(track), AdaptWorld.ArtistOf(track)));
            _today++;
        }

        /// <summary>Ends a day that was begun, and remembers where that was.</summary>
        public void EndDay(PlaylistComposer composer)
        {
            if (_today > 0)
            {
                Night(composer);
            }
            _mark = (_plays.Count, _memory, Published, _date);
        }

        /// <summary>Goes back to where <see cref="EndDay"/> was.</summary>
        public void Rewind()
        {
            _plays.RemoveRange(_mark.Plays, _plays.Count - _mark.Plays);
            (_memory, Published, _date, _today) = (_mark.Memory, _mark.Published, _mark.Date, 0);
        }

        /// <summary>Publishes the day's playlists; the next day begins.</summary>
        public void Night(PlaylistComposer composer)
        {
            var composed = composer.Compose(Taste(isAnew: false), _date);
            (_memory, Published) = (composed.Memory, composed.Playlists);
            _date = _date.AddDays(1);
            _today = 0;
        }

        /// <summary>What a night would make now.</summary>
        public IReadOnlyList<Playlist> Ask(PlaylistComposer composer, bool isAnew = false) =>
            composer.Compose(Taste(isAnew), _date).Playlists;

        /// <summary>What would be played next.</summary>
        public IEnumerable<ItemId> Rank(NextScorer scorer, int most) =>
            scorer.Rank(Taste(isAnew: false), _plays[^1].At + BetweenPlays, most).Select(next => next.Item);

        private ListenerTaste Taste(bool isAnew) =>
            PlayedTaste.Of(_listener, _plays, _date) with
            {
                Memory = _memory,
                Published = isAnew ? [] : Published,
            };
    }
}
