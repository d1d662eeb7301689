using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Serve;

/// <summary>An operator's catalogue files.</summary>
internal sealed partial class CatalogueRoute(IObjectStore objects, ServeOptions options)
{
    /// <summary><c>PUT /v1/catalogue/{name}</c>: in place of the file of that name, for the next night.</summary>
    public async ValueTask<IResult> PutAsync(ServeCall call)
    {
        var name = call.Part("name");
        if (!Name().IsMatch(name))
        {
            return Answers.BadRequest(
                "A catalogue file's name has 1 to 100 letters, digits, dots, hyphens and underscores, and begins with a "
                    + "letter or digit: 'tracks.ndjson'."
            );
        }
        await using var lines = new CheckedCatalogue(call.Context.Request.BodyReader, options.MaxCatalogueBytes);
        try
        {
            await objects.PutAsync(
                new ObjectKey(NocturneTopology.BucketNames.Catalogue, NightObjects.CatalogueUploads + name),
                lines,
                "application/x-ndjson",
                IfGeneration.Any,
                call.Aborted
            );
        }
        catch (CatalogueRefusedException e)
        {
            return e.IsTooLarge
                ? Results.Problem(
                    $"A catalogue file has at most {options.MaxCatalogueBytes} bytes here: cut it in several, by name.",
                    statusCode: StatusCodes.Status413PayloadTooLarge
                )
                : Results.Problem(
                    "No line of this is a catalogue's (docs/contracts.md, Catalogue); nothing was changed.",
                    statusCode: StatusCodes.Status422UnprocessableEntity,
                    extensions: new Dictionary<string, object?>(StringComparer.Ordinal)
                    {
                        ["rejected"] = lines.Rejected,
                        ["first"] = lines.Refused is [var first, ..] ? $"line {first.Line}: {first.Reason}" : null,
                    }
                );
        }
        return Answers.Changed(
            StatusCodes.Status200OK,
            json =>
            {
                json.WriteNumber("items"u8, lines.Items);
                json.WriteNumber("rejected"u8, lines.Rejected);
                json.WriteStartArray("lines"u8);
                foreach (var (line, reason) in lines.Refused)
                {
                    json.WriteStartObject();
                    json.WriteNumber("line"u8, line);
                    json.WriteString("reason"u8, reason);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
        );
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\\z", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Name();
}
