using System.Text.Json;

namespace Nocturne.Nights;

/// <summary>The steps of a night.</summary>
public enum NightStep
{
    /// <summary>Creates the run and publishes its snapshot shards.</summary>
    Start,

    /// <summary>Writes a shard of the listeners' interactions.</summary>
    Snapshot,

    /// <summary>Makes the catalogue and the models.</summary>
    Train,

    /// <summary>Makes a shard's playlists.</summary>
    Compose,

    /// <summary>Checks, reports and publishes.</summary>
    Close,

    /// <summary>Publishes what is missing again, and fails runs past their deadline.</summary>
    Tick,

    /// <summary>Ends a run that is under way.</summary>
    Cancel,

    /// <summary>Lets a run that failed or was cancelled go on.</summary>
    Resume,

    /// <summary>
    /// Makes the playlists of a shard's blends whose members changed since the run's snapshot, when it is published.
    /// </summary>
    Blends,
}

/// <summary>A message on <c>night-steps</c>: <c>{"step":"compose","run":"2026-11-21","shard":3}</c>.</summary>
/// <param name="Step">What to do.</param>
/// <param name="Run">For which run; null for a tick, and for a start that takes tomorrow's date.</param>
/// <param name="Shard">Which shard, of the steps that have shards; else 0.</param>
public readonly record struct NightMessage(NightStep Step, RunId? Run, int Shard)
{
    /// <summary>Reads a message.</summary>
    /// <exception cref="FormatException">Not such a message.</exception>
    public static NightMessage Parse(ReadOnlyMemory<byte> data)
    {
        try
        {
            using var json = JsonDocument.Parse(data);
            var step = ParseStep(json.RootElement.GetProperty("step").GetString());
            RunId? run = json.RootElement.TryGetProperty("run", out var named)
                ? RunId.Parse(named.GetString() ?? "")
                : null;
            var shard = json.RootElement.TryGetProperty("shard", out var number) ? number.GetInt32() : 0;
            return run is null && step is not (NightStep.Start or NightStep.Tick)
                ? throw new FormatException($"A night message of step {step} names no run.")
                : new NightMessage(step, run, shard);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"Not a night message: {e.Message}", e);
        }
    }

    /// <summary>The message's bytes.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("step"u8, NameOf(Step));
            if (Run is { } run)
            {
                json.WriteString("run"u8, run.ToString());
            }
            if (Step is NightStep.Snapshot or NightStep.Compose or NightStep.Blends)
            {
                json.WriteNumber("shard"u8, Shard);
            }
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>A step's wire word.</summary>
    public static string NameOf(NightStep step) =>
        step switch
        {
            NightStep.Start => "start",
            NightStep.Snapshot => "snapshot",
            NightStep.Train => "train",
            NightStep.Compose => "compose",
            NightStep.Close => "close",
            NightStep.Tick => "tick",
            NightStep.Cancel => "cancel",
            NightStep.Resume => "resume",
            NightStep.Blends => "blends",
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        };

    private static NightStep ParseStep(string? name) =>
        name switch
        {
            "start" => NightStep.Start,
            "snapshot" => NightStep.Snapshot,
            "train" => NightStep.Train,
            "compose" => NightStep.Compose,
            "close" => NightStep.Close,
            "tick" => NightStep.Tick,
            "cancel" => NightStep.Cancel,
            "resume" => NightStep.Resume,
            "blends" => NightStep.Blends,
            _ => throw new FormatException($"'{name}' is not a step of a night."),
        };
}
