using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Recommending;

namespace Nocturne.RunNight.Training;

/// <summary>
/// Decides whether a run's model is as good as the same as the one that unchanged listeners' playlists were made with:
/// the epoch of the predecessor goes on, or a new one begins and everything is made anew.
/// </summary>
/// <remarks>
/// What is compared is what composing asks a model: the ranking of the whole taste, and the neighbours of what is
/// played most; for some listeners of tonight's snapshot, by both models, so that only the model differs. Against the
/// epoch's first model, not last night's, so that small steps add up; an epoch ends with the week.
/// </remarks>
internal sealed class ModelEpochs(NightContext context)
{
    // How far down both rankings are looked at: about as far as thirty tracks are drawn from.
    private const int Depth = 50;

    private const int Seeds = 20;

    // The price may move by a tenth of itself: a tenth of the merit of what it applies to.
    private const int MostPriceChange = 100;

    private readonly SnapshotReadings _snapshots = new(context);

    /// <summary>Decides.</summary>
    /// <param name="run">The run.</param>
    /// <param name="record">Its record.</param>
    /// <param name="model">Its models.</param>
    /// <param name="made">How its model of taste was made.</param>
    /// <param name="price">The price of emerging artists' exposure, in thousandths.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async ValueTask<ModelEpoch> DecideAsync(
        RunId run,
        RunRecord record,
        NightModel model,
        ModelRecord made,
        int price,
        CancellationToken cancellationToken
    )
    {
        ModelEpoch New(EpochReason reason) => new(run.ToString(), reason) { Price = price };

        var before = record.Previous is { } previous
            ? await NightModel.ReadSummaryAsync(context.Objects, RunId.Parse(previous), cancellationToken)
            : null;
        if (before?.Epoch is not { } epoch)
        {
            return New(EpochReason.First);
        }
        var first = RunId.Parse(epoch.Run);
        if (LastMonday(run.Date) > first.Date)
        {
            return New(EpochReason.Weekly);
        }
        if (before.Model?.CodeVersion != made.CodeVersion)
        {
            return New(EpochReason.Code);
        }
        if (Math.Abs(price - epoch.Price) * 1000L > (long)MostPriceChange * epoch.Price)
        {
            return New(EpochReason.Price);
        }
        var then = await NightModel.ReadAsync(context.Objects, first, cancellationToken);
        var sample = await SampleAsync(run, record.Shards, cancellationToken);
        var overlap = OverlapOf(then, model, sample);
        return overlap < context.Options.EpochOverlap
            ? New(EpochReason.Drift) with
            {
                Overlap = overlap,
                Sample = sample.Count,
            }
            : epoch with
            {
                Reason = EpochReason.GoesOn,
                Overlap = overlap,
                Sample = sample.Count,
            };
    }

    private static DateOnly LastMonday(DateOnly date) => date.AddDays(-(((int)date.DayOfWeek + 6) % 7));

    /// <summary>The first listeners of the snapshot: storage names begin with a hash, so they are anybody.</summary>
    private async ValueTask<List<ListenerTaste>> SampleAsync(RunId run, int shards, CancellationToken cancellationToken)
    {
        var sample = new List<ListenerTaste>();
        await foreach (var listener in _snapshots.ReadAsync(run, shards, null, cancellationToken))
        {
            if (sample.Count == context.Options.EpochSample)
            {
                break;
            }
            sample.Add(listener.ToTaste(withPast: false));
        }
        return sample;
    }

    /// <summary>The lesser of the mean overlaps of rankings and of neighbours, in thousandths; all, of nobody.</summary>
    private static int OverlapOf(NightModel then, NightModel now, List<ListenerTaste> sample)
    {
        var (old, latest) = (new Asking(then), new Asking(now));
        var (ranked, near) = (new Overlap(), new Overlap());
        foreach (var taste in sample)
        {
            ranked.Add(old.Ranked(taste), latest.Ranked(taste));
            near.Add(old.Near(taste), latest.Near(taste));
        }
        return Math.Min(ranked.Mean, near.Mean);
    }

    /// <summary>What two models have in common, over listeners for whom either says anything.</summary>
    private sealed class Overlap
    {
        private long _sum;
        private int _count;

        public int Mean => _count == 0 ? 1000 : (int)(_sum / _count);

        public void Add(HashSet<ItemId> old, HashSet<ItemId> latest)
        {
            var most = Math.Max(old.Count, latest.Count);
            if (most > 0)
            {
                _sum += latest.Count(old.Contains) * 1000L / most;
                _count++;
            }
        }
    }

    /// <summary>A model's answers by id, for models number their items differently.</summary>
    private sealed class Asking(NightModel model)
    {
        private readonly NightTasteModel _model = new(model);
        private readonly int[] _items = new int[Depth];
        private readonly float[] _scores = new float[Depth];

        public HashSet<ItemId> Ranked(ListenerTaste taste) =>
            ItemsOf(_model.Rank(taste, [.. Own(taste).Order()], _items, _scores));

        public HashSet<ItemId> Near(ListenerTaste taste)
        {
            var own = Own(taste).Take(Seeds).ToArray();
            var weights = new float[own.Length];
            Array.Fill(weights, 1);
            Array.Sort(own);
            return own.Length == 0 ? [] : ItemsOf(_model.Near(own, weights, own, _items, _scores));
        }

        private HashSet<ItemId> ItemsOf(int count) => [.. _items.Take(count).Select(item => model.Catalogue[item].Id)];

        /// <summary>The listener's items that the model knows, those first that are played most.</summary>
        private IEnumerable<int> Own(ListenerTaste taste) =>
            taste
                .Items.Where(item => item.Streams > 0)
                .OrderByDescending(item => item.LongWeight)
                .ThenBy(item => item.Item.Value, StringComparer.Ordinal)
                .Select(item => model.Catalogue.IndexOf(item.Item))
                .Where(item => item >= 0);
    }
}
