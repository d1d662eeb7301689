using System.Text.Json;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>
/// Reads the body of a submission by ListenBrainz's rules and with its texts: clients show them, and people look them
/// up. A batch is taken whole or not at all.
/// </summary>
internal static class SubmissionReader
{
    /// <summary>The largest body.</summary>
    public const int MaxBodyBytes = 10_240_000;

    /// <summary>What a listen may have on average.</summary>
    public const int MaxListenBytes = 10_240;

    /// <summary>Most listens of one request.</summary>
    public const int MaxListens = 1_000;

    public const string TooLarge = "Payload too large. Payload cannot exceed 10240000 bytes";

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    /// <summary>Reads a body.</summary>
    /// <param name="body">The bytes; what was parsed refers to them no longer than the document lives.</param>
    /// <param name="now">Seconds since 1970.</param>
    /// <param name="document">What holds the listens' JSON; the caller disposes it.</param>
    public static Submission Read(ReadOnlyMemory<byte> body, long now, out JsonDocument? document)
    {
        document = null;
        body = body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body;
        try
        {
            document = JsonDocument.Parse(body, Options);
        }
        catch (JsonException e)
        {
            return Submission.Refuse($"Cannot parse JSON document: {e.Message}");
        }
        if (!JsonText.IsUnicode(document.RootElement))
        {
            return Submission.Refuse("Cannot parse JSON document: it holds text that is not Unicode.");
        }
        return Read(document.RootElement, body.Length, now);
    }

    private static Submission Read(JsonElement root, int bytes, long now)
    {
        if (
            root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("payload"u8, out var payload)
            || !root.TryGetProperty("listen_type"u8, out var named)
            || payload.ValueKind != JsonValueKind.Array
        )
        {
            return Submission.Refuse("Invalid JSON document submitted.");
        }
        var count = payload.GetArrayLength();
        if (count == 0)
        {
            return Submission.Refuse("JSON document does not contain any listens");
        }
        if (count > MaxListens)
        {
            return Submission.Refuse("Too many listens. You may not submit more than 1000 listens at once.");
        }
        if (bytes > (long)count * MaxListenBytes)
        {
            return Submission.Refuse("JSON document is too large. Each listens may not be larger than 10240 bytes.");
        }
        if (TypeOf(named) is not { } type)
        {
            return Submission.Refuse("JSON document requires a valid listen_type key.");
        }
        if (count > 1 && type != ListenType.Import)
        {
            return Submission.Refuse(
                "JSON document contains more than listen for a single/playing_now. It should contain only one."
            );
        }
        var listens = new SubmittedListen[count];
        var place = 0;
        foreach (var listen in payload.EnumerateArray())
        {
            if (ListenRules.Read(listen, type, now, out var read) is { } error)
            {
                return Submission.Refuse(error, listen);
            }
            listens[place++] = read!;
        }
        return new Submission(type, listens);
    }

    private static ListenType? TypeOf(JsonElement named) =>
        named.ValueKind == JsonValueKind.String
            ? named.GetString() switch
            {
                "single" => ListenType.Single,
                "playing_now" => ListenType.PlayingNow,
                "import" => ListenType.Import,
                _ => null,
            }
            : null;
}
