using Nocturne.Testing;

namespace Nocturne.Domain.Tests;

/// <summary>What is derived from a history: statements, months' tallies and the profile's affinities.</summary>
public sealed class DerivedTests
{
    private static readonly Instant Today = Instant.FromDate(EventAlphabet.Today);

    [Fact]
    public async Task Opinions_OnOneSubject_TheLatestWordHolds()
    {
        var statements = await StatementsOfAsync(
            Opinion("1", 0, "i1", 1),
            Opinion("2", 1, "i2", -1),
            Opinion("3", 2, "i1", -1),
            Opinion("4", 3, "i3", 1),
            Opinion("5", 4, "i3", 0)
        );

        Assert.Equal([(new ItemId("i1"), -1), (new ItemId("i2"), -1)], statements.ItemOpinions);
    }

    [Fact]
    public async Task Opinions_MoreThanAreRemembered_TheLatestStay()
    {
        var events = Enumerable
            .Range(0, Statements.MaxOpinions + 5)
            .Select(i => Opinion($"e{i}", i, $"i{i}", 1))
            .ToArray();

        var statements = await StatementsOfAsync(events);

        Assert.Equal(
            Enumerable.Range(5, Statements.MaxOpinions).Reverse().Select(i => $"i{i}"),
            statements.ItemOpinions.Select(opinion => opinion.Item.Value)
        );
    }

    [Fact]
    public async Task Settings_LatestEvent_HoldsWhole()
    {
        var statements = await StatementsOfAsync(
            Settings("2", 1) with
            {
                Market = "CH",
            },
            Settings("1", 0) with
            {
                Market = "DE",
                TimeZone = "Europe/Berlin",
            }
        );

        var settings = statements.Settings(EventDraw.Listener);
        Assert.Equal(("CH", null), (settings!.Market, settings.TimeZone));
    }

    [Fact]
    public async Task Tally_OfAMonth_CountsByItemKindAndArtist()
    {
        var state = await MemoryState.OfAsync(
            Play("1", 0, "i1"),
            Play("2", 1, "i1") with
            {
                MsPlayed = 1_000,
                End = PlayEnd.Skipped,
            },
            Play("3", 2, "i1") with
            {
                Artist = new ArtistId("r"),
            },
            Play("4", 3, "i2") with
            {
                ItemKind = ItemKind.Chapter,
            }
        );

        var tally = MonthTally.Read(state.Documents[(ListenerPart.Tally, "2026-11")]);

        // 20 November is 19 days into the month: two halvings and five sevenths.
        const long Short = 1_680 << 2;
        Assert.Equal(
            [
                new ItemTally(new ItemId("i1"), ItemKind.Track, null, 2, 1, 1, Short),
                new ItemTally(new ItemId("i1"), ItemKind.Track, new ArtistId("r"), 1, 1, 0, Short),
                new ItemTally(new ItemId("i2"), ItemKind.Chapter, null, 1, 1, 0, Short),
            ],
            tally.Items
        );
    }

    [Fact]
    public async Task Profile_OfPlaysInTwoMonths_WeighsThemByTheirHorizons()
    {
        var october = Instant.FromDate(new DateOnly(2026, 10, 1));
        var state = await MemoryState.OfAsync(
            Play("1", 0, "new") with
            {
                StartedAt = Instant.FromDate(new DateOnly(2026, 11, 1)),
            },
            Play("2", 0, "old") with
            {
                StartedAt = october,
            }
        );

        var profile = state.Profile;

        Assert.Equal(new Month((2026 * 12) + 10), profile.LatestMonth);
        Assert.Equal(
            [
                new Affinity("new", Horizons.One, Horizons.One),
                // 31 days are four halvings and three sevenths; a month is a sixth of a halving.
                new Affinity("old", 1_024 * 1_522 >> 15, 912),
            ],
            profile.Items
        );
    }

    [Fact]
    public async Task Plays_BeyondTheHorizon_CountInTotalsOnly()
    {
        var state = await MemoryState.OfAsync(
            Play("1", 0, "i1"),
            Play("2", 0, "in") with
            {
                StartedAt = Instant.FromDate(new DateOnly(2022, 12, 1)),
            },
            Play("3", 0, "out") with
            {
                StartedAt = Instant.FromDate(new DateOnly(2022, 11, 30)),
            }
        );

        Assert.Equal(3, state.Profile.Totals.Plays);
        Assert.Equal(["i1", "in"], state.Profile.Items.Select(item => item.Id));
        Assert.Equal(
            ["2022-12", "2026-11"],
            state.Documents.Keys.Where(key => key.Part == ListenerPart.Tally).Select(key => key.Name).Order()
        );
    }

