using System.Buffers;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Hosting;
using Nocturne.Ports;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>What a listener plays at the moment: a document that expires, and no part of any profile.</summary>
internal sealed class PlayingNow(IDocumentStore documents, TimeProvider time)
{
    /// <summary>The collection; its documents have a time to live.</summary>
    public const string Collection = "playing-now";

    // ListenBrainz's own, where the client does not say how long the recording is.
    private static readonly TimeSpan DefaultLife = TimeSpan.FromSeconds(600);

    private const int MaxDeleteBytes = 4 << 10;

    /// <summary>Remembers what plays, for as long as it lasts.</summary>
    public async ValueTask PutAsync(ListenerId listener, SubmittedListen listen, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("recording_msid"u8, ListenEvents.MsidOf(listen));
            json.WriteString("client"u8, listen.Client);
            json.WritePropertyName("track_metadata"u8);
            listen.Metadata.WriteTo(json);
            json.WriteEndObject();
        }
        var life = listen.DurationMs is { } duration ? TimeSpan.FromMilliseconds(duration) : DefaultLife;
        var write = DocumentWrite.Put(KeyOf(listener), buffer.WrittenMemory) with
        {
            ExpiresAt = time.GetUtcNow() + life,
        };
        await documents.CommitAsync([write], cancellationToken);
    }

    /// <summary><c>GET user/{user}/playing-now</c>.</summary>
    public async ValueTask<ListenBrainzAnswer> GetAsync(ListenBrainzCall call)
    {
        var document = await documents.GetAsync(KeyOf(call.Listener), call.Aborted);
        using var stored = document is null ? null : JsonDocument.Parse(document.Data);
        return ListenBrainzAnswer.Payload(json =>
        {
            json.WriteNumber("count"u8, stored is null ? 0 : 1);
            json.WriteString("user_id"u8, call.UserName);
            json.WriteBoolean("playing_now"u8, value: true);
            json.WriteStartArray("listens"u8);
            if (stored is not null)
            {
                json.WriteStartObject();
                json.WriteBoolean("playing_now"u8, value: true);
                json.WritePropertyName("recording_msid"u8);
                stored.RootElement.GetProperty("recording_msid"u8).WriteTo(json);
                json.WritePropertyName("track_metadata"u8);
                stored.RootElement.GetProperty("track_metadata"u8).WriteTo(json);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    /// <summary><c>POST playing-now/delete</c>, of a client's own or whatever plays.</summary>
    public async ValueTask<ListenBrainzAnswer> DeleteAsync(ListenBrainzCall call)
    {
        var read = await HttpEndpoints.ReadBodyAsync(call.Context.Request, MaxDeleteBytes, call.Aborted);
        if (read is not { } body || !TryReadClient(body, out var client))
        {
            return ListenBrainzAnswer.BadRequest("Invalid JSON document submitted.");
        }
        var key = KeyOf(call.Listener);
        var document = await documents.GetAsync(key, call.Aborted);
        var isMeant = document is not null && (client is null || ClientOf(document) == client);
        if (isMeant)
        {
            await documents.CommitAsync([DocumentWrite.Delete(key)], call.Aborted);
        }
        return ListenBrainzAnswer.Object(json =>
        {
            json.WriteString("status"u8, "ok");
            json.WriteString("message"u8, isMeant ? "Playing now deleted." : "There was nothing to delete.");
        });
    }

    private static bool TryReadClient(byte[] body, out string? client)
    {
        client = null;
        if (body.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
        {
            return true;
        }
        try
        {
            using var json = JsonDocument.Parse(body);
            if (!JsonText.IsUnicode(json.RootElement))
            {
                return false;
            }
            client = ListenRules.TextOf(json.RootElement, "client");
            return json.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? ClientOf(Document document)
    {
        using var stored = JsonDocument.Parse(document.Data);
        return ListenRules.TextOf(stored.RootElement, "client");
    }

    private static DocumentKey KeyOf(ListenerId listener) => DocumentKey.Of(Collection, StorageName.Of(listener.Value));
}
