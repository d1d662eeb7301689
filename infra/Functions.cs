using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Nocturne.Topology;
using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra;

/// <summary>The functions, built from one archive, each with an account, a size and the callers that it admits.</summary>
internal sealed partial class Functions : ComponentResource
{
    /// <summary>The runtime's id.</summary>
    public const string Runtime = "dotnet10";

    /// <summary>Google's own endpoint for OpenTelemetry.</summary>
    public const string TelemetryEndpoint = "https://telemetry.googleapis.com";

    private readonly Dictionary<string, Output<string>> _addresses = new(StringComparer.Ordinal);

    public Functions(
        StackSettings settings,
        Services services,
        Identities identities,
        Registry registry,
        Documents documents,
        Secrets secrets
    )
        : base("nocturne:infra:Functions", "functions")
    {
        var bucket = Storage.PrivateBucket(Source, settings, this.Inside(services.All));
        var reading = new Gcp.Storage.BucketIAMMember(
            "builder-reads-source",
            new()
            {
                Bucket = bucket.Name,
                Role = "roles/storage.objectViewer",
                Member = registry.BuilderMember,
            },
            this.Inside()
        );
        // Named by its content: new code is a new object, which is what makes the functions rebuild.
        var archive = new Gcp.Storage.BucketObject(
            "source",
            new()
            {
                Bucket = bucket.Name,
                Name = $"functions-{Fingerprint(settings.SourceArchive)}.zip",
                Source = new FileAsset(settings.SourceArchive),
            },
            this.Inside()
        );
        foreach (var function in NocturneTopology.Functions)
        {
            Declare(function);
        }
        RegisterOutputs();

        void Declare(Function function)
        {
            var service = ServiceName(function.Name);
            var size = FunctionSize.Of(function.Name, settings);
            // Known before the function exists, so that it can be told which audience its callers' tokens have.
            var address = services.ProjectNumber.Apply(number =>
                $"https://{service}-{number}.{settings.Region}.run.app"
            );
            var deployed = new Gcp.CloudFunctionsV2.Function(
                service,
                new()
                {
                    Project = settings.Project,
                    Name = service,
                    Location = settings.Region,
                    BuildConfig = new Gcp.CloudFunctionsV2.Inputs.FunctionBuildConfigArgs
                    {
                        Runtime = Runtime,
                        DockerRepository = registry.Images,
                        ServiceAccount = registry.Builder,
                        EntryPoint = EntryPoint(function.Name),
                        EnvironmentVariables =
                        {
                            ["CloudPackages"] = "true",
                            ["GOOGLE_BUILDABLE"] = $"functions/{function.Name}/{function.Name}.csproj",
                        },
                        Source = new Gcp.CloudFunctionsV2.Inputs.FunctionBuildConfigSourceArgs
                        {
                            StorageSource = new Gcp.CloudFunctionsV2.Inputs.FunctionBuildConfigSourceStorageSourceArgs
                            {
                                Bucket = bucket.Name,
                                Object = archive.Name,
                            },
                        },
                    },
                    ServiceConfig = new Gcp.CloudFunctionsV2.Inputs.FunctionServiceConfigArgs
                    {
                        ServiceAccountEmail = identities.Account(function.Account).Email,
                        // Pub/Sub's pushes from the same project count as internal.
                        IngressSettings = function.PublicInvoker ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY",
                        AllTrafficOnLatestRevision = true,
                        AvailableMemory = size.Memory,
                        AvailableCpu = size.Cpu,
                        MaxInstanceRequestConcurrency = size.Concurrency,
                        MinInstanceCount = function.PublicInvoker ? settings.MinInstances : 0,
                        MaxInstanceCount = size.MaxInstances,
                        TimeoutSeconds = (int)size.Timeout.TotalSeconds,
                        EnvironmentVariables = Environment(function, address),
                        SecretEnvironmentVariables = secrets.Variables(function).ToList(),
                    },
                },
                this.Inside([.. services.All, .. registry.Grants, reading, .. secrets.Grants(function)])
            );
            _addresses.Add(function.Name, Output.Tuple(deployed.Name, address).Apply(made => made.Item2));
            foreach (var (caller, member) in Callers(function))
            {
                _ = new Gcp.CloudRunV2.ServiceIamMember(
                    $"{service}-invoked-by-{caller}",
                    new()
                    {
                        Project = settings.Project,
                        Location = settings.Region,
                        Name = deployed.Name,
                        Role = "roles/run.invoker",
                        Member = member,
                    },
                    this.Inside()
                );
            }
        }

        IEnumerable<(string Caller, Input<string> Member)> Callers(Function function) =>
            function.PublicInvoker
                ? [("anyone", "allUsers")]
                : PushedBy(function).Select(account => (account, (Input<string>)identities.Member(account)));

        InputMap<string> Environment(Function function, Output<string> address)
        {
            var variables = new InputMap<string>
            {
                ["NOCTURNE_PROJECT"] = settings.Project,
                ["NOCTURNE_ADAPTER"] = settings.Adapter,
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = TelemetryEndpoint,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_SERVICE_NAME"] = ServiceName(function.Name),
                ["OTEL_RESOURCE_ATTRIBUTES"] =
                    $"gcp.project_id={settings.Project},service.namespace=nocturne,"
                    + $"deployment.environment.name={settings.Stack}",
                // Who was traced upstream is traced here; of the rest, this share.
                ["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio",
                ["OTEL_TRACES_SAMPLER_ARG"] = settings.TraceShare.ToString(CultureInfo.InvariantCulture),
            };
            if (function.UsesDocuments)
            {
                variables["NOCTURNE_DATABASE"] = documents.Database;
            }
            if (PushedBy(function) is [var account, ..])
            {
                variables["NOCTURNE_PUSH_ACCOUNT"] = identities.Account(account).Email;
                variables["NOCTURNE_PUSH_AUDIENCE"] = address;
            }
            if (function.PublicInvoker)
            {
                AddIfSet("NOCTURNE_ID_PROJECT", settings.IdentityProject);
                AddIfSet("NOCTURNE_LISTENER_CLAIM", settings.ListenerClaim);
                AddIfSet("NOCTURNE_OPERATORS", string.Join(',', settings.Operators));
                AddIfSet("NOCTURNE_ALLOWED_ORIGINS", string.Join(',', settings.AllowedOrigins));
            }
            return variables;

            void AddIfSet(string name, string value)
            {
                if (value.Length > 0)
                {
                    variables[name] = value;
                }
            }
        }
    }

    /// <summary>A function's address, once it exists: where its pushes go, and their tokens' audience.</summary>
    /// <param name="function">The function's name in Topology.</param>
    /// <exception cref="RunException">There is no such function.</exception>
    public Output<string> Address(string function) =>
        _addresses.TryGetValue(function, out var address)
            ? address
            : throw new RunException($"Topology has no function '{function}', so it has no address to push to.");

    /// <summary>A function's deployed name: <c>nocturne-run-night</c> for <c>RunNight</c>.</summary>
    public static string ServiceName(string function) =>
        "nocturne-" + WordStart().Replace(function, "-$0").ToLowerInvariant();

    /// <summary>The type that the Functions Framework starts.</summary>
    public static string EntryPoint(string function) => $"Nocturne.{function}.Function";

    private static string[] PushedBy(Function function) =>
        [
            .. NocturneTopology
                .Subscriptions.Select(subscription => subscription.Delivery)
                .OfType<Delivery.Push>()
                .Where(push => string.Equals(push.Function, function.Name, StringComparison.Ordinal))
                .Select(push => push.Account)
                .Distinct(StringComparer.Ordinal),
        ];

    private static string Fingerprint(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream))[..16];
    }

    private static Bucket Source { get; } = new("source", "What the functions are built from.");

    [GeneratedRegex("(?<=[a-z0-9])[A-Z]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WordStart();
}
