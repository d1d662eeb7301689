using System.Collections.Concurrent;
using System.Text;
using Nocturne.Ports;
using Nocturne.Testing;

namespace Nocturne.Adapters.Local.Tests;

public sealed class ChaosTests
{
    private static readonly Mishap[] Mishaps = Enum.GetValues<Mishap>();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public void Strikes_SameSeed_DecidesTheSame()
    {
        Assert.Equal(Decisions(new Chaos(7)), Decisions(new Chaos(7)));
        Assert.NotEqual(Decisions(new Chaos(7)), Decisions(new Chaos(8)));

        static List<bool> Decisions(Chaos chaos) =>
            [.. Enumerable.Range(0, 2000).Select(i => chaos.Strikes(Mishaps[i % Mishaps.Length]))];
    }

    [Fact]
    public void Strikes_OtherMishapsInBetween_DoNotMatter()
    {
        var (alone, among) = (new Chaos(7), new Chaos(7));
        for (var i = 0; i < 1000; i++)
        {
            among.Strikes(Mishap.WriteLost);
            Assert.Equal(alone.Strikes(Mishap.PublishLost), among.Strikes(Mishap.PublishLost));
        }
    }

    [Fact]
    public void Strikes_ManyTimes_KeepsTheRate()
    {
        var chaos = new Chaos(
            7,
            new ChaosOptions
            {
                WriteLost = 0.03,
                WriteUnanswered = 1,
                PublishLost = 0,
            }
        );
        for (var i = 0; i < 100_000; i++)
        {
            chaos.Strikes(Mishap.WriteLost);
            chaos.Strikes(Mishap.WriteUnanswered);
            chaos.Strikes(Mishap.PublishLost);
        }

        Assert.InRange(chaos.Count(Mishap.WriteLost), 2800, 3200);
        Assert.Equal(100_000, chaos.Count(Mishap.WriteUnanswered));
        Assert.Equal(0, chaos.Count(Mishap.PublishLost));
    }

    [Fact]
    public async Task Commit_LostOrUnanswered_WasNotMadeOrWasMade()
    {
        using var folder = new TemporaryFolder();
        var chaos = new Chaos(3, Calm.With(o => o with { WriteLost = 0.3, WriteUnanswered = 0.3 }));
        await using var store = new LocalDocumentStore(folder.Path, Small.Documents() with { Chaos = chaos });
        var (applied, failed) = (0, 0);
        for (var i = 0; i < 200; i++)
        {
            var key = DocumentKey.Of("c", $"{i}");
            try
            {
                await store.CommitAsync([DocumentWrite.Put(key, "x"u8.ToArray())], None);
                Assert.NotNull(await store.GetAsync(key, None));
            }
            catch (StoreUnavailableException)
            {
                failed++;
                applied += await store.GetAsync(key, None) is null ? 0 : 1;
            }
        }

        Assert.Equal(chaos.Count(Mishap.WriteUnanswered), applied);
        Assert.Equal(chaos.Count(Mishap.WriteLost) + chaos.Count(Mishap.WriteUnanswered), failed);
        Assert.True(applied > 20 && failed - applied > 20);
    }

    [Fact]
    public async Task Put_LostOrUnanswered_WasNotMadeOrWasMade()
    {
        using var folder = new TemporaryFolder();
        var chaos = new Chaos(3, Calm.With(o => o with { WriteLost = 0.3, WriteUnanswered = 0.3 }));
        await using var store = new LocalObjectStore(folder.Path, Small.Objects() with { Chaos = chaos });
        var applied = 0;
        for (var i = 0; i < 100; i++)
        {
            var key = new ObjectKey("nights", $"{i}");
            try
            {
                await store.PutBytesAsync(key, "x"u8.ToArray(), "text/plain", IfGeneration.Absent, None);
                Assert.NotNull(await store.HeadAsync(key, None));
            }
            catch (StoreUnavailableException)
            {
                applied += await store.HeadAsync(key, None) is null ? 0 : 1;
            }
        }

        Assert.Equal(chaos.Count(Mishap.WriteUnanswered), applied);
    }

    [Fact]
    public async Task PubSub_EverythingGoesWrongAtTimes_NothingIsLost()
    {
        const int Messages = 1000;
        var chaos = new Chaos(
            11,
            new ChaosOptions
            {
                PublishLost = 0.1,
                PublishUnanswered = 0.1,
                DeliveryDuplicated = 0.1,
                DeliveryDelayed = 0.1,
                DeliveryReordered = 0.2,
                AcknowledgementLost = 0.1,
                LongestDelay = TimeSpan.FromMilliseconds(20),
            }
        );
        await using var harness = new PubSubHarness(o => o with { Chaos = chaos, BackoffScale = 0 });
        var handled = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        harness.Endpoint = async (pushed, _) =>
        {
            await Task.Yield();
            handled.AddOrUpdate(pushed.Text, 1, (_, count) => count + 1);
            return 204;
        };
        harness.Start();

        var texts = Enumerable.Range(0, Messages).Select(i => $"{i:d4}").ToArray();
        foreach (var text in texts)
        {
            await PublishUntilConfirmedAsync(harness, text);
        }
        await harness.PubSub.DrainAsync(None);

        var archived = (await harness.ArchivedAsync()).SelectMany(f => f.Value).ToArray();
        Assert.Equal(texts, handled.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(texts, archived.Distinct().Order(StringComparer.Ordinal));
        Assert.Contains(handled.Values, count => count > 1);
        Assert.All(Mishaps[2..], mishap => Assert.True(chaos.Count(mishap) > 0, $"{mishap} did not happen."));
    }

    [Fact]
    public async Task Push_Reordered_OvertakesOlderMessages()
    {
        var chaos = new Chaos(5, Calm.With(o => o with { DeliveryReordered = 0.3 }));
        await using var harness = new PubSubHarness(o => o with { Chaos = chaos, MaxOutstandingMessages = 1 });
        var texts = Enumerable.Range(0, 100).Select(i => $"{i:d3}").ToArray();
        await harness.PublishAsync(texts);
        harness.Start();

        await harness.PubSub.DrainAsync(None);

        var order = harness.Pushes.Select(p => p.Text).ToArray();
        Assert.NotEqual(texts, order);
        Assert.Equal(texts, order.Order(StringComparer.Ordinal));
    }

    private static async Task PublishUntilConfirmedAsync(PubSubHarness harness, string text)
    {
        while (true)
        {
            try
            {
                await harness.PublishAsync(text);
                return;
            }
            catch (StoreUnavailableException)
            {
                // As a publisher does: again, whether it had been published or not.
            }
        }
    }
}

/// <summary>Options under which nothing goes wrong but what a test asks for.</summary>
internal static class Calm
{
    public static ChaosOptions With(Func<ChaosOptions, ChaosOptions> change) =>
        change(
            new ChaosOptions
            {
                WriteLost = 0,
                WriteUnanswered = 0,
                PublishLost = 0,
                PublishUnanswered = 0,
                DeliveryDuplicated = 0,
                DeliveryDelayed = 0,
                DeliveryReordered = 0,
                AcknowledgementLost = 0,
            }
        );
}