    [Fact]
    public async Task Documents_OfALaterVersion_AreRefusedByName()
    {
        var state = await MemoryState.OfAsync(Play("1", 0, "i1"), Opinion("2", 1, "i1", 1));
        foreach (var (key, bytes) in state.Documents)
        {
            bytes[0] = 9;

            var failure = Assert.Throws<InvalidDataException>(() =>
            {
                switch (key.Part)
                {
                    case ListenerPart.Head:
                        ListenerProfile.Read(EventDraw.Listener, bytes);
                        break;
                    case ListenerPart.Statements:
                        Statements.Read(bytes);
                        break;
                    case ListenerPart.Tally:
                        MonthTally.Read(bytes);
                        break;
                    default:
                        HistoryDay.Read(bytes);
                        break;
                }
            });

            Assert.Contains("version 9", failure.Message, StringComparison.Ordinal);
        }
        Assert.Equal(4, state.Documents.Count);
    }

    private static async Task<Statements> StatementsOfAsync(params ListenEvent[] events) =>
        Statements.Read((await MemoryState.OfAsync(events)).Documents[(ListenerPart.Statements, "")]);

    private static FeedbackEvent Opinion(string id, int minute, string item, int score) =>
        new()
        {
            Listener = EventDraw.Listener,
            Id = new EventId(id),
            StartedAt = Today + TimeSpan.FromMinutes(minute),
            ReceivedAt = Today,
            Item = new ItemId(item),
            Score = score,
        };

    private static SettingsEvent Settings(string id, int minute) =>
        new()
        {
            Listener = EventDraw.Listener,
            Id = new EventId(id),
            StartedAt = Today + TimeSpan.FromMinutes(minute),
            ReceivedAt = Today,
        };

    private static PlayEvent Play(string id, int minute, string item) =>
        new()
        {
            Listener = EventDraw.Listener,
            Id = new EventId(id),
            StartedAt = Today + TimeSpan.FromMinutes(minute),
            ReceivedAt = Today,
            Item = new ItemId(item),
        };

    /// <summary>A listener's documents, written by the rules themselves.</summary>
    private sealed class MemoryState : IListenerState
    {
        public Dictionary<(ListenerPart Part, string Name), byte[]> Documents { get; } = [];

        public ListenerProfile Profile => ListenerProfile.Read(EventDraw.Listener, Documents[(ListenerPart.Head, "")]);

        public static async Task<MemoryState> OfAsync(params ListenEvent[] events)
        {
            var state = new MemoryState();
            foreach (var batch in events.Chunk(100))
            {
                var writes = await ListenerUpdate.ApplyAsync(
                    EventDraw.Listener,
                    [.. batch.Select(HistoryRow.Of)],
                    state,
                    CancellationToken.None
                );
                writes.ForEach(state.Write);
            }
            return state;
        }

        public ValueTask<ReadOnlyMemory<byte>> ReadAsync(
            ListenerPart part,
            string name,
            CancellationToken cancellationToken
        ) => ValueTask.FromResult<ReadOnlyMemory<byte>>(Documents.GetValueOrDefault((part, name)));

        public async IAsyncEnumerable<(string Name, ReadOnlyMemory<byte> Data)> ListAsync(
            ListenerPart part,
            string? fromInclusive,
            string? toExclusive,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
        )
        {
            await Task.CompletedTask;
            foreach (
                var (key, data) in Documents
                    .Where(document => document.Key.Part == part)
                    .OrderBy(document => document.Key.Name, StringComparer.Ordinal)
            )
            {
                if (
                    (fromInclusive is null || string.CompareOrdinal(key.Name, fromInclusive) >= 0)
                    && (toExclusive is null || string.CompareOrdinal(key.Name, toExclusive) < 0)
                )
                {
                    yield return (key.Name, data);
                }
            }
        }

        private void Write(ListenerWrite write)
        {
            if (write.Data is { } data)
            {
                Documents[(write.Part, write.Name)] = data;
            }
            else
            {
                Documents.Remove((write.Part, write.Name));
            }
        }
    }
}
