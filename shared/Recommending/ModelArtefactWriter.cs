using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nocturne.Recommending;

/// <summary>Collects a model's parameters and sections, then writes the format of <see cref="ModelArtefact"/>.</summary>
internal sealed class ModelArtefactWriter
{
    private readonly ArtefactManifest _manifest;
    private readonly List<Array> _values = [];
    private long _sectionBytes;

    public ModelArtefactWriter(string kind, int items, IReadOnlyDictionary<string, string>? notes)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Model artefacts are written on little-endian machines only.");
        }
        _manifest = new ArtefactManifest { Kind = kind, Items = items };
        foreach (
            var (name, value) in (notes ?? new Dictionary<string, string>()).OrderBy(n => n.Key, StringComparer.Ordinal)
        )
        {
            _manifest.Notes.Add(name, value);
        }
    }

    /// <summary>What the names of parameters and sections begin with: a part of a model has one of its own.</summary>
    public string Prefix { get; set; } = "";

    public void Parameter(string name, string value) => _manifest.Parameters.Add(Prefix + name, value);

    /// <summary>Writes a model inside this one, under names that begin with <paramref name="name"/>.</summary>
    public void Model(string name, string kind, Action<ModelArtefactWriter> write)
    {
        var outer = Prefix;
        Prefix = $"{outer}{name}.";
        Parameter("kind", kind);
        write(this);
        Prefix = outer;
    }

    public void Parameter(string name, int value) => Parameter(name, value.ToString(CultureInfo.InvariantCulture));

    public void Parameter(string name, float value) => Parameter(name, value.ToString(CultureInfo.InvariantCulture));

    public void Section(string name, int[] values) => Add(name, "i32", values);

    public void Section(string name, float[] values) => Add(name, "f32", values);

    public void Section(string name, Half[] values) => Add(name, "f16", values);

    public void WriteTo(Stream stream)
    {
        var manifest = JsonSerializer.SerializeToUtf8Bytes(_manifest, ArtefactJson.Default.ArtefactManifest);
        if (manifest.Length > ModelArtefact.MaxManifestBytes)
        {
            throw new InvalidOperationException(
                $"The notes make a manifest of {manifest.Length} bytes, over {ModelArtefact.MaxManifestBytes}: keep them shorter."
            );
        }
        var header = new byte[ModelArtefact.HeaderBytes];
        ModelArtefact.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), ModelArtefact.FormatVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), (uint)manifest.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), ModelArtefact.Checksum(0, manifest));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), ModelArtefact.Checksum(0, header.AsSpan(0, 20)));
        stream.Write(header);
        stream.Write(manifest);
        var position = Pad(stream, header.Length + manifest.Length);
        foreach (var values in _values)
        {
            foreach (var piece in Pieces(values))
            {
                stream.Write(Bytes(values, piece));
            }
            position = Pad(stream, position + Bytes(values));
        }
    }

    private void Add(string name, string type, Array values)
    {
        var crc = 0u;
        foreach (var piece in Pieces(values))
        {
            crc = ModelArtefact.Checksum(crc, Bytes(values, piece));
        }
        _manifest.Sections.Add(
            new ArtefactSection
            {
                Name = Prefix + name,
                Type = type,
                Offset = _sectionBytes,
                Count = values.LongLength,
                Crc32C = crc,
            }
        );
        _sectionBytes = ModelArtefact.Align(_sectionBytes + Bytes(values));
        _values.Add(values);
    }

    /// <summary>A span of bytes is an int long; sections may be longer.</summary>
    private static IEnumerable<Range> Pieces(Array values)
    {
        const int Piece = 1 << 22;
        for (var start = 0; start < values.Length; start += Piece)
        {
            yield return start..Math.Min(values.Length, start + Piece);
        }
    }

    private static long Bytes(Array values) => values.LongLength * (values is Half[] ? 2 : sizeof(int));

    private static ReadOnlySpan<byte> Bytes(Array values, Range piece) =>
        values switch
        {
            int[] ints => MemoryMarshal.AsBytes(ints.AsSpan(piece)),
            float[] floats => MemoryMarshal.AsBytes(floats.AsSpan(piece)),
            Half[] halves => MemoryMarshal.AsBytes(halves.AsSpan(piece)),
            _ => throw new ArgumentException($"A section of {values.GetType()} is not written.", nameof(values)),
        };

    private static long Pad(Stream stream, long position)
    {
        var aligned = ModelArtefact.Align(position);
        stream.Write(new byte[aligned - position]);
        return aligned;
    }
}

internal sealed record ArtefactManifest
{
    public required string Kind { get; init; }

    public required int Items { get; init; }

    public Dictionary<string, string> Parameters { get; init; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Notes { get; init; } = new(StringComparer.Ordinal);

    public List<ArtefactSection> Sections { get; init; } = [];
}

internal sealed record ArtefactSection
{
    public required string Name { get; init; }

    public required string Type { get; init; }

    public required long Offset { get; init; }

    public required long Count { get; init; }

    [JsonPropertyName("crc32c")]
    public required uint Crc32C { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ArtefactManifest))]
internal sealed partial class ArtefactJson : JsonSerializerContext;
