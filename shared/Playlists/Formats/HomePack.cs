using Nocturne.Domain;

namespace Nocturne.Playlists;

/// <summary>The parts of <see cref="PlaylistPack"/> that hold a <see cref="HomePage"/>.</summary>
/// <remarks>
/// In the front, 0 for none, or 1 and: day number, time zone, shares of music, podcasts and audiobooks; the hub (kind,
/// reason); the shelves, each name, title, reason, propensity in billionths, and the cards: kind, then 1 and the
/// <see cref="TrackPack">track</see>, or 0, reason and propensity of a playlist's. With the traces: Home's, then the rows',
/// each a <see cref="TracePack"/>.
/// </remarks>
internal static class HomePack
{
    public static void Write(PackWriter writer, HomePage? home)
    {
        writer.Byte(home is null ? (byte)0 : (byte)1);
        if (home is null)
        {
            return;
        }
        writer.Number(home.Date.DayNumber);
        writer.Text(home.TimeZone);
        writer.Number(home.Listening.Music);
        writer.Number(home.Listening.Podcasts);
        writer.Number(home.Listening.Audiobooks);
        writer.Number(home.MadeForYou.Count);
        foreach (var entry in home.MadeForYou)
        {
            writer.Text(entry.Playlist.Value);
            TrackPack.WriteReason(writer, entry.Reason, default);
        }
        writer.Number(home.Shelves.Count);
        foreach (var shelf in home.Shelves)
        {
            writer.Text(shelf.Name);
            writer.Text(shelf.Title);
            TrackPack.WriteReason(writer, shelf.Reason, default);
            TrackPack.WritePropensity(writer, shelf.Propensity);
            writer.Number(shelf.Cards.Count);
            foreach (var card in shelf.Cards)
            {
                WriteCard(writer, card);
            }
        }
    }

    /// <summary>Home without its traces.</summary>
    public static HomePage? Read(PackReader reader, ListenerId listener)
    {
        if (reader.Byte() == 0)
        {
            return null;
        }
        var date = DateOnly.FromDayNumber(reader.Small(DateOnly.MaxValue.DayNumber));
        var timeZone = reader.TextOrNull();
        var listening = new KindShares(reader.Number(), reader.Number(), reader.Number());
        var hub = new HubEntry[reader.Count()];
        for (var i = 0; i < hub.Length; i++)
        {
            hub[i] = new HubEntry(new PlaylistKind(reader.Text()), TrackPack.ReadReason(reader, default));
        }
        var shelves = new HomeShelf[reader.Count()];
        for (var i = 0; i < shelves.Length; i++)
        {
            shelves[i] = ReadShelf(reader);
        }
        return new HomePage(listener, date, hub, shelves) { Listening = listening, TimeZone = timeZone };
    }

    public static void WriteTraces(PackWriter writer, HomePage? home)
    {
        if (home is null)
        {
            return;
        }
        TracePack.Write(writer, home.Trace);
        foreach (var shelf in home.Shelves)
        {
            TracePack.Write(writer, shelf.Trace);
        }
    }

    /// <summary>Home with its traces.</summary>
    public static HomePage? ReadTraces(PackReader reader, HomePage? home)
    {
        if (home is null)
        {
            return null;
        }
        var trace = TracePack.Read(reader, HomePage.Kind);
        var shelves = new HomeShelf[home.Shelves.Count];
        for (var i = 0; i < shelves.Length; i++)
        {
            var shelf = home.Shelves[i];
            shelves[i] = shelf with { Trace = TracePack.Read(reader, HomePage.RowOf(shelf.Name)) };
        }
        return home with { Trace = trace, Shelves = shelves };
    }

    private static HomeShelf ReadShelf(PackReader reader)
    {
        var (name, title) = (reader.Text(), reader.Text());
        var reason = TrackPack.ReadReason(reader, default);
        var propensity = TrackPack.ReadPropensity(reader);
        var cards = new HomeCard[reader.Count()];
        for (var i = 0; i < cards.Length; i++)
        {
            cards[i] = ReadCard(reader);
        }
        return new HomeShelf(name, title, reason, cards) { Propensity = propensity };
    }

    private static void WriteCard(PackWriter writer, HomeCard card)
    {
        writer.Text(card.Playlist.Value);
        writer.Byte(card.Track is null ? (byte)0 : (byte)1);
        if (card.Track is { } track)
        {
            TrackPack.Write(writer, track);
            return;
        }
        TrackPack.WriteReason(writer, card.Reason, default);
        TrackPack.WritePropensity(writer, card.Propensity);
    }

    private static HomeCard ReadCard(PackReader reader)
    {
        var kind = new PlaylistKind(reader.Text());
        return reader.Byte() == 0
            ? new HomeCard(kind, TrackPack.ReadReason(reader, default), TrackPack.ReadPropensity(reader))
            : new HomeCard(kind, TrackPack.Read(reader));
    }
}
