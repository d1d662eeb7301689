using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>Composes a listener's playlists.</summary>
/// <remarks>
/// A pure function of catalogue, model, parameters, taste and date. One instance serves one worker: it holds scratch
/// memory (about 32 bytes an item of the catalogue) that is reused from listener to listener.
/// </remarks>
public sealed class PlaylistComposer
{
    private readonly Composition _composition;
    private readonly SlotFiller _slots;

    /// <summary>Prepares a worker.</summary>
    /// <param name="catalogue">All items.</param>
    /// <param name="model">Of the same items; for this worker alone.</param>
    /// <param name="parameters">What recipes depend on.</param>
    /// <param name="seed">Of the night: what explored slots are drawn by.</param>
    /// <exception cref="ArgumentException">Catalogue and model number different items, or a parameter is unusable.</exception>
    public PlaylistComposer(Catalogue catalogue, ITasteModel model, RecipeParameters? parameters = null, long seed = 0)
    {
        if (catalogue.Count != model.Items)
        {
            throw new ArgumentException(
                $"The catalogue has {catalogue.Count} items and the model {model.Items}: they number the same items.",
                nameof(model)
            );
        }
        _composition = new Composition(catalogue, model, (parameters ?? RecipeParameters.Default).Validated(), seed);
        _slots = new SlotFiller(_composition);
    }

    /// <summary>
    /// Announces listeners who will be composed for next, a handful: what the model reads for each of them it may then
    /// read once. Changes nothing that is composed.
    /// </summary>
    public void Expect(IReadOnlyList<ListenerTaste> tastes) => _composition.Model.Expect(tastes);

    /// <summary>
    /// Composes every recipe that is due, and keeps the published playlists of those that are not; a listener for whom
    /// none makes anything gets the general playlist.
    /// </summary>
    /// <remarks>
    /// A kept playlist keeps its date, draws and propensities. It is made anew before it is due only if there is none
    /// of the last due date, or if by now it names what may no longer be played or named.
    /// </remarks>
    /// <param name="taste">The listener.</param>
    /// <param name="date">The listener's local day that the playlists are for.</param>
    /// <param name="recipes">Which; by default <see cref="PlaylistRecipe.Personal"/>.</param>
    /// <returns>At least one playlist, each kind once; and what the next night is to know.</returns>
    public ComposedPlaylists Compose(ListenerTaste taste, DateOnly date, IReadOnlyList<PlaylistRecipe>? recipes = null)
    {
        _composition.Begin(taste, date);
        var playlists = new List<Playlist>();
        foreach (var recipe in recipes ?? PlaylistRecipe.Personal)
        {
            if (!_composition.Past.TryKeep(recipe, playlists))
            {
                recipe.Compose(_composition, _slots, playlists);
            }
        }
        if (playlists.Count == 0)
        {
            _composition.Past.TryKeep(PlaylistRecipe.General, playlists);
        }
        if (playlists.Count == 0)
        {
            PlaylistRecipe.General.Compose(_composition, _slots, playlists);
        }
        var home = _composition.Past.HomeToKeep(playlists) ?? HomeComposer.Compose(_composition, playlists);
        return new ComposedPlaylists(playlists, _composition.Past.Next, home);
    }
}
