using System.Runtime.InteropServices;
using Nocturne.Domain;

namespace Nocturne.Importing;

/// <summary>What a record of a file became.</summary>
public enum Outcome
{
    /// <summary>An event.</summary>
    Event,

    /// <summary>Nothing, with a reason.</summary>
    Rejected,

    /// <summary>Nothing, as the listener wanted: it was played in a private session.</summary>
    Private,
}

/// <summary>One record of a file, read.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Line">The line on which it begins, from 1.</param>
/// <param name="Event">The event, if it is one.</param>
/// <param name="Bytes">The event as the file has it, if that is this project's form; else empty. Valid until the next record.</param>
/// <param name="Rejection">Why not, if it is none; its bytes are valid until the next record.</param>
/// <param name="IsExtra">Whether it is an event beside the record's own one.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Imported(
    Outcome Outcome,
    long Line,
    ListenEvent? Event = null,
    ReadOnlyMemory<byte> Bytes = default,
    Rejection Rejection = default,
    bool IsExtra = false
);
