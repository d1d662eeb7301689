using Nocturne.Domain;

namespace Nocturne.Playlists.Tests;

/// <summary>What one listener costs in storage: as many full lists as there are, all explored, every name known.</summary>
public sealed class StoredSizeTests
{
    private const int Lists = 11;
    private const int Tracks = 30;
    private const int Candidates = 120;

    private readonly Random _random = new(5);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bytes_ElevenExploredListsOfThirtyAndTheMemory_AreUnder48KiB(bool hasUuids)
    {
        var items = Items(hasUuids);
        var packed = new PackedPlaylists(
            new ListenerId("ada"),
            "2026-11-21",
            [.. Enumerable.Range(0, Lists).Select(list => List(list, items))],
            new ListenerMemory
            {
                Mixes =
                [
                    .. Enumerable
                        .Range(1, 6)
                        .Select(n => new MixMemory(n, [.. Enumerable.Range(0, 60).Select(_ => Hash()).Order()])
                        {
                            DrawnFrom = Hash(),
                            DrawnBy = Hash(),
                        }),
                ],
                Discoveries =
                [
                    .. Enumerable
                        .Range(0, 8)
                        .Select(week => new PastDiscoveries(
                            World.Date.AddDays(-7 * week),
                            [
                                .. Enumerable
                                    .Range(0, Tracks)
                                    .Select(i => ListenerMemory.KeyOf(items[(week * 150) + (i * 5)].Id)),
                            ]
                        )),
                ],
            }
        )
        {
            Home = Home(items),
        };

        var bytes = PlaylistPack.Write(packed);

        Assert.InRange(bytes.Length, 1, 48 << 10);
        Assert.InRange(bytes.Length * 5 / 2, 1, packed.Playlists.Sum(playlist => PlaylistJson.Write(playlist).Length));
        Assert.Equal(bytes, PlaylistPack.Write(PlaylistPack.Read(bytes)));
    }

    /// <summary>Eight full shelves: four of playlists, which are drawn, and four of items.</summary>
    private HomePage Home(CatalogueTrack[] items)
    {
        var policy = new SlotPolicy(Hash(), 50, 100_000);
        var shelves = Enumerable.Range(0, 8).Select(shelf => new ItemId($"shelf-{shelf}")).ToArray();
        var lists = Enumerable.Range(0, 8).Select(list => new ItemId($"list-{list}")).ToArray();
        SlotTrace Trace(ItemId[] choices) =>
            new(
                HomePage.Kind,
                policy,
                [
                    .. Enumerable
                        .Range(0, 8)
                        .Select(slot => new SlotChoices(
                            choices[slot..],
                            [.. choices[slot..].Select(_ => _random.NextInt64(1_000_000)).OrderDescending()],
                            0
                        )),
                ]
            );
        var reason = new Reason(ReasonKind.MadeForYou, [], -123_456, 654_321);
        return new HomePage(
            new ListenerId("ada"),
            World.Date,
            [.. lists.Select(list => new HubEntry(new PlaylistKind(list.Value), reason))],
            [
                .. shelves.Select(
                    (shelf, at) =>
                        new HomeShelf(
                            shelf.Value,
                            "A title",
                            reason,
                            [
                                .. lists.Select(
                                    (list, card) =>
                                        at % 2 == 0
                                            ? new HomeCard(new PlaylistKind(list.Value), reason, Propensity())
                                            : new HomeCard(
                                                new PlaylistKind(list.Value),
                                                TrackOf(items[(at * 8) + card], reason, Propensity())
                                            )
                                ),
                            ]
                        )
                        {
                            Trace = at % 2 == 0 ? Trace(lists) : null,
                        }
                ),
            ]
        )
        {
            Listening = new KindShares(700_000, 200_000, 100_000),
            Trace = Trace(shelves),
        };
    }

    private decimal Propensity() => _random.Next(1, SlotPolicy.Unit) / (decimal)SlotPolicy.Unit;

