using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>An answer in ListenBrainz's form: JSON always, and an integer <c>code</c> in every error.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">JSON; empty with 204.</param>
internal sealed record ListenBrainzAnswer(int Status, ReadOnlyMemory<byte> Body)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What ListenBrainz answers to whatever changed something.</summary>
    public static ListenBrainzAnswer Ok { get; } = new(StatusCodes.Status200OK, """{"status":"ok"}"""u8.ToArray());

    /// <summary>Nothing has been computed.</summary>
    public static ListenBrainzAnswer NoContent { get; } = new(StatusCodes.Status204NoContent, default);

    /// <summary>An object with these members.</summary>
    public static ListenBrainzAnswer Object(Action<Utf8JsonWriter> members, int status = StatusCodes.Status200OK)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return new ListenBrainzAnswer(status, buffer.WrittenMemory);
    }

    /// <summary><c>{"payload":{…}}</c> with these members.</summary>
    public static ListenBrainzAnswer Payload(Action<Utf8JsonWriter> members) =>
        Object(json =>
        {
            json.WriteStartObject("payload"u8);
            members(json);
            json.WriteEndObject();
        });

    /// <summary>An error; <paramref name="more"/> writes what stands beside it.</summary>
    public static ListenBrainzAnswer Error(int status, string text, Action<Utf8JsonWriter>? more = null) =>
        Object(
            json =>
            {
                json.WriteNumber("code"u8, status);
                json.WriteString("error"u8, text);
                more?.Invoke(json);
            },
            status
        );

    /// <summary>400.</summary>
    public static ListenBrainzAnswer BadRequest(string text) => Error(StatusCodes.Status400BadRequest, text);

    /// <summary>404.</summary>
    public static ListenBrainzAnswer NotFound(string text) => Error(StatusCodes.Status404NotFound, text);

    /// <summary>What other users' names are answered with, whether there are such or not.</summary>
    public static ListenBrainzAnswer NoSuchUser(string name) => NotFound($"Cannot find user: {name}");

    /// <summary>Sends it.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        if (Status == StatusCodes.Status204NoContent)
        {
            return;
        }
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = Body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(Body, context.RequestAborted);
        }
    }
}
