using Microsoft.AspNetCore.Http;
using Nocturne.Hosting;
using Nocturne.Identity;

namespace Nocturne.Collect.ListenBrainz;

/// <summary><c>GET validate-token</c>: a bad token is no error, but an answer that says so.</summary>
internal sealed class ValidateToken(ListenerTokens tokens)
{
    public async ValueTask<ListenBrainzAnswer> HandleAsync(HttpContext context)
    {
        var credential = RequestOrigin.CredentialOf(context.Request);
        credential = string.IsNullOrEmpty(credential) ? context.Request.Query["token"].ToString() : credential;
        if (credential.Length == 0)
        {
            return ListenBrainzAnswer.BadRequest("You need to provide an Authorization token.");
        }
        var caller = await tokens.FindAsync(credential, context.RequestAborted);
        return ListenBrainzAnswer.Object(json =>
        {
            json.WriteNumber("code"u8, StatusCodes.Status200OK);
            json.WriteString("message"u8, caller is null ? "Token invalid." : "Token valid.");
            json.WriteBoolean("valid"u8, caller is not null);
            if (caller?.Listener is { } listener)
            {
                json.WriteString("user_name"u8, listener.Value);
            }
        });
    }
}