    private CatalogueTrack[] Items(bool hasUuids)
    {
        var words = Enumerable.Range(0, 3_000).Select(_ => Word()).ToArray();
        string Name(int length) =>
            string.Join(' ', Enumerable.Range(0, length).Select(_ => words[_random.Next(words.Length)]));
        string Id(string kind, int i) => hasUuids ? Uuid() : $"{kind}-{_random.Next(50_000)}-{i}";
        var artists = Enumerable
            .Range(0, 400)
            .Select(i => (Id: new ArtistId(Id("artist", i)), Name: Name(2)))
            .ToArray();
        return
        [
            .. Enumerable
                .Range(0, 1_500)
                .Select(i =>
                {
                    var artist = artists[_random.Next(artists.Length)];
                    return new CatalogueTrack(new ItemId(Id("track", i)))
                    {
                        Title = Name(_random.Next(1, 5)),
                        Artist = artist.Id,
                        ArtistName = artist.Name,
                        Album = Name(2),
                        Duration = TimeSpan.FromMilliseconds(_random.Next(100_000, 400_000)),
                    };
                }),
        ];
    }

    /// <summary>Two lanes in turn, of which each slot is drawn from the twenty best that are left.</summary>
    private Playlist List(int list, CatalogueTrack[] items)
    {
        var kind = new PlaylistKind($"list-{list}");
        var candidates = Enumerable
            .Range(0, Candidates)
            .Select(i => items[((list * Candidates) + i + _random.Next(150)) % items.Length])
            .Distinct()
            .ToArray();
        var merits = candidates
            .Select((_, i) => (long)(3e6 / (1 + (i * .05))) + _random.Next(1_000))
            .OrderDescending()
            .ToArray();
        var policy = new SlotPolicy(Hash(), 20, 100_000);
        var slots = new List<SlotChoices>();
        var tracks = new List<PlaylistTrack>();
        var placed = new HashSet<int>();
        for (var slot = 0; slot < Tracks; slot++)
        {
            var lane = slot % 2;
            var open = Enumerable
                .Range(0, candidates.Length)
                .Where(i => i % 2 == lane && !placed.Contains(i) && (i + slot) % 11 != 0)
                .Take(SlotPolicy.MostChoices)
                .ToArray();
            var worth = open.Select(i => merits[i]).ToArray();
            var units = new int[open.Length];
            policy.Probabilities(worth, units);
            var chosen = policy.Draw(slot, units);
            placed.Add(open[chosen]);
            slots.Add(new SlotChoices([.. open.Select(i => candidates[i].Id)], worth, chosen));
            var track = candidates[open[chosen]];
            tracks.Add(
                TrackOf(track, ReasonOf(lane, track, worth[chosen], items), units[chosen] / (decimal)SlotPolicy.Unit)
            );
        }
        return new Playlist(
            kind,
            new ListenerId("ada"),
            World.Date,
            $"List {list}",
            "A, B and C and more like them.",
            tracks
        )
        {
            Trace = new SlotTrace(kind, policy, slots),
        };
    }

    private static PlaylistTrack TrackOf(CatalogueTrack track, Reason reason, decimal propensity) =>
        new(track.Id, reason)
        {
            Title = track.Title,
            Artist = track.Artist,
            ArtistName = track.ArtistName,
            Album = track.Album,
            Duration = track.Duration,
            Propensity = propensity,
        };

    private Reason ReasonOf(int lane, CatalogueTrack track, long merit, CatalogueTrack[] items) =>
        lane == 0
            ? new Reason(ReasonKind.Favourite, [new ReasonSeed(track.Id, merit)])
            : new Reason(
                ReasonKind.Neighbour,
                [
                    .. Enumerable
                        .Range(0, 3)
                        .Select(_ => new ReasonSeed(items[_random.Next(150)].Id, _random.Next(10_000, 900_000))),
                ],
                _random.Next(1_000_000),
                _random.Next(10_000)
            );

    private ulong Hash() => (ulong)_random.NextInt64();

    private string Uuid()
    {
        var bytes = new byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }

    private string Word() =>
        string.Concat(
            Enumerable
                .Range(0, _random.Next(3, 9))
                .Select(_ => "etaoinshrdlucmfwyp"[Math.Min(_random.Next(18), _random.Next(18))])
        );
}
