using Nocturne.Topology;

namespace Nocturne.Hosting.Tests;

public sealed class FunctionSettingsTests
{
    [Fact]
    public void Read_ADeployedPushedFunction_HasEverything()
    {
        var settings = Read(
            isPushed: true,
            ("NOCTURNE_PROJECT", "music-prod"),
            ("NOCTURNE_DATABASE", "profiles"),
            ("NOCTURNE_ADAPTER", "GoogleCloud"),
            ("NOCTURNE_PUSH_ACCOUNT", "nocturne-push@music-prod.iam.gserviceaccount.com"),
            ("NOCTURNE_PUSH_AUDIENCE", "https://ingest.example"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://telemetry.googleapis.com"),
            ("K_SERVICE", "nocturne-ingest-events"),
            ("PORT", "8080")
        );

        Assert.Equal(new Deployment("music-prod", "profiles"), settings.Deployment);
        Assert.Equal(StoreAdapter.GoogleCloud, settings.Adapter);
        Assert.Equal(
            new PushCaller("nocturne-push@music-prod.iam.gserviceaccount.com", "https://ingest.example"),
            settings.PushCaller
        );
        Assert.True(settings.IsDeployed);
        Assert.True(settings.Telemetry!.IsGoogle);
        Assert.Equal("http/protobuf", settings.Telemetry.Protocol);
        Assert.False(settings.Emulators.Any);
    }

    [Fact]
    public void Read_TheLeast_TakesDefaults()
    {
        var settings = Read(isPushed: false, ("GOOGLE_CLOUD_PROJECT", "music-dev"));

        Assert.Equal(new Deployment("music-dev", "nocturne"), settings.Deployment);
        Assert.Equal(FunctionSettings.DefaultAdapter, settings.Adapter);
        Assert.Null(settings.PushCaller);
        Assert.Null(settings.Telemetry);
        Assert.False(settings.IsDeployed);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("nocturne-collect", false)]
    public void Read_AnonymousCallers_AreForEmulatorsAndNeverWhereDeployed(string? service, bool isTaken)
    {
        (string, string)[] variables =
        [
            ("NOCTURNE_PROJECT", "music"),
            ("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1"),
            ("PUBSUB_EMULATOR_HOST", "127.0.0.1:2"),
            ("STORAGE_EMULATOR_HOST", "127.0.0.1:3"),
            ("NOCTURNE_ALLOW_ANONYMOUS", "true"),
            ("K_SERVICE", service ?? ""),
        ];

        if (isTaken)
        {
            Assert.True(Read(isPushed: false, variables).AllowAnonymous);
        }
        else
        {
            Assert.Throws<ConfigurationException>(() => Read(isPushed: false, variables));
        }
    }

    [Fact]
    public void Read_Identity_IsTakenOrDefaults()
    {
        var usual = Read(isPushed: false, ("NOCTURNE_PROJECT", "music")).Identity;
        var given = Read(
            isPushed: false,
            ("NOCTURNE_PROJECT", "music"),
            ("NOCTURNE_ID_PROJECT", "people"),
            ("NOCTURNE_LISTENER_CLAIM", "listener_id"),
            ("NOCTURNE_OPERATORS", "op-1, op-2"),
            ("NOCTURNE_ALLOWED_ORIGINS", "https://app.example.org,http://127.0.0.1:3000")
        ).Identity;

        Assert.Null(usual.Project);
        Assert.Equal(("sub", "nocturne_operator"), (usual.Callers.ListenerClaim, usual.Callers.OperatorClaim));
        Assert.Empty(usual.Callers.Operators);
        Assert.Empty(usual.AllowedOrigins);
        Assert.Equal(("people", "listener_id"), (given.Project, given.Callers.ListenerClaim));
        Assert.Equal(["op-1", "op-2"], given.Callers.Operators);
        Assert.Equal(["https://app.example.org", "http://127.0.0.1:3000"], given.AllowedOrigins);
    }

    [Theory]
    [InlineData("NOCTURNE_LISTENER_CLAIM", "a claim")]
    [InlineData("NOCTURNE_ALLOWED_ORIGINS", "https://app.example.org/")]
    [InlineData("NOCTURNE_ALLOWED_ORIGINS", "app.example.org")]
    [InlineData("NOCTURNE_OPERATORS", "a\u0001b")]
    public void Read_AWrongIdentity_NamesTheVariable(string name, string value)
    {
        var failure = Assert.Throws<ConfigurationException>(() =>
            Read(isPushed: false, ("NOCTURNE_PROJECT", "music"), (name, value))
        );

        Assert.StartsWith(name, Assert.Single(failure.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Secrets_AreNotPrinted()
    {
        var refused = Assert.Throws<ConfigurationException>(() =>
            Read(isPushed: false, ("NOCTURNE_PROJECT", "music"), ("NOCTURNE_TOKEN_PEPPER", "short-secret"))
        );
        Assert.Contains("has 12 characters and needs 32", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("short-secret", refused.Message, StringComparison.Ordinal);

        var pepper = new string('p', 44);

        var settings = Read(isPushed: false, ("NOCTURNE_PROJECT", "music"), ("NOCTURNE_TOKEN_PEPPER", pepper));

        Assert.Equal(pepper, settings.TokenPepper);
        Assert.DoesNotContain(pepper, $"{settings}", StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NothingSet_NamesEveryVariableAtOnce()
    {
        var failure = Assert.Throws<ConfigurationException>(() => Read(isPushed: true));

        Assert.Collection(
            failure.Problems,
            problem => Assert.StartsWith("NOCTURNE_PROJECT is not set", problem, StringComparison.Ordinal),
            problem => Assert.StartsWith("NOCTURNE_PUSH_ACCOUNT is not set", problem, StringComparison.Ordinal),
            problem => Assert.StartsWith("NOCTURNE_PUSH_AUDIENCE is not set", problem, StringComparison.Ordinal)
        );
        Assert.All(failure.Problems, problem => Assert.Contains(problem, failure.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("NOCTURNE_PROJECT", "Music Prod", "is not a project's id")]
    [InlineData("NOCTURNE_DATABASE", "pro/files", "is not a Firestore database's id")]
    [InlineData("NOCTURNE_ADAPTER", "Rest", "use GoogleRest or GoogleCloud")]
    [InlineData("NOCTURNE_PUSH_ACCOUNT", "push", "is not a service account's e-mail address")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "is not an address")]
    [InlineData("NOCTURNE_PUBLIC_ADDRESS", "listens.example.org", "is not an address")]
    [InlineData("NOCTURNE_ALLOW_ANONYMOUS", "true", "is for a developer's machine")]
    [InlineData("NOCTURNE_ALLOW_ANONYMOUS", "1", "use true or false")]
    [InlineData("PORT", "http", "is not a port")]
    [InlineData("PORT", "65536", "is not a port")]
    public void Read_AWrongValue_SaysWhichAndWhat(string variable, string value, string what)
    {
        var failure = Assert.Throws<ConfigurationException>(() =>
            Read(
                isPushed: true,
                ("NOCTURNE_PROJECT", "music"),
                ("NOCTURNE_PUSH_ACCOUNT", "a@b"),
                ("NOCTURNE_PUSH_AUDIENCE", "c"),
                (variable, value)
            )
        );

        var problem = Assert.Single(failure.Problems);
        Assert.StartsWith($"{variable} ", problem, StringComparison.Ordinal);
        Assert.Contains(what, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8085")]
    [InlineData("localhost")]
    [InlineData("localhost:")]
    [InlineData("localhost:0")]
    [InlineData(":8085")]
    [InlineData("https://localhost:8085")]
    [InlineData("local host:8085")]
    public void Read_AnEmulatorThatIsNoHost_IsRefused(string host)
    {
        var failure = Assert.Throws<ConfigurationException>(() => ReadWithEmulators(host, "b:2", "c:3"));

        Assert.Equal(
            $"FIRESTORE_EMULATOR_HOST is '{host}', which is not host:port, such as 127.0.0.1:8085.",
            Assert.Single(failure.Problems)
        );
    }

    [Fact]
    public void Read_SomeEmulators_IsRefused()
    {
        var failure = Assert.Throws<ConfigurationException>(() => ReadWithEmulators("a:1", "b:2", ""));

        var problem = Assert.Single(failure.Problems);
        Assert.StartsWith(
            "FIRESTORE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST are set, but STORAGE_EMULATOR_HOST is not",
            problem,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Read_AllEmulators_WaivesIdentity()
    {
        var settings = ReadWithEmulators("127.0.0.1:1", "[::1]:2", "http://localhost:3/");

        Assert.Equal(new EmulatorHosts("127.0.0.1:1", "[::1]:2", "localhost:3"), settings.Emulators);
        Assert.Null(settings.PushCaller);
    }

    [Fact]
    public void Read_EmulatorsWhereItIsDeployed_DoesNotWaiveIdentity()
    {
        var failure = Assert.Throws<ConfigurationException>(() =>
            ReadWithEmulators("a:1", "b:2", "c:3", ("K_SERVICE", "nocturne-ingest-events"))
        );

        Assert.Equal(2, failure.Problems.Count);
        Assert.All(failure.Problems, problem => Assert.StartsWith("NOCTURNE_PUSH_", problem, StringComparison.Ordinal));
    }

    private static FunctionSettings ReadWithEmulators(
        string documents,
        string messages,
        string objects,
        params (string, string)[] more
    ) =>
        Read(
            isPushed: true,
            [
                ("NOCTURNE_PROJECT", "demo"),
                ("FIRESTORE_EMULATOR_HOST", documents),
                ("PUBSUB_EMULATOR_HOST", messages),
                ("STORAGE_EMULATOR_HOST", objects),
                .. more,
            ]
        );

    private static FunctionSettings Read(bool isPushed, params (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }
        return FunctionSettings.Read(environment.GetValueOrDefault, isPushed);
    }
}
