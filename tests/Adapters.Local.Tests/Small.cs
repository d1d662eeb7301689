using Nocturne.Adapters.Local;

namespace Nocturne.Adapters.Local.Tests;

/// <summary>Options for tests: small segments, so that few writes roll and compact them, and no flush to disk.</summary>
internal static class Small
{
    public static SegmentedLogOptions Log(int segmentBytes = 256 << 10) =>
        new()
        {
            Durability = LogDurability.Process,
            SegmentBytes = segmentBytes,
            RecentBytes = 16 << 20,
        };

    public static LocalDocumentStoreOptions Documents() => new() { Log = Log() };

    public static LocalObjectStoreOptions Objects() => new() { Log = Log() with { RecentBytes = 1 << 20 } };

    public static LocalPubSubOptions Messages() => new() { Log = Log() };

    public static LocalStackOptions Stack() =>
        new()
        {
            Durability = LogDurability.Process,
            Documents = Documents(),
            Objects = Objects(),
            Messages = Messages(),
        };
}
