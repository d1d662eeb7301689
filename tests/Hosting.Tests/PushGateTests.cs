using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Nocturne.Testing;

namespace Nocturne.Hosting.Tests;

public sealed class PushGateTests
{
    private const string Body = """
        {"deliveryAttempt":3,"message":{"attributes":{"origin":"app"},"data":"aGk=","messageId":"7"},"subscription":"projects/p/subscriptions/listening-events-ingest"}
        """;

    [Fact]
    public async Task Post_AMessage_ReachesTheReceiverWhole()
    {
        var receiver = new ScriptedReceiver();
        await using var host = await PushHost.StartAsync(receiver);

        var status = await host.PostAsync(Body);

        Assert.Equal(204, status);
        var message = Assert.Single(receiver.Received);
        Assert.Equal("7", message.Id);
        Assert.Equal("hi"u8.ToArray(), message.Data.ToArray());
        Assert.Equal("app", message.Attributes["origin"]);
        Assert.Equal("projects/p/subscriptions/listening-events-ingest", message.Subscription);
        Assert.Equal(3, message.DeliveryAttempt);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    [InlineData(409)]
    public async Task Post_AReceiverThatDoesNotAcknowledge_GivesItsAnswer(int answer)
    {
        await using var host = await PushHost.StartAsync(
            new ScriptedReceiver { Answer = _ => ValueTask.FromResult(answer) }
        );

        Assert.Equal(answer, await host.PostAsync(Body));
    }

    [Fact]
    public async Task Post_AReceiverThatThrows_Is500AndLogged()
    {
        await using var host = await PushHost.StartAsync(
            new ScriptedReceiver { Answer = _ => throw new InvalidDataException("broken") }
        );

        Assert.Equal(500, await host.PostAsync(Body));
        Assert.Equal("Message 7 failed and comes again", Assert.Single(host.Logs.Warnings));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("{}")]
    [InlineData("""{"message":{"data":"%%"}}""")]
    public async Task Post_ABodyWithoutAMessage_IsRefusedByTheReceiver(string body)
    {
        var receiver = new ScriptedReceiver();
        await using var host = await PushHost.StartAsync(receiver);

        Assert.Equal(204, await host.PostAsync(body));
        Assert.Single(receiver.Refused);
        Assert.Empty(receiver.Received);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    public async Task AnotherMethod_Is405(string method)
    {
        await using var host = await PushHost.StartAsync(new ScriptedReceiver());
        using var request = new HttpRequestMessage(new HttpMethod(method), "/push");

        using var response = await host.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_AnOversizedBody_Is413(bool saysItsLength)
    {
        var receiver = new ScriptedReceiver();
        await using var host = await PushHost.StartAsync(receiver);
        using HttpContent content = saysItsLength
            ? new ByteArrayContent(new byte[PushGate.MaxBodyBytes + 1])
            : new StreamContent(new EndlessStream(PushGate.MaxBodyBytes + 1));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        Assert.Equal(413, await host.PostAsync(content));
        Assert.Empty(receiver.Received);
        Assert.Empty(receiver.Refused);
    }

    [Fact]
    public async Task Post_ByWhoeverMayNot_DoesNotReachTheReceiver()
    {
        await using var issuer = await TokenIssuer.StartAsync();
        var receiver = new ScriptedReceiver();
        await using var host = await PushHost.StartAsync(receiver, issuer.Identity);
        var other = issuer.Token(("email", "other@music.iam.gserviceaccount.com"));

        Assert.Equal(401, await host.PostAsync(Body));
        Assert.Equal(401, await host.PostAsync(Body, TokenIssuer.Forged()));
        Assert.Equal(403, await host.PostAsync(Body, other));
        Assert.Empty(receiver.Received);
        Assert.Equal(204, await host.PostAsync(Body, issuer.Token()));
        Assert.Single(receiver.Received);
        Assert.Collection(
            host.Logs.Warnings,
            line => Assert.StartsWith("Refused a push with 401: there is no", line, StringComparison.Ordinal),
            line => Assert.StartsWith("Refused a push with 401: ", line, StringComparison.Ordinal),
            line =>
                Assert.Equal(
                    "Refused a push with 403: the token is of 'other@music.iam.gserviceaccount.com', not of "
                        + $"'{TokenIssuer.Account}'",
                    line
                )
        );
    }

    [Fact]
    public async Task Stopping_DeliveriesUnderWay_MayFinish()
    {
        var finish = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var receiver = new ScriptedReceiver { Answer = _ => new ValueTask<int>(finish.Task) };
        await using var host = await PushHost.StartAsync(receiver);
        var delivery = host.PostAsync(Body);
        await Eventually.TrueAsync(() => !receiver.Received.IsEmpty);

        var stopped = host.StopAsync();
        finish.SetResult(204);

        Assert.Equal(204, await delivery);
        await stopped;
    }

    [Fact]
    public async Task Stopping_DeliveriesThatTakeTooLong_AreSentBack()
    {
        var time = new ManualTimeProvider();
        var receiver = new ScriptedReceiver
        {
            Answer = async cancellationToken =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                return 204;
            },
        };
        await using var host = await PushHost.StartAsync(receiver, time: time);
        var delivery = host.PostAsync(Body);
        await Eventually.TrueAsync(() => !receiver.Received.IsEmpty);

        var stopped = host.StopAsync();
        await Eventually.TrueAsync(() =>
        {
            time.Advance(PushDrain.DefaultBound); // until the process has heard that it ends, the bound does not begin
            return delivery.IsCompleted;
        });

        Assert.Equal(503, await delivery);
        await stopped;
    }

    [Fact]
    public async Task Stopping_NewDeliveries_AreSentBack()
    {
        using var stopping = new CancellationTokenSource();
        using var drain = new PushDrain(stopping.Token, TimeProvider.System);
        var receiver = new ScriptedReceiver();
        var gate = new PushGate(
            receiver,
            PushIdentity.Waived,
            drain,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<PushGate>.Instance
        );
        await stopping.CancelAsync();
        var context = new DefaultHttpContext();
        context.Request.Method = HttpMethods.Post;

        await gate.HandleAsync(context);

        Assert.Equal(503, context.Response.StatusCode);
        Assert.Empty(receiver.Received);
    }

    /// <summary>So many spaces, of a length that is not said beforehand.</summary>
    private sealed class EndlessStream(long length) : Stream
    {
        private long _left = length;

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
            var read = (int)Math.Min(count, _left);
            buffer.AsSpan(offset, read).Fill((byte)' ');
            _left -= read;
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
