using System.Globalization;
using Nocturne.Topology;

namespace Nocturne.Hosting;

/// <summary>Which implementation of the ports a function works with; both speak to the same services.</summary>
public enum StoreAdapter
{
    /// <summary>The public REST interfaces, over HttpClient.</summary>
    GoogleRest,

    /// <summary>Google's client libraries.</summary>
    GoogleCloud,
}

/// <summary>Whose pushes are admitted.</summary>
/// <param name="Account">The service account's e-mail address, as its tokens name it.</param>
/// <param name="Audience">The audience that its tokens are made for.</param>
public sealed record PushCaller(string Account, string Audience);

/// <summary>Where telemetry goes.</summary>
/// <param name="Endpoint">The base address of an OTLP receiver.</param>
/// <param name="Protocol"><c>grpc</c> or <c>http/protobuf</c>.</param>
public sealed record TelemetryTarget(Uri Endpoint, string Protocol)
{
    /// <summary>Google Cloud's own receiver, which wants credentials.</summary>
    public bool IsGoogle =>
        Endpoint.Host.Equals("telemetry.googleapis.com", StringComparison.OrdinalIgnoreCase)
        || Endpoint.Host.EndsWith(".telemetry.googleapis.com", StringComparison.OrdinalIgnoreCase);
}

/// <summary>What a deployed function is told by its environment, validated as a whole.</summary>
public sealed partial record FunctionSettings
{
    /// <summary>The adapter unless <c>NOCTURNE_ADAPTER</c> names one; why, says docs/adr/0007.</summary>
    public const StoreAdapter DefaultAdapter = StoreAdapter.GoogleRest;

    /// <summary>Project and database.</summary>
    public required Deployment Deployment { get; init; }

    /// <summary>Emulators in place of the services; none or all three.</summary>
    public EmulatorHosts Emulators { get; init; } = EmulatorHosts.None;

    /// <summary>The implementation of the ports.</summary>
    public StoreAdapter Adapter { get; init; } = DefaultAdapter;

    /// <summary>Whose pushes are admitted; null where nothing is pushed, and where emulators push.</summary>
    public PushCaller? PushCaller { get; init; }

    /// <summary>The Cloud Run service's name; null on a developer's machine.</summary>
    public string? Service { get; init; }

    /// <summary>The secret that keys listeners' tokens; null while an operator has set none.</summary>
    public string? TokenPepper { get; init; }

    /// <summary>Takes events from callers without a credential: on emulators only, never where it is deployed.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>Under which address clients reach the function; null where it is what they send requests to.</summary>
    public Uri? PublicAddress { get; init; }

    /// <summary>Whose ID tokens are taken, and what they say.</summary>
    public IdentitySettings Identity { get; init; } = new();

    /// <summary>Where telemetry goes; null for nowhere, which costs nothing.</summary>
    public TelemetryTarget? Telemetry { get; init; }

    /// <summary>Says where it runs, and no secret.</summary>
    public override string ToString() => $"{Service ?? "a developer's machine"} of {Deployment}";

    /// <summary>Whether this runs as a Cloud Run service.</summary>
    public bool IsDeployed => Service is not null;

    /// <summary>Reads the environment.</summary>
    /// <param name="variable">A variable's value; null or blank where it is not set.</param>
    /// <param name="isPushed">Whether Pub/Sub pushes to the function, so that it must know its caller.</param>
    /// <exception cref="ConfigurationException">With everything that is missing or wrong, at once.</exception>
    public static FunctionSettings Read(Func<string, string?> variable, bool isPushed)
    {
        var reader = new Reader(variable);
        var emulators = reader.Emulators();
        var service = reader.Text("K_SERVICE");
        var settings = new FunctionSettings
        {
            Deployment = new Deployment(reader.Project(), reader.Database()),
            Emulators = emulators,
            Adapter = reader.Adapter(),
            // Emulators push without a token. A deployed function is never that lenient, whatever else is set.
            PushCaller = isPushed && (service is not null || !emulators.Any) ? reader.PushCaller() : null,
            Service = service,
            TokenPepper = reader.TokenPepper(),
            AllowAnonymous = reader.AllowAnonymous(emulators, service),
            PublicAddress = reader.PublicAddress(),
            Identity = reader.Identity(),
            Telemetry = reader.Telemetry(),
        };
        reader.Port();
        return reader.Problems.Count == 0 ? settings : throw new ConfigurationException(reader.Problems);
    }

