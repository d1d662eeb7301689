using FsCheck;
using FsCheck.Fluent;
using Nocturne.Domain;
using Nocturne.Testing;

namespace Nocturne.Profiles.Tests;

/// <summary>A random history: each seed is an event, and <see cref="Order"/> is how they are delivered.</summary>
public sealed record History(int Scope, int[] Seeds, int Order)
{
    private EventAlphabet Alphabet => EventAlphabet.Small.Narrowed(new Random(Scope));

    public IReadOnlyList<ListenEvent> Events => [.. Seeds.Select(seed => EventDraw.Event(seed, Alphabet))];

    public IReadOnlyList<HistoryRow> Rows => [.. Events.Select(HistoryRow.Of)];

    public override string ToString() => $"order {Order}:\n{string.Join("\n", Events)}";
}

/// <summary>Runs properties over random histories; a failing history is shrunk by leaving events out.</summary>
public static class Histories
{
    /// <summary>Cases of a property of an invariant.</summary>
    public const int Cases = 1_000;

    /// <summary>Runs a property on <see cref="Cases"/> histories of at most so many events.</summary>
    public static void ForAll(int maxEvents, Func<History, Task> property) => ForAll(Cases, maxEvents, property);

    public static void ForAll(int cases, int maxEvents, Func<History, Task> property)
    {
        var histories =
            from scope in Seeds
            from count in Gen.Choose(1, maxEvents)
            from events in Seeds.ArrayOf(count)
            from order in Seeds
            select new History(scope, events, order);
        Check.One(Properties.Of(cases), Prop.ForAll(Arb.From(histories, Shrink), property));
    }

    /// <summary>Runs a property on seeds: for cases so large that shrinking them would take minutes.</summary>
    public static void ForAllSeeds(int cases, Func<Random, Task> property) =>
        Check.One(Properties.Of(cases), Prop.ForAll(Arb.From(Seeds), seed => property(new Random(seed))));

    private static Gen<int> Seeds => Gen.Choose(0, int.MaxValue - 1);

    private static IEnumerable<History> Shrink(History history)
    {
        for (var size = history.Seeds.Length / 2; size > 0; size /= 2)
        {
            for (var from = 0; from + size <= history.Seeds.Length; from += size)
            {
                yield return history with
                {
                    Seeds = [.. history.Seeds[..from], .. history.Seeds[(from + size)..]],
                };
            }
        }
    }
}
