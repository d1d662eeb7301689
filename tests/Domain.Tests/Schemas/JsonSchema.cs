using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nocturne.Domain.Tests.Schemas;

/// <summary>
/// Judges JSON by a schema of draft 2020-12 that uses no other keywords than those named here; one that is not known
/// is an error, for a rule that nobody evaluates holds nothing.
/// </summary>
/// <remarks>
/// <c>format</c> is an annotation, as it is unless a validator is told otherwise. Of a name that stands twice in an
/// object the last counts. Text that is not Unicode (an escaped lone surrogate) is judged as U+FFFD.
/// </remarks>
internal sealed class JsonSchema
{
    private const string NotUnicode = "\uFFFD";

    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1); // a pattern that needs more backtracks

    private static readonly string[] Annotations =
    [
        "$schema",
        "$id",
        "$defs",
        "title",
        "description",
        "default",
        "examples",
        "format",
    ];

    private readonly JsonElement _root;
    private readonly Dictionary<string, Regex> _patterns = new(StringComparer.Ordinal);

    private JsonSchema(JsonElement root)
    {
        _root = root;
        Check(root);
    }

    /// <summary>Reads a schema.</summary>
    /// <exception cref="NotSupportedException">It uses a keyword, a type or a reference that is not evaluated here.</exception>
    public static JsonSchema Parse(string json) => new(JsonDocument.Parse(json).RootElement);

    /// <summary>Whether <paramref name="instance"/> is valid.</summary>
    public bool Accepts(JsonElement instance) => Accepts(_root, instance);

    /// <summary>A member's name, as it is judged.</summary>
    public static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return NotUnicode;
        }
    }

    private bool Accepts(JsonElement schema, JsonElement instance) =>
        schema.ValueKind == JsonValueKind.True
        || (
            schema.ValueKind != JsonValueKind.False
            && schema.EnumerateObject().All(keyword => Accepts(keyword.Name, keyword.Value, instance))
        );

    private bool Accepts(string keyword, JsonElement value, JsonElement instance) =>
        keyword switch
        {
            "$ref" => Accepts(Resolve(value), instance),
            "type" => value.ValueKind == JsonValueKind.Array
                ? value.EnumerateArray().Any(type => IsOf(type.GetString()!, instance))
                : IsOf(value.GetString()!, instance),
            "enum" => value.EnumerateArray().Any(constant => IsSame(constant, instance)),
            "const" => IsSame(value, instance),
            "not" => !Accepts(value, instance),
            "anyOf" => value.EnumerateArray().Any(schema => Accepts(schema, instance)),
            "oneOf" => value.EnumerateArray().Count(schema => Accepts(schema, instance)) == 1,
            "minimum" => NumberOf(instance) is not { } number || number >= NumberOf(value),
            "exclusiveMinimum" => NumberOf(instance) is not { } number || number > NumberOf(value),
            "maximum" => NumberOf(instance) is not { } number || number <= NumberOf(value),
            "minLength" => TextOf(instance) is not { } text || Characters(text) >= value.GetInt32(),
            "maxLength" => TextOf(instance) is not { } text || Characters(text) <= value.GetInt32(),
            "pattern" => TextOf(instance) is not { } text || _patterns[value.GetString()!].IsMatch(text),
            "items" => instance.ValueKind != JsonValueKind.Array
                || instance.EnumerateArray().All(item => Accepts(value, item)),
            "maxItems" => instance.ValueKind != JsonValueKind.Array || instance.GetArrayLength() <= value.GetInt32(),
            "properties" => Members(instance) is not { } members
                || value
                    .EnumerateObject()
                    .All(p => !members.TryGetValue(p.Name, out var member) || Accepts(p.Value, member)),
            "required" => Members(instance) is not { } members
                || value.EnumerateArray().All(name => members.ContainsKey(name.GetString()!)),
            _ => Annotations.Contains(keyword, StringComparer.Ordinal),
        };

    private void Check(JsonElement schema)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return;
        }
        foreach (var keyword in schema.EnumerateObject())
        {
            switch (keyword.Name)
            {
                case "$ref":
                    Resolve(keyword.Value);
                    break;
                case "type":
                    foreach (
                        var type in keyword.Value.ValueKind == JsonValueKind.Array
                            ? [.. keyword.Value.EnumerateArray()]
                            : new[] { keyword.Value }
                    )
                    {
                        IsOf(type.GetString()!, keyword.Value);
                    }
                    break;
                case "pattern":
                    _patterns[keyword.Value.GetString()!] = Pattern(keyword.Value.GetString()!);
                    break;
                case "not" or "items":
                    Check(keyword.Value);
                    break;
                case "anyOf" or "oneOf":
                    foreach (var part in keyword.Value.EnumerateArray())
                    {
                        Check(part);
                    }
                    break;
                case "properties" or "$defs":
                    foreach (var part in keyword.Value.EnumerateObject())
                    {
                        Check(part.Value);
                    }
                    break;
                case "minimum" or "exclusiveMinimum" or "maximum" or "minLength" or "maxLength" or "maxItems":
                case "enum" or "const" or "required":
                    break;
                case var other when Annotations.Contains(other, StringComparer.Ordinal):
                    break;
                default:
                    throw new NotSupportedException($"The keyword '{keyword.Name}' is not evaluated.");
            }
        }
    }

    private JsonElement Resolve(JsonElement reference)
    {
        const string Definitions = "#/$defs/";
        var path = reference.GetString()!;
        return
            path.StartsWith(Definitions, StringComparison.Ordinal)
            && _root.TryGetProperty("$defs", out var definitions)
            && definitions.TryGetProperty(path[Definitions.Length..], out var found)
            ? found
            : throw new NotSupportedException($"The reference '{path}' is to none of the schema's own definitions.");
    }

    private static bool IsOf(string type, JsonElement instance) =>
        type switch
        {
            "null" => instance.ValueKind == JsonValueKind.Null,
            "boolean" => instance.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "string" => instance.ValueKind == JsonValueKind.String,
            "number" => instance.ValueKind == JsonValueKind.Number,
            "integer" => NumberOf(instance) is { } number && Math.Floor(number) == number, // 1.0 and 1e2 are integers
            "array" => instance.ValueKind == JsonValueKind.Array,
            "object" => instance.ValueKind == JsonValueKind.Object,
            _ => throw new NotSupportedException($"'{type}' is no type."),
        };

    /// <summary>Constants here are null and texts.</summary>
    private static bool IsSame(JsonElement constant, JsonElement instance) =>
        constant.ValueKind switch
        {
            JsonValueKind.Null => instance.ValueKind == JsonValueKind.Null,
            JsonValueKind.String => TextOf(instance) == constant.GetString(),
            _ => throw new NotSupportedException($"A constant of kind {constant.ValueKind} is not compared."),
        };

    /// <summary>What is beyond a decimal is beyond every bound that a schema here names, or nothing.</summary>
    private static decimal? NumberOf(JsonElement instance) =>
        instance.ValueKind != JsonValueKind.Number ? null
        : instance.TryGetDecimal(out var number) ? number
        : instance.GetDouble() < 0 ? decimal.MinValue
        : decimal.MaxValue;

    private static string? TextOf(JsonElement instance)
    {
        if (instance.ValueKind != JsonValueKind.String)
        {
            return null;
        }
        try
        {
            return instance.GetString();
        }
        catch (InvalidOperationException)
        {
            return NotUnicode;
        }
    }

    private static int Characters(string text) => text.EnumerateRunes().Count();

    private static Dictionary<string, JsonElement>? Members(JsonElement instance)
    {
        if (instance.ValueKind != JsonValueKind.Object)
        {
            return null;
        }
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in instance.EnumerateObject())
        {
            members[NameOf(member)] = member.Value;
        }
        return members;
    }

    /// <summary>A pattern in ECMA-262's dialect; there '$' is the end of the text, not also a place before a last '\n'.</summary>
    private static Regex Pattern(string pattern) =>
        new(
            pattern.EndsWith('$') ? pattern[..^1] + @"\z" : pattern,
            RegexOptions.ECMAScript | RegexOptions.CultureInvariant,
            PatternTimeout
        );
}
