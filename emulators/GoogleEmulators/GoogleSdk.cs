namespace Nocturne.Emulators;

/// <summary>Finds the emulators of the installed Google Cloud SDK and the Java that runs them.</summary>
/// <remarks>
/// <c>gcloud beta emulators pubsub start</c> and <c>gcloud emulators firestore start</c> run the same archives with the
/// same arguments. They are run directly here: that saves the start of gcloud's Python, and there is one process to
/// end instead of three.
/// </remarks>
internal sealed record GoogleSdk(string Java, string FirestoreJar, string PubSubJar)
{
    private const string FirestoreMain = "com.google.cloud.datastore.emulator.firestore.CloudFirestore";

    private const string Remedy =
        "Or start the emulators elsewhere (emulators/ has a compose file) and set both FIRESTORE_EMULATOR_HOST and "
        + "PUBSUB_EMULATOR_HOST.";

    /// <summary>The SDK, or why it cannot be used and what to do about it.</summary>
    public static (GoogleSdk? Sdk, string? Missing) Find()
    {
        if (FindRoot() is not { } root)
        {
            return (
                null,
                "gcloud is not on the PATH: install the Google Cloud SDK (https://cloud.google.com/sdk/docs/install). "
                    + Remedy
            );
        }
        var platform = Path.Combine(root, "platform");
        var firestore = Newest(Path.Combine(platform, "cloud-firestore-emulator"), "cloud-firestore-emulator*.jar");
        var pubSub = Newest(Path.Combine(platform, "pubsub-emulator", "lib"), "cloud-pubsub-emulator*.jar");
        if (firestore is null || pubSub is null)
        {
            var component = firestore is null ? "cloud-firestore-emulator" : "pubsub-emulator";
            var package = firestore is null
                ? "google-cloud-cli-firestore-emulator"
                : "google-cloud-cli-pubsub-emulator";
            return (
                null,
                $"The Google Cloud SDK in {root} lacks {component}: run `gcloud components install {component}`, or "
                    + $"`apt-get install {package}` where gcloud came from a package. {Remedy}"
            );
        }
        return FindJava() is { } java
            ? (new GoogleSdk(java, firestore, pubSub), null)
            : (
                null,
                "Google's emulators run on Java, and java is neither in JAVA_HOME nor on the PATH: install Java 17 or "
                    + $"later. {Remedy}"
            );
    }

    /// <summary>The command line of the Firestore emulator on a port.</summary>
    public IReadOnlyList<string> Firestore(int port) =>
        [
            Java,
            "-Duser.language=en",
            "-cp",
            FirestoreJar,
            FirestoreMain,
            "start",
            $"--host={Loopback}",
            $"--port={port}",
        ];

    /// <summary>The command line of the Pub/Sub emulator on a port.</summary>
    public IReadOnlyList<string> PubSub(int port) => [Java, "-jar", PubSubJar, $"--host={Loopback}", $"--port={port}"];

    /// <summary>Where both listen.</summary>
    public const string Loopback = "127.0.0.1";

    private static string? FindRoot()
    {
        var gcloud = OnPath(OperatingSystem.IsWindows() ? "gcloud.cmd" : "gcloud");
        if (gcloud is null)
        {
            return null;
        }
        var real = File.ResolveLinkTarget(gcloud, returnFinalTarget: true)?.FullName ?? gcloud;
        return Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(real)));
    }

    private static string? FindJava()
    {
        var name = OperatingSystem.IsWindows() ? "java.exe" : "java";
        if (Environment.GetEnvironmentVariable("JAVA_HOME") is { Length: > 0 } home)
        {
            var java = Path.Combine(home, "bin", name);
            if (File.Exists(java))
            {
                return java;
            }
        }
        return OnPath(name);
    }

    private static string? OnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    private static string? Newest(string folder, string pattern) =>
        Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
}
