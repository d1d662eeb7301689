namespace Nocturne.Domain;

/// <summary>A blend of several listeners' tastes. Whoever knows the id may join: it is as good as an invitation.</summary>
/// <param name="Value">The id's text.</param>
public readonly record struct BlendId(string Value)
{
    /// <summary>Checks and wraps.</summary>
    /// <exception cref="FormatException">Not an id; see <see cref="Id"/>.</exception>
    public static BlendId Parse(string text) => new(Id.Check(text, "a blend id"));

    /// <inheritdoc/>
    public override string ToString() => Value;
}
