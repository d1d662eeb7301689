using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Nocturne.Recommending;

/// <summary>A model artefact cannot be read; the message names what is wrong with it and where.</summary>
public sealed class ModelArtefactException : Exception
{
    /// <summary>States what is wrong.</summary>
    public ModelArtefactException(string message, Exception? innerException = null)
        : base(message, innerException) { }
}

/// <summary>
/// A fitted model as bytes: a manifest in JSON and named sections of little-endian numbers, each with a checksum.
/// </summary>
/// <remarks>
/// <code>
/// offset 0   "NOCTMODL"
///        8   uint32 format version (1)
///       12   uint32 length of the manifest in bytes
///       16   uint32 CRC-32C of the manifest
///       20   uint32 CRC-32C of the bytes 0 to 19
///       24   the manifest: {"kind", "items", "parameters", "notes", "sections": [{"name", "type", "offset", "count",
///            "crc32c"}]}, then zeros to the next multiple of 64; offsets count from there
///        …   the sections in order, each padded with zeros to the next multiple of 64
/// </code>
/// Sections are aligned so that a file can be mapped into memory. The same model gives the same bytes. Every byte
/// but padding is under a checksum; padding is checked to be zero.
/// </remarks>
public sealed class ModelArtefact
{
    internal const uint FormatVersion = 1;
    internal const int HeaderBytes = 24;
    internal const int Alignment = 64;
    internal const int MaxManifestBytes = 1 << 20;

    // Read in pieces, so that a stream cut short costs one piece of memory and not what the manifest promised.
    private const int PieceBytes = 1 << 24;

    private readonly Dictionary<string, string> _parameters;
    private readonly Dictionary<string, Array> _sections;
    private readonly string _prefix = "";

    private ModelArtefact(ModelArtefact whole, string prefix)
    {
        Kind = whole.Kind;
        Items = whole.Items;
        Notes = whole.Notes;
        _parameters = whole._parameters;
        _sections = whole._sections;
        _prefix = whole._prefix + prefix;
    }

    private ModelArtefact(ArtefactManifest manifest, Dictionary<string, Array> sections)
    {
        Kind = manifest.Kind;
        Items = manifest.Items;
        _parameters = manifest.Parameters;
        Notes = manifest.Notes;
        _sections = sections;
    }

    internal static ReadOnlySpan<byte> Magic => "NOCTMODL"u8;

    /// <summary>The kind of model.</summary>
    public string Kind { get; private init; }

    /// <summary>How many items the model has.</summary>
    public int Items { get; }

    /// <summary>What the caller of <see cref="RecommendationModel.Save"/> had kept with it.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; }

