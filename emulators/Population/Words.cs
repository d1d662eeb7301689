namespace Nocturne.Population;

/// <summary>What names and titles are made of. Every noun takes an s.</summary>
internal static class Words
{
    public static readonly string[] FirstNames = Split(
        """
        Ada Aino Alma Amara Anouk Ben Bruno Camila Carlos Celia Clara Dario Delia Diego Elias Elif Emil Esme Ezra Fatou
        Felix Finn Freya Gia Hana Hugo Ida Imani Ines Iris Ivan Jonas Joni June Kaia Kenji Kofi Lars Leila Lena Leon
        Lila Lou Luca Mabel Malik Mara Marco Maya Mei Mika Mila Miles Nadia Nils Nina Noor Olga Omar Oscar Otis Pia
        Rafael Remy Rosa Ruben Ruth Sami Selma Silas Simone Sofia Sven Tariq Tess Theo Uma Vera Viola Yara Yusuf Zadie
        """
    );

    public static readonly string[] LastNames = Split(
        """
        Abara Adler Almeida Andersen Ashby Baptiste Becker Bell Bergman Blake Bonnet Brandt Calder Castro Cole Cortez
        Dalton Diallo Duarte Ekström Ellis Faber Farrow Ferreira Fontaine Fox Garland Grey Hale Hart Haugen Hayes Holm
        Ibarra Ito Jansen Keita Kessler Kovač Lambert Lang Larkin Laurent Lindqvist Marlowe Marsh Mensah Mercer Moreau
        Nakamura Navarro Novak Okafor Okoye Osei Palmer Park Pereira Quinn Ramos Reyes Rinaldi Rossi Sato Schuster Serra
        Sinclair Soto Stone Sundberg Tanaka Thorne Vance Varga Vega Vidal Vogel Walsh West Weston Winter Wolfe Yoon Zeller
        """
    );

    public static readonly string[] Adjectives = Split(
        """
        Amber Ancient Azure Bitter Black Blue Brave Bright Broken Burning Calm Careless Cold Copper Crimson Crooked
        Distant Double Dusty Early Electric Empty Endless Faded Falling Feral Final First Floating Gentle Ghostly Gilded
        Golden Green Hidden Hollow Honest Idle Indigo Invisible Iron Last Late Little Lonely Long Lost Loud Lucid Lunar
        Magnetic Midnight Modern Narrow Neon Northern Open Orange Pale Paper Patient Plastic Quiet Rapid Red Restless
        Rolling Royal Rusted Sacred Second Secret Shallow Silent Silver Sleepless Slow Small Solar Southern Static Sweet
        Tender Tidal Timid Velvet Violet Wandering Warm White Wicked Wild Wooden Yellow Young
        """
    );

    public static readonly string[] Nouns = Split(
        """
        Acrobat Anchor Antenna Apple Arrow Avenue Terrace Beacon Bird Boat Bridge Candle Canyon Carousel Castle Cathedral
        Circuit Cloud Comet Cabin Crane Crown Crystal Curtain Daughter Desert Diamond Dream Bell Elevator Engine Falcon
        Feather Steamer Field Fire Flower Forest Fountain Garden Gate Ghost Glacier Harbour Harvest Heart Hill Horizon Hotel
        Hour Island Kingdom Kite Ladder Lantern Letter Lighthouse Lion Machine Magnet Map Marble Market Meadow Mirror
        Mountain Ocean Orchard Owl Palace Parade Pearl Photograph Pilot Pioneer Planet Postcard Prairie Radio Raven
        Ribbon River Road Rocket Room Sailor Satellite Season Shadow Signal Spark Sparrow Stairway Star Station Stone
        Storm Stranger Street Summer Swimmer Telescope Temple Tiger Tower Traveller Tunnel Valley Village Wave Whale
        Window Winter Wolfhound
        """
    );

    public static readonly string[] Places = Split(
        """
        Accra Athens Bahia Belfast Bergen Berlin Bogotá Bristol Brooklyn Cairo Casablanca Chicago Dakar Detroit Dublin
        Geneva Glasgow Hamburg Havana Helsinki Istanbul Kingston Kyoto Lagos Leeds Lisbon Ljubljana Lyon Malmö Manila
        Marfa Memphis Montréal Naples Nashville Oaxaca Osaka Oslo Porto Reykjavík Rome Salvador Seoul Tallinn Tulsa Turin
        Utrecht Valencia Vienna Zürich
        """
    );

    public static readonly string[] Abstracts = Split(
        """
        Anyway Balance Belonging Chance Clarity Comfort Daylight Desire Devotion Distance Doubt Fever Fiction Forever
        Freedom Gravity Habit Heaven Home Hope Innocence Light Love Luck Memory Mercy Midnight Momentum Money Motion
        Nobody Nothing Nowhere Ordinary Patience Perfume Pleasure Promise Reverie Ritual Rumour Silence Sleep Sugar
        Sunday Surrender Sympathy Thunder Time Tomorrow Trouble Trust Velocity Vertigo Weather Wonder Yesterday
        """
    );

    public static readonly string[] Verbs = Split(
        """
        Answer Believe Borrow Break Call Carry Chase Close Cross Dance Draw Dream Drive Fall Feel Find Follow Forget
        Forgive Hold Keep Leave Light Lose Meet Miss Move Need Open Paint Read Remember Run Save See Send Show Sing Steal
        Stop Swim Take Tell Touch Trust Turn Wake Walk Want Watch Wear Write
        """
    );

    private static string[] Split(string text) =>
        text.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
