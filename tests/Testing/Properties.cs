using System.Globalization;
using FsCheck;
using Microsoft.FSharp.Core;

namespace Nocturne.Testing;

/// <summary>How property tests choose their cases.</summary>
/// <remarks>
/// The same cases in every run, so that a run says something of the code alone. <c>NOCTURNE_TEST_SEED</c> (a whole
/// number) chooses others and <c>NOCTURNE_TEST_TIMES</c> (1 to 1,000) so many times as many.
/// </remarks>
public static class Properties
{
    private const ulong DefaultSeed = 20_261_121;
    private const int MostTimes = 1_000;

    private static readonly ulong Seed = Read("NOCTURNE_TEST_SEED", DefaultSeed, ulong.MaxValue);
    private static readonly int Times = (int)Read("NOCTURNE_TEST_TIMES", 1, MostTimes);

    /// <summary>Throws at the first case that fails, made as small as it can be.</summary>
    /// <param name="cases">How many cases, but for <c>NOCTURNE_TEST_TIMES</c>.</param>
    public static Config Of(int cases) =>
        Config
            .QuickThrowOnFailure.WithMaxTest(cases * Times)
            .WithReplay(new Replay(new Rnd(Seed), FSharpOption<int>.None));

    private static ulong Read(string name, ulong otherwise, ulong most)
    {
        var text = Environment.GetEnvironmentVariable(name);
        if (string.IsNullOrEmpty(text))
        {
            return otherwise;
        }
        return
            ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= 1
            && value <= most
            ? value
            : throw new InvalidOperationException($"{name} is \"{text}\"; it takes a whole number from 1 to {most}.");
    }
}
