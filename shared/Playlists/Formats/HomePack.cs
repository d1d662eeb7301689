using Nocturne.Domain;

namespace Nocturne.Playlists;

/// <summary>The part of <see cref="PlaylistPack"/> that holds a <see cref="HomePage"/>.</summary>
/// <remarks>
/// 0 for none, or 1 and: day number, time zone, shares of music, podcasts and audiobooks; the hub (kind, reason); the
/// trace of the shelves; the shelves, each name, title, reason, propensity in billionths, its row's trace, and the cards
/// (kind, item or none, reason, propensity in billionths).
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
            PlaylistPack.WriteReason(writer, entry.Reason, default);
        }
        TracePack.Write(writer, home.Trace);
        writer.Number(home.Shelves.Count);
        foreach (var shelf in home.Shelves)
        {
            writer.Text(shelf.Name);
            writer.Text(shelf.Title);
            PlaylistPack.WriteReason(writer, shelf.Reason, default);
            writer.Number((long)(shelf.Propensity * SlotPolicy.Unit));
            TracePack.Write(writer, shelf.Trace);
            writer.Number(shelf.Cards.Count);
            foreach (var card in shelf.Cards)
            {
                writer.Text(card.Playlist.Value);
                writer.Text(card.Item?.Value);
                PlaylistPack.WriteReason(writer, card.Reason, card.Item ?? default);
                writer.Number((long)(card.Propensity * SlotPolicy.Unit));
            }
        }
    }

    /// <summary>Reads what was written; without the traces where they are not asked for.</summary>
    public static HomePage? Read(PackReader reader, ListenerId listener, bool withTraces = true)
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
            hub[i] = new HubEntry(new PlaylistKind(reader.Text()), PlaylistPack.ReadReason(reader, default));
        }
        var trace = ReadTrace(reader, HomePage.Kind, withTraces);
        var shelves = new HomeShelf[reader.Count()];
        for (var i = 0; i < shelves.Length; i++)
        {
            shelves[i] = ReadShelf(reader, withTraces);
        }
        return new HomePage(listener, date, hub, shelves)
        {
            Listening = listening,
            TimeZone = timeZone,
            Trace = trace,
        };
    }

    private static HomeShelf ReadShelf(PackReader reader, bool withTraces)
    {
        var (name, title) = (reader.Text(), reader.Text());
        var reason = PlaylistPack.ReadReason(reader, default);
        var propensity = ReadPropensity(reader);
        var trace = ReadTrace(reader, HomePage.RowOf(name), withTraces);
        var cards = new HomeCard[reader.Count()];
        for (var i = 0; i < cards.Length; i++)
        {
            var playlist = new PlaylistKind(reader.Text());
            var item = reader.TextOrNull() is { } text ? new ItemId(text) : default(ItemId?);
            cards[i] = new HomeCard(playlist, item, PlaylistPack.ReadReason(reader, item ?? default))
            {
                Propensity = ReadPropensity(reader),
            };
        }
        return new HomeShelf(name, title, reason, cards) { Propensity = propensity, Trace = trace };
    }

    private static SlotTrace? ReadTrace(PackReader reader, PlaylistKind kind, bool withTraces)
    {
        if (withTraces)
        {
            return TracePack.Read(reader, kind);
        }
        TracePack.Skip(reader);
        return null;
    }

    private static decimal ReadPropensity(PackReader reader) =>
        reader.Small(SlotPolicy.Unit) / (decimal)SlotPolicy.Unit;
}
