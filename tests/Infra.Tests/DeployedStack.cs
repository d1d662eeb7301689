using System.Collections.Immutable;
using System.Text.Json;
using Pulumi;
using Pulumi.Testing;

namespace Nocturne.Infra.Tests;

/// <summary>The whole program, run once against mocks that answer as Google Cloud would.</summary>
public sealed class DeployedStack : IAsyncLifetime
{
    public const string Project = "night-music";
    public const string Region = "europe-west4";
    public const string ProjectNumber = "424242";
    public const string Stack = "test";

    private readonly string _source = Path.GetTempFileName();

    /// <summary>Every resource of Google Cloud's that was declared.</summary>
    public IReadOnlyList<Declared> Resources { get; private set; } = [];

    /// <summary>What the program said of each resource, its components too, beside its inputs.</summary>
    public IReadOnlyList<Placed> Places { get; private set; } = [];

    /// <summary>The program itself, whose outputs tell an app developer where things are.</summary>
    public NocturneStack Program { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_source, "the functions' source");
        // The program reads its configuration from here, as it does under the engine.
        Environment.SetEnvironmentVariable(
            "PULUMI_CONFIG",
            JsonSerializer.Serialize(
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["gcp:project"] = Project,
                    ["gcp:region"] = Region,
                    ["nocturne:source"] = _source,
                    ["nocturne:minInstances"] = "1",
                    ["nocturne:alertEmails"] = """["ops@example.org"]""",
                    ["nocturne:notificationChannels"] = """["projects/night-music/notificationChannels/7"]""",
                    ["nocturne:analysts"] = """["group:analysts@example.org"]""",
                    ["nocturne:secretVersions"] = """{"nocturne-token-pepper":3}""",
                    ["nocturne:billingAccount"] = "0A1B2C-3D4E5F-607182",
                    ["nocturne:monthlyBudget"] = "250",
                }
            )
        );
        var cloud = new Cloud();
        var watch = new Watch();
        var resources = await Deployment.TestWithServiceProviderAsync<NocturneStack>(
            cloud,
            watch,
            new TestOptions
            {
                ProjectName = "nocturne",
                StackName = Stack,
                IsPreview = false,
            }
        );
        Places = await watch.SeenAsync();
        Resources = cloud.Seen;
        Program = resources.OfType<NocturneStack>().Single();
    }

    public Task DisposeAsync()
    {
        File.Delete(_source);
        return Task.CompletedTask;
    }

    /// <summary>The resources of one type, such as <c>gcp:pubsub/topic:Topic</c>.</summary>
    public IReadOnlyList<Declared> Of(string type) =>
        [.. Resources.Where(resource => string.Equals(resource.Type, type, StringComparison.Ordinal))];

    /// <summary>What an output came to.</summary>
    public static Task<T> ValueOf<T>(Output<T> output)
    {
        var value = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = output.Apply(known =>
        {
            value.SetResult(known);
            return known;
        });
        return value.Task;
    }

    /// <summary>Makes the program, and sees what mocks are not told: parents, order, protection.</summary>
    private sealed class Watch : IServiceProvider
    {
        private readonly Lock _lock = new();
        private readonly List<(Resource Resource, ResourceOptions Options)> _seen = [];

        public object? GetService(Type serviceType) =>
            serviceType == typeof(NocturneStack)
                ? new NocturneStack(new StackOptions { ResourceTransformations = { See } })
                : null;

        public async Task<IReadOnlyList<Placed>> SeenAsync()
        {
            var places = new List<Placed>();
            foreach (var (resource, options) in _seen)
            {
                var after = await ValueOf(options.DependsOn.ToOutput());
                places.Add(
                    new Placed(
                        resource.GetResourceType(),
                        resource.GetResourceName(),
                        options.Parent?.GetResourceName(),
                        options.Protect is true,
                        [.. after.Select(before => before.GetResourceName())]
                    )
                );
            }
            return places;
        }

        private ResourceTransformationResult? See(ResourceTransformationArgs args)
        {
            lock (_lock)
            {
                _seen.Add((args.Resource, args.Options));
            }
            return null;
        }
    }

    private sealed class Cloud : IMocks
    {
        private readonly Lock _lock = new();
        private readonly List<Declared> _seen = [];

        public IReadOnlyList<Declared> Seen
        {
            get
            {
                lock (_lock)
                {
                    return [.. _seen];
                }
            }
        }

        public Task<(string? id, object state)> NewResourceAsync(MockResourceArgs args)
        {
            var resource = new Declared(args.Type!, args.Name!, args.Inputs);
            lock (_lock)
            {
                _seen.Add(resource);
            }
            var state = args.Inputs.ToBuilder();
            switch (args.Type)
            {
                case "gcp:serviceaccount/account:Account":
                    state["email"] = $"{args.Name}@{Project}.iam.gserviceaccount.com";
                    state["name"] = $"projects/{Project}/serviceAccounts/{state["email"]}";
                    break;
                case "gcp:projects/serviceIdentity:ServiceIdentity":
                    state["email"] = $"service-{ProjectNumber}@gcp-sa-pubsub.iam.gserviceaccount.com";
                    break;
                case "gcp:artifactregistry/repository:Repository":
                    state["name"] = args.Inputs["repositoryId"];
                    break;
                case "gcp:monitoring/notificationChannel:NotificationChannel":
                    state["name"] = $"projects/{Project}/notificationChannels/1";
                    break;
                case "gcp:monitoring/slo:Slo":
                    state["name"] =
                        $"projects/{ProjectNumber}/services/{args.Inputs["service"]}"
                        + $"/serviceLevelObjectives/{args.Inputs["sloId"]}";
                    break;
                case "gcp:bigquery/connection:Connection":
                    state["name"] = $"projects/{Project}/locations/{Region}/connections/{args.Inputs["connectionId"]}";
                    state["cloudResource"] = ImmutableDictionary<string, object>.Empty.Add(
                        "serviceAccountId",
                        "archive@connections.example"
                    );
                    break;
            }
            var id = args.Type switch
            {
                "gcp:pubsub/topic:Topic" => $"projects/{Project}/topics/{args.Name}",
                "gcp:monitoring/dashboard:Dashboard" => $"projects/{ProjectNumber}/dashboards/{args.Name}",
                _ => args.Name,
            };
            return Task.FromResult<(string?, object)>((id, state.ToImmutable()));
        }

        public Task<object> CallAsync(MockCallArgs args) =>
            args.Token is "gcp:organizations/getProject:getProject"
                ? Task.FromResult<object>(
                    new Dictionary<string, object>(StringComparer.Ordinal)
                    {
                        ["number"] = ProjectNumber,
                        ["projectId"] = args.Args["projectId"],
                    }
                )
                : throw new InvalidOperationException($"The program asked for '{args.Token}', which no test knows.");
    }
}

