using System.Diagnostics;
using System.Text;
using Nocturne.Ports;

namespace Nocturne.Hosting;

/// <summary>A trace's context in a message's attributes, as W3C Trace Context writes it.</summary>
public static class TraceContext
{
    /// <summary>Where Google's own clients put it.</summary>
    public const string Attribute = "googclient_traceparent";

    /// <summary>Where everybody else does.</summary>
    public const string PlainAttribute = "traceparent";

    // Pub/Sub's, for one message.
    private const int MaxAttributes = 100;

    /// <summary>The context that a message came with; the default one if it came with none.</summary>
    public static ActivityContext Of(IReadOnlyDictionary<string, string> attributes) =>
        (attributes.TryGetValue(Attribute, out var id) || attributes.TryGetValue(PlainAttribute, out id))
        && ActivityContext.TryParse(id, traceState: null, isRemote: true, out var context)
            ? context
            : default;

    /// <summary>The message with a context; unchanged if it has one, or there is no room for it.</summary>
    internal static OutgoingMessage With(OutgoingMessage message, string traceparent)
    {
        var attributes = message.Attributes;
        if (
            attributes.ContainsKey(Attribute)
            || attributes.ContainsKey(PlainAttribute)
            || attributes.Count >= MaxAttributes
        )
        {
            return message;
        }
        var size = message.Data.Length + Attribute.Length + traceparent.Length;
        foreach (var (key, value) in attributes)
        {
            size += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
        }
        return size > PublishLimits.MaxMessageBytes
            ? message
            : message with
            {
                Attributes = new Dictionary<string, string>(attributes, StringComparer.Ordinal)
                {
                    [Attribute] = traceparent,
                },
            };
    }
}
