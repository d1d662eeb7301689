using Nocturne.Domain;
using Xunit.Abstractions;

namespace Nocturne.Population.Tests;

/// <summary>The bounds are those between which published listening logs lie.</summary>
public sealed class BelievabilityTests(ITestOutputHelper output)
{
    private static readonly SyntheticPopulation Population = new(new PopulationOptions());

    private static readonly Lazy<IReadOnlyList<PlayEvent>> Plays = new(() =>
        [.. Population.Events().OfType<PlayEvent>()]
    );

    [Fact]
    public void Popularity_HasAHeadAndALongTail()
    {
        var counts = Plays.Value.CountBy(p => p.Item).Select(c => c.Value).OrderDescending().ToList();
        double all = counts.Sum();

        var head = counts.Take(Population.Options.Tracks / 100).Sum() / all;
        var tenth = counts.Take(Population.Options.Tracks / 10).Sum() / all;
        var played = counts.Count / (double)Population.Options.Tracks;
        output.WriteLine($"top 1 %: {head:P1}, top 10 %: {tenth:P1}, tracks played: {played:P1}, top: {counts[0]}");

        Assert.InRange(head, 0.10, 0.40);
        Assert.InRange(tenth, 0.40, 0.80);
        Assert.InRange(played, 0.40, 0.95);
    }

    [Fact]
    public void Repeats_AreAboutHalf()
    {
        var seen = new HashSet<(ListenerId, ItemId)>();

        var repeats = Plays.Value.Count(p => !seen.Add((p.Listener, p.Item))) / (double)Plays.Value.Count;
        output.WriteLine($"repeats: {repeats:P1}");

        Assert.InRange(repeats, 0.40, 0.70);
    }

    [Fact]
    public void Skips_AreATenthAndRarerAmongRepeats()
    {
        var seen = new HashSet<(ListenerId, ItemId)>();
        var byNovelty = Plays.Value.ToLookup(p => seen.Add((p.Listener, p.Item)));

        var skips = Plays.Value.Count(p => p.IsSkip) / (double)Plays.Value.Count;
        var ofNew = byNovelty[true].Count(p => p.IsSkip) / (double)byNovelty[true].Count();
        var ofKnown = byNovelty[false].Count(p => p.IsSkip) / (double)byNovelty[false].Count();
        output.WriteLine($"skips: {skips:P1}; of new tracks {ofNew:P1}, of known {ofKnown:P1}");

        Assert.InRange(skips, 0.05, 0.25);
        Assert.True(ofKnown < ofNew * 0.6);
    }

    [Fact]
    public void Hours_FollowALocalDay()
    {
        var byHour = Plays.Value.CountBy(p => p.StartedAt.HourOfWeek % 24).ToDictionary();
        var ofOne = Plays
            .Value.GroupBy(p => p.Listener)
            .MaxBy(plays => plays.Count())!
            .CountBy(p => p.StartedAt.HourOfWeek % 24)
            .ToDictionary();

        Assert.True(byHour.Values.Max() > 1.3 * byHour.Values.Min());
        var quietest = Enumerable.Range(0, 24).Min(hour => ofOne.GetValueOrDefault(hour));
        Assert.True(ofOne.Values.Max() > 4 * (quietest + 1));
    }

    [Fact]
    public void Activity_IsSkewed()
    {
        var counts = Enumerable
            .Range(0, Population.Options.Listeners)
            .Select(Population.EventsOf)
            .OrderDescending()
            .ToList();

        var fifth = counts.Take(counts.Count / 5).Sum() / (double)Population.Options.Events;
        output.WriteLine($"most active fifth: {fifth:P1}, most {counts[0]}, least {counts[^1]}");

        Assert.InRange(fifth, 0.28, 0.60);
    }

    [Fact]
    public void Tastes_AreFewScenesAndDrift()
    {
        var sceneOf = Population.Catalogue.Tracks.ToDictionary(t => t.Id, t => t.Artist.Scene);
        var byListener = Plays.Value.GroupBy(p => p.Listener).Where(g => g.Count() > 200).ToList();
        var half = Population.Options.StartDate.AddDays(Population.Options.Days / 2);

        var topFive = byListener.Average(g =>
            g.CountBy(p => sceneOf[p.Item]).Select(c => c.Value).OrderDescending().Take(5).Sum() / (double)g.Count()
        );
        var changed = byListener.Average(g =>
            TopScene(g.Where(p => p.StartedAt.Date < half)) == TopScene(g.Where(p => p.StartedAt.Date >= half))
                ? 0
                : 1.0
        );
        output.WriteLine($"plays in a listener's five scenes: {topFive:P1}; another first scene later: {changed:P1}");

        Assert.InRange(topFive, 0.75, 0.99);
        Assert.InRange(changed, 0.10, 0.70);

        string? TopScene(IEnumerable<PlayEvent> plays) =>
            plays.CountBy(p => sceneOf[p.Item]).OrderByDescending(c => c.Value).Select(c => c.Key).FirstOrDefault();
    }

    [Fact]
    public void Catalogue_HasNamesThatDiffer()
    {
        var catalogue = Population.Catalogue;

        var titles = catalogue.Tracks.Select(t => (t.Artist.Id, t.Title.ToUpperInvariant())).Distinct().Count();
        foreach (var track in catalogue.Tracks.Where((_, i) => i % 1_501 == 0))
        {
            output.WriteLine(
                $"{track.Artist.Name} - {track.Title} ({track.Album}, {track.Released:yyyy}) {track.Duration:m\\:ss}"
                    + $" [{string.Join(", ", track.Genres)}] {track.Tempo} bpm, energy {track.Energy}"
            );
        }

        Assert.Equal(catalogue.Tracks.Count, titles);
        Assert.Equal(catalogue.Artists.Count, catalogue.Artists.DistinctBy(a => a.Name.ToUpperInvariant()).Count());
        Assert.All(catalogue.Tracks, t => Assert.True(t.Released <= Population.Options.EndDate));
    }
}
