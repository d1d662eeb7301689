namespace Nocturne.Population;

/// <summary>When people of one habit listen.</summary>
/// <param name="Workdays">A weight for each local hour from Monday to Friday.</param>
/// <param name="Weekend">Likewise for Saturday and Sunday.</param>
/// <param name="WeekendShare">How a weekend day compares with a workday, in per cent.</param>
internal sealed record HabitHours(int[] Workdays, int[] Weekend, int WeekendShare)
{
    private static readonly int[] LateWeekend =
    [
        6,
        4,
        2,
        1,
        1,
        1,
        1,
        2,
        4,
        7,
        9,
        10,
        10,
        9,
        9,
        9,
        9,
        10,
        11,
        12,
        12,
        11,
        10,
        8,
    ];

    /// <summary>Commuters, office hours, evenings, nights.</summary>
    public static IReadOnlyList<HabitHours> All { get; } =
    [
        new([1, 1, 1, 1, 1, 3, 10, 18, 16, 6, 3, 3, 5, 4, 3, 4, 8, 16, 15, 8, 6, 5, 4, 2], LateWeekend, 70),
        new([1, 1, 1, 1, 1, 1, 3, 5, 10, 14, 15, 14, 9, 12, 14, 14, 12, 8, 4, 3, 3, 3, 2, 1], LateWeekend, 45),
        new([3, 1, 1, 1, 1, 1, 2, 4, 4, 3, 3, 3, 4, 4, 4, 5, 7, 10, 13, 16, 17, 15, 11, 6], LateWeekend, 130),
        new(
            [14, 11, 8, 5, 3, 1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 6, 7, 8, 9, 11, 13, 15, 16],
            [16, 15, 12, 8, 5, 2, 1, 1, 1, 2, 3, 5, 6, 6, 6, 6, 7, 8, 9, 10, 12, 13, 15, 16],
            150
        ),
    ];
}

/// <summary>Where people live; offsets are those of winter, for rules of summer time differ between machines.</summary>
/// <param name="TimeZone">IANA name.</param>
/// <param name="OffsetHours">From UTC.</param>
/// <param name="Market">ISO 3166 country.</param>
/// <param name="Language">BCP 47.</param>
internal sealed record Home(string TimeZone, int OffsetHours, string Market, string Language)
{
    public static IReadOnlyList<Home> All { get; } =
    [
        new("Europe/Zurich", 1, "CH", "de"),
        new("Europe/Berlin", 1, "DE", "de"),
        new("Europe/Paris", 1, "FR", "fr"),
        new("Europe/London", 0, "GB", "en"),
        new("Europe/Lisbon", 0, "PT", "pt"),
        new("Africa/Lagos", 1, "NG", "en"),
        new("America/New_York", -5, "US", "en"),
        new("America/Chicago", -6, "US", "en"),
        new("America/Los_Angeles", -8, "US", "en"),
        new("America/Sao_Paulo", -3, "BR", "pt"),
        new("Asia/Tokyo", 9, "JP", "ja"),
        new("Asia/Manila", 8, "PH", "en"),
    ];
}
