using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nocturne.Adapters.GoogleRest;
using Nocturne.Ports;
using Nocturne.Testing;

namespace Nocturne.Emulator.Tests;

/// <summary>Application default credentials: a service account's key file whose token address is on this machine.</summary>
public sealed class CredentialTests
{
    private const string Variable = "GOOGLE_APPLICATION_CREDENTIALS";
    private const string Scope = "https://www.googleapis.com/auth/datastore";
    private const string Account = "nocturne-ingest@emulated.iam.gserviceaccount.com";

    // One test: the library finds the credentials of a process once.
    [Fact]
    public async Task Signer_KeyFile_SignsWithItsScopeAndNamesTheAccountWhenRefused()
    {
        var refuse = false;
        var assertions = new List<string>();
        await using var tokens = await AnswerServer.StartAsync(async context =>
        {
            var form = await context.Request.ReadFormAsync();
            assertions.Add(form["assertion"].ToString());
            context.Response.StatusCode = refuse ? 400 : 200;
            await context.Response.WriteAsJsonAsync(
                refuse
                    ? new Dictionary<string, object>
                    {
                        ["error"] = "invalid_grant",
                        ["error_description"] = "Invalid JWT Signature.",
                    }
                    : new Dictionary<string, object>
                    {
                        ["access_token"] = "the-token",
                        ["token_type"] = "Bearer",
                        ["expires_in"] = 3600,
                    }
            );
        });
        using var folder = new TemporaryFolder();
        var earlier = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, await WriteKeyAsync(folder, tokens.Host));
        try
        {
            var signer = new ApplicationDefaultSigner(Scope);
            using var first = Request();
            using var second = Request();

            await signer.SignAsync(first, CancellationToken.None);
            await signer.SignAsync(second, CancellationToken.None);
            refuse = true;
            using var third = Request();
            var other = new ApplicationDefaultSigner("another scope");
            var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
                await other.SignAsync(third, CancellationToken.None)
            );

            Assert.Equal("Bearer the-token", first.Headers.Authorization!.ToString());
            Assert.Equal("Bearer the-token", second.Headers.Authorization!.ToString());
            Assert.Equal(Account, signer.Account);
            Assert.Equal(2, assertions.Count); // the second request found the first one's token still good
            Assert.Equal(Scope, Claims(assertions[0]).GetProperty("scope").GetString());
            Assert.Contains(Account, thrown.Message, StringComparison.Ordinal);
            Assert.Contains("Invalid JWT Signature.", thrown.Message, StringComparison.Ordinal);
            Assert.Contains("gcloud auth application-default login", thrown.Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, earlier);
        }
    }

    private static HttpRequestMessage Request() => new(HttpMethod.Get, "https://firestore.googleapis.com/v1/x");

    private static async Task<string> WriteKeyAsync(TemporaryFolder folder, string tokenHost)
    {
        using var key = RSA.Create(2048);
        var path = Path.Combine(folder.Path, "key.json");
        var content = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["type"] = "service_account",
            ["project_id"] = "emulated",
            ["private_key_id"] = "1",
            ["private_key"] = key.ExportPkcs8PrivateKeyPem(),
            ["client_email"] = Account,
            ["client_id"] = "1",
            ["token_uri"] = $"http://{tokenHost}/token",
        };
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(content));
        return path;
    }

    private static JsonElement Claims(string assertion) =>
        JsonDocument.Parse(Base64Url.DecodeFromChars(assertion.Split('.')[1])).RootElement;
}
