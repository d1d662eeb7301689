using System.Text;
using Nocturne.Nights;
using Nocturne.Ports;

namespace Nocturne.LocalHost.Operations;

/// <summary>What the published run's catalogue calls items and artists; ids in profiles say little to people.</summary>
internal sealed class ItemNames
{
    private readonly Dictionary<string, (string Title, string? Artist)> _items = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _artists = new(StringComparer.Ordinal);

    private ItemNames(string? run) => Run = run;

    /// <summary>The run; null before the first.</summary>
    public string? Run { get; }

    /// <summary>An item's title.</summary>
    public string? Title(string id) => _items.GetValueOrDefault(id).Title;

    /// <summary>An item's artist and title.</summary>
    public string? Item(string id) =>
        _items.TryGetValue(id, out var names)
            ? names.Artist is null
                ? names.Title
                : $"{names.Artist} – {names.Title}"
            : null;

    public string? Artist(string id) => _artists.GetValueOrDefault(id);

    /// <summary>Reads a run's catalogue.</summary>
    public static async Task<ItemNames> ReadAsync(
        IObjectStore objects,
        string? run,
        CancellationToken cancellationToken
    )
    {
        var names = new ItemNames(run);
        if (run is null)
        {
            return names;
        }
        await using var content = await objects.OpenReadAsync(
            NightObjects.Catalogue(RunId.Parse(run)),
            cancellationToken
        );
        if (content is null)
        {
            return names;
        }
        using var reader = new StreamReader(content.Stream, Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellationToken) is { } text)
        {
            var line = CatalogueLine.Parse(Encoding.UTF8.GetBytes(text));
            if (line.Title is not null)
            {
                names._items[line.Item!] = (line.Title, line.ArtistName);
            }
            if (line is { Artist: not null, ArtistName: not null })
            {
                names._artists[line.Artist] = line.ArtistName;
            }
        }
        return names;
    }
}
