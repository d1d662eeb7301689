using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nocturne.StorageEmulator.Http;

namespace Nocturne.StorageEmulator.Objects;

/// <summary>Conditions on the generation and metageneration of the live object; null for none.</summary>
internal sealed record Preconditions(
    long? GenerationMatch = null,
    long? GenerationNotMatch = null,
    long? MetagenerationMatch = null,
    long? MetagenerationNotMatch = null
)
{
    /// <summary>Reads <c>ifGenerationMatch</c> and its kin; of a copy's source <c>ifSourceGenerationMatch</c>.</summary>
    public static Preconditions Read(IQueryCollection query, string of = "") =>
        new(
            Number(query, $"if{of}GenerationMatch"),
            Number(query, $"if{of}GenerationNotMatch"),
            Number(query, $"if{of}MetagenerationMatch"),
            Number(query, $"if{of}MetagenerationNotMatch")
        );

    /// <summary>A number of the query; null where it has none.</summary>
    /// <exception cref="ApiException">It is no number.</exception>
    public static long? Number(IQueryCollection query, string name) =>
        query[name] is not [{ Length: > 0 } text, ..] ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw ApiException.Invalid($"Invalid long value: '{text}' of {name}.");

    /// <summary>Raises 412 unless a write that replaces <paramref name="current"/> may be made; generation 0 is none.</summary>
    public void CheckWrite(StoredObject? current)
    {
        var generation = current?.Generation ?? 0;
        var holds =
            (GenerationMatch is null || GenerationMatch == generation)
            && (GenerationNotMatch is null || GenerationNotMatch != generation)
            && (MetagenerationMatch is null || MetagenerationMatch == current?.Metageneration)
            && (MetagenerationNotMatch is null || MetagenerationNotMatch != current?.Metageneration);
        if (!holds)
        {
            throw ApiException.ConditionNotMet();
        }
    }

    /// <summary>Raises 304 where nothing has changed for the reader, 412 where something has that may not.</summary>
    public void CheckRead(StoredObject current)
    {
        if (GenerationNotMatch == current.Generation || MetagenerationNotMatch == current.Metageneration)
        {
            throw ApiException.NotModified();
        }
        CheckWrite(current);
    }
}
