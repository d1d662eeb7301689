namespace Nocturne.Population;

/// <summary>Makes names of acts, albums and tracks.</summary>
internal static class Names
{
    private const int Tries = 4;

    /// <summary>A name for an act, not in <paramref name="taken"/> yet, and puts it there.</summary>
    public static string Act(ref Draws draws, ActStyle style, HashSet<string> taken)
    {
        var name = "";
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            name = draws.Chance(0.75) ? OfStyle(ref draws, style) : OfStyle(ref draws, (ActStyle)draws.Below(3));
            if (taken.Add(name))
            {
                return name;
            }
        }
        name = $"{name} of {draws.Pick(Words.Places)}";
        return Numbered(name, taken);
    }

    /// <summary>A title, not in <paramref name="taken"/> yet, and puts it there.</summary>
    public static string Title(ref Draws draws, HashSet<string> taken)
    {
        var title = "";
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            title = AnyTitle(ref draws);
            if (taken.Add(title))
            {
                return title;
            }
        }
        return Numbered(title, taken);
    }

    private static string Numbered(string name, HashSet<string> taken)
    {
        var numbered = name;
        for (var number = 2; !taken.Add(numbered); number++)
        {
            numbered = $"{name} {number}";
        }
        return numbered;
    }

    private static string OfStyle(ref Draws draws, ActStyle style) =>
        style switch
        {
            ActStyle.Person => Person(ref draws),
            ActStyle.Producer => Producer(ref draws),
            ActStyle.Ensemble => Ensemble(ref draws),
            _ => Band(ref draws),
        };

    private static string Person(ref Draws draws) =>
        draws.Below(8) switch
        {
            0 => $"{First(ref draws)} & the {Noun(ref draws)}s",
            1 => $"{First(ref draws)} {(char)('A' + draws.Below(20))}. {Last(ref draws)}",
            _ => $"{First(ref draws)} {Last(ref draws)}",
        };

    private static string Band(ref Draws draws) =>
        draws.Below(7) switch
        {
            0 => $"The {Noun(ref draws)}s",
            1 or 2 => $"The {Adjective(ref draws)} {Noun(ref draws)}s",
            3 => $"{Adjective(ref draws)} {Noun(ref draws)}",
            4 => $"{Noun(ref draws)} {Abstract(ref draws)}",
            5 => $"{Place(ref draws)} {Noun(ref draws)}",
            _ => $"{Abstract(ref draws)} Club {Place(ref draws)}",
        };

    private static string Producer(ref Draws draws) =>
        draws.Below(6) switch
        {
            0 => $"DJ {Noun(ref draws)}",
            1 => $"{Adjective(ref draws)}{Noun(ref draws).ToLowerInvariant()}",
            2 => $"{First(ref draws)} {Adjective(ref draws)}",
            3 => $"Young {Last(ref draws)}",
            4 => $"{Noun(ref draws)} {draws.Between(2, 99)}",
            _ => $"{Place(ref draws)} {Abstract(ref draws)}",
        };

    private static string Ensemble(ref Draws draws) =>
        draws.Below(6) switch
        {
            0 => $"{Last(ref draws)} Quartet",
            1 => $"{First(ref draws)} {Last(ref draws)} Trio",
            2 => $"{Place(ref draws)} Chamber Players",
            3 => $"The {Last(ref draws)} {Noun(ref draws)} Ensemble",
            4 => $"Orchestra {Noun(ref draws)} {Place(ref draws)}",
            _ => $"{First(ref draws)} {Last(ref draws)}",
        };

    private static string AnyTitle(ref Draws draws) =>
        draws.Below(16) switch
        {
            0 => Abstract(ref draws),
            1 => Noun(ref draws),
            2 or 3 => $"{Adjective(ref draws)} {Noun(ref draws)}",
            4 => $"{Abstract(ref draws)} in the {Noun(ref draws)}",
            5 => $"{Verb(ref draws)} Me",
            6 => $"{Verb(ref draws)} the {Noun(ref draws)}",
            7 => $"Don't {Verb(ref draws)} My {Noun(ref draws)}",
            8 => $"{Noun(ref draws)} of {Place(ref draws)}",
            9 => $"{Abstract(ref draws)} and {Noun(ref draws)}s",
            10 => $"All My {Adjective(ref draws)} {Noun(ref draws)}s",
            11 => $"Letter to {First(ref draws)}",
            12 => $"{Abstract(ref draws)} in {Place(ref draws)}",
            13 => $"When You {Verb(ref draws)} the {Noun(ref draws)}",
            14 => $"{Adjective(ref draws)} {Abstract(ref draws)}",
            _ => $"{First(ref draws)}'s {Noun(ref draws)}",
        };

    private static string First(ref Draws draws) => draws.Pick(Words.FirstNames);

    private static string Last(ref Draws draws) => draws.Pick(Words.LastNames);

    private static string Adjective(ref Draws draws) => draws.Pick(Words.Adjectives);

    private static string Noun(ref Draws draws) => draws.Pick(Words.Nouns);

    private static string Place(ref Draws draws) => draws.Pick(Words.Places);

    private static string Abstract(ref Draws draws) => draws.Pick(Words.Abstracts);

    private static string Verb(ref Draws draws) => draws.Pick(Words.Verbs);
}
