namespace Nocturne.Domain;

/// <summary>Why a line is not an event; the wire codes are the snake_case words.</summary>
public enum RejectReason
{
    /// <summary>The bytes are not UTF-8.</summary>
    InvalidUtf8,

    /// <summary>The text is not JSON, or nests deeper than 8.</summary>
    InvalidJson,

    /// <summary>The JSON is not an object.</summary>
    NotAnObject,

    /// <summary>The line is longer than <see cref="EventParser.MaxLineBytes"/>.</summary>
    LineTooLong,

    /// <summary>The message has more than <see cref="EventParser.MaxLines"/> events; this is one of the rest.</summary>
    TooManyLines,

    /// <summary>A field that this kind requires is not there.</summary>
    MissingField,

    /// <summary>A field has the wrong type or a value out of its range.</summary>
    InvalidField,

    /// <summary>A field stands there twice.</summary>
    DuplicateField,

    /// <summary>No such kind of event.</summary>
    UnknownKind,

    /// <summary>It started before 2000.</summary>
    TooEarly,

    /// <summary>It started more than an hour after it was received.</summary>
    FromFuture,

    /// <summary>The push body carries no message that could hold lines.</summary>
    InvalidMessage,
}

/// <summary>A refused line.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Field">Which field, where it is about one.</param>
/// <param name="Line">Its number in the message or file, from 1.</param>
/// <param name="Bytes">The line itself.</param>
public readonly record struct Rejection(RejectReason Reason, string? Field, int Line, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The reason's wire code.</summary>
    public string Code =>
        Reason switch
        {
            RejectReason.InvalidUtf8 => "invalid_utf8",
            RejectReason.InvalidJson => "invalid_json",
            RejectReason.NotAnObject => "not_an_object",
            RejectReason.LineTooLong => "line_too_long",
            RejectReason.TooManyLines => "too_many_lines",
            RejectReason.MissingField => "missing_field",
            RejectReason.InvalidField => "invalid_field",
            RejectReason.DuplicateField => "duplicate_field",
            RejectReason.UnknownKind => "unknown_kind",
            RejectReason.TooEarly => "too_early",
            RejectReason.FromFuture => "from_future",
            RejectReason.InvalidMessage => "invalid_message",
            _ => throw new InvalidOperationException($"No code for {Reason}."),
        };
}
