using System.Buffers;
using System.Security.Cryptography;
using Nocturne.Domain;

namespace Nocturne.Population.Tests;

public sealed class SyntheticPopulationTests
{
    private static readonly PopulationOptions Small = new()
    {
        Seed = 7,
        Listeners = 120,
        Events = 40_000,
        Tracks = 6_000,
        Artists = 600,
    };

    private static readonly Lazy<IReadOnlyList<ListenEvent>> SmallEvents = new(() =>
        [.. new SyntheticPopulation(Small).Events()]
    );

    [Fact]
    public void Events_OfOneSeed_AreTheSameBytes()
    {
        var first = Digest(new SyntheticPopulation(Small).Events());

        var second = Digest(new SyntheticPopulation(Small).Events());
        var other = Digest(new SyntheticPopulation(Small with { Seed = 8 }).Events());

        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void Events_OfAKnownSeed_AreTheBytesOfEveryMachine()
    {
        var options = new PopulationOptions
        {
            Listeners = 20,
            Events = 2_000,
            Tracks = 500,
            Artists = 50,
        };

        var digest = Digest(new SyntheticPopulation(options).Events(together: 20));

        Assert.Equal("c1e64678f5a9fef939a20f2b228be877241221a6", digest[..40]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(120)]
    public void Events_HoweverInterleaved_AreTheSameByListenerAndInOrderWithinAGroup(int together)
    {
        var population = new SyntheticPopulation(Small);

        var events = population.Events(together).ToList();

        var alone = SmallEvents.Value.GroupBy(e => e.Listener).ToDictionary(g => g.Key, g => g.ToList());
        Assert.Equal(Small.Events, events.Count);
        foreach (var listener in events.GroupBy(e => e.Listener))
        {
            Assert.Equal(
                alone[listener.Key].Select(e => (e.Id, e.StartedAt)),
                listener.Select(e => (e.Id, e.StartedAt))
            );
            Assert.Equal(listener.OrderBy(e => e.StartedAt), listener);
        }
        if (together == Small.Listeners)
        {
            Assert.Equal(events.Select(e => e.StartedAt).Order(), events.Select(e => e.StartedAt));
        }
    }

    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(1, 40, 3, 3, 1)]
    [InlineData(30, 1_200, 50, 10, 1)]
    [InlineData(10, 400 * 30, 200, 20, 30)]
    [InlineData(2_000, 30_000, 40_000, 30_000, 365)]
    public void Events_OfAnySize_AreExactlySoManyWithinTheDays(
        int listeners,
        int events,
        int tracks,
        int artists,
        int days
    )
    {
        var options = new PopulationOptions
        {
            Listeners = listeners,
            Events = events,
            Tracks = tracks,
            Artists = artists,
            Days = days,
        };
        var population = new SyntheticPopulation(options);

        var made = population.Events().ToList();

        Assert.Equal(events, made.Count);
        Assert.Equal(listeners, made.DistinctBy(e => e.Listener).Count());
        Assert.Equal((tracks, artists), (population.Catalogue.Tracks.Count, population.Catalogue.Artists.Count));
        Assert.All(made, e => Assert.InRange(e.StartedAt.Date, options.StartDate, options.EndDate));
        Assert.All(Enumerable.Range(0, listeners), i => Assert.True(population.EventsOf(i) > 0));
    }

    [Fact]
    public void Options_WithMoreEventsThanTimeAllows_AreRefused()
    {
        var options = new PopulationOptions
        {
            Listeners = 1,
            Events = 41,
            Days = 1,
        };

        var refused = Assert.Throws<ArgumentException>(() => new SyntheticPopulation(options));

        Assert.Contains("add days", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Events_WrittenAsLines_AreAllAcceptedAndTheSame()
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var listenEvent in SmallEvents.Value)
        {
            buffer.ResetWrittenCount();
            EventWriter.WriteLine(buffer, listenEvent);

            var accepted = EventParser.TryParseLine(buffer.WrittenMemory[..^1], 1, out var read, out var rejection);

            Assert.True(accepted, rejection.ToString());
            var again = new ArrayBufferWriter<byte>();
            EventWriter.WriteLine(again, read);
            Assert.True(buffer.WrittenSpan.SequenceEqual(again.WrittenSpan));
            Assert.True(read.ReceivedAt >= read.StartedAt);
        }
    }

    [Fact]
    public void Events_HaveIdsOfTheirOwn_ButForRetractions()
    {
        var repeated = SmallEvents.Value.Where(e => e is not RetractEvent).GroupBy(e => e.Id).Count(g => g.Count() > 1);

        Assert.Equal(0, repeated);
        Assert.All(
            SmallEvents.Value.OfType<RetractEvent>(),
            retract => Assert.Contains(SmallEvents.Value, e => e is PlayEvent && e.Id == retract.Id)
        );
    }

    [Fact]
    public void Events_HaveEveryKind()
    {
        var kinds = SmallEvents.Value.CountBy(e => e.Kind).ToDictionary();

        Assert.Equal(Enum.GetValues<EventKind>().Except([EventKind.None]).Order(), kinds.Keys.Order());
        Assert.InRange(kinds[EventKind.Play] / (double)SmallEvents.Value.Count, 0.75, 0.95);
    }

    [Fact]
    public void Plays_OfOneListener_DoNotOverlap()
    {
        foreach (var listener in SmallEvents.Value.OfType<PlayEvent>().GroupBy(e => e.Listener))
        {
            foreach (var (play, next) in listener.Zip(listener.Skip(1)))
            {
                Assert.True(play.StartedAt + TimeSpan.FromMilliseconds(play.MsPlayed!.Value) < next.StartedAt);
            }
        }
    }

    private static string Digest(IEnumerable<ListenEvent> events)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var listenEvent in events)
        {
            buffer.ResetWrittenCount();
            EventWriter.WriteLine(buffer, listenEvent);
            hash.AppendData(buffer.WrittenSpan);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
