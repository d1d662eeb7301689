using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Nocturne.Infra.Tests;

/// <summary>The whole graph of resources as text, so that a change to what is deployed shows in its review.</summary>
[Collection(nameof(DeployedStack))]
public sealed class SnapshotTests(DeployedStack stack)
{
    /// <summary>Set to 1, it makes the test write the snapshot instead of comparing with it.</summary>
    private const string AcceptVariable = "NOCTURNE_ACCEPT_SNAPSHOT";

    // A page of JSON that the code itself is easier to read than; longer values stand as a digest.
    private const int LongestValue = 4_000;

    [Fact]
    public async Task TheResourceGraph_IsTheOneThatWasReviewed()
    {
        var file = Path.Combine(Path.GetDirectoryName(ThisFile())!, "resources.snapshot.txt");
        var actual = Describe();

        if (Environment.GetEnvironmentVariable(AcceptVariable) is "1")
        {
            await File.WriteAllTextAsync(file, actual);
        }

        var expected = (await File.ReadAllTextAsync(file)).ReplaceLineEndings("\n");
        Assert.True(
            string.Equals(expected, actual, StringComparison.Ordinal),
            $"""
            What is deployed has changed, from line {FirstDifference(expected, actual)} of {Path.GetFileName(file)} on:
            {Excerpt(expected, actual)}
            If the change is meant, accept it and review the difference like code:
                {AcceptVariable}=1 dotnet test tests/Infra.Tests
                git diff tests/Infra.Tests/resources.snapshot.txt
            """
        );
    }

    private string Describe()
    {
        var services = stack.Of("gcp:projects/service:Service").Select(service => service.Name).ToHashSet();
        var inputs = stack.Resources.ToLookup(resource => (resource.Type, resource.Name));
        var text = new StringBuilder();
        foreach (
            var place in stack
                .Places.OrderBy(place => place.Type, StringComparer.Ordinal)
                .ThenBy(place => place.Name, StringComparer.Ordinal)
        )
        {
            text.Append(CultureInfo.InvariantCulture, $"{place.Type} {place.Name}\n");
            text.Append(CultureInfo.InvariantCulture, $"  (in) {place.Parent ?? "the stack"}\n");
            if (place.Protected)
            {
                text.Append("  (protected)\n");
            }
            string[] after =
            [
                .. services.IsSubsetOf(place.After) ? ["every service"] : Array.Empty<string>(),
                .. place.After.Where(name => !services.Contains(name)).Order(StringComparer.Ordinal),
            ];
            if (after.Length > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"  (after) {string.Join(", ", after)}\n");
            }
            foreach (
                var (path, value) in inputs[(place.Type, place.Name)]
                    .SelectMany(resource => Flat("", resource.Inputs))
                    .OrderBy(input => input.Path, StringComparer.Ordinal)
            )
            {
                var gap = value.StartsWith('\n') ? "" : " ";
                text.Append(CultureInfo.InvariantCulture, $"  {path}:{gap}{value}\n");
            }
        }
        return text.ToString();
    }

    private static IEnumerable<(string Path, string Value)> Flat(string path, object? value) =>
        value switch
        {
            null => [],
            ImmutableDictionary<string, object> { IsEmpty: true } => [(path, "{}")],
            ImmutableDictionary<string, object> map => map.SelectMany(entry =>
                Flat(path.Length == 0 ? entry.Key : $"{path}.{entry.Key}", entry.Value)
            ),
            string text => [(path, Shown(text))],
            bool yes => [(path, yes ? "true" : "false")],
            IEnumerable list => list.Cast<object?>()
                .SelectMany(
                    (entry, index) => Flat($"{path}[{index.ToString("d2", CultureInfo.InvariantCulture)}]", entry)
                ),
            IFormattable number => [(path, number.ToString(null, CultureInfo.InvariantCulture))],
            _ => [(path, $"({value.GetType().Name})")],
        };

    private static string Shown(string text) =>
        text.Length > LongestValue ? $"({Digest(text)})"
        : text.Contains('\n', StringComparison.Ordinal)
            ? string.Concat(text.ReplaceLineEndings("\n").Split('\n').Select(line => $"\n    | {line}".TrimEnd()))
        : text;

    private static string Digest(string text) =>
        $"sha256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16]}";

    private static int FirstDifference(string expected, string actual) =>
        expected.Split('\n').Zip(actual.Split('\n')).TakeWhile(lines => lines.First == lines.Second).Count() + 1;

    private static string Excerpt(string expected, string actual)
    {
        var from = Math.Max(0, FirstDifference(expected, actual) - 3);
        return $"reviewed:\n{Lines(expected)}\nnow:\n{Lines(actual)}";

        string Lines(string text) =>
            string.Join('\n', text.Split('\n').Skip(from).Take(8).Select(line => $"    {line}"));
    }

    private static string ThisFile([CallerFilePath] string file = "") => file;
}
