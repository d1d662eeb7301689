using Nocturne.Testing;

namespace Nocturne.EndToEnd.Tests;

/// <summary>
/// Stores that fail before or after writing, messages doubled, delayed, reordered, acknowledgements lost: what comes
/// out is what comes out of a good day.
/// </summary>
public sealed class ChaosTests
{
    [Theory]
    [InlineData("5")]
    [InlineData("6")]
    public async Task ImportAndNight_UnderChaos_EndInTheSameProfilesPlaylistsAndArchive(string seed)
    {
        var file = Path.Combine(AppContext.BaseDirectory, "Fixtures", "listens.tsv");
        using var calm = new TemporaryFolder();
        using var chaotic = new TemporaryFolder();

        await NocturneProcess.SucceedAsync("import", file, "--data", calm.Path);
        await NocturneProcess.SucceedAsync("night", "--date", "2014-09-01", "--data", calm.Path);
        await NocturneProcess.SucceedAsync("import", file, "--data", chaotic.Path, "--chaos", seed);
        await NocturneProcess.SucceedAsync("night", "--date", "2014-09-01", "--data", chaotic.Path, "--chaos", seed);

        var expected = await FolderContents.ReadAsync(calm.Path);
        var actual = await FolderContents.ReadAsync(chaotic.Path);
        Assert.Equal(expected.ArchiveLines, actual.ArchiveLines);
        Assert.Equal(expected.Profiles, actual.Profiles);
        Assert.Equal(expected.Playlists, actual.Playlists);
    }
}
