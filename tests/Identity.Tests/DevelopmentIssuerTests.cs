using System.Security.Cryptography;
using Nocturne.Domain;
using Nocturne.Testing;

namespace Nocturne.Identity.Tests;

public sealed class DevelopmentIssuerTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);
    private static readonly CallerOptions Usual = new();

    private readonly ManualTimeProvider _time = new(Now);
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(DevelopmentIssuer.KeyBytes);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Token_ItMade_IsGoodUntilItExpires(bool isOperator)
    {
        var issuer = Issuer(_key);
        var callers = Callers(issuer);
        var token = issuer.Mint(new ListenerId("ann \u00e4/1"), isOperator, Usual, TimeSpan.FromHours(1));

        var known = await callers.FindAsync("Bearer", token, default);
        var asToken = await callers.FindAsync("Token", token, default);
        _time.Advance(TimeSpan.FromMinutes(62));
        var late = await callers.FindAsync("Bearer", token, default);

        Assert.Equal("ann \u00e4/1", known.Caller!.Listener?.Value);
        Assert.Equal(isOperator, known.Caller.IsOperator);
        Assert.Equal(isOperator, known.Caller.MayActFor(new ListenerId("bob")));
        Assert.Null(asToken.Caller);
        Assert.Null(late.Caller);
    }

    [Fact]
    public async Task Token_OfAnotherKeyOrChanged_IsRefused()
    {
        var issuer = Issuer(_key);
        var token = issuer.Mint(new ListenerId("alice"), isOperator: false, Usual, TimeSpan.FromHours(1));
        var other = Issuer(RandomNumberGenerator.GetBytes(DevelopmentIssuer.KeyBytes));
        var operators = issuer.Mint(new ListenerId("alice"), isOperator: true, Usual, TimeSpan.FromHours(1)).Split('.');
        var mixed = string.Join('.', operators[0], operators[1], token.Split('.')[2]);

        foreach (
            var bad in (string[])[mixed, token + "A", token[..^1], token.Replace('.', ','), $"{token}.x", "..", ""]
        )
        {
            Assert.Null((await issuer.VerifyAsync(bad, default)).Claims);
        }
        Assert.Null((await other.VerifyAsync(token, default)).Claims);
        Assert.NotNull((await issuer.VerifyAsync(token, default)).Claims);
    }

    [Fact]
    public void Issuer_WhereDeployed_IsRefused()
    {
        var refused = Assert.Throws<InvalidOperationException>(() =>
            new DevelopmentIssuer(_key, _time, name => name == DevelopmentAccess.DeployedVariable ? "serve" : null)
        );

        Assert.Contains("K_SERVICE", refused.Message, StringComparison.Ordinal);
    }

    private DevelopmentIssuer Issuer(byte[] key) => new(key, _time, _ => null);

    private Callers Callers(DevelopmentIssuer issuer) =>
        new(
            new ListenerTokens(new InMemoryDocumentStore(_time), DevelopmentAccess.Pepper, _time),
            issuer,
            Usual,
            _time
        );
}
