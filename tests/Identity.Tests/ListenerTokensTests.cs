using System.Text;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Testing;

namespace Nocturne.Identity.Tests;

public sealed class ListenerTokensTests
{
    private static readonly ListenerId Alice = new("alice");
    private static readonly ListenerId Bob = new("bob/\u00fc");
    private static readonly TokenPepper Pepper = TokenPepper.Of("the pepper of these tests, long enough");

    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryDocumentStore _documents;
    private readonly ListenerTokens _tokens;

    public ListenerTokensTests()
    {
        _documents = new InMemoryDocumentStore(_time);
        _tokens = new ListenerTokens(_documents, Pepper, _time);
    }

    [Fact]
    public async Task Token_ThatWasMade_IsItsListeners()
    {
        var alices = await _tokens.CreateAsync(Alice, " navidrome ", default);
        var bobs = await _tokens.CreateAsync(Bob, "pano", default);

        Assert.Equal(Alice, (await _tokens.FindAsync(alices.Secret, default))?.Listener);
        Assert.Equal(Bob, (await _tokens.FindAsync($" {bobs.Secret.ToUpperInvariant()} ", default))?.Listener);
        Assert.Equal(CallerRoles.None, (await _tokens.FindAsync(bobs.Secret, default))?.Roles);
        Assert.Equal([alices.Token], await _tokens.ListAsync(Alice, default));
        Assert.Equal(("navidrome", _time.GetUtcNow()), (alices.Token.Name, alices.Token.CreatedAt));
    }

    [Fact]
    public async Task Token_AsText_IsARandomUuid()
    {
        var secrets = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < ListenerTokens.MaxPerListener; i++)
        {
            var secret = (await _tokens.CreateAsync(Alice, "n", default)).Secret;
            Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", secret);
            Assert.True(secrets.Add(secret));
        }
    }

    [Fact]
    public async Task Secret_IsNeitherStoredNorPrinted()
    {
        var made = await _tokens.CreateAsync(Alice, "navidrome", default);

        var stored = new StringBuilder();
        foreach (var collection in new[] { ListenerTokens.Tokens, ListenerTokens.Owners })
        {
            await foreach (var document in _documents.ListAsync(collection, null, null, default))
            {
                stored.Append(document.Key).Append(Encoding.UTF8.GetString(document.Data.Span));
            }
        }
        Assert.Contains("navidrome", $"{stored}", StringComparison.Ordinal);
        Assert.DoesNotContain(made.Secret, $"{stored}{made}", StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(made.Secret[^12..], $"{stored}{made}", StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a token")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("{00000000-0000-4000-8000-000000000000}")]
    [InlineData("../tokens/x")]
    public async Task Token_ThatWasNotMade_IsNobodys(string secret) =>
        Assert.Null(await _tokens.FindAsync(secret, default));

    [Fact]
    public async Task Token_UnderAnotherPepper_IsNobodys()
    {
        var made = await _tokens.CreateAsync(Alice, "n", default);

        var others = new ListenerTokens(_documents, TokenPepper.Of(new string('x', 32)), _time);

        Assert.Null(await others.FindAsync(made.Secret, default));
    }

    [Fact]
    public async Task Revoked_IsGoneHereAtOnceAndElsewhereInHalfAMinute()
    {
        var elsewhere = new ListenerTokens(_documents, Pepper, _time);
        var made = await _tokens.CreateAsync(Alice, "one", default);
        var kept = await _tokens.CreateAsync(Alice, "other", default);
        await _tokens.FindAsync(made.Secret, default);
        await elsewhere.FindAsync(made.Secret, default);

        Assert.True(await _tokens.RevokeAsync(Alice, made.Token.Id, default));

        Assert.Null(await _tokens.FindAsync(made.Secret, default));
        Assert.NotNull(await elsewhere.FindAsync(made.Secret, default));
        _time.Advance(ListenerTokens.Remembered);
        Assert.Null(await elsewhere.FindAsync(made.Secret, default));
        Assert.Equal([kept.Token], await _tokens.ListAsync(Alice, default));
        Assert.False(await _tokens.RevokeAsync(Alice, made.Token.Id, default));
        Assert.False(await _tokens.RevokeAsync(Bob, kept.Token.Id, default));
    }

    [Fact]
    public async Task RevokeAll_LeavesNothing()
    {
        var made = await _tokens.CreateAsync(Alice, "one", default);
        await _tokens.CreateAsync(Alice, "two", default);

        Assert.Equal(2, await _tokens.RevokeAllAsync(Alice, default));

        Assert.Equal(0, await _tokens.RevokeAllAsync(Alice, default));
        Assert.Empty(await _tokens.ListAsync(Alice, default));
        Assert.Null(await _tokens.FindAsync(made.Secret, default));
        foreach (var collection in new[] { ListenerTokens.Tokens, ListenerTokens.Owners })
        {
            await foreach (var document in _documents.ListAsync(collection, null, null, default))
            {
                Assert.Fail($"{document.Key} is left.");
            }
        }
    }

    [Fact]
    public async Task Tokens_OverTheBound_AreRefusedWithTheRemedy()
    {
        for (var i = 0; i < ListenerTokens.MaxPerListener; i++)
        {
            await _tokens.CreateAsync(Alice, $"{i}", default);
        }

        var refused = await Assert.ThrowsAsync<LimitExceededException>(async () =>
            await _tokens.CreateAsync(Alice, "more", default)
        );

        Assert.Contains("revoke", refused.Message, StringComparison.Ordinal);
        Assert.NotNull(await _tokens.CreateAsync(Bob, "his own", default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a\nb")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public async Task Name_ThatIsNone_IsRefused(string name) =>
        await Assert.ThrowsAsync<FormatException>(async () => await _tokens.CreateAsync(Alice, name, default));

    [Fact]
    public async Task Creations_AtOnce_AreAllKept()
    {
        var documents = new InMemoryDocumentStore { Interleaves = true };
        var tokens = new ListenerTokens(documents, Pepper, TimeProvider.System);

        var made = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => tokens.CreateAsync(Alice, $"{i}", default).AsTask())
        );

        Assert.Equal(8, (await tokens.ListAsync(Alice, default)).Count);
        foreach (var token in made)
        {
            Assert.Equal(Alice, (await tokens.FindAsync(token.Secret, default))?.Listener);
        }
    }

    [Fact]
    public void Pepper_ThatIsShort_SaysHowToMakeOne()
    {
        var refused = Assert.Throws<FormatException>(() => TokenPepper.Of("pepper"));

        Assert.Contains("urandom", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", $"{DevelopmentAccess.Pepper}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(" ", true)]
    [InlineData("nocturne-collect", false)]
    public void DevelopmentAccess_IsRefusedWhereDeployed(string? service, bool isPossible)
    {
        Assert.Equal(isPossible, DevelopmentAccess.IsPossible(_ => service));
        if (isPossible)
        {
            DevelopmentAccess.Require("It", _ => service);
        }
        else
        {
            Assert.Throws<InvalidOperationException>(() => DevelopmentAccess.Require("It", _ => service));
        }
    }

    [Fact]
    public void Caller_MayActForThemselvesOnly_UnlessAnOperator()
    {
        Assert.True(new Caller(Alice).MayActFor(Alice));
        Assert.False(new Caller(Alice).MayActFor(Bob));
        Assert.False(new Caller(null).MayActFor(Bob));
        Assert.True(new Caller(null, CallerRoles.Operator).MayActFor(Bob));
        Assert.True(Caller.Developer.MayActFor(Alice));
    }
}
