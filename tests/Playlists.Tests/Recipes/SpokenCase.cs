using Nocturne.Domain;

namespace Nocturne.Playlists.Tests.Recipes;

/// <summary>Makes shows and books of a random catalogue, and a listener of them.</summary>
internal static class SpokenCase
{
    /// <summary>Of every three artists one is a show and one an author; numbers and days are there or not.</summary>
    public static void MakeSeries(CatalogueTrack[] tracks, Random random)
    {
        for (var i = 0; i < tracks.Length; i++)
        {
            var artist = tracks[i].Artist is { } id ? id.Value.Length + id.Value[^1] : 0;
            var kind = (ItemKind)(artist % 3);
            if (kind == ItemKind.Track)
            {
                continue;
            }
            tracks[i] = tracks[i] with
            {
                Kind = kind,
                Album = kind == ItemKind.Chapter ? $"Book {random.Next(2)}" : tracks[i].Album,
                Number = artist % 2 == 0 || random.Next(3) > 0 ? random.Next(1, 9) : null,
            };
        }
    }

    public static (ListenerTaste, RecipeParameters) Listen(
        Catalogue catalogue,
        ListenerTaste taste,
        RecipeParameters parameters,
        Random random
    )
    {
        var items = taste
            .Items.Select(item =>
                item with
                {
                    Kind = catalogue.IndexOf(item.Item) is var index and >= 0
                        ? catalogue[index].Kind
                        : (ItemKind)random.Next(3),
                }
            )
            .ToArray();
        var spoken = items.Where(item => item.Kind != ItemKind.Track).ToArray();
        var unfinished = spoken
            .Where(_ => random.Next(3) == 0)
            .Select(item => new UnfinishedItem(
                item.Item,
                item.Kind,
                item.Artist,
                TimeSpan.FromMinutes(random.Next(1, 50)),
                random.Next(2) == 0 ? TimeSpan.FromHours(1) : null,
                Some()
            ))
            .OrderByDescending(item => item.LastPlayed)
            .ThenBy(item => item.Item.Value, StringComparer.Ordinal);
        var plays = spoken
            .Where(_ => random.Next(2) == 0)
            .Select(item => new RecentPlay(Some(), item.Item, item.Kind, item.Artist, random.Next(5) > 0, false))
            .Concat(taste.RecentPlays)
            .OrderByDescending(play => play.StartedAt)
            .ToArray();
        return (
            taste with
            {
                Items = items,
                Unfinished = [.. unfinished],
                RecentPlays = plays,
                FollowedArtists = Enumerable
                    .Range(0, 60)
                    .Where(_ => random.Next(4) == 0)
                    .Select(World.Artist)
                    .Concat(taste.FollowedArtists)
                    .ToHashSet(),
            },
            parameters with
            {
                Series = new SeriesParameters
                {
                    Episodes = random.Next(1, 31),
                    ShowCap = random.Next(1, 5),
                    NewDays = random.Next(1, 40),
                    ContinueItems = random.Next(1, 21),
                    ContinueCap = random.Next(1, 6),
                    Days = random.Next(1, 61),
                },
            }
        );

        Instant Some() => Instant.FromDate(RandomCase.Monday) + TimeSpan.FromMinutes(random.Next(-70 * 1440, 1440));
    }
}
