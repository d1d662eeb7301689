using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Nocturne.Hosting.Tests;

/// <summary>Makes tokens as Google does, with a key of its own, whose public half it serves over HTTP.</summary>
internal sealed class TokenIssuer : IAsyncDisposable
{
    public const string Account = "nocturne-push@music.iam.gserviceaccount.com";
    public const string Audience = "https://ingest.example";
    private const string KeyId = "test-key";

    private readonly WebApplication _keys;
    private readonly RSA _key = RSA.Create(2048);

    private TokenIssuer(WebApplication keys) => _keys = keys;

    /// <summary>Where the keys are; another address for every issuer, for they are remembered by it.</summary>
    public string CertificatesUrl => $"{_keys.Urls.Single()}/certs";

    /// <summary>These keys, with patience for a machine that does much else.</summary>
    public PushIdentityOptions Options =>
        new() { CertificatesUrl = CertificatesUrl, CertificatesTimeout = TimeSpan.FromMinutes(1) };

    /// <summary>Admits <see cref="Account"/> for <see cref="Audience"/> by these keys.</summary>
    public PushIdentity Identity => PushIdentity.Of(new PushCaller(Account, Audience), Options);

    public static async Task<TokenIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        var application = builder.Build();
        application.Urls.Add("http://127.0.0.1:0");
        var issuer = new TokenIssuer(application);
        application.MapGet("/certs", new RequestDelegate(context => context.Response.WriteAsync(issuer.KeySet())));
        await application.StartAsync();
        return issuer;
    }

    /// <summary>A token as Pub/Sub's pushes carry it, with claims changed, or removed by null.</summary>
    public string Token(params (string Name, object? Value)[] changes) => Sign(_key, changes);

    /// <summary>The same by another key of the same name.</summary>
    public static string Forged()
    {
        using var other = RSA.Create(2048);
        return Sign(other, []);
    }

    public async ValueTask DisposeAsync()
    {
        await _keys.DisposeAsync();
        _key.Dispose();
    }

    private static string Sign(RSA key, (string Name, object? Value)[] changes)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["iss"] = "https://accounts.google.com",
            ["aud"] = Audience,
            ["azp"] = "113774264463038321964",
            ["sub"] = "113774264463038321964",
            ["email"] = Account,
            ["email_verified"] = true,
            ["iat"] = now - 10,
            ["exp"] = now + 3_590,
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
        var header = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["alg"] = "RS256",
            ["kid"] = KeyId,
            ["typ"] = "JWT",
        };
        var content =
            $"{Encode(JsonSerializer.SerializeToUtf8Bytes(header))}.{Encode(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        var signature = key.SignData(
            Encoding.ASCII.GetBytes(content),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        return $"{content}.{Encode(signature)}";
    }

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private string KeySet()
    {
        var parameters = _key.ExportParameters(includePrivateParameters: false);
        return $$"""
            {"keys":[{"kid":"{{KeyId}}","kty":"RSA","alg":"RS256","use":"sig","n":"{{Encode(
                parameters.Modulus!
            )}}","e":"{{Encode(parameters.Exponent!)}}"}]}
            """;
    }
}
