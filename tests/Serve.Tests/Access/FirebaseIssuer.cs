using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nocturne.Identity;

namespace Nocturne.Serve.Tests.Access;

/// <summary>Makes ID tokens as Identity Platform does, with a key of its own, whose public half it serves over HTTP.</summary>
internal sealed class FirebaseIssuer : IAsyncDisposable
{
    public const string Project = "night-music";
    private const string KeyId = "test-key";

    private static int s_made;

    private readonly WebApplication _keys;

    // Of its own: the library remembers keys by their address for the whole process, and a port may come again.
    private readonly string _path = $"/certs/{Interlocked.Increment(ref s_made)}";
    private readonly RSA _key = RSA.Create(2048);

    private FirebaseIssuer(WebApplication keys) => _keys = keys;

    /// <summary>Set to have the keys' address fail.</summary>
    public bool IsDown { get; set; }

    /// <summary>How often the keys were asked for.</summary>
    public int Fetches { get; private set; }

    /// <summary>These keys, with patience for a machine that does much else.</summary>
    public FirebaseOptions Options =>
        new(Project)
        {
            CertificatesUrl = $"{_keys.Urls.Single()}{_path}",
            CertificatesTimeout = TimeSpan.FromMinutes(1),
        };

    public static async Task<FirebaseIssuer> StartAsync()
    {
        var application = WebApplication.CreateSlimBuilder().Build();
        application.Urls.Add("http://127.0.0.1:0");
        var issuer = new FirebaseIssuer(application);
        application.MapGet(issuer._path, new RequestDelegate(issuer.AnswerAsync));
        await application.StartAsync();
        return issuer;
    }

    /// <summary>A token of a user, with claims changed, or removed by null.</summary>
    public string Token(string subject, params (string Name, object? Value)[] changes) =>
        Sign(Header("RS256"), Claims(subject, changes), content => SignWith(_key, content));

    /// <summary>The same by another key of the same name.</summary>
    public static string Forged(string subject)
    {
        using var other = RSA.Create(2048);
        return Sign(Header("RS256"), Claims(subject, []), content => SignWith(other, content));
    }

    /// <summary>Without a signature, as its header says.</summary>
    public static string Unsigned(string subject) => Sign(Header("none"), Claims(subject, []), _ => "x"u8.ToArray());

    /// <summary>Signed with the public key as if it were a shared secret.</summary>
    public string Confused(string subject) =>
        Sign(
            Header("HS256"),
            Claims(subject, []),
            content => HMACSHA256.HashData(_key.ExportSubjectPublicKeyInfo(), content)
        );

    public async ValueTask DisposeAsync()
    {
        await _keys.DisposeAsync();
        _key.Dispose();
    }

    private static byte[] SignWith(RSA key, byte[] content) =>
        key.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    private static Dictionary<string, object?> Header(string algorithm) =>
        new(StringComparer.Ordinal)
        {
            ["alg"] = algorithm,
            ["kid"] = KeyId,
            ["typ"] = "JWT",
        };

    private static Dictionary<string, object?> Claims(string subject, (string Name, object? Value)[] changes)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["iss"] = $"https://securetoken.google.com/{Project}",
            ["aud"] = Project,
            ["sub"] = subject,
            ["user_id"] = subject,
            ["auth_time"] = now - 100,
            ["iat"] = now - 10,
            ["exp"] = now + 3_590,
            ["firebase"] = new Dictionary<string, object>(StringComparer.Ordinal) { ["sign_in_provider"] = "password" },
        };
        foreach (var (name, value) in changes)
        {
            if (value is null)
            {
                claims.Remove(name);
            }
            else
            {
                claims[name] = value;
            }
        }
        return claims;
    }

    private static string Sign(
        Dictionary<string, object?> header,
        Dictionary<string, object?> claims,
        Func<byte[], byte[]> sign
    )
    {
        var content =
            $"{Encode(JsonSerializer.SerializeToUtf8Bytes(header))}.{Encode(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{content}.{Encode(sign(Encoding.ASCII.GetBytes(content)))}";
    }

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private Task AnswerAsync(HttpContext context)
    {
        Fetches++;
        if (IsDown)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        }
        var parameters = _key.ExportParameters(includePrivateParameters: false);
        return context.Response.WriteAsync(
            $$"""
            {"keys":[{"kid":"{{KeyId}}","kty":"RSA","alg":"RS256","use":"sig","n":"{{Encode(
                parameters.Modulus!
            )}}","e":"{{Encode(parameters.Exponent!)}}"}]}
            """
        );
    }
}
