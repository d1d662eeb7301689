using System.Net;
using Microsoft.AspNetCore.Http;

namespace Nocturne.Hosting.Tests;

public sealed class RequestOriginTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("Token", "")]
    [InlineData("Token abc", "abc")]
    [InlineData("bearer   abc ", "abc")]
    public void Credential_IsWhatStandsBehindTheScheme(string header, string? credential)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = header;

        Assert.Equal(credential, RequestOrigin.CredentialOf(context.Request));
    }

    [Fact]
    public void Credential_LongerThanAny_IsNone()
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = $"Token {new string('x', RequestOrigin.MaxCredentialLength + 1)}";

        Assert.Equal("", RequestOrigin.CredentialOf(context.Request));
    }

    [Theory]
    [InlineData("1.2.3.4", "", 0, "1.2.3.4")]
    [InlineData("1.2.3.4", "5.6.7.8", 0, "1.2.3.4")]
    [InlineData("1.2.3.4", "5.6.7.8", 1, "5.6.7.8")]
    [InlineData("1.2.3.4", "6.6.6.6, 5.6.7.8", 1, "5.6.7.8")]
    [InlineData("1.2.3.4", "6.6.6.6, 5.6.7.8, 10.0.0.1", 2, "5.6.7.8")]
    [InlineData("1.2.3.4", "nonsense", 1, "1.2.3.4")]
    [InlineData("1.2.3.4", "", 1, "1.2.3.4")]
    [InlineData("::ffff:1.2.3.4", "", 0, "1.2.3.4")]
    [InlineData("2001:db8:1:2:3:4:5:6", "", 0, "2001:db8:1:2::")]
    [InlineData(null, "", 0, "unknown")]
    public void Address_IsTheOneThatATrustedProxySaw(string? remote, string forwarded, int proxies, string address)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = remote is null ? null : IPAddress.Parse(remote);
        context.Request.Headers["X-Forwarded-For"] = forwarded;

        Assert.Equal(address, RequestOrigin.AddressOf(context, proxies));
    }
}
