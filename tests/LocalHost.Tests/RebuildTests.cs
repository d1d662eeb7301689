using System.Text;
using Nocturne.Domain;
using Nocturne.LocalHost.Operations;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Testing;

namespace Nocturne.LocalHost.Tests;

/// <summary>A rebuild while events come in.</summary>
public sealed class RebuildTests
{
    private static readonly TimeSpan Settle = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Rebuild_OfListenersWhoListenMeanwhile_LeavesThemAndPutsRightTheOthers()
    {
        using var folder = new DataFolder();
        await using var operations = await folder.OpenAsync();
        await operations.PublishAsync([Message("e1", "anna"), Message("e2", "berta")], CancellationToken.None);
        await operations.DrainAsync(CancellationToken.None);
        await DamageAsync(operations, "anna");
        await DamageAsync(operations, "berta");
        var time = new Settling();

        var running = Rebuild(operations, folder, time);
        await time.Begun;
        // Anna listens after the versions were noted: the archive that is read may or may not have it.
        await StoreOf(operations).ApplyAsync(new ListenerId("anna"), [Row("e3", "anna")], CancellationToken.None);
        time.Advance(Settle);
        var report = await running;

        Assert.Equal((2, 1, 1), (report.Listeners, report.Active, report.Replaced));
        Assert.Equal(2, await PlaysAsync(operations, "anna"));
        Assert.True(await IsDamagedAsync(operations, "anna"));
        Assert.Equal(1, await PlaysAsync(operations, "berta"));
        Assert.False(await IsDamagedAsync(operations, "berta"));
    }

    [Fact]
    public async Task Rebuild_OfAListenerWhoBeganMeanwhile_LeavesThem()
    {
        using var folder = new DataFolder();
        await using var operations = await folder.OpenAsync();
        var time = new Settling();

        var running = Rebuild(operations, folder, time);
        await time.Begun;
        await StoreOf(operations).ApplyAsync(new ListenerId("carla"), [Row("e1", "carla")], CancellationToken.None);
        time.Advance(Settle);
        var report = await running;

        Assert.Equal((1, 1, 0), (report.Listeners, report.Active, report.Replaced));
        Assert.Equal(1, await PlaysAsync(operations, "carla"));
    }

    private static Task<RebuildReport> Rebuild(StackOperations operations, DataFolder folder, TimeProvider time) =>
        new Rebuild(operations.Stack, time, folder.Data).RunAsync(
            time is Settling ? Settle : TimeSpan.Zero,
            _ => { },
            CancellationToken.None
        );

    private static ListenerStore StoreOf(StackOperations operations) =>
        new(operations.Stack.Documents, TimeProvider.System);

    private static async Task<long> PlaysAsync(StackOperations operations, string listener) =>
        (await StoreOf(operations).ReadProfileAsync(new ListenerId(listener), CancellationToken.None))!.Totals.Plays;

    private static async Task DamageAsync(StackOperations operations, string listener) =>
        await operations.Stack.Documents.CommitAsync(
            [DocumentWrite.Put(Surplus(listener), "surplus"u8.ToArray())],
            CancellationToken.None
        );

    private static async Task<bool> IsDamagedAsync(StackOperations operations, string listener) =>
        await operations.Stack.Documents.GetAsync(Surplus(listener), CancellationToken.None) is not null;

    private static DocumentKey Surplus(string listener) =>
        ListenerDocuments.KeyOf(
            ListenerDocuments.Heads,
            StorageName.Of(listener),
            ListenerPart.ImpressionDay,
            "1999-12-31"
        );

    private static OutgoingMessage Message(string id, string listener) =>
        new(Encoding.UTF8.GetBytes(Line(id, listener)));

    private static HistoryRow Row(string id, string listener) =>
        EventParser.TryParseLine(Encoding.UTF8.GetBytes(Line(id, listener)), 0, out var read, out _)
            ? HistoryRow.Of(read)
            : throw new FormatException(id);

    private static string Line(string id, string listener) =>
        $$"""{"event_id":"{{id}}","listener":"{{listener}}","kind":"play","item":"t1","started_at":"2026-11-20T08:00:00Z","received_at":"2026-11-20T08:03:00Z"}""";

    /// <summary>A clock that stands still, and says when somebody begins to wait.</summary>
    private sealed class Settling : TimeProvider
    {
        private readonly ManualTimeProvider _clock = new();
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public void Advance(TimeSpan by) => _clock.Advance(by);

        public override DateTimeOffset GetUtcNow() => _clock.GetUtcNow();

        public override long GetTimestamp() => _clock.GetTimestamp();

        public override long TimestampFrequency => _clock.TimestampFrequency;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = _clock.CreateTimer(callback, state, dueTime, period);
            _begun.TrySetResult();
            return timer;
        }
    }
}