/// <summary>Where a resource stands in the program.</summary>
public sealed record Placed(string Type, string Name, string? Parent, bool Protected, IReadOnlyList<string> After);

/// <summary>A resource as it was declared.</summary>
public sealed record Declared(string Type, string Name, ImmutableDictionary<string, object> Inputs)
{
    /// <summary>A text input; null if it is not set. A path goes inward: <c>pushConfig.oidcToken.audience</c>.</summary>
    public string? Text(string path) => Find(path) as string;

    /// <summary>A number; null if it is not set.</summary>
    public double? Number(string path) => Find(path) is { } value ? Convert.ToDouble(value, null) : null;

    /// <summary>Whether a yes-or-no input is set to yes.</summary>
    public bool Is(string path) => Find(path) is true;

    /// <summary>Whether an input is set at all.</summary>
    public bool Has(string path) => Find(path) is not null;

    /// <summary>A map or an object; empty if it is not set.</summary>
    public ImmutableDictionary<string, object> Map(string path) =>
        Find(path) as ImmutableDictionary<string, object> ?? ImmutableDictionary<string, object>.Empty;

    /// <summary>The objects of a list; empty if it is not set.</summary>
    public IReadOnlyList<Declared> List(string path) =>
        Find(path) is ImmutableArray<object> list
            ? [.. list.OfType<ImmutableDictionary<string, object>>().Select(entry => new Declared(Type, Name, entry))]
            : [];

    /// <summary>The texts of a list; empty if it is not set.</summary>
    public IReadOnlyList<string> Values(string path) =>
        Find(path) is ImmutableArray<object> list ? [.. list.OfType<string>()] : [];

    public override string ToString() => $"{Type} {Name}";

    private object? Find(string path)
    {
        object? value = Inputs;
        foreach (var step in path.Split('.'))
        {
            value = value is ImmutableDictionary<string, object> map ? map.GetValueOrDefault(step) : null;
        }
        return value;
    }
}
