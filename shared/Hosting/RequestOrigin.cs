using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Nocturne.Hosting;

/// <summary>Who sends a request, as far as the request says: the credential, and the address it came from.</summary>
public static class RequestOrigin
{
    /// <summary>Longer than any credential; headers may be longer.</summary>
    public const int MaxCredentialLength = 8 << 10;

    /// <summary>
    /// The credential of <c>Authorization: {scheme} {credential}</c>, whatever the scheme's word: players write
    /// <c>Token</c>, <c>token</c>, <c>Bearer</c>.
    /// </summary>
    /// <returns>Null without the header; empty where it has no credential.</returns>
    public static string? CredentialOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString().Trim();
        if (header.Length == 0)
        {
            return null;
        }
        var space = header.IndexOf(' ', StringComparison.Ordinal);
        var credential = space < 0 ? "" : header[(space + 1)..].Trim();
        return credential.Length > MaxCredentialLength ? "" : credential;
    }

    /// <summary>The address that a request came from, as a key to count by: an IPv6 one is its network of 64 bits.</summary>
    /// <param name="context">The request.</param>
    /// <param name="trustedProxies">
    /// How many proxies stand before this process, each of which appends to X-Forwarded-For the address that it saw: 1
    /// on Cloud Run. What stands before those entries the client wrote itself.
    /// </param>
    public static string AddressOf(HttpContext context, int trustedProxies)
    {
        var address = context.Connection.RemoteIpAddress;
        if (trustedProxies > 0)
        {
            var hops = context.Request.Headers["X-Forwarded-For"].ToString().Split(',', StringSplitOptions.TrimEntries);
            if (hops.Length >= trustedProxies && IPAddress.TryParse(hops[^trustedProxies], out var forwarded))
            {
                address = forwarded;
            }
        }
        if (address is null)
        {
            return "unknown";
        }
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes).ToString();
    }
}
