using System.Reflection;
using System.Text.RegularExpressions;
using Nocturne.Topology;
using Pulumi;

namespace Nocturne.Infra.Tests;

/// <summary>docs/operations.md against the program that it describes.</summary>
public sealed partial class OperationsPageTests
{
    private static readonly string Page = Sources.Read("docs/operations.md");

    [Fact]
    public void EveryOutput_IsExplained()
    {
        var outputs = typeof(NocturneStack)
            .GetProperties()
            .Select(property => property.GetCustomAttribute<OutputAttribute>()?.Name)
            .OfType<string>()
            .ToList();

        Assert.NotEmpty(outputs);
        Assert.All(outputs, output => Assert.Contains($"`{output}`", Page, StringComparison.Ordinal));
    }

    [Fact]
    public void EveryLogMetric_IsExplained()
    {
        Assert.All(
            NocturneTopology.LogMetrics,
            metric => Assert.Contains($"`{metric.Name}`", Page, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void EveryLink_LeadsSomewhere()
    {
        Assert.All(
            Links().Matches(Page).Select(match => match.Groups["target"].Value),
            target => Assert.True(target.StartsWith("https://", StringComparison.Ordinal) || Leads(target), target)
        );

        static bool Leads(string target)
        {
            var parts = target.Split('#');
            var page = Sources.At($"docs/{parts[0]}");
            return parts[0].Length == 0 ? SectionsOf(Page).Contains(parts[1])
                : parts.Length == 1 ? File.Exists(page)
                : File.Exists(page) && SectionsOf(File.ReadAllText(page)).Contains(parts[1]);
        }

        static HashSet<string> SectionsOf(string page) =>
            Headings()
                .Matches(page)
                .Select(match => match.Groups["text"].Value.ToLowerInvariant().Replace(' ', '-'))
                .ToHashSet(StringComparer.Ordinal);
    }

    [Fact]
    public async Task EveryCommand_IsBash()
    {
        // Where the page has a name for the reader to replace, there is one in capitals: bash takes it as a word.
        var blocks = Blocks().Matches(Page).Select(match => match.Groups["text"].Value).ToList();

        Assert.NotEmpty(blocks);
        foreach (var block in blocks)
        {
            var (exitCode, output) = await Sources.BashAsync(["-n", "-c", block]);

            Assert.True(exitCode == 0, $"{output}\n{block}");
        }
    }

    [Fact]
    public void WhatItSaysIsKept_IsWhatTopologySays()
    {
        Assert.Contains(
            $"runs {NocturneTopology.RunsKept.TotalDays} days (recipes look back {NocturneTopology.RunsLookBack.TotalDays})",
            Page,
            StringComparison.Ordinal
        );
        Assert.Contains(
            $"refused lines {NocturneTopology.RejectedKept.TotalDays} days",
            Page,
            StringComparison.Ordinal
        );
        var archive = NocturneTopology
            .Buckets.Single(bucket => bucket.Name == NocturneTopology.BucketNames.Events)
            .Life;
        Assert.Contains(
            $"versions and soft delete for {(archive.OldVersions + archive.SoftDelete).TotalDays} days",
            Page,
            StringComparison.Ordinal
        );
        Assert.Contains($"by {NocturneTopology.NightDoneByHour}:00 UTC", Page, StringComparison.Ordinal);
    }

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Headings();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Links();

    [GeneratedRegex(
        @"^ *```sh\n(?<text>.*?)^ *```$",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.Singleline,
        1000
    )]
    private static partial Regex Blocks();
}
