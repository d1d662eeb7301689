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

        Assert.Equal(("dev", "night-music", "europe-west4"), (settings.Stack, settings.Project, settings.Region));
        Assert.Equal(("europe-west4", _source), (settings.DocumentLocation, settings.SourceArchive));
        Assert.True(settings.ProtectData);
        Assert.Equal(("GoogleRest", 0, 20), (settings.Adapter, settings.MinInstances, settings.MaxInstances));
        Assert.Equal(("4Gi", "2", 0.1), (settings.NightMemory, settings.NightCpu, settings.TraceShare));
        Assert.Empty(settings.AlertEmails);
        Assert.Empty(settings.NotificationChannels);
        Assert.Empty(settings.Analysts);
        Assert.Empty(settings.SecretVersions);
        Assert.Equal(("", ""), (settings.IdentityProject, settings.ListenerClaim));
        Assert.Empty(settings.Operators);
        Assert.Empty(settings.AllowedOrigins);
        Assert.Equal(("", 0), (settings.BillingAccount, settings.MonthlyBudget));
    }

    [Fact]
    public void Parse_EverythingGiven_IsTaken()
    {
        var settings = Parse(
            ("gcp:project", "night-music"),
            ("gcp:region", "europe-west4"),
            ("nocturne:documentLocation", "eur3"),
            ("nocturne:protectData", "false"),
            ("nocturne:adapter", "GoogleCloud"),
            ("nocturne:minInstances", "2"),
            ("nocturne:maxInstances", "50"),
            ("nocturne:nightMemory", "16Gi"),
            ("nocturne:traceShare", "1"),
            ("nocturne:alertEmails", """["a@example.org","b@example.org"]"""),
            ("nocturne:notificationChannels", """["projects/p/notificationChannels/12"]"""),
            ("nocturne:analysts", """["group:analysts@example.org"]"""),
            ("nocturne:secretVersions", """{"nocturne-token-pepper":2}"""),
            ("nocturne:identityProject", "night-people"),
            ("nocturne:listenerClaim", "listener_id"),
            ("nocturne:operators", """["op-1"]"""),
            ("nocturne:allowedOrigins", """["https://app.example.org"]"""),
            ("nocturne:billingAccount", "0A1B2C-3D4E5F-607182"),
            ("nocturne:monthlyBudget", "300")
        );

        Assert.Equal("eur3", settings.DocumentLocation);
        Assert.False(settings.ProtectData);
        Assert.Equal(("GoogleCloud", 2, 50), (settings.Adapter, settings.MinInstances, settings.MaxInstances));
        Assert.Equal(("16Gi", "4", 1.0), (settings.NightMemory, settings.NightCpu, settings.TraceShare));
        Assert.Equal(["a@example.org", "b@example.org"], settings.AlertEmails);
        Assert.Equal(["projects/p/notificationChannels/12"], settings.NotificationChannels);
        Assert.Equal(["group:analysts@example.org"], settings.Analysts);
        Assert.Equal(2, settings.SecretVersions["nocturne-token-pepper"]);
        Assert.Equal(("night-people", "listener_id"), (settings.IdentityProject, settings.ListenerClaim));
        Assert.Equal(["op-1"], settings.Operators);
        Assert.Equal(["https://app.example.org"], settings.AllowedOrigins);
        Assert.Equal(("0A1B2C-3D4E5F-607182", 300), (settings.BillingAccount, settings.MonthlyBudget));
    }

    [Fact]
    public void Parse_ABudgetWithoutAnAccount_SaysThatBothBelongTogether()
    {
        var error = Assert.Throws<RunException>(() =>
            Parse(("gcp:project", "night-music"), ("gcp:region", "europe-west4"), ("nocturne:monthlyBudget", "300"))
        );

        Assert.Contains("nocturne:billingAccount", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_SeveralWrongValues_AreToldAtOnce()
    {
        var error = Assert.Throws<RunException>(() =>
            Parse(("gcp:project", "night-music"), ("nocturne:maxInstances", "0"), ("nocturne:adapter", "Azure"))
        );

        Assert.Equal(4, error.Message.Split('\n').Length);
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
    [InlineData("nocturne:adapter", "Azure")]
    [InlineData("nocturne:maxInstances", "101")]
    [InlineData("nocturne:nightMemory", "3Gi")]
    [InlineData("nocturne:traceShare", "1.5")]
    [InlineData("nocturne:alertEmails", "ops@example.org")]
    [InlineData("nocturne:alertEmails", """["ops"]""")]
    [InlineData("nocturne:notificationChannels", """["pager"]""")]
    [InlineData("nocturne:analysts", """["allUsers"]""")]
    [InlineData("nocturne:secretVersions", """{"nocturne-token-pepper":"latest"}""")]
    [InlineData("nocturne:secretVersions", """{"pepper":1}""")]
    [InlineData("nocturne:billingAccount", "mine")]
    [InlineData("nocturne:monthlyBudget", "a lot")]
    public void Parse_AWrongValue_NamesItsKeyAndTheValue(string key, string value)
    {
        var error = Assert.Throws<RunException>(() =>
            Parse(("gcp:project", "night-music"), ("gcp:region", "europe-west4"), (key, value))
        );

        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains(
            value.Trim('[', ']', '{', '}').Split(':')[0].Trim('"'),
            error.Message,
            StringComparison.Ordinal
        );
    }

    private StackSettings Parse(params (string Key, string Value)[] values)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal) { ["nocturne:source"] = _source };
        foreach (var (key, value) in values)
        {
            all[key] = value;
        }
        return StackSettings.Parse("dev", all.GetValueOrDefault);
    }
}
