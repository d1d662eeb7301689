using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Nocturne.Contracts;
using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Emulator.Tests;

/// <summary>Nearly every third request meets a fault of some kind: nothing is lost and nothing happens twice.</summary>
[RequiresGoogleEmulators]
public sealed class SeededFaultTests(EmulatorStores emulators) : IClassFixture<EmulatorStores>
{
    private const double Rate = 0.3;
    private const int Workers = 16;

    private static CancellationToken None => CancellationToken.None;

    [ContractFact]
    public async Task Updates_UnderFaults_EachHappensOnce()
    {
        const int Updates = 200;
        const int Documents = 10;
        var collection = Unique.Name("faults");
        var plan = new FaultPlan(seed: 11, Rate);
        await using var faulty = await FaultyStores.StartAsync(emulators, plan);

        await ForEachAsync(
            Updates,
            async i =>
            {
                // A list that an update is appended to unless it is in it: what callers do after an unknown outcome.
                var key = DocumentKey.Of(collection, $"d{i % Documents}");
                await InsistAsync(() =>
                    faulty.Stores.Documents.UpdateAsync(key, read => Append(read, i), TimeProvider.System, None)
                );
            }
        );

        var lists = new List<int>();
        await foreach (var document in emulators.Stores.Documents.ListAsync(collection, null, null, None))
        {
            lists.AddRange(Numbers(document));
        }
        Assert.Equal(Enumerable.Range(0, Updates), lists.Order());
        Assert.True(plan.Met() > Updates / 10, $"Only {plan.Met()} requests met a fault.");

        static ReadOnlyMemory<byte>? Append(Document? read, int number)
        {
            var numbers = read is null ? [] : Numbers(read);
            if (numbers.Contains(number))
            {
                return null;
            }
            return Encoding.UTF8.GetBytes(string.Join(',', [.. numbers, number]));
        }

        static List<int> Numbers(Document document) =>
            [
                .. Encoding
                    .UTF8.GetString(document.Data.Span)
                    .Split(',')
                    .Select(n => int.Parse(n, CultureInfo.InvariantCulture)),
            ];
    }

    [ContractFact]
    public async Task Creates_UnderFaults_HaveOneWinnerWhoKnows()
    {
        const int Keys = 25;
        const int Contenders = 4;
        var collection = Unique.Name("creates");
        var plan = new FaultPlan(seed: 12, Rate);
        await using var faulty = await FaultyStores.StartAsync(emulators, plan);
        var winners = new ConcurrentDictionary<int, ConcurrentBag<int>>();
        var unknown = new ConcurrentDictionary<int, bool>();

        await ForEachAsync(
            Keys * Contenders,
            async i =>
            {
                var (name, contender) = (i / Contenders, i % Contenders);
                var write = DocumentWrite.Put(DocumentKey.Of(collection, $"d{name}"), new[] { (byte)contender });
                try
                {
                    await faulty.Stores.Documents.CommitAsync([write.IfAbsent()], None);
                    winners.GetOrAdd(name, _ => []).Add(contender);
                }
                catch (DocumentConflictException)
                {
                    // Another was first.
                }
                catch (StoreUnavailableException)
                {
                    unknown[name] = true;
                }
            }
        );

        for (var name = 0; name < Keys; name++)
        {
            var document = await emulators.Stores.Documents.GetAsync(DocumentKey.Of(collection, $"d{name}"), None);
            var known = winners.GetValueOrDefault(name) ?? [];
            Assert.NotNull(document);
            Assert.True(known.Count == 1 || (known.IsEmpty && unknown.ContainsKey(name)), $"{name}: {known.Count}");
            Assert.All(known, winner => Assert.Equal(document.Data.Span[0], winner));
        }
    }

    [ContractFact]
    public async Task Publishing_UnderFaults_EveryMessageArrives()
    {
        const int Calls = 60;
        const int PerCall = 5;
        var (topic, subscription) = (Unique.Name("topic"), Unique.Name("subscription"));
        await TestTopics.CreateAsync(emulators, topic, subscription);
        var plan = new FaultPlan(seed: 13, Rate);
        await using var faulty = await FaultyStores.StartAsync(emulators, plan);

        await ForEachAsync(
            Calls,
            async call =>
            {
                OutgoingMessage[] messages =
                [
                    .. Enumerable
                        .Range(call * PerCall, PerCall)
                        .Select(i => new OutgoingMessage(Encoding.UTF8.GetBytes($"{i}"))),
                ];
                await InsistAsync(() => faulty.Stores.Messages.PublishAsync(topic, messages, None));
            }
        );

        var missing = Enumerable.Range(0, Calls * PerCall).Select(i => $"{i}").ToHashSet(StringComparer.Ordinal);
        await Eventually.TrueAsync(async () =>
        {
            // Through the faults, too: an unseen batch would come back only after its deadline, so without them.
            var pulled = await emulators.Stores.Messages.PullAsync(subscription, 1000, None);
            missing.ExceptWith(pulled.Select(message => Encoding.UTF8.GetString(message.Data.Span)));
            var ids = pulled.Select(message => message.AckId).ToArray();
            await InsistAsync(async () =>
            {
                await faulty.Stores.Messages.AcknowledgeAsync(subscription, ids, None);
                return true;
            });
            return missing.Count == 0;
        });
        Assert.True(plan.Met() > Calls / 10, $"Only {plan.Met()} requests met a fault.");
    }

    [ContractFact]
    public async Task Objects_UnderFaults_AreWhatWasPut()
    {
        int[] sizes = [0, 10, 1000, 100_000, 256 << 10, (256 << 10) + 1, 700_000, 1 << 20];
        const int Objects = 64;
        var prefix = Unique.Name("faults") + "/";
        var plan = new FaultPlan(seed: 14, Rate);
        await using var faulty = await FaultyStores.StartAsync(emulators, plan);

        await ForEachAsync(
            Objects,
            async i =>
            {
                var key = new ObjectKey(NocturneTopology.BucketNames.Nights, $"{prefix}{i:d3}");
                var content = new byte[sizes[i % sizes.Length]];
                new Random(i).NextBytes(content);
                await InsistAsync(async () =>
                    await faulty.Stores.Objects.TryCreateAsync(key, content, "application/octet-stream", None)
                );

                var read = await InsistAsync(() => faulty.Stores.Objects.ReadBytesAsync(key, 2 << 20, None));
                Assert.NotNull(read);
                Assert.True(read.Value.Data.AsSpan().SequenceEqual(content), $"{key} is not what was put.");
            }
        );

        var listed = new List<string>();
        await foreach (var info in faulty.Stores.Objects.ListAsync("nights", prefix, null, None))
        {
            listed.Add(info.Key.Name);
        }
        Assert.Equal(Enumerable.Range(0, Objects).Select(i => $"{prefix}{i:d3}"), listed);
        Assert.True(plan.Met() > Objects / 10, $"Only {plan.Met()} requests met a fault.");
    }

    private static Task ForEachAsync(int count, Func<int, Task> action) =>
        Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = Workers },
            async (i, _) => await action(i)
        );

    /// <summary>What every caller does: calls again where the outcome is unknown.</summary>
    private static async Task<T> InsistAsync<T>(Func<ValueTask<T>> call)
    {
        const int MaxCalls = 20;
        for (var made = 1; ; made++)
        {
            try
            {
                return await call();
            }
            catch (StoreUnavailableException) when (made < MaxCalls)
            {
                // Again.
            }
        }
    }
}
