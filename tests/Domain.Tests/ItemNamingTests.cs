using FsCheck;
using FsCheck.Fluent;

namespace Nocturne.Domain.Tests;

public sealed class ItemNamingTests
{
    private static readonly Instant Start = new(1_700_000_000_000);

    [Fact]
    public void ItemOf_KnownNames_IsTheIdItAlwaysWas()
    {
        // These are in listeners' histories: a change of the rule that changes them is a new rule beside this one.
        Assert.Equal(
            "track:d6ba66a8ffc032c1e3efab67e5468ca0",
            ItemNaming.ItemOf(ItemKind.Track, "The Night Owls", "Late Train")?.Value
        );
        Assert.Equal(
            "track:25ee69c04492012c1eb4f39d0717f7ac",
            ItemNaming.ItemOf(ItemKind.Track, "Björk", "Jóga")?.Value
        );
        Assert.Equal(
            "episode:d179a08760e4a66b7ad414a134d0c067",
            ItemNaming.ItemOf(ItemKind.Episode, "Slow News", "Part 1")?.Value
        );
        Assert.Equal("artist:6d2cd2e24e76af7c690b460f693f1557", ItemNaming.ArtistOf("Björk")?.Value);
        Assert.Equal(
            "play:17d4241e152741ffe24cc1f37692da81",
            ItemNaming.PlayOf(new ListenerId("anna"), Start, new ItemId("t")).Value
        );
    }

    [Theory]
    [InlineData("Björk", "BJO\u0308RK")]
    [InlineData("Sigur Rós", "  sigur\u00A0 \t rós ")]
    [InlineData("ＡＢＢＡ", "abba")]
    [InlineData("Straße", "STRASSE")]
    [InlineData("ὈΔΥΣΣΕΎΣ", "ὀδυσσεύς")]
    [InlineData("한국", "\u1112\u1161\u11AB\u1100\u116E\u11A8")]
    [InlineData("zero\u200Bwidth", "zerowidth")]
    [InlineData("ﬁve", "Five")]
    [InlineData("a\u0323\u0307", "a\u0307\u0323")]
    public void Fold_TwoSpellingsOfOneName_AreOne(string one, string other) =>
        Assert.Equal(NameFolding.Fold(one), NameFolding.Fold(other));

    [Theory]
    [InlineData("Café", "Cafe")]
    [InlineData("Help!", "Help")]
    [InlineData("Song", "Song (Live)")]
    public void Fold_TwoNames_StayTwo(string one, string other) =>
        Assert.NotEqual(NameFolding.Fold(one), NameFolding.Fold(other));

    [Fact]
    public void Fold_AnyText_FoldsNoFurther() =>
        Prop.ForAll<string>(text =>
            {
                var folded = NameFolding.Fold(text ?? "");

                Assert.Equal(folded, NameFolding.Fold(folded));
                Assert.Equal(folded, NameFolding.Fold($" {text}\u200B "));
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Fold_EveryCharacter_FoldsNoFurther()
    {
        for (var code = 0; code < 0x110000; code += code == 0xD7FF ? 0x801 : 1)
        {
            var folded = NameFolding.Fold(char.ConvertFromUtf32(code));

            Assert.True(folded == NameFolding.Fold(folded), $"U+{code:X4}");
        }
    }

    [Fact]
    public void ItemOf_AnyNames_IsAnId() =>
        Prop.ForAll<string, string>(
                (artist, title) =>
                {
                    if (ItemNaming.ItemOf(ItemKind.Track, artist, title) is { } item)
                    {
                        Assert.Matches("^track:[0-9a-f]{32}$", item.Value);
                        Assert.NotEqual(item, ItemNaming.ItemOf(ItemKind.Track, artist, title + "!"));
                    }
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void ItemOf_NamesAndCodes_IsOfTheNames() =>
        Assert.Equal(
            ItemNaming.ItemOf(ItemKind.Track, "A", "B"),
            ItemNaming.ItemOf(ItemKind.Track, "a", "b", new ItemCodes("5a1ad9c7-6a8c-4a6a-8d1b-9f0d3c6a0b11"))
        );

    [Theory]
    [InlineData("5A1AD9C7-6A8C-4A6A-8D1B-9F0D3C6A0B11", null, null, "5a1ad9c7-6a8c-4a6a-8d1b-9f0d3c6a0b11")]
    [InlineData("none", "ch-abc-26-00001", null, "isrc:CHABC2600001")]
    [InlineData(null, "short", "spotify:track:0123456789abcdefghijKL", "spotify:track:0123456789abcdefghijKL")]
    [InlineData(
        null,
        null,
        "https://open.spotify.com/episode/0123456789abcdefghijKL?si=1",
        "spotify:episode:0123456789abcdefghijKL"
    )]
    [InlineData(null, null, "spotify:local:a:b:c:1", null)]
    [InlineData(null, null, "spotify:track:0123456789abcdefghij!L", null)]
    [InlineData(null, null, "spotify:0123456789abcdefghijKL", null)]
    [InlineData(null, null, null, null)]
    public void ItemOf_CodesWithoutArtist_IsOfTheFirstThatCanBeRead(
        string? mbid,
        string? isrc,
        string? spotify,
        string? id
    ) => Assert.Equal(id, ItemNaming.ItemOf(ItemKind.Track, " \u200B", "B", new ItemCodes(mbid, isrc, spotify))?.Value);

    [Fact]
    public void PlayOf_AnotherListenerStartOrItem_IsAnotherPlay()
    {
        var (anna, item) = (new ListenerId("anna"), new ItemId("t"));
        EventId[] ids =
        [
            ItemNaming.PlayOf(anna, Start, item),
            ItemNaming.PlayOf(new ListenerId("ben"), Start, item),
            ItemNaming.PlayOf(anna, new Instant(Start.UnixMilliseconds + 1), item),
            ItemNaming.PlayOf(anna, Start, new ItemId("u")),
        ];

        Assert.Distinct(ids);
    }
}
