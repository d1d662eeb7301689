using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Ports;
using Nocturne.Testing;

namespace Nocturne.Adapters.Local.Tests;

public sealed class SegmentedLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(LogDurability.Process)]
    [InlineData(LogDurability.Disk)]
    public async Task Open_AfterClose_ShowsEveryFrameInOrder(LogDurability durability)
    {
        var payloads = Payloads(200, maxBytes: 5000);
        var options = Small.Log() with { Durability = durability };
        await using (var log = Open(_folder.Path, [], options))
        {
            foreach (var payload in payloads)
            {
                await log.Append(payload).Durable;
            }
        }

        var seen = new List<byte[]>();
        await using var again = Open(_folder.Path, seen, options);

        Assert.Equal(payloads, seen);
        Assert.Equal((payloads.Count, 0), (again.Recovery.Records, again.Recovery.TruncatedBytes));
        Assert.True(again.SegmentCount > 1);
    }

    [Fact]
    public async Task Open_AfterCrash_ShowsWhatWasDurable()
    {
        var payloads = Payloads(50, maxBytes: 20_000);
        await using var log = Open(_folder.Path, []);
        foreach (var payload in payloads)
        {
            await log.Append(payload).Durable;
        }

        using var crashed = _folder.Copy();
        var seen = new List<byte[]>();
        await using var again = Open(crashed.Path, seen);

        Assert.Equal(payloads, seen);
    }

    [Fact]
    public async Task Append_FromManyThreads_KeepsEveryFrameWhole()
    {
        const int Writers = 8;
        const int Each = 500;
        var addresses = new System.Collections.Concurrent.ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        await using (var log = Open(_folder.Path, []))
        {
            await Task.WhenAll(
                Enumerable
                    .Range(0, Writers)
                    .Select(writer =>
                        Task.Run(async () =>
                        {
                            for (var i = 0; i < Each; i++)
                            {
                                var text = $"{writer}/{i}/" + new string('x', (i * 37) % 3000);
                                var append = log.Append(System.Text.Encoding.UTF8.GetBytes(text), lazily: i % 3 == 0);
                                await append.Durable;
                                Assert.True(addresses.TryAdd(text, append.Address));
                            }
                        })
                    )
            );
        }

        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var again = SegmentedLog.Open(
            _folder.Path,
            Small.Log(),
            (address, payload) => seen.Add(System.Text.Encoding.UTF8.GetString(payload), address),
            NullLogger.Instance
        );

        Assert.Equal(addresses.OrderBy(p => p.Value), seen.OrderBy(p => p.Value));
    }

    [Fact]
    public async Task Append_LazilyWithoutCompany_IsWrittenSoon()
    {
        await using var log = Open(_folder.Path, []);

        await log.Append([1, 2, 3], lazily: true).Durable.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Single(await ReopenedAsync());
    }

    [Fact]
    public async Task Append_MoreThanTheRingHolds_WaitsForTheDisk()
    {
        var options = Small.Log() with { RecentBytes = 64 << 10 };
        var payloads = Payloads(300, maxBytes: 8000);
        await using (var log = Open(_folder.Path, [], options))
        {
            foreach (var payload in payloads)
            {
                log.Append(payload, lazily: true);
            }
            await log.FlushAsync();
        }

        var seen = new List<byte[]>();
        await using var again = Open(_folder.Path, seen, options);

        Assert.Equal(payloads, seen);
    }

    [Fact]
    public async Task Append_PayloadOverTheRing_IsRefused()
    {
        await using var log = Open(_folder.Path, [], Small.Log() with { RecentBytes = 4096 });

        Assert.Throws<LimitExceededException>(() => log.Append(new byte[4096]));
        await log.Append(new byte[4000]).Durable;
    }

    [Fact]
    public async Task Append_AfterClose_IsRefused()
    {
        var log = Open(_folder.Path, []);
        await log.DisposeAsync();

        Assert.Throws<StoreUnavailableException>(() => log.Append([1]));
    }

    [Fact]
    public async Task TryRead_RecentAndOld_GivesTheBytesAppended()
    {
        var payloads = Payloads(400, maxBytes: 3000);
        var options = Small.Log() with { RecentBytes = 64 << 10 };
        await using var log = Open(_folder.Path, [], options);
        var addresses = new List<long>();
        foreach (var payload in payloads)
        {
            var append = log.Append(payload);
            await append.Durable;
            addresses.Add(append.Address);
        }

        for (var i = 0; i < payloads.Count; i++)
        {
            var read = new byte[payloads[i].Length];
            Assert.True(log.TryRead(addresses[i], read));
            Assert.Equal(payloads[i], read);
        }
    }

    [Fact]
    public async Task TryRead_WhileTheRingTurns_NeverMixesFrames()
    {
        var options = Small.Log() with { RecentBytes = 16 << 10 };
        await using var log = Open(_folder.Path, [], options);
        var newest = 0L;
        var rounds = 0;
        var writer = Task.Run(async () =>
        {
            for (var i = 1; i <= 3000; i++)
            {
                var payload = new byte[1000];
                payload.AsSpan().Fill((byte)i);
                var append = log.Append(payload);
                await append.Durable;
                Volatile.Write(ref newest, append.Address);
            }
        });

        var read = new byte[1000];
        var address = 0L;
        while (!writer.IsCompleted)
        {
            // Stays with an address for a while, so that the ring overtakes it.
            address = rounds++ % 50 == 0 ? Volatile.Read(ref newest) : address;
            if (address != 0)
            {
                Assert.True(log.TryRead(address, read));
                Assert.False(read.AsSpan().ContainsAnyExcept(read[0]));
            }
        }
        await writer;
    }

    [Fact]
    public async Task Open_Twice_NamesTheFolderAndTheRemedy()
    {
        await using var log = Open(_folder.Path, []);

        var e = Assert.Throws<FolderInUseException>(() => Open(_folder.Path, []));

        Assert.Equal(_folder.Path, e.Folder);
        Assert.Contains(_folder.Path, e.Message, StringComparison.Ordinal);
        Assert.Contains("Stop that process", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_TruncatedAnywhereInTheLastRecord_DropsOnlyThatRecord()
    {
        var (file, lastStart) = await WriteThreeAsync();
        var bytes = await File.ReadAllBytesAsync(file);
        for (var length = lastStart; length < bytes.Length; length++)
        {
            using var folder = new TemporaryFolder();
            var torn = Path.Combine(folder.Path, Path.GetFileName(file));
            await File.WriteAllBytesAsync(torn, bytes[..length]);

            var seen = new List<byte[]>();
            await using (var log = Open(folder.Path, seen))
            {
                Assert.Equal(length - lastStart, log.Recovery.TruncatedBytes);
                await log.Append([9, 9, 9]).Durable;
            }

            Assert.Equal([First, Second], seen);
            seen.Clear();
            await using var again = Open(folder.Path, seen);
            Assert.Equal([First, Second, [9, 9, 9]], seen);
        }
    }

    [Fact]
    public async Task Open_AnyBitFlipped_IsNoticedAndNeverMisread()
    {
        var (file, lastStart) = await WriteThreeAsync();
        var bytes = await File.ReadAllBytesAsync(file);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            using var folder = new TemporaryFolder();
            var damaged = Path.Combine(folder.Path, Path.GetFileName(file));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            await File.WriteAllBytesAsync(damaged, bytes);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));

            var seen = new List<byte[]>();
            if (bit / 8 < lastStart)
            {
                // Followed by a record that was completed later: damage, and the file stays as it is.
                var e = Assert.Throws<LogCorruptException>(() => Open(folder.Path, seen));
                Assert.Equal((damaged, bit / 8 < SecondStart ? 0 : SecondStart), (e.File, e.Offset));
                Assert.Equal(bytes.Length, new FileInfo(damaged).Length);
                Assert.True(seen.Count <= 1);
            }
            else
            {
                // Nothing after it: as if the last write had not been completed.
                await using var log = Open(folder.Path, seen);
                Assert.Equal([First, Second], seen);
                Assert.Equal(bytes.Length - lastStart, log.Recovery.TruncatedBytes);
            }
        }
    }

    [Fact]
    public async Task Open_LastRecordFlippedAfterACleanClose_IsDamage()
    {
        await using (var log = Open(_folder.Path, []))
        {
            await log.Append(First).Durable;
        }
        var file = LastFile();
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[Frame.HeaderBytes] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        Assert.Throws<LogCorruptException>(() => Open(_folder.Path, []));
    }

    [Fact]
    public async Task Open_TornWithinAGroup_KeepsTheGroupsWholeRecords()
    {
        // Without a pause between them, the appends are one group: the flush had not returned for any of them.
        int length;
        await using (var log = Open(_folder.Path, [], Small.Log() with { LazyDelay = TimeSpan.FromSeconds(1) }))
        {
            log.Append(First, lazily: true);
            log.Append(Second, lazily: true);
            log.Append(new byte[500], lazily: true);
            await log.FlushAsync();
            length = (int)log.TotalBytes;
        }
        var file = LastFile();
        var bytes = (await File.ReadAllBytesAsync(file))[..length];
        bytes[Frame.HeaderBytes + First.Length + Frame.HeaderBytes] ^= 1; // the second record did not reach the disk
        await File.WriteAllBytesAsync(file, bytes);

        var seen = new List<byte[]>();
        await using var again = Open(_folder.Path, seen);

        Assert.Equal([First], seen);
        Assert.Equal(length - Frame.HeaderBytes - First.Length, again.Recovery.TruncatedBytes);
    }

    [Fact]
    public async Task Open_EarlierSegmentShortened_IsDamage()
    {
        await FillSegmentsAsync(3);
        var first = Files()[0];
        using (var stream = File.OpenWrite(first))
        {
            stream.SetLength(stream.Length - 1);
        }

        var e = Assert.Throws<LogCorruptException>(() => Open(_folder.Path, []));

        Assert.Equal(first, e.File);
    }

    [Fact]
    public async Task Open_MiddleSegmentMissing_IsDamage()
    {
        await FillSegmentsAsync(3);
        File.Delete(Files()[1]);

        Assert.Throws<LogCorruptException>(() => Open(_folder.Path, []));
    }

    [Fact]
    public async Task CompactOldest_CarriesWhatIsLive_DropsTheFile()
    {
        await FillSegmentsAsync(3);
        var before = Files();
        var seen = new List<byte[]>();
        await using (var log = Open(_folder.Path, seen))
        {
            var carried = 0;
            Assert.True(
                await log.CompactOldestAsync(
                    (_, payload) =>
                    {
                        if (carried++ % 2 == 0)
                        {
                            log.Append(payload, lazily: true);
                        }
                    }
                )
            );
            Assert.False(log.TryRead(Frame.HeaderBytes, new byte[10]));
        }

        var after = new List<byte[]>();
        await using var again = Open(_folder.Path, after);

        Assert.False(File.Exists(before[0]));
        Assert.Equal([.. seen.Skip(8), .. seen.Take(8).Where((_, i) => i % 2 == 0)], after);
    }

    [Fact]
    public async Task CompactOldest_TheOnlySegment_IsKept()
    {
        await using var log = Open(_folder.Path, []);
        await log.Append([1]).Durable;

        Assert.False(await log.CompactOldestAsync((_, _) => { }));
    }

    private static readonly byte[] First = [1, 2, 3, 4, 5];
    private static readonly byte[] Second = [6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    private static readonly byte[] Third = [16, 17, 18];
    private static readonly long SecondStart = Frame.HeaderBytes + First.Length;

    /// <summary>A file of three records in groups of their own, as a crash leaves it.</summary>
    private async Task<(string File, int LastStart)> WriteThreeAsync()
    {
        await using var log = Open(_folder.Path, []);
        await log.Append(First).Durable;
        await log.Append(Second).Durable;
        var last = log.Append(Third);
        await last.Durable;
        var copy = Path.Combine(_folder.Path, "copy");
        Directory.CreateDirectory(copy);
        var file = Path.Combine(copy, Path.GetFileName(LastFile()));
        File.Copy(LastFile(), file);
        return (file, (int)last.Address - Frame.HeaderBytes);
    }

    /// <summary>Eight records of 8 kB to a segment of 64 KiB.</summary>
    private async Task FillSegmentsAsync(int segments)
    {
        await using var log = Open(_folder.Path, [], Small.Log(64 << 10));
        for (var i = 0; log.SegmentCount < segments; i++)
        {
            var payload = new byte[8000];
            payload[0] = (byte)i;
            await log.Append(payload).Durable;
        }
    }

    private List<string> Files() => [.. Directory.GetFiles(_folder.Path, "*.log").Order(StringComparer.Ordinal)];

    private string LastFile() => Files()[^1];

    private async Task<List<byte[]>> ReopenedAsync()
    {
        using var copy = _folder.Copy();
        var seen = new List<byte[]>();
        await using var log = Open(copy.Path, seen);
        return seen;
    }

    private static List<byte[]> Payloads(int count, int maxBytes)
    {
        var random = new Random(count);
        var payloads = new List<byte[]>();
        for (var i = 0; i < count; i++)
        {
            var payload = new byte[random.Next(1, maxBytes)];
            random.NextBytes(payload);
            payloads.Add(payload);
        }
        return payloads;
    }

    private static SegmentedLog Open(string folder, List<byte[]> seen, SegmentedLogOptions? options = null) =>
        SegmentedLog.Open(
            folder,
            options ?? Small.Log(),
            (_, payload) => seen.Add(payload.ToArray()),
            NullLogger.Instance
        );
}
