using Nocturne.Domain;
using Nocturne.Ports;

namespace Nocturne.Profiles;

/// <summary>Where a listener's state lies in the document store.</summary>
/// <remarks>
/// <c>listeners/{name}</c> is the head; <c>listeners/{name}/days/{date}</c>, <c>…/impressions/{date}</c>,
/// <c>…/months/{month}</c> and <c>…/statements/latest</c> are the rest; name is <see cref="StorageName"/>'s.
/// </remarks>
public static class ListenerDocuments
{
    /// <summary>The collection of heads.</summary>
    public const string Heads = "listeners";

    /// <summary>The collection of heads that a rebuild makes, beside those in use.</summary>
    public const string Rebuilt = "listeners-rebuilt";

    /// <summary>What a listener has beside the head.</summary>
    public static IReadOnlyList<ListenerPart> PartsBesideHead { get; } =
    [ListenerPart.Day, ListenerPart.ImpressionDay, ListenerPart.Tally, ListenerPart.Statements];

    /// <summary>The key of one document.</summary>
    /// <param name="heads">The collection of heads: <see cref="Heads"/>, or another for a state built aside.</param>
    /// <param name="storageName">The listener's storage name.</param>
    /// <param name="part">Which document.</param>
    /// <param name="name">Its date or month; empty for head and statements.</param>
    public static DocumentKey KeyOf(string heads, string storageName, ListenerPart part, string name) =>
        part switch
        {
            ListenerPart.Head => DocumentKey.Of(heads, storageName),
            ListenerPart.Statements => DocumentKey.Of(CollectionOf(heads, storageName, part), "latest"),
            _ => DocumentKey.Of(CollectionOf(heads, storageName, part), name),
        };

    /// <summary>The collection of one part's documents.</summary>
    public static string CollectionOf(string heads, string storageName, ListenerPart part) =>
        part switch
        {
            ListenerPart.Statements => $"{heads}/{storageName}/statements",
            ListenerPart.Day => $"{heads}/{storageName}/days",
            ListenerPart.ImpressionDay => $"{heads}/{storageName}/impressions",
            ListenerPart.Tally => $"{heads}/{storageName}/months",
            _ => heads,
        };
}
