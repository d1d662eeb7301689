using System.Text;
using Nocturne.Hosting;

namespace Nocturne.IngestEvents.Tests;

public sealed class PushDecoderTests
{
    public static TheoryData<string, byte[]> Forms =>
        new()
        {
            { "envelope", Bodies.Envelope("lines"u8) },
            { "binary", Bodies.BinaryCloudEvent("lines"u8) },
            { "structured", Bodies.StructuredCloudEvent("lines"u8) },
            { "encoded", Bodies.EncodedCloudEvent("lines"u8) },
        };

    [Theory]
    [MemberData(nameof(Forms))]
    public void TryDecode_EveryForm_GivesTheData(string form, byte[] body)
    {
        Assert.True(PushDecoder.TryDecode(body, out var message, out var error), $"{form}: {error}");

        Assert.Equal("lines"u8.ToArray(), message.Data.ToArray());
    }

    [Fact]
    public void TryDecode_Envelope_GivesEverything()
    {
        Assert.True(PushDecoder.TryDecode(Bodies.Envelope("x"u8, "42"), out var message, out _));

        Assert.Equal("42", message.Id);
        Assert.Equal(1, message.DeliveryAttempt);
        Assert.Equal("app", message.Attributes["origin"]);
        Assert.Equal("projects/p/subscriptions/listening-events-ingest", message.Subscription);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"message\":3}")]
    [InlineData("{\"message\":{\"data\":\"not base64!\"}}")]
    [InlineData("{\"message\":{\"data\":7}}")]
    [InlineData("{\"message\":{\"data\":\"aGk=\"}} trailing")]
    [InlineData("{\"message\":{\"data\":\"aGk=\"}")]
    [InlineData("{\"data_base64\":\"aGk=\"}")]
    [InlineData("{\"specversion\":\"1.0\",\"data_base64\":\"%%\"}")]
    [InlineData("{\"message\":{\"messageId\":\"\\ud800\",\"data\":\"aGk=\"}}")]
    public void TryDecode_NoMessage_SaysWhy(string body)
    {
        Assert.False(PushDecoder.TryDecode(Encoding.UTF8.GetBytes(body), out _, out var error));

        Assert.NotEmpty(error);
    }

    [Fact]
    public void TryDecode_MessageWithoutData_IsAnEmptyMessage()
    {
        Assert.True(
            PushDecoder.TryDecode("{\"message\":{\"attributes\":{\"a\":\"b\"}}}"u8.ToArray(), out var message, out _)
        );

        Assert.True(message.Data.IsEmpty);
    }
}
