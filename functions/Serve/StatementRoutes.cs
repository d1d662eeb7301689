using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Topology;

namespace Nocturne.Serve;

/// <summary>What a listener says outright: opinions, and what is out of their taste. Said by events, as everything is.</summary>
internal sealed class StatementRoutes(IEventPublisher publisher, ListenerStore listeners, TimeProvider time)
{
    // Three fields of at most 128 bytes each, escaped.
    private const int MaxBytes = 4 << 10;

    // Of 64 hexadecimal digits: 128 bits tell one listener's statements apart.
    private const int IdLength = 32;

    /// <summary><c>POST …/feedback</c>: <c>{"item":…,"score":1}</c>, or of an <c>artist</c>.</summary>
    public async ValueTask<IResult> FeedbackAsync(ServeCall call)
    {
        var body = await call.ReadObjectAsync(MaxBytes);
        var (item, artist) = (ServeCall.IdIn(body, "item"), ServeCall.IdIn(body, "artist"));
        if (item is null == artist is null)
        {
            return Answers.Unprocessable("Feedback is on one thing: give the id of an 'item' or of an 'artist'.");
        }
        if (
            !body.TryGetProperty("score"u8, out var said)
            || said.ValueKind != JsonValueKind.Number
            || !said.TryGetInt32(out var score)
            || score is < -1 or > 1
        )
        {
            return Answers.Unprocessable("'score' is 1 (likes), -1 (hates) or 0 (no opinion any more).");
        }
        var now = Now();
        return await SayAsync(
            new FeedbackEvent
            {
                Listener = call.Listener,
                Id = item is null
                    ? IdOf(call.Listener, now, $"artist {artist} {score}")
                    : ItemNaming.FeedbackOf(call.Listener, now, new ItemId(item)),
                StartedAt = now,
                ReceivedAt = now,
                Item = item is null ? null : new ItemId(item),
                Artist = artist is null ? null : new ArtistId(artist),
                Score = score,
            },
            call.Aborted
        );
    }

    /// <summary><c>GET …/taste/excludes</c>.</summary>
    public async ValueTask<IResult> ExcludesAsync(ServeCall call)
    {
        var statements = await listeners.ReadStatementsAsync(call.Listener, call.Aborted);
        return Answers.Object(
            Answers.Live,
            json =>
            {
                json.WriteStartArray("excludes"u8);
                foreach (var (target, value) in statements.Excludes)
                {
                    json.WriteStartObject();
                    json.WriteString("target"u8, NameOf(target));
                    json.WriteString("value"u8, value);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
        );
    }

    /// <summary><c>POST …/taste/excludes</c>: <c>{"target":"device","value":…,"on":true}</c>.</summary>
    public async ValueTask<IResult> ExcludeAsync(ServeCall call)
    {
        var body = await call.ReadObjectAsync(MaxBytes);
        ExcludeTarget? target = ServeCall.IdIn(body, "target") switch
        {
            "session" => ExcludeTarget.Session,
            "device" => ExcludeTarget.Device,
            "context" => ExcludeTarget.Context,
            _ => null,
        };
        if (target is not { } named)
        {
            return Answers.Unprocessable("'target' is session, device or context.");
        }
        if (ServeCall.IdIn(body, "value") is not { } value)
        {
            return Answers.Unprocessable("'value' is the id of the session, device or context.");
        }
        var isOn = true;
        if (body.TryGetProperty("on"u8, out var on))
        {
            if (on.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            {
                return Answers.Unprocessable("'on' is true (out of the taste) or false (back in).");
            }
            isOn = on.GetBoolean();
        }
        var now = Now();
        return await SayAsync(
            new ExcludeEvent
            {
                Listener = call.Listener,
                Id = IdOf(call.Listener, now, $"{named} {value} {isOn}"),
                StartedAt = now,
                ReceivedAt = now,
                Target = named,
                Value = value,
                On = isOn,
            },
            call.Aborted
        );
    }

    /// <summary>A target's name on the wire.</summary>
    private static string NameOf(ExcludeTarget target) =>
        target switch
        {
            ExcludeTarget.Session => "session",
            ExcludeTarget.Device => "device",
            _ => "context",
        };

    /// <summary>Publishes an event; accepted means durable, and in the profile within seconds.</summary>
    private async ValueTask<IResult> SayAsync(ListenEvent said, CancellationToken cancellationToken)
    {
        var line = new ArrayBufferWriter<byte>(512);
        EventWriter.WriteLine(line, said);
        await publisher.PublishAsync(
            NocturneTopology.TopicNames.ListeningEvents,
            [new OutgoingMessage(line.WrittenMemory)],
            cancellationToken
        );
        return Answers.Changed(
            StatusCodes.Status202Accepted,
            json =>
            {
                json.WriteString("event_id"u8, said.Id.Value);
                json.WriteString("started_at"u8, said.StartedAt.ToString());
            }
        );
    }

    private Instant Now() => Instant.From(time.GetUtcNow());

    /// <summary>What is said at one moment is one event, however often it arrives.</summary>
    private static EventId IdOf(ListenerId listener, Instant now, string what) =>
        new(
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{what}\n{listener}\n{now}")))[..IdLength]
        );
}
