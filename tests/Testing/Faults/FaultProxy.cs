using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Nocturne.Testing;

/// <summary>
/// A server on the loopback interface that forwards HTTP/1.1 requests to another, except when its plan has a fault for
/// them. Forwarded requests keep their <c>Host</c>, so that addresses in answers lead through the proxy again.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private const int TrickleBytes = 200;
    private static readonly TimeSpan TricklePause = TimeSpan.FromMilliseconds(1);

    /// <summary>Few enough that a trickled answer of a MiB ends well within any deadline.</summary>
    private const int TricklePieces = 50;

    private readonly WebApplication _application;
    private readonly FaultPlan _plan;
    private readonly HttpMessageInvoker _upstream = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }
    );

    private readonly string _target;

    private FaultProxy(WebApplication application, string target, FaultPlan plan)
    {
        _application = application;
        _target = target;
        _plan = plan;
    }

    /// <summary>Where it listens, <c>host:port</c>.</summary>
    public string Host { get; private set; } = "";

    /// <summary>Starts a proxy before a server.</summary>
    /// <param name="target">The server, <c>host:port</c>.</param>
    /// <param name="plan">Who meets what.</param>
    public static async Task<FaultProxy> StartAsync(string target, FaultPlan plan)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MaxRequestLineSize = 16 << 10;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var application = builder.Build();
        var proxy = new FaultProxy(application, target, plan);
        application.Run(proxy.HandleAsync);
        await application.StartAsync();
        var addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        proxy.Host = new Uri(addresses.Addresses.Single()).Authority;
        return proxy;
    }

    /// <summary>Stops listening; requests under way are killed.</summary>
    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _application.StopAsync(atOnce.Token);
        await _application.DisposeAsync();
        _upstream.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var request = $"{context.Request.Method} {target}";
        var fault = _plan.Draw(request);
        try
        {
            if (_plan.Before is { } before)
            {
                await before(request);
            }
            await HandleAsync(context, target, fault);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            context.Abort(); // either side went away
        }
    }

    private async Task HandleAsync(HttpContext context, string target, Fault fault)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        switch (fault)
        {
            case Fault.KillBefore:
                context.Abort();
                return;
            case Fault.TooManyRequests:
                context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                context.Response.Headers.RetryAfter = "0";
                return;
            case Fault.UnavailableBefore:
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return;
            case Fault.HangBefore:
                await UntilGoneAsync(context);
                return;
            case Fault.DamageRequest:
                body.GetBuffer()[body.Length / 2] ^= 1;
                break;
        }
        using var answer = await ForwardAsync(context, target, body, fault == Fault.KillRequest);
        var content = await answer.Content.ReadAsByteArrayAsync(context.RequestAborted);
        switch (fault)
        {
            case Fault.KillAfter:
                context.Abort();
                return;
            case Fault.UnavailableAfter:
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return;
            case Fault.HangAfter:
                await UntilGoneAsync(context);
                return;
            case Fault.DamageAnswer:
                content[content.Length / 2] ^= 1;
                break;
        }
        CopyHead(answer, context.Response, content.Length);
        await AnswerAsync(context, content, fault);
    }

    private static async Task AnswerAsync(HttpContext context, byte[] content, Fault fault)
    {
        switch (fault)
        {
            case Fault.KillAnswer:
                await context.Response.Body.WriteAsync(content.AsMemory(0, content.Length / 2));
                await context.Response.Body.FlushAsync();
                context.Abort();
                return;
            case Fault.Trickle:
                var piece = Math.Max(TrickleBytes, content.Length / TricklePieces);
                for (var at = 0; at < content.Length; at += piece)
                {
                    await Task.Delay(TricklePause, context.RequestAborted);
                    await context.Response.Body.WriteAsync(content.AsMemory(at, Math.Min(piece, content.Length - at)));
                    await context.Response.Body.FlushAsync();
                }
                return;
            default:
                await context.Response.Body.WriteAsync(content);
                return;
        }
    }

    private async Task<HttpResponseMessage> ForwardAsync(
        HttpContext context,
        string target,
        MemoryStream body,
        bool half
    )
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method),
            new Uri($"http://{_target}{target}")
        );
        body.Position = 0;
        if (body.Length > 0 || context.Request.Headers.ContentLength is not null)
        {
            request.Content = new StreamContent(half ? new HalfStream(body) : body);
            request.Content.Headers.ContentLength = body.Length;
        }
        foreach (var (name, values) in context.Request.Headers)
        {
            if (
                !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
                && !name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)
                && !name.Equals("Connection", StringComparison.OrdinalIgnoreCase)
                && !request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)
            )
            {
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }
        return await _upstream.SendAsync(request, context.RequestAborted);
    }

    private static void CopyHead(HttpResponseMessage answer, HttpResponse response, int length)
    {
        response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (
                !name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)
                && !name.Equals("Connection", StringComparison.OrdinalIgnoreCase)
            )
            {
                response.Headers[name] = values.ToArray();
            }
        }
        if (length > 0)
        {
            response.ContentLength = length;
        }
    }

    private static async Task UntilGoneAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (context.RequestAborted.UnsafeRegister(_ => gone.TrySetResult(), null))
        {
            await gone.Task;
        }
    }

    /// <summary>Fails in the middle, so that the connection that sends it is closed there.</summary>
    private sealed class HalfStream(MemoryStream whole) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var left = (int)((whole.Length / 2) - whole.Position);
            return left > 0
                ? whole.Read(buffer, offset, Math.Min(count, left))
                : throw new IOException("The plan kills the request here.");
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
