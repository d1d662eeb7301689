using Nocturne.Emulators;

namespace Nocturne.Contracts;

/// <summary>
/// The tests need Google's Firestore and Pub/Sub emulators. With <c>NOCTURNE_REQUIRE_EMULATORS=1</c> they are not
/// skipped but fail where those are missing, so that a machine that is to run them cannot leave them out unseen.
/// </summary>
public sealed class RequiresGoogleEmulatorsAttribute : RequirementAttribute
{
    private const string Required = "NOCTURNE_REQUIRE_EMULATORS";

    /// <inheritdoc/>
    public override string? Missing =>
        Environment.GetEnvironmentVariable(Required) == "1" ? null : GoogleEmulators.Missing;
}
