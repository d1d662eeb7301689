using System.Globalization;
using System.Runtime.CompilerServices;

namespace Nocturne.Topology.Tests;

/// <summary>What is kept how long, what is secret, and which log lines are counted.</summary>
public sealed class KeepingAndWatchingTests
{
    [Fact]
    public void Runs_AreKeptMuchLongerThanAnythingLooksBack()
    {
        Assert.Equal(TimeSpan.FromDays(8 * 7), NocturneTopology.RunsLookBack);
        Assert.True(NocturneTopology.RunsKept >= 2 * NocturneTopology.RunsLookBack);
        foreach (
            var bucket in new[] { NocturneTopology.BucketNames.Nights, NocturneTopology.BucketNames.Playlists }.Select(
                name => NocturneTopology.Buckets.Single(bucket => bucket.Name == name)
            )
        )
        {
            Assert.Equal(NocturneTopology.RunsKept, bucket.Life.Expiry!.After);
            // Everything else in there, the published pointer first of all, has no age.
            Assert.NotEmpty(bucket.Life.Expiry.Prefixes);
            Assert.All(bucket.Life.Expiry.Prefixes, prefix => Assert.EndsWith("/", prefix, StringComparison.Ordinal));
            Assert.DoesNotContain(
                bucket.Life.Expiry.Prefixes,
                prefix => "published.json".StartsWith(prefix, StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public void TheArchiveAndTheCatalogue_AreNeverDeletedByAge()
    {
        foreach (var name in new[] { NocturneTopology.BucketNames.Events, NocturneTopology.BucketNames.Catalogue })
        {
            Assert.Null(NocturneTopology.Buckets.Single(bucket => bucket.Name == name).Life.Expiry);
        }
    }

    [Fact]
    public void ColderClasses_AreEverOlderAndNotLeftBeforeTheirMinimum()
    {
        // Leaving a class earlier costs as much as staying: Nearline 30 days, Coldline 90.
        var minimum = new Dictionary<string, TimeSpan>(StringComparer.Ordinal)
        {
            ["NEARLINE"] = TimeSpan.FromDays(30),
            ["COLDLINE"] = TimeSpan.FromDays(90),
            ["ARCHIVE"] = TimeSpan.FromDays(365),
        };
        foreach (var colder in NocturneTopology.Buckets.Select(bucket => bucket.Life.Colder))
        {
            Assert.All(colder, step => Assert.Contains(step.StorageClass, minimum));
            Assert.All(
                colder.Zip(colder.Skip(1)),
                steps => Assert.True(steps.Second.After - steps.First.After >= minimum[steps.First.StorageClass])
            );
        }
    }

    [Fact]
    public void SoftDelete_IsOffOrWithinCloudStoragesBounds()
    {
        Assert.All(
            NocturneTopology.Buckets,
            bucket =>
                Assert.True(
                    bucket.Life.SoftDelete == TimeSpan.Zero
                        || (
                            bucket.Life.SoftDelete >= TimeSpan.FromDays(7)
                            && bucket.Life.SoftDelete <= TimeSpan.FromDays(90)
                        ),
                    bucket.Name
                )
        );
    }

    [Fact]
    public void Secrets_AreForFunctionsThatExistAndNamedAsOnesAre()
    {
        var functions = NocturneTopology.Functions.Select(function => function.Name).ToList();

        Assert.All(
            NocturneTopology.Secrets,
            secret =>
            {
                Assert.Matches("^[a-z][a-z0-9-]{1,254}$", secret.Name);
                Assert.Matches("^NOCTURNE_[A-Z_]+$", secret.Variable);
                Assert.NotEmpty(secret.Functions);
                Assert.All(secret.Functions, function => Assert.Contains(function, functions));
            }
        );
    }

    [Fact]
    public void TheNight_HasItsWholeDeadlineBeforeItsDateBegins()
    {
        // RunNight fails a run after 240 minutes unless it is told otherwise.
        const int deadlineHours = 4;
        var cron = NocturneTopology.Schedules.Single(schedule => schedule.Name is "nightly-run").Cron;
        var starts = int.Parse(cron.Split(' ')[1], CultureInfo.InvariantCulture);

        Assert.True(starts + deadlineHours <= NocturneTopology.NightDoneByHour);
        // UTC+14, the earliest time zone, is at midnight then.
        Assert.Equal(24, NocturneTopology.NightDoneByHour + 14);
    }

    [Fact]
    public void EveryCountedLogLine_IsWrittenByItsFunction()
    {
        Assert.All(
            NocturneTopology.LogMetrics,
            metric =>
            {
                var folder = Path.Combine(Root(), "functions", metric.Function);
                Assert.True(Directory.Exists(folder), folder);
                Assert.Contains(
                    Directory
                        .EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
                        .Select(file => Path.GetRelativePath(folder, file))
                        .Where(file => !file.StartsWith("obj", StringComparison.Ordinal)),
                    file =>
                        File.ReadAllText(Path.Combine(folder, file))
                            .Contains($"Message = \"{metric.Template}\"", StringComparison.Ordinal)
                );
                foreach (var placeholder in new[] { metric.Label, metric.Value }.OfType<string>())
                {
                    Assert.Contains($"{{{placeholder}}}", metric.Template, StringComparison.Ordinal);
                }
            }
        );
    }

    [Fact]
    public void LogMetrics_AreNamedAsPrometheusCanSpell()
    {
        Assert.All(NocturneTopology.LogMetrics, metric => Assert.Matches("^[a-z]+(-[a-z]+)*$", metric.Name));
    }

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));
}
