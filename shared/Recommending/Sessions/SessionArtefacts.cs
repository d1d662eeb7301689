namespace Nocturne.Recommending;

/// <summary>Checks what session models read from artefacts.</summary>
internal static class SessionArtefacts
{
    public static void Check(Action check)
    {
        try
        {
            check();
        }
        catch (ArgumentException e)
        {
            throw new ModelArtefactException($"The artefact's parameters are not usable. {e.Message}", e);
        }
    }

    /// <summary>Where the rows of a flat array begin: from 0, not descending.</summary>
    public static int[] Starts(ModelArtefact artefact, string section, int rows)
    {
        var starts = artefact.Ints(section, checked(rows + 1));
        if (starts[0] != 0)
        {
            throw new ModelArtefactException($"The artefact's section '{section}' does not begin at 0.");
        }
        for (var row = 0; row < rows; row++)
        {
            if (starts[row + 1] < starts[row])
            {
                throw new ModelArtefactException($"The artefact's section '{section}' descends at {row}.");
            }
        }
        return starts;
    }

    /// <summary>Indices from 0 to <paramref name="end"/>, exclusive.</summary>
    public static int[] Below(ModelArtefact artefact, string section, int count, int end)
    {
        var values = artefact.Ints(section, count);
        foreach (var value in values)
        {
            if ((uint)value >= (uint)end)
            {
                throw new ModelArtefactException(
                    $"The artefact's section '{section}' has {value}, outside 0 to {end}."
                );
            }
        }
        return values;
    }

    /// <summary>Finite numbers that are not negative.</summary>
    public static float[] Positive(ModelArtefact artefact, string section, int count)
    {
        var values = artefact.Floats(section, count);
        foreach (var value in values)
        {
            if (!(value >= 0) || !float.IsFinite(value))
            {
                throw new ModelArtefactException($"The artefact's section '{section}' has a value that is no weight.");
            }
        }
        return values;
    }
}
