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

    private readonly string _source = Path.GetTempFileName();

    /// <summary>Every resource that was declared.</summary>
    public IReadOnlyList<Declared> Resources { get; private set; } = [];

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
                }
            )
        );
        var cloud = new Cloud();
        var resources = await Deployment.TestAsync<NocturneStack>(
            cloud,
            new TestOptions
            {
                ProjectName = "nocturne",
                StackName = "test",
                IsPreview = false,
            }
        );
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
            }
            var id = args.Type switch
            {
                "gcp:pubsub/topic:Topic" => $"projects/{Project}/topics/{args.Name}",
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
