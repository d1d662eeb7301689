using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Nocturne.Importing.Reading;

/// <summary>
/// The fields that are wanted of a JSON object, by paths such as <c>track_metadata.artist_name</c>; everything else is
/// passed over. An array of texts is read as its texts with commas between them.
/// </summary>
internal sealed class JsonShape
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 32 };

    private readonly Node _root = new();
    private readonly int _fields;

    public JsonShape(params string[] paths)
    {
        _fields = paths.Length;
        for (var i = 0; i < paths.Length; i++)
        {
            var node = _root;
            foreach (var name in paths[i].Split('.'))
            {
                node = node.Child(Encoding.UTF8.GetBytes(name)) ?? node.Add(name);
            }
            node.Field = i;
        }
    }

    /// <summary>Reads an object's fields by the order of the paths; throws where it is none.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="InvalidOperationException">A text is not Unicode.</exception>
    public JsonFields Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Options);
        var fields = new JsonFields(new JsonField[_fields]);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("It is no object.");
        }
        ReadObject(ref reader, _root, fields);
        return reader.Read() ? throw new JsonException("It is more than an object.") : fields;
    }

    private static void ReadObject(ref Utf8JsonReader reader, Node node, JsonFields fields)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var child = reader.HasValueSequence || reader.ValueIsEscaped ? null : node.Child(reader.ValueSpan);
            reader.Read();
            if (child is null)
            {
                reader.Skip();
            }
            else if (child.Field >= 0)
            {
                fields.Values[child.Field] = ReadField(ref reader);
            }
            else if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadObject(ref reader, child, fields);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static JsonField ReadField(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return new JsonField(JsonTokenType.String, reader.GetString());
            case JsonTokenType.Number:
                return new JsonField(
                    JsonTokenType.Number,
                    null,
                    reader.TryGetDecimal(out var number) ? number : decimal.MinValue
                );
            case JsonTokenType.StartArray:
                var texts = new StringBuilder();
                var depth = reader.CurrentDepth;
                while (reader.Read() && reader.CurrentDepth > depth)
                {
                    if (reader.TokenType == JsonTokenType.String && reader.CurrentDepth == depth + 1)
                    {
                        texts.Append(texts.Length > 0 ? ", " : "").Append(reader.GetString());
                    }
                }
                return new JsonField(JsonTokenType.String, texts.ToString());
            default:
                var type = reader.TokenType;
                reader.Skip();
                return new JsonField(type);
        }
    }

    private sealed class Node
    {
        private readonly List<(byte[] Name, Node Node)> _children = [];

        public int Field { get; set; } = -1;

        public Node? Child(ReadOnlySpan<byte> name)
        {
            foreach (var (known, node) in _children)
            {
                if (name.SequenceEqual(known))
                {
                    return node;
                }
            }
            return null;
        }

        public Node Add(string name)
        {
            var node = new Node();
            _children.Add((Encoding.UTF8.GetBytes(name), node));
            return node;
        }
    }
}

/// <summary>A field as it was written; of no kind where it is missing.</summary>
internal readonly record struct JsonField(
    JsonTokenType Kind = JsonTokenType.None,
    string? Text = null,
    decimal Number = 0
);

/// <summary>The fields of one object.</summary>
internal readonly record struct JsonFields(JsonField[] Values)
{
    /// <summary>A text, trimmed; null where there is none or an empty one.</summary>
    public string? Text(int field) => string.IsNullOrWhiteSpace(Values[field].Text) ? null : Values[field].Text;

    public bool IsTrue(int field) => Values[field].Kind == JsonTokenType.True;

    public bool Has(int field) => Values[field].Kind is not (JsonTokenType.None or JsonTokenType.Null);

    /// <summary>A number, or a text that is one; false where something else stands there.</summary>
    public bool TryNumber(int field, out decimal? number)
    {
        number = null;
        if (!Has(field) || (Values[field].Kind == JsonTokenType.String && Text(field) is null))
        {
            return true;
        }
        if (Values[field].Kind == JsonTokenType.Number)
        {
            number = Values[field].Number;
            return true;
        }
        var isNumber = decimal.TryParse(
            Text(field),
            NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out var parsed
        );
        number = parsed;
        return isNumber;
    }
}
