using Pulumi;

namespace Nocturne.Infra.Tests;

public sealed class StackSettingsTests : IDisposable
{
    private readonly string _source = Path.GetTempFileName();

    public void Dispose() => File.Delete(_source);

    [Fact]
    public void Parse_OnlyWhatIsRequired_TakesDefaults()
    {
        var settings = Parse(("gcp:project", "night-music"), ("gcp:region", "europe-west4"));

        Assert.Equal(new StackSettings("night-music", "europe-west4", "europe-west4", _source, true, 0), settings);
    }

    [Fact]
    public void Parse_EverythingGiven_IsTaken()
    {
        var settings = Parse(
            ("gcp:project", "night-music"),
            ("gcp:region", "europe-west4"),
            ("nocturne:documentLocation", "eur3"),
            ("nocturne:protectData", "false"),
            ("nocturne:minInstances", "2")
        );

        Assert.Equal(new StackSettings("night-music", "europe-west4", "eur3", _source, false, 2), settings);
    }

    [Fact]
    public void Parse_NothingSet_NamesEveryMissingKeyAndTheRemedy()
    {
        var error = Assert.Throws<RunException>(() => Parse());

        Assert.Contains("pulumi config set gcp:project", error.Message, StringComparison.Ordinal);
        Assert.Contains("pulumi config set gcp:region", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gcp:project", "Night Music")]
    [InlineData("gcp:project", "tiny")]
    [InlineData("gcp:region", "europe")]
    [InlineData("nocturne:documentLocation", "the moon")]
    [InlineData("nocturne:protectData", "perhaps")]
    [InlineData("nocturne:minInstances", "-1")]
    [InlineData("nocturne:minInstances", "11")]
    [InlineData("nocturne:source", "/nowhere/source.zip")]
    public void Parse_AWrongValue_NamesItsKeyAndTheValue(string key, string value)
    {
        var error = Assert.Throws<RunException>(() =>
            Parse(("gcp:project", "night-music"), ("gcp:region", "europe-west4"), (key, value))
        );

        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains(value, error.Message, StringComparison.Ordinal);
    }

    private StackSettings Parse(params (string Key, string Value)[] values)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal) { ["nocturne:source"] = _source };
        foreach (var (key, value) in values)
        {
            all[key] = value;
        }
        return StackSettings.Parse(all.GetValueOrDefault);
    }
}
