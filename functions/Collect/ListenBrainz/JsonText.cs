using System.Text.Json;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>Questions to the texts of a JSON value, at any depth; depth is bounded where it was parsed.</summary>
internal static class JsonText
{
    /// <summary>Whether all of them are Unicode: an escape may stand for half of a surrogate pair, bytes for nothing.</summary>
    public static bool IsUnicode(JsonElement value)
    {
        try
        {
            return Find(value, static _ => false) is null;
        }
        catch (InvalidOperationException)
        {
            // The reader's answer to such text.
            return false;
        }
    }

    /// <summary>The first text that has U+0000; null where none has.</summary>
    public static string? FindNull(JsonElement value) =>
        Find(value, static text => text.Contains('\0', StringComparison.Ordinal));

    private static string? Find(JsonElement value, Func<string, bool> isMeant)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                var text = value.GetString()!;
                return isMeant(text) ? text : null;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    if (Find(item, isMeant) is { } found)
                    {
                        return found;
                    }
                }
                return null;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    if (isMeant(property.Name))
                    {
                        return property.Name;
                    }
                    if (Find(property.Value, isMeant) is { } found)
                    {
                        return found;
                    }
                }
                return null;
            default:
                return null;
        }
    }
}
