using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nocturne.Domain;
using Nocturne.Nights.Blends;
using Nocturne.Playlists.Blends;

namespace Nocturne.Serve;

/// <summary>Blends: a listener makes, joins and leaves them for themselves, and sees those that they are in.</summary>
internal sealed class BlendRoutes(BlendMemberships memberships, PublishedBlends published)
{
    // Of a random id, and of one that follows from an Idempotency-Key: nobody guesses 128 bits.
    private const int IdBytes = 16;
    private const int LeastKey = 16;

    /// <summary><c>GET …/blends</c>.</summary>
    public async ValueTask<IResult> ListAsync(ServeCall call)
    {
        var blends = await memberships.ListAsync(call.Listener, call.Aborted);
        return Answers.Object(
            Answers.Live,
            json =>
            {
                json.WriteStartArray("blends"u8);
                foreach (var blend in blends)
                {
                    json.WriteStringValue(blend.Value);
                }
                json.WriteEndArray();
            }
        );
    }

    /// <summary>
    /// <c>POST …/blends</c>: a new one, with the listener as its first member. With an <c>Idempotency-Key</c> that was
    /// used before it is the same again.
    /// </summary>
    public async ValueTask<IResult> CreateAsync(ServeCall call)
    {
        var key = call.Context.Request.Headers["Idempotency-Key"].ToString();
        if (key.Length > 0 && (key.Length < LeastKey || !Id.IsValid(key)))
        {
            return Answers.BadRequest(
                $"An Idempotency-Key has {LeastKey} characters to {Id.MaxBytes} bytes: make a random UUID."
            );
        }
        var blend = new BlendId(key.Length == 0 ? NewId() : IdOf(call.Listener, key));
        var outcome = await memberships.CreateAsync(blend, call.Listener, call.Aborted);
        if (!outcome.IsSo)
        {
            return Answers.Conflict(outcome.Message);
        }
        call.Context.Response.Headers.Location =
            $"/v1/listeners/{Uri.EscapeDataString(call.Listener.Value)}/blends/{blend.Value}";
        return Answers.Changed(StatusCodes.Status201Created, json => Write(json, outcome.Blend!));
    }

    /// <summary><c>GET …/blends/{blend}</c>: for members; to others there is no such blend.</summary>
    public async ValueTask<IResult> ShowAsync(ServeCall call)
    {
        if (BlendOf(call) is not { } id || await memberships.ReadAsync(id, call.Aborted) is not { } blend)
        {
            return NoSuchBlend();
        }
        if (!blend.Has(call.Listener))
        {
            return NoSuchBlend();
        }
        var playlist = await published.ReadAsync(id, call.Aborted);
        // One that was made for members before these may show who has left, or what someone else listens to.
        var bytes = playlist is not null && playlist.Version == blend.Version ? BlendJson.Write(playlist) : null;
        return Answers.Object(
            Answers.Live,
            json =>
            {
                Write(json, blend);
                json.WritePropertyName("made"u8);
                if (bytes is null)
                {
                    json.WriteNullValue();
                }
                else
                {
                    json.WriteRawValue(bytes, skipInputValidation: true);
                }
            }
        );
    }

    /// <summary><c>PUT …/blends/{blend}</c>: joins; whoever knows the id may.</summary>
    public async ValueTask<IResult> JoinAsync(ServeCall call)
    {
        if (BlendOf(call) is not { } id)
        {
            return NoSuchBlend();
        }
        var outcome = await memberships.JoinAsync(id, call.Listener, call.Aborted);
        return outcome switch
        {
            { IsSo: true, Blend: { } blend } => Answers.Changed(StatusCodes.Status200OK, json => Write(json, blend)),
            { Answer: BlendAnswer.NoSuchBlend } => NoSuchBlend(),
            _ => Answers.Conflict(outcome.Message),
        };
    }

    /// <summary><c>DELETE …/blends/{blend}</c>: leaves; done already is done.</summary>
    public async ValueTask<IResult> LeaveAsync(ServeCall call)
    {
        if (BlendOf(call) is not { } id)
        {
            return NoSuchBlend();
        }
        var outcome = await memberships.LeaveAsync(id, call.Listener, call.Aborted);
        return outcome.IsSo ? Results.NoContent() : NoSuchBlend();
    }

    private static BlendId? BlendOf(ServeCall call) =>
        call.Part("blend") is var id && Id.IsValid(id) ? new BlendId(id) : null;

    private static IResult NoSuchBlend() =>
        Answers.NotFound("There is no such blend, or the listener is not in it: PUT its address to join.");

    private static void Write(Utf8JsonWriter json, Blend blend)
    {
        json.WriteString("blend"u8, blend.Id);
        json.WriteNumber("version"u8, blend.Version);
        json.WriteStartArray("members"u8);
        foreach (var member in blend.Members)
        {
            json.WriteStringValue(member);
        }
        json.WriteEndArray();
        json.WriteString("created_at"u8, blend.CreatedAt);
        json.WriteString("changed_at"u8, blend.ChangedAt);
    }

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));

    private static string IdOf(ListenerId listener, string key) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"blend\n{listener}\n{key}"))[..IdBytes]);
}
