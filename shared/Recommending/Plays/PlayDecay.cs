using System.Globalization;

namespace Nocturne.Recommending;

/// <summary>How much a play still says, by its age.</summary>
/// <remarks>
/// Tables and straight lines between their points, from square roots alone: library functions differ between machines.
/// The relative error is under 10⁻⁶.
/// </remarks>
public sealed class PlayDecay
{
    private const int Points = 1_024;

    // 2 to this power is more than any age in days over any half-life.
    private const int Doublings = 300;

    private readonly double[] _fractions;
    private readonly double[] _wholes;

    private PlayDecay(float days, float exponent, double[] fractions, double[] wholes)
    {
        Days = days;
        Exponent = exponent;
        _fractions = fractions;
        _wholes = wholes;
    }

    /// <summary>Every play says the same.</summary>
    public static PlayDecay None { get; } = new(0, 0, [], []);

    /// <summary>The half-life, or the age from which a power law falls; 0 for <see cref="None"/>.</summary>
    public float Days { get; }

    /// <summary>γ of the power law; 0 for the exponential.</summary>
    public float Exponent { get; }

    /// <summary>2^(-age/h).</summary>
    /// <param name="halfLifeDays">h, over 0.</param>
    public static PlayDecay Exponential(float halfLifeDays)
    {
        Check(halfLifeDays, 1);
        var fractions = new double[Points + 1];
        for (var i = 0; i <= Points; i++)
        {
            fractions[i] = 1 / Powers.Of(2, (float)i / Points);
        }
        return new PlayDecay(halfLifeDays, 0, fractions, Halves(0.5));
    }

    /// <summary>(1 + age/h)^-γ, which forgets the recent quickly and the old slowly.</summary>
    /// <param name="days">h, over 0.</param>
    /// <param name="exponent">γ, over 0 and to 8; taken to 1/1024.</param>
    public static PlayDecay PowerLaw(float days, float exponent)
    {
        Check(days, exponent);
        var fractions = new double[Points + 1];
        for (var i = 0; i <= Points; i++)
        {
            fractions[i] = 1 / Powers.Of(1 + ((double)i / Points), exponent);
        }
        return new PlayDecay(days, exponent, fractions, Halves(1 / Powers.Of(2, exponent)));
    }

    /// <summary>What a play of an age says, from 1 when it is new down to 0.</summary>
    /// <param name="age">In days, not negative.</param>
    public float Of(float age)
    {
        if (_fractions.Length == 0)
        {
            return 1;
        }
        var x = (double)age / Days;
        int whole;
        double fraction;
        if (Exponent == 0)
        {
            whole = (int)Math.Min(x, Doublings);
            fraction = Math.Min(x - whole, 1);
        }
        else
        {
            // 1 + x = 2^whole · (1 + fraction).
            whole = Math.ILogB(1 + x);
            fraction = Math.ScaleB(1 + x, -whole) - 1;
        }
        var point = fraction * Points;
        var at = Math.Min((int)point, Points - 1);
        var line = _fractions[at] + ((point - at) * (_fractions[at + 1] - _fractions[at]));
        return (float)(line * _wholes[Math.Min(whole, Doublings)]);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(Days == 0 ? "none" : Exponent == 0 ? $"2^(-age/{Days})" : $"(1+age/{Days})^-{Exponent}")}"
        );

    internal static PlayDecay Read(ModelArtefact artefact, string name)
    {
        var days = artefact.Parameter<float>($"{name}_days");
        var exponent = artefact.Parameter<float>($"{name}_exponent");
        var decay = None;
        if (days != 0)
        {
            ModelArtefact.Check(() => decay = exponent == 0 ? Exponential(days) : PowerLaw(days, exponent));
        }
        return decay;
    }

    internal void Write(ModelArtefactWriter artefact, string name)
    {
        artefact.Parameter($"{name}_days", Days);
        artefact.Parameter($"{name}_exponent", Exponent);
    }

    private static double[] Halves(double half)
    {
        var wholes = new double[Doublings + 1];
        wholes[0] = 1;
        for (var i = 1; i < wholes.Length; i++)
        {
            wholes[i] = wholes[i - 1] * half;
        }
        return wholes;
    }

    private static void Check(float days, float exponent)
    {
        const float MostExponent = 8;
        if (!(days > 0) || !float.IsFinite(days) || !(exponent is > 0 and <= MostExponent))
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"A decay over {days} days with the exponent {exponent}: both are over 0, the exponent up to {MostExponent}."
                ),
                nameof(days)
            );
        }
    }
}