    private sealed partial class Reader(Func<string, string?> variable)
    {
        public List<string> Problems { get; } = [];

        public string? Text(string name) =>
            variable(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

        public string Project()
        {
            var (name, value) = Text("NOCTURNE_PROJECT") is { } own
                ? ("NOCTURNE_PROJECT", own)
                : ("GOOGLE_CLOUD_PROJECT", Text("GOOGLE_CLOUD_PROJECT"));
            if (value is null)
            {
                Problems.Add(
                    "NOCTURNE_PROJECT is not set, and neither is GOOGLE_CLOUD_PROJECT: set it to the id of the Google "
                        + "Cloud project (with emulators, to any id such as demo-nocturne)."
                );
                return "";
            }
            if (!value.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or ':' or '.'))
            {
                Problems.Add(
                    $"{name} is '{value}', which is not a project's id: lower-case letters, digits and hyphens, as "
                        + "`gcloud config get project` prints it (not its name or number)."
                );
            }
            return value;
        }

        public string Database()
        {
            var value = Text("NOCTURNE_DATABASE") ?? Deployment.DefaultDatabase;
            if (value != "(default)" && !value.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-'))
            {
                Problems.Add(
                    $"NOCTURNE_DATABASE is '{value}', which is not a Firestore database's id: lower-case letters, "
                        + $"digits and hyphens, or (default). Leave it unset for '{Deployment.DefaultDatabase}'."
                );
            }
            return value;
        }

        public StoreAdapter Adapter()
        {
            switch (Text("NOCTURNE_ADAPTER"))
            {
                case null:
                    return DefaultAdapter;
                case nameof(StoreAdapter.GoogleCloud):
                    return StoreAdapter.GoogleCloud;
                case nameof(StoreAdapter.GoogleRest):
                    return StoreAdapter.GoogleRest;
                case { } other:
                    Problems.Add(
                        $"NOCTURNE_ADAPTER is '{other}': use {nameof(StoreAdapter.GoogleRest)} or "
                            + $"{nameof(StoreAdapter.GoogleCloud)}, or leave it unset for {DefaultAdapter}."
                    );
                    return DefaultAdapter;
            }
        }

        public EmulatorHosts Emulators()
        {
            string[] names =
            [
                EmulatorHosts.DocumentsVariable,
                EmulatorHosts.MessagesVariable,
                EmulatorHosts.ObjectsVariable,
            ];
            var missing = names.Where(name => Text(name) is null).ToList();
            if (missing.Count is not (0 or 3))
            {
                Problems.Add(
                    $"{string.Join(" and ", names.Except(missing, StringComparer.Ordinal))} "
                        + $"{(missing.Count == 1 ? "are" : "is")} set, but {string.Join(" and ", missing)} "
                        + $"{(missing.Count == 1 ? "is" : "are")} not: half of the system would be the real one. Set all "
                        + "three to emulators, or none."
                );
            }
            return new EmulatorHosts(Host(names[0]), Host(names[1]), Host(names[2]));
        }

        public PushCaller? PushCaller()
        {
            var account = Text("NOCTURNE_PUSH_ACCOUNT");
            var audience = Text("NOCTURNE_PUSH_AUDIENCE");
            if (account is null)
            {
                Problems.Add(
                    "NOCTURNE_PUSH_ACCOUNT is not set: set it to the e-mail address of the service account whose "
                        + "identity the push subscription carries."
                );
            }
            else if (!account.Contains('@', StringComparison.Ordinal))
            {
                Problems.Add($"NOCTURNE_PUSH_ACCOUNT is '{account}', which is not a service account's e-mail address.");
            }
            if (audience is null)
            {
                Problems.Add(
                    "NOCTURNE_PUSH_AUDIENCE is not set: set it to the audience of the push subscription's tokens, "
                        + "which is the function's address unless the subscription says otherwise."
                );
            }
            return account is null || audience is null ? null : new PushCaller(account, audience);
        }

        public string? TokenPepper()
        {
            const int MinLength = 32;
            var value = Text("NOCTURNE_TOKEN_PEPPER");
            if (value?.Length < MinLength)
            {
                Problems.Add(
                    $"NOCTURNE_TOKEN_PEPPER has {value.Length} characters and needs {MinLength} or more: make one with "
                        + "head -c 32 /dev/urandom | base64"
                );
            }
            return value;
        }

        public bool AllowAnonymous(EmulatorHosts emulators, string? service)
        {
            switch (Text("NOCTURNE_ALLOW_ANONYMOUS"))
            {
                case null or "false":
                    return false;
                case "true" when emulators.Any && service is null:
                    return true;
                case "true":
                    Problems.Add(
                        "NOCTURNE_ALLOW_ANONYMOUS is 'true', which is for a developer's machine with emulators: anybody "
                            + "could write for any listener. Unset it, and give callers tokens (docs/listenbrainz.md)."
                    );
                    return false;
                case { } other:
                    Problems.Add($"NOCTURNE_ALLOW_ANONYMOUS is '{other}': use true or false.");
                    return false;
            }
        }

        public Uri? PublicAddress()
        {
            if (Text("NOCTURNE_PUBLIC_ADDRESS") is not { } address)
            {
                return null;
            }
            if (Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https"))
            {
                return uri;
            }
            Problems.Add(
                $"NOCTURNE_PUBLIC_ADDRESS is '{address}', which is not an address such as https://listens.example.org. "
                    + "Leave it unset for the one that requests are sent to."
            );
            return null;
        }

        public TelemetryTarget? Telemetry()
        {
            if (Text("OTEL_EXPORTER_OTLP_ENDPOINT") is not { } address)
            {
                return null;
            }
            if (
                !Uri.TryCreate(address, UriKind.Absolute, out var endpoint)
                || endpoint.Scheme is not ("http" or "https")
            )
            {
                Problems.Add(
                    $"OTEL_EXPORTER_OTLP_ENDPOINT is '{address}', which is not an address such as "
                        + "https://telemetry.googleapis.com or http://127.0.0.1:4318. Leave it unset to export nothing."
                );
                return null;
            }
            var protocol = Text("OTEL_EXPORTER_OTLP_PROTOCOL") ?? "http/protobuf";
            if (protocol is not ("grpc" or "http/protobuf"))
            {
                Problems.Add($"OTEL_EXPORTER_OTLP_PROTOCOL is '{protocol}': use http/protobuf (the default) or grpc.");
            }
            return new TelemetryTarget(endpoint, protocol);
        }

        public void Port()
        {
            if (
                Text("PORT") is { } port
                && !(
                    int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    && IsPort(number)
                )
            )
            {
                Problems.Add($"PORT is '{port}', which is not a port: use 1 to 65535, or leave it unset for 8080.");
            }
        }

        private string? Host(string name)
        {
            if (Text(name) is not { } value)
            {
                return null;
            }
            // Some of Google's libraries want an address there.
            var host = value.StartsWith("http://", StringComparison.Ordinal) ? value[7..].TrimEnd('/') : value;
            var colon = host.LastIndexOf(':');
            if (
                colon <= 0
                || Uri.CheckHostName(host[..colon].Trim('[', ']')) == UriHostNameType.Unknown
                || !int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                || !IsPort(port)
            )
            {
                Problems.Add($"{name} is '{value}', which is not host:port, such as 127.0.0.1:8085.");
            }
            return host;
        }

        private static bool IsPort(int number) => number is > 0 and <= 65_535;
    }
}