    /// <summary>Reads and verifies a whole artefact.</summary>
    /// <exception cref="ModelArtefactException">Truncated, damaged, of a newer format or not an artefact.</exception>
    public static ModelArtefact Read(Stream stream)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Model artefacts are read on little-endian machines only.");
        }
        var reader = new ArtefactReader(stream);
        var manifest = ReadManifest(reader);
        var start = Align(reader.Position);
        var sections = new Dictionary<string, Array>(StringComparer.Ordinal);
        foreach (var section in manifest.Sections)
        {
            reader.SkipPadding(start + section.Offset, section.Name);
            Array values = section.Type switch
            {
                "i32" => ReadSection<int>(reader, section),
                "f32" => ReadSection<float>(reader, section),
                "f16" => ReadSection<Half>(reader, section),
                _ => throw new ModelArtefactException(
                    $"The artefact's section '{section.Name}' has the unknown type '{section.Type}'."
                ),
            };
            if (!sections.TryAdd(section.Name, values))
            {
                throw new ModelArtefactException($"The artefact has two sections '{section.Name}'.");
            }
        }
        reader.SkipPadding(Align(reader.Position), "end");
        return new ModelArtefact(manifest, sections);
    }

    internal static long Align(long position) => (position + Alignment - 1) / Alignment * Alignment;

    internal static uint Checksum(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }
        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }
        return ~crc;
    }

    /// <summary>The same artefact, in which all names begin with a prefix: a model that is part of another.</summary>
    internal ModelArtefact Part(string prefix) => new(this, prefix);

    internal string Parameter(string name) =>
        _parameters.TryGetValue(_prefix + name, out var value)
            ? value
            : throw new ModelArtefactException($"The artefact has no parameter '{_prefix}{name}'.");

    /// <summary>A model that was written inside this one by <see cref="ModelArtefactWriter.Model"/>.</summary>
    internal ModelArtefact Model(string name)
    {
        var part = Part($"{name}.");
        return new ModelArtefact(part, "") { Kind = part.Parameter("kind") };
    }

    internal T Parameter<T>(string name)
        where T : IParsable<T> =>
        T.TryParse(Parameter(name), CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new ModelArtefactException($"The artefact's parameter '{name}' is no {typeof(T).Name}.");

    /// <summary>Checks what was read by the checks that options have when models are fitted.</summary>
    internal static void Check(Action check)
    {
        try
        {
            check();
        }
        catch (ArgumentException e)
        {
            throw new ModelArtefactException($"The artefact's parameters are not usable. {e.Message}", e);
        }
    }

    internal int[] Ints(string section, int count) => Section<int>(section, count);

    internal float[] Floats(string section, int count) => Section<float>(section, count);

    internal float[] FiniteFloats(string section, int count)
    {
        var values = Floats(section, count);
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
            {
                throw new ModelArtefactException(
                    $"The artefact's section '{_prefix}{section}' has a value that is not finite."
                );
            }
        }
        return values;
    }

    internal Half[] FiniteHalves(string section, int count)
    {
        var values = Section<Half>(section, count);
        return values.All(Half.IsFinite)
            ? values
            : throw new ModelArtefactException(
                $"The artefact's section '{_prefix}{section}' has a value that is not finite."
            );
    }

    private T[] Section<T>(string name, int count)
    {
        if (!_sections.TryGetValue(_prefix + name, out var values) || values is not T[] typed)
        {
            throw new ModelArtefactException($"The artefact has no section '{_prefix}{name}' of {typeof(T)}.");
        }
        return typed.Length == count
            ? typed
            : throw new ModelArtefactException(
                $"The artefact's section '{_prefix}{name}' has {typed.Length} values where {count} belong."
            );
    }

    private static ArtefactManifest ReadManifest(ArtefactReader reader)
    {
        var header = new byte[HeaderBytes];
        reader.Fill(header, "header");
        if (!header.AsSpan(0, Magic.Length).SequenceEqual(Magic))
        {
            throw new ModelArtefactException("This is not a model artefact: it does not begin with 'NOCTMODL'.");
        }
        var version = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8));
        if (Checksum(0, header.AsSpan(0, 20)) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(20)))
        {
            throw new ModelArtefactException("The artefact's header is damaged: its checksum does not match.");
        }
        if (version != FormatVersion)
        {
            throw new ModelArtefactException(
                $"The artefact has format version {version} and this code reads {FormatVersion}: train again or upgrade."
            );
        }
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(12));
        if (length > MaxManifestBytes)
        {
            throw new ModelArtefactException($"The artefact's manifest of {length} bytes exceeds {MaxManifestBytes}.");
        }
        var json = new byte[length];
        reader.Fill(json, "manifest");
        if (Checksum(0, json) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(16)))
        {
            throw new ModelArtefactException("The artefact's manifest is damaged: its checksum does not match.");
        }
        try
        {
            return JsonSerializer.Deserialize(json, ArtefactJson.Default.ArtefactManifest)
                ?? throw new ModelArtefactException("The artefact's manifest is null.");
        }
        catch (JsonException exception)
        {
            throw new ModelArtefactException("The artefact's manifest is not the JSON it should be.", exception);
        }
    }

    private static T[] ReadSection<T>(ArtefactReader reader, ArtefactSection section)
        where T : unmanaged
    {
        if (section.Count < 0 || section.Count > Array.MaxLength)
        {
            throw new ModelArtefactException($"The artefact's section '{section.Name}' has {section.Count} values.");
        }
        var values = Array.Empty<T>();
        var crc = 0u;
        var pieceValues = PieceBytes / Unsafe.SizeOf<T>();
        for (var start = 0; start < section.Count; start += pieceValues)
        {
            var end = (int)Math.Min(section.Count, start + (long)pieceValues);
            if (end > values.Length)
            {
                Array.Resize(ref values, (int)Math.Min(section.Count, Math.Max(end, values.Length * 2L)));
            }
            var piece = MemoryMarshal.AsBytes(values.AsSpan(start..end));
            reader.Fill(piece, $"section '{section.Name}'");
            crc = Checksum(crc, piece);
        }
        return crc == section.Crc32C
            ? values
            : throw new ModelArtefactException(
                $"The artefact's section '{section.Name}' is damaged: its checksum is {crc:x8} and should be {section.Crc32C:x8}."
            );
    }
}
