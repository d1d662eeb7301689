using System.Text.Json;
using Nocturne.Hosting;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>Small JSON bodies.</summary>
internal static class RequestJson
{
    private const int MaxBytes = 64 << 10;

    /// <summary>Reads a body that is one JSON object; null where it is none, or far too long.</summary>
    public static async ValueTask<JsonDocument?> ReadAsync(ListenBrainzCall call)
    {
        var body = await HttpEndpoints.ReadBodyAsync(call.Context.Request, MaxBytes, call.Aborted);
        if (body is null)
        {
            return null;
        }
        try
        {
            var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind == JsonValueKind.Object && JsonText.IsUnicode(json.RootElement))
            {
                return json;
            }
            json.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
