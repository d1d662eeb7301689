using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pulumi;

namespace Nocturne.Infra;

/// <summary>Reads configuration values and collects what is wrong with them, so that one run tells everything.</summary>
/// <param name="get">A key's value, or null.</param>
internal sealed class SettingsReader(Func<string, string?> get)
{
    private readonly List<string> _problems = [];

    /// <summary>A value that must be there.</summary>
    /// <param name="key">The full key.</param>
    /// <param name="what">What it is, with its article.</param>
    /// <param name="form">What it looks like.</param>
    public string Required(string key, string what, Regex form)
    {
        var value = get(key) ?? "";
        if (value.Length == 0)
        {
            _problems.Add($"{key} is not set; `pulumi config set {key} VALUE` sets {what}.");
        }
        else if (!form.IsMatch(value))
        {
            _problems.Add($"{key} is '{value}', which is not {what}.");
        }
        return value;
    }

    /// <summary>A value that may be left out.</summary>
    public string Optional(string key, string otherwise) => get(key) is { Length: > 0 } value ? value : otherwise;

    /// <summary>A value that may be left out but has a form.</summary>
    public string Formed(string key, string otherwise, string what, Regex form)
    {
        var value = Optional(key, otherwise);
        // Nothing by default is nothing given; what stands in for it is judged where it comes from.
        if (value.Length > 0 && !form.IsMatch(value))
        {
            Wrong(key, value, what);
        }
        return value;
    }

    /// <summary>One of a few words.</summary>
    public string Choice(string key, string otherwise, params string[] choices)
    {
        var value = Optional(key, otherwise);
        if (!choices.Contains(value, StringComparer.Ordinal))
        {
            Wrong(key, value, $"{string.Join(", ", choices[..^1])} or {choices[^1]}");
        }
        return value;
    }

    /// <summary>Yes or no.</summary>
    public bool Flag(string key, bool otherwise) =>
        Choice(key, otherwise ? "true" : "false", "true", "false") is "true";

    /// <summary>A whole number.</summary>
    public int Number(string key, int otherwise, int least, int most)
    {
        var text = Optional(key, otherwise.ToString(CultureInfo.InvariantCulture));
        if (
            !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            || value < least
            || value > most
        )
        {
            Wrong(key, text, $"a number from {least} to {most}");
        }
        return value;
    }

    /// <summary>A share, from 0 to 1.</summary>
    public double Share(string key, double otherwise)
    {
        var text = Optional(key, otherwise.ToString(CultureInfo.InvariantCulture));
        if (
            !double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || value > 1
        )
        {
            Wrong(key, text, "a share from 0 to 1, such as 0.1,");
        }
        return value;
    }

    /// <summary>A list, as <c>pulumi config set --path 'key[0]' VALUE</c> makes it.</summary>
    public IReadOnlyList<string> Texts(string key, string what, Regex form)
    {
        var values = Json(key, "[]", root => root.EnumerateArray().Select(value => value.GetString()!).ToArray());
        if (values is null)
        {
            _problems.Add(
                $"{key} is '{get(key)}', which is not a list; `pulumi config set --path '{key}[0]' VALUE` makes one."
            );
            return [];
        }
        foreach (var value in values.Where(value => !form.IsMatch(value)))
        {
            Wrong(key, value, what);
        }
        return values;
    }

    /// <summary>Numbers by name, as <c>pulumi config set --path 'key.name' NUMBER</c> makes them.</summary>
    /// <param name="key">The full key.</param>
    /// <param name="names">The names that may stand there.</param>
    public IReadOnlyDictionary<string, int> Numbers(string key, IEnumerable<string> names)
    {
        var values = Json(
            key,
            "{}",
            root =>
                root.EnumerateObject()
                    .ToDictionary(value => value.Name, value => Whole(value.Value), StringComparer.Ordinal)
        );
        if (values is null)
        {
            _problems.Add(
                $"{key} is '{get(key)}', which is not numbers by name; "
                    + $"`pulumi config set --path '{key}.NAME' NUMBER` makes one."
            );
            return new Dictionary<string, int>(StringComparer.Ordinal);
        }
        var known = names.ToList();
        foreach (var name in values.Keys.Except(known, StringComparer.Ordinal))
        {
            Wrong(key, name, $"one of the names {string.Join(", ", known)}");
        }
        foreach (var (name, value) in values.Where(value => value.Value < 1))
        {
            Wrong($"{key}.{name}", value.ToString(CultureInfo.InvariantCulture), "a number from 1 on");
        }
        return values;
    }

    /// <summary>Notes what no single value shows to be wrong.</summary>
    public void Problem(string problem) => _problems.Add(problem);

    /// <summary>Ends reading.</summary>
    /// <exception cref="RunException">Something is missing or wrong; the message has one line for each key.</exception>
    public void ThrowIfWrong()
    {
        if (_problems.Count > 0)
        {
            throw new RunException($"The stack's configuration is not usable:\n{string.Join('\n', _problems)}");
        }
    }

    private void Wrong(string key, string value, string wanted) =>
        _problems.Add($"{key} is '{value}'; {wanted} is wanted.");

    // Pulumi writes a number that was quoted on the command line as text.
    private static int Whole(JsonElement value) =>
        value.ValueKind is JsonValueKind.String
            ? int.Parse(value.GetString()!, NumberStyles.None, CultureInfo.InvariantCulture)
            : value.GetInt32();

    private T? Json<T>(string key, string otherwise, Func<JsonElement, T> read)
        where T : class
    {
        try
        {
            using var json = JsonDocument.Parse(Optional(key, otherwise));
            return read(json.RootElement);
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or FormatException or OverflowException)
        {
            return null;
        }
    }
}
