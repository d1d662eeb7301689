namespace Nocturne.Recommending;

/// <summary>How influence falls with distance: 1 / (1 + decay · distance), which takes no exponential.</summary>
internal static class Decay
{
    /// <summary>The values for distances 0 to <paramref name="count"/>, exclusive.</summary>
    public static float[] Table(float decay, int count)
    {
        var table = new float[count];
        for (var distance = 0; distance < count; distance++)
        {
            table[distance] = (float)At(decay, distance);
        }
        return table;
    }

    /// <summary>The value at a distance.</summary>
    public static double At(double decay, double distance) => 1 / (1 + (decay * distance));
}
