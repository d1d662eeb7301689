using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nocturne.Domain;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>A request of a listener's client, admitted.</summary>
/// <param name="Context">The request.</param>
/// <param name="Listener">Whose token it has.</param>
internal sealed record ListenBrainzCall(HttpContext Context, ListenerId Listener)
{
    /// <summary>What clients are shown as the user's name: the listener's id.</summary>
    public string UserName => Listener.Value;

    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>A part of the path; routing leaves an escaped slash as it is.</summary>
    public static string PartOf(HttpContext context, string name) =>
        (context.GetRouteValueOrEmpty(name)).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>A whole number of the query; <paramref name="otherwise"/> where it is not there.</summary>
    /// <returns>The error's text; null where there is none.</returns>
    public string? ReadInteger(string name, long? otherwise, out long? value)
    {
        value = otherwise;
        var text = Context.Request.Query[name].ToString();
        if (text.Length == 0)
        {
            return null;
        }
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed))
        {
            return $"Invalid {name} argument: {text}";
        }
        value = parsed;
        return null;
    }

    /// <summary>A page of a list: how many from where, with ListenBrainz's defaults.</summary>
    /// <returns>The error's text; null where there is none.</returns>
    public string? ReadPage(int most, out int count, out int offset)
    {
        const int DefaultCount = 25;
        (count, offset) = (0, 0);
        foreach (var name in (string[])["count", "offset"])
        {
            if (ReadInteger(name, name == "count" ? DefaultCount : 0, out var value) is not null || value < 0)
            {
                return $"'{name}' should be a non-negative integer";
            }
            if (name == "count")
            {
                count = (int)Math.Min(value!.Value, most);
            }
            else
            {
                offset = (int)Math.Min(value!.Value, int.MaxValue);
            }
        }
        return null;
    }
}

/// <summary>Route values as texts.</summary>
internal static class RouteTexts
{
    public static string GetRouteValueOrEmpty(this HttpContext context, string name) =>
        context.Request.RouteValues.TryGetValue(name, out var value) ? value as string ?? "" : "";
}
