namespace Nocturne.Population;

/// <summary>How acts of a genre are named.</summary>
internal enum ActStyle
{
    Band,
    Person,
    Producer,
    Ensemble,
}

/// <summary>A genre, with what its recordings are like and the scenes in it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Scenes">Its scenes: who likes one artist of a scene likes the others.</param>
/// <param name="Weight">How many of the artists play it, relatively.</param>
/// <param name="Style">How its acts are mostly named.</param>
/// <param name="Tempo">Beats a minute, slowest and fastest.</param>
/// <param name="Energy">From 0 to 100, lowest and highest.</param>
/// <param name="Seconds">Shortest and longest track.</param>
/// <param name="Since">The first year with releases.</param>
internal sealed record Genre(
    string Name,
    string[] Scenes,
    int Weight,
    ActStyle Style,
    (int Least, int Most) Tempo,
    (int Least, int Most) Energy,
    (int Least, int Most) Seconds,
    int Since
)
{
    /// <summary>The longest track of any genre, in seconds: sessions are planned by it.</summary>
    public const int LongestSeconds = 480;

    public static IReadOnlyList<Genre> All { get; } =
    [
        new("pop", ["dance pop", "bedroom pop", "art pop"], 14, ActStyle.Person, (88, 132), (45, 90), (140, 260), 1985),
        new(
            "rock",
            ["garage rock", "alternative rock", "psychedelic rock"],
            13,
            ActStyle.Band,
            (96, 158),
            (55, 95),
            (150, 340),
            1966
        ),
        new("hip hop", ["boom bap", "trap", "jazz rap"], 11, ActStyle.Producer, (76, 148), (45, 88), (130, 270), 1988),
        new("indie", ["dream pop", "indie folk", "lo-fi"], 9, ActStyle.Band, (80, 140), (25, 75), (150, 310), 1984),
        new(
            "electronic",
            ["house", "techno", "synthwave"],
            9,
            ActStyle.Producer,
            (112, 140),
            (60, 96),
            (180, 440),
            1989
        ),
        new(
            "r&b",
            ["neo soul", "alternative r&b", "quiet storm"],
            7,
            ActStyle.Person,
            (64, 112),
            (30, 68),
            (160, 290),
            1975
        ),
        new(
            "metal",
            ["doom metal", "thrash metal", "post-metal"],
            5,
            ActStyle.Band,
            (70, 190),
            (78, 99),
            (180, 460),
            1972
        ),
        new(
            "jazz",
            ["hard bop", "cool jazz", "jazz fusion"],
            5,
            ActStyle.Ensemble,
            (70, 200),
            (20, 70),
            (200, 470),
            1957
        ),
        new(
            "classical",
            ["chamber music", "piano solo", "minimalism"],
            4,
            ActStyle.Ensemble,
            (50, 140),
            (5, 45),
            (120, 480),
            1960
        ),
        new(
            "folk",
            ["singer-songwriter", "celtic", "americana"],
            5,
            ActStyle.Person,
            (72, 128),
            (15, 55),
            (150, 290),
            1965
        ),
        new(
            "country",
            ["outlaw country", "bluegrass", "country pop"],
            4,
            ActStyle.Person,
            (80, 144),
            (35, 80),
            (150, 250),
            1968
        ),
        new("soul", ["northern soul", "deep funk", "motown"], 4, ActStyle.Band, (84, 130), (45, 85), (150, 270), 1964),
        new(
            "ambient",
            ["drone", "space music", "field recordings"],
            3,
            ActStyle.Producer,
            (50, 90),
            (2, 25),
            (200, 480),
            1978
        ),
        new("punk", ["hardcore", "pop punk", "post-punk"], 4, ActStyle.Band, (130, 200), (75, 98), (95, 220), 1976),
        new("latin", ["salsa", "bossa nova", "reggaeton"], 5, ActStyle.Person, (84, 180), (45, 88), (150, 290), 1962),
        new("reggae", ["roots reggae", "dub", "dancehall"], 3, ActStyle.Band, (64, 110), (35, 75), (170, 310), 1970),
        new(
            "blues",
            ["delta blues", "electric blues", "blues rock"],
            2,
            ActStyle.Person,
            (62, 130),
            (25, 75),
            (160, 330),
            1958
        ),
        new("afrobeat", ["afrobeats", "highlife", "amapiano"], 3, ActStyle.Band, (96, 128), (50, 85), (180, 420), 1971),
    ];
}
