using Microsoft.AspNetCore.Http;

namespace Nocturne.Hosting.Tests;

public sealed class PushIdentityTests : IAsyncLifetime
{
    private TokenIssuer _issuer = null!;

    public async Task InitializeAsync() => _issuer = await TokenIssuer.StartAsync();

    public async Task DisposeAsync() => await _issuer.DisposeAsync();

    [Theory]
    [InlineData("https://accounts.google.com")]
    [InlineData("accounts.google.com")]
    public async Task Verify_TheSubscriptionsToken_IsAdmitted(string issuer)
    {
        var verdict = await VerifyAsync($"Bearer {_issuer.Token(("iss", issuer))}");

        Assert.True(verdict.IsAdmitted, verdict.Reason);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer x")]
    [InlineData("Bearer a.b.c")]
    [InlineData("Bearer e30.e30.e30")]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.e30.")]
    [InlineData("Bearer ....")]
    [InlineData("Bearer \u00e9.\u00e9.\u00e9")]
    public async Task Verify_NoToken_Is401(string? authorization) =>
        Assert.Equal(StatusCodes.Status401Unauthorized, (await VerifyAsync(authorization)).Status);

    [Fact]
    public async Task Verify_AForgedToken_Is401()
    {
        var verdict = await VerifyAsync($"Bearer {TokenIssuer.Forged()}");

        Assert.Equal(StatusCodes.Status401Unauthorized, verdict.Status);
    }

    [Fact]
    public async Task Verify_AChangedToken_Is401()
    {
        var good = _issuer.Token().Split('.');
        var other = _issuer.Token(("email", "somebody@else.example")).Split('.');

        var verdict = await VerifyAsync($"Bearer {good[0]}.{other[1]}.{good[2]}");

        Assert.Equal(StatusCodes.Status401Unauthorized, verdict.Status);
    }

    [Theory]
    [InlineData(-3_600)]
    [InlineData(-40)]
    public async Task Verify_AnExpiredToken_Is401(int expiresIn)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

        var verdict = await VerifyAsync($"Bearer {_issuer.Token(("iat", now - 7_200), ("exp", now + expiresIn))}");

        Assert.Equal(StatusCodes.Status401Unauthorized, verdict.Status);
    }

    [Fact]
    public async Task Verify_ATokenOfTomorrow_Is401()
    {
        var tomorrow = TimeProvider.System.GetUtcNow().AddDays(1).ToUnixTimeSeconds();

        var verdict = await VerifyAsync($"Bearer {_issuer.Token(("iat", tomorrow), ("exp", tomorrow + 3_600))}");

        Assert.Equal(StatusCodes.Status401Unauthorized, verdict.Status);
    }

    [Theory]
    [InlineData("iss", "https://issuer.example")]
    [InlineData("iss", null)]
    [InlineData("exp", null)]
    [InlineData("exp", "soon")]
    public async Task Verify_ATokenThatGoogleWouldNotMake_Is401(string claim, string? value)
    {
        var verdict = await VerifyAsync($"Bearer {_issuer.Token((claim, value))}");

        Assert.Equal(StatusCodes.Status401Unauthorized, verdict.Status);
    }

    [Theory]
    [InlineData("aud", "https://other.example")]
    [InlineData("aud", null)]
    [InlineData("email", "somebody@music.iam.gserviceaccount.com")]
    [InlineData("email", null)]
    [InlineData("email_verified", null)]
    public async Task Verify_AGoodTokenOfSomebodyElse_Is403(string claim, string? value)
    {
        var verdict = await VerifyAsync($"Bearer {_issuer.Token((claim, value))}");

        Assert.Equal(StatusCodes.Status403Forbidden, verdict.Status);
    }

    [Fact]
    public async Task Verify_AnUnverifiedAddress_Is403()
    {
        var verdict = await VerifyAsync($"Bearer {_issuer.Token(("email_verified", false))}");

        Assert.Equal(StatusCodes.Status403Forbidden, verdict.Status);
    }

    [Fact]
    public async Task Verify_SeveralAudiences_Is403()
    {
        var verdict = await VerifyAsync(
            $"Bearer {_issuer.Token(("aud", new[] { TokenIssuer.Audience, "https://other.example" }))}"
        );

        Assert.Equal(StatusCodes.Status403Forbidden, verdict.Status);
    }

    [Fact]
    public async Task Verify_KeysThatCannotBeHad_Is503()
    {
        var keys = await TokenIssuer.StartAsync();
        var token = keys.Token();
        var identity = keys.Identity;
        await keys.DisposeAsync();

        var verdict = await identity.VerifyAsync($"Bearer {token}", CancellationToken.None);

        Assert.Equal(StatusCodes.Status503ServiceUnavailable, verdict.Status);
    }

    [Fact]
    public async Task Verify_AnyRefusal_DoesNotRepeatTheToken()
    {
        foreach (var token in new[] { TokenIssuer.Forged(), _issuer.Token(("aud", "other")), "not.a.token" })
        {
            var verdict = await VerifyAsync($"Bearer {token}");

            Assert.NotEmpty(verdict.Reason);
            Assert.All(
                token.Split('.'),
                part => Assert.DoesNotContain(part.Length > 5 ? part : token, verdict.Reason, StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public async Task Verify_WhereItIsWaived_AdmitsEverybody() =>
        Assert.True((await PushIdentity.Waived.VerifyAsync(null, CancellationToken.None)).IsAdmitted);

    private ValueTask<PushVerdict> VerifyAsync(string? authorization) =>
        _issuer.Identity.VerifyAsync(authorization, CancellationToken.None);
}
